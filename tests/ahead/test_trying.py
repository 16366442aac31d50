"""A calibration goes on where an earlier one left off, and finds the same."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from itertools import islice

import pytest

from lmpeval.ahead.calibrating import calibrate_studies, places_of
from lmpeval.engine.answer_store import kept_answers
from lmpeval.engine.planning import plan
from lmpeval.study import DesignChoice
from simulation.small_country import prepared, study

COST, MORTALITY = study().outcomes
DID = study().designs[:1]


def asked(**changes):
    """The demonstration's study with one design: two cells."""
    return [plan(prepared(study(**{"designs": DID, **changes})))]


def calibrated(folder, plans, most=None):
    """Calibrate in a folder of results: the pages' numbers, and how many places were there by cell."""
    with kept_answers(folder) as store:
        places = places_of(plans, store)
        with closing(calibrate_studies(plans, 1, asked=places)) as told:
            found = [cell.result for each in islice(told, most) for cell in each.cells]
        assert store.lost == ""
    return found, places


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results")
    found, places = calibrated(folder, asked())
    assert (places.n_there, any(places.pieces.there)) == (0, False)
    return folder, found


def test_nothing_is_tried_twice_and_the_numbers_are_the_same(finished, monkeypatch):
    folder, before = finished
    with monkeypatch.context() as patched:
        patched.setattr("lmpeval.parallel.delayed", None)  # no work can be handed out
        after, places = calibrated(folder, asked())
    assert places.n_there == 2
    assert all(places.pieces.there)
    assert [one.numbers() for one in before] == [other.numbers() for other in after]
    (without,) = calibrate_studies(asked(), 1)
    assert [cell.result.numbers() for cell in without.cells] == [one.numbers() for one in before]


def test_a_changed_outcome_is_tried_again_and_the_other_is_not(finished):
    folder, before = finished
    wider = replace(MORTALITY, expected_lag=0)
    found, places = calibrated(folder, asked(outcomes=(COST, wider)))
    assert places.n_there == 1
    assert found[0].numbers() == before[0].numbers()
    assert found[1].numbers() != before[1].numbers()


def test_a_calibration_that_is_cut_short_keeps_what_it_tried(tmp_path):
    both = asked(outcomes=(COST,)) + asked(study="other", outcomes=(MORTALITY,))
    _, places = calibrated(tmp_path, both, most=1)
    assert not any(places.pieces.there)
    with kept_answers(tmp_path) as store:
        again = places_of(both, store)
    first = len(again.laid[0][0].pieces)
    assert again.n_there == 1
    assert again.pieces.there[:first] == (True,) * first


def test_what_broke_is_tried_again(tmp_path):
    broken = asked(outcomes=(COST,), designs=(DesignChoice("simulation.broken_design", primary=True),))
    for _ in range(2):
        (found,), places = calibrated(tmp_path, broken)
        assert found.error.startswith("ArithmeticError")
        assert not any(places.pieces.there)
