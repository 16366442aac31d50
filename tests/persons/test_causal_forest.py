"""A causal forest that explores: it finds what was drawn, in regions from which it did not learn."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cohorts import a_cohort
from lmpeval.design import Circumstances
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.persons import causal_forest
from lmpeval.persons.causal_forest import explored


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(causal_forest, "TREES", 40)
    monkeypatch.setattr(causal_forest, "SPLITS", 3)


def asked(cohort, seed=0):
    return explored(PropensityMatching(by="odds"), cohort, Circumstances(0.5), np.random.default_rng(seed))


def drawn(more=0.0, **kind):
    """An effect of -0.5, and as much more as is asked for on those of a high income."""
    cohort = a_cohort(n=5_000, n_treated=kind.pop("n_treated", 9), **kind)
    reached = cohort.treated & (cohort.covariates[:, 2] > 0)
    return replace(cohort, outcome=cohort.outcome + more * np.outer(~cohort.before, reached))


def test_it_finds_for_whom_where_it_did_not_learn():
    found = asked(drawn(-2.0))
    assert found.leading[0][0] == "income"
    assert sum(part for _, part in found.leading) == pytest.approx(1)
    assert found.lower == pytest.approx(-2.5, abs=0.4)
    assert found.upper == pytest.approx(-0.5, abs=0.4)
    assert found.p < 0.05
    assert found.splits == found.asked == 3 or found.splits > 1


def test_it_finds_nothing_where_all_have_one_effect():
    found = asked(drawn())
    assert found.p > 0.05
    assert abs(found.upper - found.lower) < 0.4


def test_the_order_of_persons_and_the_unit_of_covariates_do_not_matter():
    cohort = drawn(-1.0).in_order(np.arange(3_000))
    turned = cohort.in_order(np.random.default_rng(3).permutation(3_000))
    plain, other = asked(cohort), asked(replace(turned, covariates=turned.covariates * 100))
    assert (other.lower, other.upper, other.p) == pytest.approx((plain.lower, plain.upper, plain.p))


def test_one_region_cannot_be_both_learned_in_and_tried():
    assert "one region was treated" in asked(drawn(n_treated=1)).why
    bare = drawn()
    bare = replace(bare, covariates=np.empty((5_000, 0)), covariate_names=())
    assert "matches persons on nothing" in asked(bare).why
