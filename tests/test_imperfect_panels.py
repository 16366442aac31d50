"""Imperfect deliveries through the command line: refused or accounted for, no other sample in silence."""

from __future__ import annotations

import html
import os
import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from lmpeval.simulation.regions import SITE
from simulation.small_country import laid_out, study, table

ASKED = study(outcomes=study().outcomes[:1], designs=study().designs[:1])
N_POOL = 120


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('runs') / 'runs.db'}"


@pytest.fixture
def ran(tmp_path, store):
    """Run a study of the small country on a table, as a user does; returns what came of it."""

    def run(data, asked=ASKED):
        path = laid_out(tmp_path, asked, data)
        command = [sys.executable, "-m", "lmpeval.cli", "run", path.name, "--data", ".", "--jobs", "1"]
        kept = {**os.environ, "MLFLOW_TRACKING_URI": store, "COLUMNS": "400"}
        return subprocess.run(
            command, cwd=tmp_path, env=kept, capture_output=True, text=True, check=False, timeout=120
        )

    return run


@pytest.fixture
def page(tmp_path):
    """The words of the report."""
    return lambda: re.sub(
        r"\s+",
        " ",
        html.unescape(re.sub(r"<[^>]+>", " ", (tmp_path / "results" / "demo.html").read_text("utf-8"))),
    )


def numbers(text: str) -> str:
    """What the page says of the difference, its interval and the units."""
    [found] = re.findall(r"The difference in numbers (.*?) Method of the interval", text)
    return found


def tenth_of_rows(data, of_site):
    """The table without a tenth of its rows, and the years that each unit lacks by it."""
    gone = np.random.default_rng(3).random(len(data)) < 0.1
    gone &= of_site | ~data["unit"].isin(SITE).to_numpy()
    lacks = data[gone].groupby("unit")["year"].agg(list).to_dict()
    return data[~gone], lacks


def test_a_tenth_of_the_rows_missing_leaves_complete_units_and_names_the_others(ran, page):
    data, lacks = tenth_of_rows(table(), of_site=False)
    done = ran(data)
    assert done.returncode == 0, done.stderr
    text = page()
    for unit, years in lacks.items():
        assert f"{unit}: no figure for {', '.join(map(str, years))}" in text
    in_pool = [unit for unit in lacks if not unit.startswith("kant")]
    assert f"4 in the site, {N_POOL - len(in_pool)} in the pool" in numbers(text)
    assert f"{len(lacks)} dropped" in text
    # the units that are whole give the same answer without the others
    whole = table()[~table()["unit"].isin(lacks)]
    before = numbers(text)
    assert ran(whole).returncode == 0
    assert numbers(page()) == before


def test_a_missing_row_of_the_site_is_no_data_and_says_which(ran, page):
    data, lacks = tenth_of_rows(table(), of_site=True)
    done = ran(data)
    assert done.returncode == 0, done.stderr
    of_site = {unit: years for unit, years in lacks.items() if unit in SITE}
    assert of_site
    text = page()
    assert "NO-DATA" in text
    assert "treated units without complete figures for cost" in text
    for unit, years in of_site.items():
        assert f"{unit} (no figure for {', '.join(map(str, years))})" in text


def test_a_row_that_stands_twice_is_refused_with_its_lines(ran):
    data = table()
    done = ran(data.iloc[[*range(len(data)), 7]])
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "Traceback" not in said
    assert (
        f"must name one row; here it names another row again; 1 row: line {len(data) + 2} has 'kant_01'"
        in said
    )


def test_a_first_year_that_is_empty_for_the_never_exposed_changes_nothing(ran, page):
    data = table()
    assert ran(data).returncode == 0
    without = numbers(page())
    told = data.assign(first_exposed=np.where(data["unit"].isin(SITE), 2014.0, np.nan))
    assert ran(told).returncode == 0
    assert numbers(page()) == without


def test_to_match_on_what_the_never_exposed_lack_leaves_nobody_and_says_so(ran, page):
    data = table().assign(first_exposed=lambda rows: np.where(rows["unit"].isin(SITE), 2014.0, np.nan))
    matched = replace(ASKED, comparator=replace(ASKED.comparator, match_on=("first_exposed",)))
    assert ran(data, matched).returncode == 0
    text = page()
    assert "no comparison unit with complete figures for cost is left in the pool" in text


def test_the_never_exposed_without_a_neighbourhood_are_refused(ran):
    data = table()
    data.loc[~data["unit"].isin(SITE), "group"] = None
    done = ran(data)
    assert done.returncode == 2
    assert re.search(r"group: .*empty|group: missing|group: .*must", done.stderr), done.stderr


def test_one_year_before_the_start_blocks_the_headline(ran, page):
    short = replace(ASKED, window=replace(ASKED.window, first=2013))
    done = ran(table(), short)
    assert done.returncode == 0, done.stderr
    text = page()
    blocked = "We give no answer on cost of care in the whole region yet: nobody has assessed an assumption"
    assert blocked in text
    assert "one year before the start shows no trend" in text


def test_a_year_that_nobody_delivers_is_refused(ran):
    data = table()
    done = ran(data[data["year"] != 2012])
    assert done.returncode == 2
    assert "no row for 2012" in " ".join(done.stderr.split())


def test_figures_empty_for_everybody_in_a_year_are_left_out_with_a_note(ran, page):
    data = table()
    data.loc[data["year"] == 2012, "cost"] = np.nan
    assert ran(data).returncode == 0
    assert "no figures of cost for 2012" in page()
