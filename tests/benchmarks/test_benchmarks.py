"""The benchmarks, so small that they take no time: each runs, agrees with its floor, and fills its row."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from importlib import import_module
from math import isfinite
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = (
    "stand_in_fits", "did", "group_time", "honesty",
    "synthetic_control", "searched_importance", "prediction_intervals", "matching",
)  # fmt: skip


@pytest.fixture(scope="module")
def script():
    names = (*SCRIPTS, "measured", "all_of_them")
    # packages of tests have some of these names too
    namesakes = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    sys.path.insert(0, str(FOLDER))
    try:
        yield import_module
    finally:
        sys.path.remove(str(FOLDER))
        for name in names:
            sys.modules.pop(name, None)
        sys.modules |= namesakes


def test_every_script_is_in_the_table(script):
    own_page = {"national"}  # a portfolio as a whole, with a page of its own
    there = {path.stem for path in FOLDER.glob("*.py")} - {"measured", "all_of_them"} - own_page
    assert there == set(script("all_of_them").SCRIPTS) == set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
@pytest.mark.filterwarnings("ignore")  # floors are plain on purpose
def test_every_piece_runs_and_costs_something(script, name):
    small = script("measured").Size.SMOKE
    for piece, measure in script(name).PIECES.items():
        rows = list(measure(small))
        assert rows, piece
        for row in rows:
            assert isfinite(row.ours), piece
            assert row.memory > 10, piece
            assert str(row).count("|") == script("measured").HEADER.split("\n")[0].count("|")


def test_what_breaks_is_a_row_that_says_why(script, tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('no such | peer')")
    measured = script("measured")
    [row] = measured.apart(str(broken), "piece", measured.Size.SMOKE)
    assert (row.work, row.note) == ("piece of broken.py", "no such / peer")


def test_the_page_names_machine_and_versions_and_compares(script):
    measured, all_of_them = script("measured"), script("all_of_them")
    row = measured.Measured("work", 0.5, 100, floor=0.25, peer="other 1.0", theirs=5.0)
    page = all_of_them.page([("did", row)], datetime(2026, 11, 28, tzinfo=UTC))
    assert "| work | 0.5 | 0.25 | 2.0 | other 1.0 | 5 | 10 | 100 |  |" in page
    assert "28 November 2026" in page
    assert "numpy" in page
    assert "GiB" in page
