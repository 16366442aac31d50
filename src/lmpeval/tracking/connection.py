"""Where runs are kept, and how that is reached."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lmpeval.errors import UserError

# before mlflow is first imported
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")  # seven take minutes to say "no server"

DEFAULT_STORE = "sqlite:///mlflow.db"


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
        yield MlflowClient(tracking_uri=store)
    except (MlflowException, SQLAlchemyError, OSError, ImportError) as error:
        first = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise TrackingError(f"tracking store {without_password(store)} cannot be used: {first}") from error


def without_password(store: str) -> str:
    """A store's address as it may be printed.

    >>> without_password("postgresql://lmp:secret@server/runs")
    'postgresql://***@server/runs'
    """
    return re.sub(r"//[^/]*@", "//***@", store)
