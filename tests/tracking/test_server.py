"""A tracking server that is killed while a study is logged, and started again: a real one."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager, suppress

import pytest

from lmpeval.tracking import Outbox, store

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="kills a group of processes"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


@contextmanager
def served(folder, port):
    """A server of the runs in a folder, ended with all its processes."""
    command = [sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port)]
    stores = [
        "--backend-store-uri",
        f"sqlite:///{folder / 'runs.db'}",
        "--artifacts-destination",
        str(folder),
    ]
    with (folder / "server.log").open("a") as log:
        server = subprocess.Popen(
            [*command, *stores, "--workers", "1"],
            env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
            cwd=folder,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        patience = time.monotonic() + 120
        while True:
            with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2):
                break
            assert time.monotonic() < patience, (folder / "server.log").read_text()
            time.sleep(0.2)
        yield lambda: os.killpg(server.pid, signal.SIGKILL)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def test_a_server_that_comes_back_has_every_run_once(tracked, tmp_path, monkeypatch):
    port = free_port()
    found, pages = tracked.results["unlike"], tracked.pages["unlike"]
    box = Outbox(f"http://127.0.0.1:{port}", patience=0.0)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
    with served(tmp_path, port) as kill:
        asked, write = [], store.write_cell

        def killed_at_the_third(folder, finding, figure):
            asked.append(finding.cell.name)
            if len(asked) == 3:
                kill()
            write(folder, finding, figure)

        monkeypatch.setattr(store, "write_cell", killed_at_the_third)
        box.send(found, pages)
    assert box.trouble is not None
    assert len(asked) == 3 < len(found.findings)
    with served(tmp_path, port):
        box.flush()
        assert box.trouble is None
        from mlflow import MlflowClient  # noqa: PLC0415

        client = MlflowClient(box.store)
        ids = [each.experiment_id for each in client.search_experiments()]
        runs = client.search_runs(ids)
        assert sorted(run.info.run_name for run in runs) == sorted(
            ["unlike", *(finding.cell.name for finding in found.findings)]
        )
        assert {run.info.status for run in runs} == {"FINISHED", "FAILED"}
