"""A server of the runs, for this machine alone, that ends with whoever started it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.error import URLError

from lmpeval.errors import UserError
from lmpeval.tracking.connection import connected, without_password
from lmpeval.tracking.experiments import lay_out_views
from lmpeval.tracking.views import VIEWS, View

HOST = "127.0.0.1"
"""This machine alone: whoever reaches the server reads all, and may change it."""
PATIENCE = 180.0
"""Seconds that a server may take to answer, on a machine that is busy."""
GRACE = 10.0
"""Seconds that a server gets to end by itself."""


@dataclass(frozen=True)
class Shown:
    """An experiment that has runs.

    Attributes
    ----------
    id, name : str
    views : tuple of View
        Those that something is seen in.
    """

    id: str
    name: str
    views: tuple[View, ...]


def experiments_shown(store: str) -> tuple[Shown, ...]:
    """The experiments of a store that have runs, by name, each given its views.

    Raises
    ------
    TrackingError
        If the store cannot be used.
    UserError
        It is a file that is not there, or holds no run.
    """
    file = store.removeprefix("sqlite:///").partition("?")[0]
    if store.startswith("sqlite:") and not Path(file).is_file():
        raise UserError(
            f"{file}: no such file, so there are no runs to show; `lmpeval run` makes them, in the folder "
            "that it is called in or where MLFLOW_TRACKING_URI says"
        )
    found = []
    with connected(store) as client:
        for each in sorted(client.search_experiments(), key=lambda one: str(one.name)):
            views = tuple(v for v in VIEWS if client.search_runs([each.experiment_id], v.only, max_results=1))
            if views:
                lay_out_views(client, each)
                found.append(Shown(str(each.experiment_id), str(each.name), views))
    if not found:
        raise UserError(f"{without_password(store)}: holds no runs of lmpeval yet; `lmpeval run` makes them")
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Server:
    """A server that answers."""

    address: str
    process: subprocess.Popen[bytes]

    def stay(self) -> None:
        """Wait for the server, which ends for no good reason.

        Raises
        ------
        UserError
            It has ended.
        """
        code = self.process.wait()
        raise UserError(f"the server of the runs at {self.address} has ended by itself, with code {code}")


@contextmanager
def served(store: str, port: int) -> Iterator[Server]:
    """Run a server of a store; it is ended with the context, with all its processes.

    Raises
    ------
    UserError
        The port is taken, or the server ends before it answers.
    """
    refuse_taken(port)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        server = subprocess.Popen(
            command(port),
            env=_environment(store),
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for us: the server ends when we have heard it
        )
        try:
            _wait(server, port, log)
            yield Server(f"http://{HOST}:{port}", server)
        finally:
            _end(server)


def refuse_taken(port: int) -> None:
    """Refuse a port at which something listens already.

    Raises
    ------
    UserError
    """
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, port))
        except OSError as error:
            raise UserError(
                f"port {port} of this machine cannot be used: {error.strerror}; choose another with --port"
            ) from error


def command(port: int) -> Sequence[str]:
    """What starts a server; the store goes by the environment: a password in a command can be read by all."""
    served_at = ["--host", HOST, "--port", str(port), "--workers", "1"]
    return [sys.executable, "-m", "mlflow", "server", *served_at]


def _environment(store: str) -> dict[str, str]:
    found = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    return found | {
        "MLFLOW_BACKEND_STORE_URI": store,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # no runs are made here
    }


def _wait(server: subprocess.Popen[bytes], port: int, log: IO[str]) -> None:
    patience = time.monotonic() + PATIENCE
    while time.monotonic() < patience:
        if server.poll() is not None:
            log.seek(0)
            last = next((line for line in reversed(log.read().splitlines()) if line.strip()), "no word")
            raise UserError(f"the server of the runs ended before it answered: {last.strip()}")
        with suppress(URLError, OSError), urllib.request.urlopen(f"http://{HOST}:{port}/health", timeout=5):
            return
        time.sleep(0.2)
    raise UserError(f"the server of the runs gave no answer within {PATIENCE:.0f} seconds")


def _end(server: subprocess.Popen[bytes]) -> None:
    """End a server and what it started; what does not end by itself is killed."""
    if sys.platform == "win32":
        server.terminate()
        return
    for how in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(server.pid, how)
        with suppress(subprocess.TimeoutExpired):
            server.wait(GRACE)
