"""Nearest in all covariates: the distance is Mahalanobis's, and who is nearest in the caliper is chosen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from lmpeval.persons.mahalanobis import matched_within, whitened
from lmpeval.persons.nearest_neighbours import Rule


def a_sample(n=300, seed=0):
    rng = np.random.default_rng(seed)
    treated = rng.random(n) < 0.25
    covariates = rng.normal(size=(n, 3)) @ rng.normal(size=(3, 3)) + 0.4 * treated[:, None]
    return (
        covariates[:, 0] + 0.3 * rng.normal(size=n),
        covariates,
        treated,
        rng.integers(0, 2, n),
        rng.permutation(n),
    )


def test_distances_are_mahalanobis_s_in_any_unit():
    _, covariates, treated, _, _ = a_sample()
    sides = [np.cov(covariates[side].T) * (side.sum() - 1) for side in (treated, ~treated)]
    pooled = sum(sides) / (len(treated) - 2)
    expected = cdist(covariates, covariates, "mahalanobis", VI=np.linalg.inv(pooled))
    places = whitened(covariates * [1, 100, 0.01], treated)
    np.testing.assert_allclose(cdist(places, places), expected, rtol=1e-8, atol=1e-8)


def test_a_covariate_said_twice_or_that_never_varies_changes_nothing():
    _, covariates, treated, _, _ = a_sample()
    more = np.column_stack([covariates, covariates[:, 0] + covariates[:, 1], np.ones(len(treated))])
    plain, other = whitened(covariates, treated), whitened(more, treated)
    np.testing.assert_allclose(cdist(plain, plain), cdist(other, other), rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("replacement", [True, False])
@pytest.mark.parametrize("matches", [1, 3])
def test_nobody_nearer_is_free_within_the_caliper(replacement, matches):
    score, covariates, treated, strata, order = a_sample()
    places, rule = whitened(covariates, treated), Rule(matches, 0.4, replacement)
    ours, theirs = matched_within(score, places, treated, strata, order, rule)
    assert (treated[ours] & ~treated[theirs] & (strata[ours] == strata[theirs])).all()
    assert (np.abs(score[ours] - score[theirs]) <= 0.4).all()
    apart, taken = cdist(places, places), set()
    mine = {a: set() for a in ours.tolist()}
    for a, b in zip(ours.tolist(), theirs.tolist(), strict=True):
        fits = ~treated & (strata == strata[a]) & (np.abs(score - score[a]) <= 0.4)
        gone = mine[a] if replacement else taken
        free = [k for k in np.flatnonzero(fits) if k not in gone]
        assert apart[a, b] == pytest.approx(apart[a, free].min())
        mine[a].add(b)
        taken.add(b)
    number = np.bincount(theirs)
    assert (number.max() > 1) == replacement


def test_the_largest_score_chooses_first_and_the_order_of_persons_does_not_matter():
    score, covariates, treated, strata, order = a_sample()
    places, rule = whitened(covariates, treated), Rule(1, 0.4)
    ours, theirs = matched_within(score, places, treated, strata, order, rule)
    for stratum in (0, 1):
        assert (np.diff(score[ours[strata[ours] == stratum]]) <= 0).all()
    turned = np.random.default_rng(1).permutation(len(score))
    back = np.argsort(turned)
    other = matched_within(score[turned], places[turned], treated[turned], strata[turned], back[order], rule)
    assert set(zip(ours, theirs, strict=True)) == set(zip(turned[other[0]], turned[other[1]], strict=True))


def test_of_many_within_the_caliper_those_around_on_the_score_are_looked_at(monkeypatch):
    score, covariates, treated, _, order = a_sample()
    monkeypatch.setattr("lmpeval.persons.mahalanobis.MOST", 20)
    places = whitened(covariates, treated)
    one = np.zeros(len(score), np.intp)
    ours, theirs = matched_within(score, places, treated, one, order, Rule(1, np.inf, replacement=True))
    assert len(ours) == treated.sum()
    pool = np.sort(score[~treated])
    between = np.searchsorted(pool, score[ours]) - np.searchsorted(pool, score[theirs])
    assert np.abs(between).max() <= 20
