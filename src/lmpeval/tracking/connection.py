"""Where runs are kept, and how that is reached."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from lmpeval.errors import UserError

# before mlflow is first imported
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")  # seven take minutes to say "no server"
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

DEFAULT_STORE = "sqlite:///mlflow.db"
PATIENCE = 300.0
"""Seconds to wait while another process makes the tables of a database."""


class TrackingError(UserError):
    """The tracking server cannot be used."""


def tracking_store() -> str:
    """Where runs go: the server named by `MLFLOW_TRACKING_URI`, else a SQLite file in this folder."""
    return os.environ.get("MLFLOW_TRACKING_URI", DEFAULT_STORE)


@contextmanager
def connected(store: str) -> Iterator[Any]:
    """A client of the store; whatever keeps it from being used becomes one message."""
    from mlflow import MlflowClient
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    logging.getLogger("mlflow").setLevel(logging.WARNING)  # not how it made its tables
    try:
        with _alone(store):
            client = MlflowClient(tracking_uri=store)
            client.search_experiments(max_results=1)
        yield client
    except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise TrackingError(f"tracking store {without_password(store)} cannot be used: {first}") from error


_LAID_OUT: set[str] = set()
"""Databases that this process has seen with all their tables."""


@contextmanager
def _alone(store: str) -> Iterator[None]:
    """Let one process of this machine at a time look whether a database has its tables.

    Two that make them at once get in each other's way: MLflow locks making the first tables, and not what it
    changes in them afterwards. The lock is one of SQLite, which a process that is killed leaves behind open.
    """
    if store.startswith("http") or store in _LAID_OUT:
        yield
        return
    whose = getattr(os, "getuid", int)()  # another user could not open the file of this one
    name = hashlib.sha256(f"{whose} {os.path.abspath(store)}".encode()).hexdigest()[:16]
    path = Path(tempfile.gettempdir(), f"lmpeval-tables-{name}.lock")
    with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        yield
        lock.execute("ROLLBACK")
    _LAID_OUT.add(store)


def without_password(store: str) -> str:
    """A store's address as it may be printed.

    >>> without_password("postgresql://lmp:secret@server/runs")
    'postgresql://***@server/runs'
    """
    return re.sub(r"//[^/]*@", "//***@", store)
