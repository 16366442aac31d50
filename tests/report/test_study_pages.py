"""All that a study leaves, made by a worker: the same bytes as when it is made here."""

from __future__ import annotations

import pytest

from lmpeval.ahead.calibration_file import Foreseen, Standing
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.parallel import as_done
from lmpeval.report.study_pages import ToShow, study_pages, study_table
from simulation.small_country import prepared, study


@pytest.fixture(scope="module")
def to_show():
    """One cell's findings, with what a look ahead would say: nothing."""
    asked = study(outcomes=study().outcomes[:1], designs=study().designs[:1])
    (found,) = run([plan(prepared(asked))], 1)
    return ToShow(found, Foreseen(Standing.ABSENT), ("nl", "en"))


def test_a_worker_makes_the_same_bytes(to_show):
    ((_, made),) = as_done(study_pages, [to_show], 2)
    here = study_pages(to_show)
    assert made.files == here.files
    assert made.figures == here.figures
    assert set(made.figures) == {finding.cell.name for finding in to_show.result.findings}


def test_everything_is_written_under_its_name(to_show, tmp_path):
    pages = study_pages(to_show)
    assert pages.written(tmp_path) == tmp_path / "demo.html"
    assert {path.name for path in tmp_path.iterdir()} == set(pages.files)
    assert {"demo.results.csv", "demo.html", "demo.nl.html", "demo.glance.nl.docx"} <= set(pages.files)


def test_in_brief_there_is_the_same_table_and_nothing_else(to_show):
    table = study_table(to_show.result)
    assert list(table.files) == [table.report] == ["demo.results.csv"]
    assert table.files[table.report] == study_pages(to_show).files["demo.results.csv"]
