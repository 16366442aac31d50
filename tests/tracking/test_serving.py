"""`lmpeval ui`: what it refuses, what it tells, and a real server that ends with it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from lmpeval.errors import UserError
from lmpeval.tracking import serving, views

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


@pytest.fixture
def port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def test_every_experiment_has_its_views(tracked):
    shown = {each.name: [view.key for view in each.views] for each in serving.experiments_shown(tracked.uri)}
    assert shown == {name: ["interventions", "outcomes", "cost"] for name in ("demo", "other")}
    experiment = tracked.client.get_experiment_by_name("demo")
    for view in views.VIEWS:
        state = json.loads(experiment.tags[f"mlflow.sharedViewState.{view.key}"])
        assert state["searchFilter"] == view.only
        assert state["selectedColumns"] == [f"tags.`{name}`" for name in view.columns]
        assert all(len(value) < 5000 for value in experiment.tags.values()), "of the length of a tag"


def test_columns_and_filters_are_tags_that_runs_have(tracked):
    """Those of words are given by the page; the others by the records."""
    words = {"health", "experience", "cost", "difference", "main doubt"}
    for view in views.VIEWS[:3]:
        experiment = tracked.client.get_experiment_by_name("demo").experiment_id
        runs = tracked.client.search_runs([experiment], view.only, order_by=[f"tags.`{view.order}` ASC"])
        assert runs
        for run in runs:
            assert set(view.columns) - words <= set(run.data.tags), view.key


def test_a_taken_port_and_a_store_that_is_not_there_are_told(tmp_path, called_in, monkeypatch, port):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///nowhere.db")
    missing = called_in(tmp_path, "ui", "--port", port)
    assert missing.returncode == 2
    assert missing.stderr.startswith("nowhere.db: no such file, so there are no runs to show")
    assert not (tmp_path / "nowhere.db").exists()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        refused = called_in(tmp_path, "ui", "--port", port)
    assert refused.returncode == 2
    assert f"port {port} of this machine cannot be used: Address already in use" in refused.stderr
    assert called_in(tmp_path, "ui", "--port", 0).returncode == 2


def test_a_server_that_ends_before_it_answers_is_told(tmp_path, monkeypatch, port):
    monkeypatch.setattr(
        serving, "command", lambda port: [sys.executable, "-c", "print('wrong schema'); raise SystemExit(3)"]
    )
    with pytest.raises(UserError, match="ended before it answered: wrong schema"):
        serving.served(f"sqlite:///{tmp_path / 'x.db'}", port).__enter__()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends the signal of Ctrl-C")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_server_answers_and_ends_with_ctrl_c(tracked, tmp_path, port, how):
    ui = subprocess.Popen(
        [sys.executable, "-m", "lmpeval.cli", "ui", "--port", str(port)],
        env={**os.environ, "MLFLOW_TRACKING_URI": tracked.uri},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        patience, told = time.monotonic() + 300, ""
        while "viewStateShareKey" not in told:
            assert time.monotonic() < patience
            assert ui.poll() is None, ui.stderr.read()
            told = ui.stdout.readline()
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=30) as answer:
            assert answer.status == 200
        with socket.socket() as outside, pytest.raises(OSError, match="refused"):
            outside.connect(("127.0.0.2", port))  # another address of this machine
        ui.send_signal(how)
        rest, wrong = ui.communicate(timeout=60)
    finally:
        if ui.poll() is None:
            ui.terminate()
            ui.wait(60)
    assert (ui.returncode, wrong) == (0, "")
    assert rest.endswith("stopped\n")
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))
