"""Persons before their results: how alike both sides are is there, what became of the site is not."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cohorts import a_cohort
from lmpeval.ahead.calibration_file import Foreseen, Standing
from lmpeval.ahead.checking import check
from lmpeval.ahead.persons_unseen import two_made_up_cohorts
from lmpeval.design import Status
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.report.check_page import render_check
from lmpeval.report.words import DUTCH, ENGLISH
from person_country import START, lay_out, person_years, written
from report.browser import axe
from report.languages import left_in_english
from report.reading import read

ABSENT = Foreseen(Standing.ABSENT)
BY_PERSONS = [{"use": "propensity_matching", "primary": True}]


def checked(folder):
    [prepared] = prepare([written(folder, designs=BY_PERSONS)], folder)
    [told] = check([plan(prepared)], jobs=1)
    return told


def another_fate() -> pd.DataFrame:
    """Had everything cost more at the site since the start, and had half of them left in the last year."""
    people = person_years()
    since = (people["municipality"] == "R0") & (people["year"] >= START)
    assert since.sum() > 1_000
    people.loc[since, "cost_hospital"] = people.loc[since, "cost_hospital"] * 1.7 + 300
    people.loc[since, "insured_years"] = 0.8
    left = (people["municipality"] == "R0") & (people["year"] == people["year"].max())
    return people[~(left & (people["person_id"] % 2 == 0))]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    return checked(lay_out(tmp_path_factory.mktemp("measured")))


def test_the_page_is_the_same_whatever_became_of_the_persons(told, tmp_path):
    other = checked(lay_out(tmp_path / "other", another_fate()))

    def page(of):  # without what tells that other files were delivered
        text = read(render_check(of, ENGLISH, ABSENT)).text
        return re.sub(r"\b[0-9a-f]{64}\b|people[^ ]*: [^.]*\.", "", text)

    assert page(other) == page(told)


def test_what_is_known_of_persons_before_the_start_is_there(told):
    [cell] = told.cells
    assert cell.why_not == ""
    assert [each.covariate for each in cell.persons.balance] == ["age", "woman", "ses"]
    known = {each.assumption.name: each.status for each in cell.known}
    assert known["overlap"] is Status.SUPPORTED
    assert None in known.values()
    text = read(render_check(told, ENGLISH, ABSENT)).text
    assert "insured in the year before the start" in text
    assert "followed to the last year" not in text


def test_the_page_in_dutch_has_no_word_of_english(told):
    of = replace(told.of, study=replace(told.of.study, title="Ouderen"), files=())
    assert left_in_english(render_check(replace(told, of=of), DUTCH, ABSENT)) == []


def test_axe_finds_nothing(told, tmp_path):
    assert axe(render_check(told, DUTCH, ABSENT), tmp_path) == []


def test_nothing_of_the_treated_since_the_start_is_left_and_all_else_is():
    cohort = a_cohort()
    fate = np.outer(~cohort.before, cohort.treated)
    other = replace(
        cohort,
        outcome=np.where(fate, 7.0, cohort.outcome),
        exposure=np.where(fate, 0.3, cohort.exposure),
    )
    for one, same in zip(two_made_up_cohorts(cohort), two_made_up_cohorts(other), strict=True):
        np.testing.assert_array_equal(one.outcome, same.outcome)
        np.testing.assert_array_equal(one.exposure, same.exposure)
        np.testing.assert_array_equal(one.outcome[~fate], cohort.outcome[~fate])
        np.testing.assert_array_equal(one.exposure[~fate], cohort.exposure[~fate])


def test_figures_and_stay_differ_between_both_even_where_nobody_had_any_before():
    """As deaths of a cohort: everybody in it lived until the start."""
    cohort = a_cohort()
    cohort = replace(cohort, outcome=np.where(cohort.before[:, None], 0.0, cohort.outcome))
    still, drifting = two_made_up_cohorts(cohort)
    there = np.outer(~cohort.before, cohort.treated) & (still.exposure > 0)
    assert (still.outcome != drifting.outcome)[there].all()
    assert (still.exposure > drifting.exposure)[there].all()
    assert (drifting.exposure >= 0).all()


def test_the_place_of_an_effect_among_others_waits(told):
    """It is that of made-up figures, and would be read as the site's."""
    [cell] = told.cells
    assert not any("ranks 1 of" in each.finding for each in cell.known)
