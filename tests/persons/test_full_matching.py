"""Full matching on a score: no cover is cheaper, classes hold both sides, and many persons take seconds."""

from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.optimize import linprog
from scipy.special import logit

from lmpeval.persons.full_matching import _cover, full_classes
from lmpeval.persons.weights import by_membership

RNG = np.random.default_rng


def cheapest(score, treated):
    """Least cost of edges between the sides that cover everybody, by linear programming."""
    ours, theirs = np.flatnonzero(treated), np.flatnonzero(~treated)
    apart = np.abs(score[ours][:, None] - score[theirs][None, :])
    covers = np.zeros((len(score), apart.size))
    for k, (a, b) in enumerate((a, b) for a in ours for b in theirs):
        covers[[a, b], k] = 1
    return linprog(apart.ravel(), A_ub=-covers, b_ub=-np.ones(len(score)), bounds=(0, None)).fun


@pytest.mark.parametrize("seed", range(40))
def test_no_edges_cover_everybody_at_less(seed):
    rng = RNG(seed)
    n = int(rng.integers(2, 16))
    score = np.sort(rng.integers(0, 9, n).astype(float) if seed % 3 == 0 else rng.normal(size=n) ** 3)
    treated = rng.random(n) < rng.choice([0.2, 0.5, 0.8])
    treated[rng.permutation(n)[:2]] = [True, False]
    one, other = _cover(score, treated)
    assert (treated[one] != treated[other]).all()
    assert set(one) | set(other) == set(range(n))
    assert np.abs(score[one] - score[other]).sum() == pytest.approx(cheapest(score, treated))


def a_sample(n=400, seed=0):
    rng = RNG(seed)
    treated = rng.random(n) < 0.3
    return rng.normal(size=n) + 0.7 * treated, treated, rng.integers(0, 2, n), rng.permutation(n)


def test_classes_hold_both_sides_of_one_stratum_and_weigh_as_much():
    score, treated, strata, order = a_sample()
    of = full_classes(score, treated, strata, order, np.inf)
    assert (of >= 0).all()
    weights = by_membership(of, treated)
    for one in np.unique(of):
        inside = of == one
        assert len(np.unique(strata[inside])) == 1
        assert min(treated[inside].sum(), (~treated[inside]).sum()) == 1
        assert weights[inside & treated].sum() == pytest.approx(weights[inside & ~treated].sum())
    assert (weights[treated] == 1).all()


def test_nobody_without_a_near_one_is_kept_and_classes_stay_near():
    score, treated, strata, order = a_sample()
    of = full_classes(score, treated, strata, order, 0.05)
    for i in range(len(score)):
        others = (strata == strata[i]) & (treated != treated[i])
        assert (of[i] >= 0) == bool((np.abs(score[others] - score[i]) <= 0.05).any())
    for one in np.unique(of[of >= 0]):
        assert np.ptp(score[of == one]) <= 4 * 0.05


def test_the_order_of_persons_does_not_matter():
    score, treated, strata, order = a_sample()
    turned = RNG(2).permutation(len(score))
    back = np.argsort(turned)
    plain = by_membership(full_classes(score, treated, strata, order, 0.2), treated)
    other = full_classes(score[turned], treated[turned], strata[turned], back[order], 0.2)
    np.testing.assert_allclose(by_membership(other, treated[turned]), plain[turned])


def test_nobody_to_match_with_leaves_nobody():
    score, strata = np.array([0.0, 1.0, 2.0]), np.array([0, 1, 1])
    treated = np.array([True, False, False])
    assert (full_classes(score, treated, strata, np.arange(3), np.inf) == -1).all()


def test_two_hundred_thousand_persons_take_seconds():
    rng = RNG(0)
    score, treated = logit(rng.random(200_000)), rng.random(200_000) < 0.05
    begun = time.process_time()
    of = full_classes(score, treated, np.zeros(len(score), np.intp), np.arange(len(score)), np.inf)
    assert (of >= 0).all()
    assert time.process_time() - begun < 10
