"""`lmpeval doctor`: what is wrong before a run begins, and what is left to do."""

from __future__ import annotations

import doctest
from dataclasses import replace

import pytest

from lmpeval.ahead.outstanding import outstanding
from lmpeval.cli import doctor, span
from lmpeval.engine.answer_store import FILE, FOLDER, kept_answers
from lmpeval.engine.planning import plan
from lmpeval.engine.running import cells_of, run
from simulation.small_country import laid_out, prepared, study

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")

COST = study().outcomes[0]
ASKED = study(designs=study().designs[:1], outcomes=(COST,))
NAME = "demo: cost - difference_in_differences"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'runs.db'}")
    laid_out(tmp_path, ASKED)
    return tmp_path


def finished(out):
    """Run the study as far as its cells are kept."""
    out.mkdir()
    with kept_answers(out) as store:
        plans = [plan(prepared(ASKED))]
        list(run(plans, 1, asked=cells_of(plans, store)))


def everything(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"}


def test_a_run_that_can_begin_is_told_what_it_will_do_and_nothing_is_written(called_in, folder):
    before = everything(folder)
    done = called_in(folder, "doctor", "demo.yaml", "--data", ".")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert [line.split()[:2] for line in lines[:4]] == [
        ["ok", thing] for thing in ("packages:", "machine:", "results:", "tracking:")
    ]
    assert "1 with valid data, 1 cells, 1 of them to compute, for how long cannot be told" in lines[4]
    assert lines[5].strip() == NAME
    assert everything(folder) == before


def test_what_is_finished_need_not_be_computed(called_in, folder):
    finished(folder / "results")
    done = called_in(folder, "doctor", "demo.yaml", "--data", ".")
    assert done.returncode == 0
    # the panel was written to a file and read from it, to the last bit
    assert done.stdout.splitlines()[-1].endswith("1 with valid data, 1 cells, 0 of them to compute")


def test_all_that_is_wrong_is_told_at_once(called_in, folder, monkeypatch):
    (folder / "results").write_text("no folder", encoding="utf-8")
    (folder / "text").write_text("this is no database, however long it is", encoding="utf-8")
    (folder / "panel.csv").write_text("unit,year\nkant_01,2010\n", encoding="utf-8")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'text'}")
    done = called_in(folder, "doctor", "demo.yaml", "--data", ".")
    assert done.returncode == 2
    wrong = [line for line in done.stdout.splitlines() if line.startswith("WRONG")]
    assert [line.split()[1] for line in wrong] == ["results:", "tracking:", "studies:"]
    assert "is no folder" in wrong[0]
    assert "cannot be used" in wrong[1]


def test_a_store_of_cells_that_cannot_be_read_is_wrong(called_in, folder):
    (folder / "results" / FOLDER).mkdir(parents=True)
    (folder / "results" / FOLDER / FILE).write_bytes(b"something else, and enough of it" * 40)
    done = called_in(folder, "doctor", "demo.yaml", "--data", ".")
    assert done.returncode == 2
    assert "WRONG  studies: results/.lmpeval/cells.sqlite: finished cells cannot be kept" in done.stdout


def test_studies_without_data_are_asked_for_it(called_in, folder):
    done = called_in(folder, "doctor", "demo.yaml")
    assert done.returncode == 2
    assert "WRONG  data: --data names the folder" in done.stdout
    assert called_in(folder, "doctor").returncode == 0


def test_a_full_disk_is_wrong(called_in, folder, monkeypatch):
    usage = doctor.shutil.disk_usage(folder)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: usage._replace(free=10**7))
    done = called_in(folder, "doctor")
    assert done.returncode == 2
    assert "WRONG  results: 0.01 GiB of disk free for results, expected 0.2 or more" in done.stdout


def test_cells_take_what_they_or_their_like_took(tmp_path):
    asked = study(outcomes=(COST, replace(COST, name="again", column="cost", primary=False)))
    plans = [plan(prepared(asked))]
    with kept_answers(tmp_path) as store:
        assert outstanding(plans, store).seconds is None
        store.keep("demo: cost - difference_in_differences", "another", 3.0, "")
        left = outstanding(plans, store)
        assert (left.n_cells, len(left.missing)) == (4, 4)
        assert left.seconds == 4 * 3.0
        store.keep("demo: cost - synthetic_control", "another", 5.0, "")
        store.keep("demo: again - synthetic_control", "another", 7.0, "")
        assert outstanding(plans, store).seconds == 3.0 + 5.0 + 3.0 + 7.0
        done = cells_of(plans, store)
        store.keep("demo: cost - synthetic_control", done.identities[1], 5.0, "")
        assert outstanding(plans, store).seconds == 3.0 + 3.0 + 7.0


def test_times_are_told_as_people_do():
    assert doctest.testmod(span).failed == 0
