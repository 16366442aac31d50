"""The experiment on participants of nine sites: cohorts are those of the files, and rows count right."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpeval.assembly.cohorts import cohort_study
from lmpeval.comparators import select
from lmpeval.engine.preparation import prepare
from lmpeval.simulation.delivery import lay_out

FOLDER = Path(__file__).parents[2] / "experiments" / "person_coverage"
OF_EVERY_KIND = ("site_2_outpatient_near_home", "site_6_formulary", "site_9_one_care_plan")
"""For all inhabitants, for the patients of some practices, and for the insured of one insurer."""


@pytest.fixture(scope="module")
def experiment(experiment_named):
    sys.path.insert(0, str(FOLDER))
    try:
        yield experiment_named("person_coverage")
    finally:
        sys.path.remove(str(FOLDER))
        for name in ("country", "methods"):
            sys.modules.pop(name, None)


def test_cohorts_are_those_of_a_study_of_the_files_of_the_same_country(experiment, tmp_path):
    country = experiment.small_country(40_000, 3)
    lay_out(country, [], tmp_path / "country", jobs=1)
    drawn = experiment.draw(country)
    paths = [tmp_path / "country" / "person_studies" / f"{name}.yaml" for name in OF_EVERY_KIND]
    for path in paths:  # what few persons may give away is no question of a country that is drawn
        text = path.read_text(encoding="utf-8")
        shares = "organisations_agreed: true\n  largest_share: 1.0\n  two_largest_share: 1.0\n"
        path.write_text(text.replace("organisations_agreed: true\n", shares), encoding="utf-8")
    for asked in prepare(paths, tmp_path / "country"):
        placed = select(asked.study, asked.delivery.persons.units, asked.register)
        study = cohort_study(asked.study, asked.delivery.persons, placed)
        people, members = experiment.participants(drawn, asked.study.study), study.followed.members
        np.testing.assert_allclose(people.exposure, study.followed.exposure, rtol=1e-6)
        assert (people.regions == members.regions).all()
        assert people.region_names == study.followed.asked.region_names
        assert members.treated.any()
        if members.treated.sum() < 20:  # too few to be shown
            continue
        for outcome in (each for each in asked.study.outcomes if each.name in experiment.OUTCOMES):
            theirs, _ = study.cohort(outcome)
            ours, _ = people.cohort(outcome.name)
            for name in ("exposure", "treated", "covariates", "strata", "regions"):
                np.testing.assert_allclose(
                    getattr(ours, name), getattr(theirs, name), rtol=1e-6, err_msg=name
                )
            np.testing.assert_allclose(ours.amounts, theirs.amounts, rtol=1e-5, atol=1e-6)


def test_what_is_due_to_a_programme_is_its_effect_on_those_who_take_part(experiment):
    drawn = experiment.draw(experiment.small_country(40_000, 3))
    name = "site_2_outpatient_near_home"
    people = experiment.participants(drawn, name)
    cohort, due = people.cohort("cost")
    assert not due[:, ~cohort.treated].any()
    assert not due[cohort.before].any()
    of_treated = due[:, cohort.treated].sum() / cohort.amounts[:, cohort.treated][~cohort.before].sum()
    assert -0.05 < of_treated < 0  # a twentieth less in hospital, a twentieth more at the GP


def test_coverage_counts_intervals_that_hold_the_truth_and_errs_by_country(experiment):
    kind = {"programme": experiment.FIRST_OF_SITES[0], "outcome": "cost", "method": "m", "persons": 20}
    rows = pd.DataFrame(
        kind
        | {
            "seed": [1, 1, 2],
            "truth": -1.0,
            "effect": [0.0, 1.0, -2.0],
            "low": [-2, 0, -3],
            "high": [2, 2, 0],
        }
    )
    one, nine = experiment.counted(rows).to_dict("records")
    assert (one["answers"], one["countries"], one["coverage"]) == (3, 2, pytest.approx(2 / 3))
    assert one["bias"] == pytest.approx(2 / 3)
    assert one["monte_carlo_error"] == pytest.approx(np.hypot(2 * (1 / 2 - 2 / 3), 1 / 3) / 3)
    assert nine["programme"] == "all nine"
