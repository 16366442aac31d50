"""A cohort refuses what it cannot be, without quoting anybody; persons are shuffled alike in any order."""

from dataclasses import replace

import numpy as np
import pytest

from cohorts import a_cohort
from lmpeval.persons.shuffled import shuffled


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"exposure": np.full((6, 200), 1.5)}, "within 0 and 1"),
        ({"outcome": np.full((6, 200), np.nan)}, "missing cells where a person was exposed"),
        ({"outcome": np.zeros((5, 200))}, r"\(years, persons\) = \(6, 200\)"),
        ({"covariates": np.full((200, 4), np.nan)}, "covariates have missing"),
        ({"covariate_names": ("one",)}, r"\(persons, names\) = \(200, 1\)"),
        ({"years": np.array([2011, 2012, 2012, 2013, 2014, 2015])}, "must rise"),
        ({"start": 2011}, "no year before"),
        ({"treated": np.zeros(200, dtype=bool)}, "needs treated persons and"),
        ({"regions": np.full(200, 99)}, "outside region_names"),
        ({"strata": np.zeros(3, dtype=int)}, "one a person"),
        ({"treated": np.arange(200) < 5}, "set those who did not take part aside"),
    ],
)
def test_what_no_design_can_use_is_refused(change, told):
    cohort = a_cohort(n=200)
    with pytest.raises(ValueError, match=told):
        replace(cohort, **change)


def alike(n=400):
    """Persons of whom many have the same covariates, and some the same outcomes."""
    cohort = a_cohort(n=n)
    coarse = np.round(cohort.covariates)
    return replace(cohort, covariates=coarse, outcome=np.round(cohort.outcome))


@pytest.mark.parametrize("seed", [0, 1])
def test_persons_are_shuffled_alike_whatever_their_order_units_and_region_names(seed):
    cohort = alike()
    order = np.random.default_rng(5).permutation(len(cohort.treated))
    turned = cohort.in_order(order)
    names = np.random.default_rng(6).permutation(len(cohort.region_names))
    renamed = replace(turned, regions=names[turned.regions])
    cents = replace(renamed, covariates=renamed.covariates * [100, 1, 1000, 2], outcome=renamed.outcome * 100)
    here = cohort.in_order(shuffled(cohort, seed))
    there = cents.in_order(shuffled(cents, seed))
    np.testing.assert_array_equal(there.outcome, here.outcome * 100)
    np.testing.assert_array_equal(names[here.regions], there.regions)


def test_another_seed_shuffles_otherwise_and_equals_are_not_sorted_by_outcome():
    cohort = alike()
    order = shuffled(cohort, 0)
    assert (order != shuffled(cohort, 1)).mean() > 0.9
    assert sorted(order) == list(range(len(order)))
    one = replace(cohort, covariates=np.zeros_like(cohort.covariates))  # nobody differs but in outcomes
    ordered = one.in_order(shuffled(one, 0))
    place = np.flatnonzero(~ordered.treated)
    assert abs(np.corrcoef(np.arange(len(place)), ordered.outcome[0, place])[0, 1]) < 0.15
