"""Two processes that log at once, and a store that is locked for a while: nothing is lost, nothing twice."""

from __future__ import annotations

import multiprocessing
import sqlite3
import sys
from contextlib import closing

import pytest

from lmpeval.tracking import Outbox
from postgres_server import postgres

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="processes are forked"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # files of runs lie beside
    return tmp_path


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request, folder, tmp_path_factory):
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'runs.db'}"
        return
    pytest.importorskip("psycopg", reason="lmpeval[postgres] is not installed")
    with postgres(tmp_path_factory.mktemp("pg")) as uri:
        yield uri


def runs_in(uri):
    """Every run, by its name, with what it holds and keeps."""
    from mlflow import MlflowClient  # noqa: PLC0415

    client = MlflowClient(uri)
    experiments = [each.experiment_id for each in client.search_experiments()]
    found = {}
    for run in client.search_runs(experiments, max_results=1000):
        key = (run.data.tags["study"], run.info.run_name)
        assert key not in found, key
        files = sorted(each.path for each in client.list_artifacts(run.info.run_id))
        found[key] = (run.info.status, run.data.metrics, run.data.params, files)
    return found


def write(uri, results, pages, names, meet):
    """What one writer does; it starts when the other is ready too."""
    box = Outbox(uri, patience=0.0)
    meet.wait()
    for name in names:
        box.send(results[name], pages[name])
    box.flush(at_last=True)
    sys.exit(str(box.trouble) if box.trouble else 0)


def test_two_writers_at_once_lose_nothing(tracked, store):
    """As many runs, with the same numbers and files, as one writer logs; tables are new to both."""
    context = multiprocessing.get_context("fork")
    meet = context.Barrier(2)
    shares = (["demo", "few"], ["unlike"])
    writers = [
        context.Process(target=write, args=(store, tracked.results, tracked.pages, names, meet))
        for names in shares
    ]
    for each in writers:
        each.start()
    for each in writers:
        each.join(600)
    assert [each.exitcode for each in writers] == [0, 0]
    assert runs_in(store) == runs_in(tracked.uri)


def test_what_a_locked_file_did_not_take_is_logged_when_it_can_be(tracked, folder):
    path = folder / "runs.db"
    box = Outbox(f"sqlite:///{path}?timeout=0.1", patience=0.0)
    box.send(tracked.results["few"], tracked.pages["few"])
    assert box.trouble is None
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        box.send(tracked.results["unlike"], tracked.pages["unlike"])
        assert "locked" in str(box.trouble)
        other.rollback()
    box.flush()
    assert box.trouble is None
    found = runs_in(box.store)
    expected = {key: run for key, run in runs_in(tracked.uri).items() if key[0] in ("few", "unlike")}
    assert found == expected


def test_a_store_that_failed_a_moment_ago_is_tried_once_more_at_last(tracked, folder):
    path = folder / "runs.db"
    Outbox(f"sqlite:///{path}").send(tracked.results["few"], tracked.pages["few"])
    box = Outbox(f"sqlite:///{path}?timeout=0.1", patience=3600.0)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")
        box.send(tracked.results["unlike"], tracked.pages["unlike"])
        other.rollback()
    box.flush()
    assert box.trouble is not None
    box.flush(at_last=True)
    assert box.trouble is None
