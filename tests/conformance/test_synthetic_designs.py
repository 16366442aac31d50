"""The package's designs that mix donors pass the suite that every design has to pass."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmpeval.conformance import checks
from lmpeval.designs.augmented_synthetic_control import AugmentedSyntheticControl
from lmpeval.designs.generalised_synthetic_control import GeneralisedSyntheticControl
from lmpeval.designs.joint_synthetic_control import JointSyntheticControl
from lmpeval.designs.micro_synthetic_control import MicroSyntheticControl
from lmpeval.designs.partially_pooled_synthetic_control import PartiallyPooledSyntheticControl
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.designs.synthetic_difference_in_differences import SyntheticDifferenceInDifferences
from lmpeval.inference import PlaceboGroups
from lmpeval.simulation.worlds import PREDICTORS, WORLDS, WORLDS_OF_PREDICTORS

FEWER = 80
"""Draws for designs that hold the suite up; each was through with 200 when it was made."""


@pytest.mark.parametrize("check", checks(SyntheticControl()), ids=str)
def test_synthetic_control(check):
    check()


@pytest.mark.parametrize("check", checks(JointSyntheticControl(), draws=FEWER), ids=str)
def test_joint_synthetic_control(check):
    check()


POOLED = PartiallyPooledSyntheticControl(inference=PlaceboGroups(draws=199))
"""Among fewer sets: each is several problems."""


@pytest.mark.parametrize("check", checks(POOLED, draws=FEWER), ids=str)
def test_partially_pooled_synthetic_control(check):
    check()


SOME = [each for each in WORLDS if each.name in ("steady", "no_effect", "without_noise", "own_trend")]


@pytest.mark.slow
@pytest.mark.parametrize("check", checks(SyntheticControl(pairwise=0.5), worlds=SOME, draws=40), ids=str)
def test_synthetic_control_with_a_price_of_donors_unlike_the_site(check):
    check()


MATCHING = SyntheticControl(predictors=PREDICTORS)
GIVEN = tuple(replace(each, weight=w) for each, w in zip(PREDICTORS, (4.0, 0.5, 1.0), strict=True))


@pytest.mark.parametrize("check", checks(MATCHING, worlds=WORLDS_OF_PREDICTORS[1:], draws=40), ids=str)
def test_synthetic_control_that_matches_predictors(check):
    check()


FEW = (PREDICTORS[0], PREDICTORS[2])
SEARCHED = SyntheticControl(predictors=FEW, v="nested")
FEW_DONORS = replace(WORLDS_OF_PREDICTORS[1], units=1, site_units=1, predictors=FEW)
"""With a unit in each neighbourhood: the importance is searched anew for each of its stand-ins."""


@pytest.mark.parametrize("check", checks(SEARCHED, worlds=[FEW_DONORS], draws=40), ids=str)
def test_synthetic_control_that_searches_the_importance_of_predictors(check):
    check()


REST_OF_MATCHING = [
    *checks(MATCHING, worlds=WORLDS_OF_PREDICTORS[:1], draws=40),
    *checks(SyntheticControl(predictors=GIVEN, v="given"), worlds=WORLDS_OF_PREDICTORS, draws=40),
]


@pytest.mark.slow
@pytest.mark.parametrize("check", REST_OF_MATCHING, ids=lambda check: f"{check.draws.design.v}-{check}")
def test_synthetic_control_that_matches_predictors_elsewhere(check):
    check()


@pytest.mark.parametrize("check", checks(SyntheticDifferenceInDifferences(), draws=FEWER), ids=str)
def test_synthetic_difference_in_differences(check):
    check()


@pytest.mark.parametrize("check", checks(AugmentedSyntheticControl(), draws=FEWER), ids=str)
def test_augmented_synthetic_control(check):
    check()


@pytest.mark.parametrize("check", checks(GeneralisedSyntheticControl(), draws=FEWER), ids=str)
def test_generalised_synthetic_control(check):
    check()


CALIBRATED = [
    each
    for each in WORLDS
    if each.name in ("no_effect", "without_noise", "matched_trends", "own_trend", "three_starts")
]
REST = [each for each in WORLDS if each not in CALIBRATED]


@pytest.mark.parametrize("check", checks(MicroSyntheticControl(), worlds=CALIBRATED, draws=40), ids=str)
def test_micro_synthetic_control(check):
    check()


@pytest.mark.slow
@pytest.mark.parametrize("check", checks(MicroSyntheticControl(), worlds=REST, draws=40), ids=str)
def test_micro_synthetic_control_in_the_other_worlds(check):
    check()
