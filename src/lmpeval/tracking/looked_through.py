"""Runs of a store, looked through for what must not leave: names, values and files."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from lmpeval.disclosure.scanning import Leak, Rule, Watch, scan, scan_names
from lmpeval.tracking.connection import connected

PAGE = 500
"""Runs that are asked for at a time."""
NAMED = ("mlflow.user", "mlflow.source.name")
"""Tags that name whoever ran something, or a file of theirs."""


def leaks_of_runs(store: str, watch: Watch) -> Iterator[Leak]:
    """Look through every run of a store.

    Raises
    ------
    TrackingError
        If the store cannot be reached or read.
    """
    with connected(store) as client:
        for experiment in client.search_experiments():
            token = None
            while True:
                runs = client.search_runs([experiment.experiment_id], max_results=PAGE, page_token=token)
                for run in runs:
                    place = f"run {run.info.run_name or run.info.run_id}"
                    yield from _of_one(place, run, watch)
                    yield from _of_files(client, place, run.info.run_id, watch)
                if not (token := runs.token):
                    break


def _of_one(place: str, run: object, watch: Watch) -> Iterator[Leak]:
    data, info = run.data, run.info  # type: ignore[attr-defined]
    for values in (data.params, data.metrics, data.tags):
        yield from scan_names(place, values, watch)
    yield from (Leak(place, name, Rule.USER) for name in NAMED if name in data.tags)
    if watch.user and info.user_id == watch.user:
        yield Leak(place, "user_id", Rule.USER)


def _of_files(client: object, place: str, run_id: str, watch: Watch) -> Iterator[Leak]:
    with tempfile.TemporaryDirectory() as folder:
        client.download_artifacts(run_id, "", folder)  # type: ignore[attr-defined]
        for leak in scan(Path(folder), watch):
            yield Leak(f"{place}, {leak.place}", leak.where, leak.rule)
