"""The package's design of persons passes the suite, and designs that err are told so."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from lmpeval.cohort import Cohort
from lmpeval.conformance.cohorts import cohort_checks
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.persons.design import Matched
from lmpeval.persons.region_means import RegionErrors
from lmpeval.simulation.cohort_world import COHORT_WORLDS

DRAWS = 40
WORLDS = {world.name.removeprefix("persons_"): world for world in COHORT_WORLDS}


@pytest.mark.parametrize("check", cohort_checks(PropensityMatching(), draws=DRAWS), ids=str)
def test_matched_pairs(check):
    check()


@pytest.mark.slow
@pytest.mark.parametrize("by", ["odds", "moments", "classes", "full"])
def test_weights(by):
    for check in cohort_checks(PropensityMatching(by=by), draws=200):
        check()


@dataclass(frozen=True)
class Unmatched(PropensityMatching):
    """Compares everybody."""

    def compare(self, cohort: Cohort) -> Matched:
        share = cohort.treated.sum() / (~cohort.treated).sum()
        return replace(super().compare(cohort), weights=np.where(cohort.treated, 1.0, share), slopes=None)


@dataclass(frozen=True)
class FirstComeFirstServed(PropensityMatching):
    """Takes the first persons of the file."""

    def compare(self, cohort: Cohort) -> Matched:
        pool = np.flatnonzero(~cohort.treated)[: cohort.treated.sum()]
        weights = cohort.treated.astype(float)
        weights[pool] = 1.0
        return Matched(weights, np.zeros(len(weights)))


@dataclass(frozen=True)
class OneDegreeTooSure(RegionErrors):
    """Takes the spread of regions for a tenth of what it is."""

    def __call__(self, design, panel, counted, rng):
        found = super().__call__(design, panel, counted, rng)
        middle, half = np.mean(found.interval), np.ptp(found.interval) / 20
        return replace(
            found, standard_error=found.standard_error / 10, interval=(middle - half, middle + half)
        )


@pytest.mark.parametrize(
    ("design", "world", "caught"),
    [
        (Unmatched(), "steady", "is_unbiased"),
        (FirstComeFirstServed(), "steady", "order_does_not_matter"),
        (PropensityMatching(differences=False, regression=False), "steady", None),
        (PropensityMatching(inference=OneDegreeTooSure()), "large_shocks", "covers_as_stated"),
        (PropensityMatching(inference=OneDegreeTooSure()), "large_shocks", "errs_as_stated"),
    ],
    ids=["unmatched", "order of the file", "levels", "too sure: interval", "too sure: error"],
)
def test_a_design_that_errs_is_told_so(design, world, caught):
    laid = cohort_checks(design, [WORLDS[world]], draws=DRAWS)
    failed = {check.of.__name__ for check in laid if not check.look().held}
    assert failed == set() if caught is None else caught in failed
