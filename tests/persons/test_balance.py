"""Balance and overlap are what their definitions say, and depend on neither order nor unit."""

import numpy as np
import pytest
from scipy import stats

from cohorts import a_cohort
from lmpeval.persons.balance import balance_of
from lmpeval.persons.common_support import BINS, overlap_of


def drawn(n=500, seed=0):
    rng = np.random.default_rng(seed)
    treated = rng.random(n) < 0.3
    values = np.column_stack(
        [rng.normal(size=n) + 0.3 * treated, rng.random(n) < 0.2 + 0.2 * treated, np.ones(n)]
    )
    return values, treated, np.where(treated, 1.0, rng.exponential(size=n) * (rng.random(n) < 0.7))


def by_definition(values, weights):
    """Cumulative distribution at every value that occurs anywhere."""
    return lambda at: np.array([weights[values <= x].sum() for x in at]) / weights.sum()


def test_figures_are_those_of_their_definitions():
    values, treated, weights = drawn()
    table = balance_of(values, ("need", "woman", "all the same"), treated, weights)
    for k, each in enumerate(table):
        x, w = values[:, k], weights
        means = [np.average(x[side], weights=w[side]) for side in (treated, ~treated)]
        assert (each.after.treated, each.after.compared) == pytest.approx(means)
        spread = x[treated].std(ddof=1)
        apart = (means[0] - means[1]) / spread if spread else 0.0
        assert each.after.difference == pytest.approx(apart)
        squares = [np.average(x[side] ** 2, weights=w[side]) for side in (treated, ~treated)]
        spread = (x[treated] ** 2).std(ddof=1)
        assert each.after.difference_of_squares == pytest.approx(
            (squares[0] - squares[1]) / spread if spread else 0
        )
        below = [by_definition(x[side], w[side])(np.unique(x)) for side in (treated, ~treated)]
        assert each.after.distance == pytest.approx(np.abs(below[0] - below[1]).max(), abs=1e-12)
        peer = stats.ks_2samp(x[treated], x[~treated]).statistic
        assert each.before.distance == pytest.approx(peer, abs=1e-12)
    w = weights[~treated]
    x = values[~treated, 0]
    mean = np.average(x, weights=w)
    variance = (w * (x - mean) ** 2).sum() / (w.sum() - (w**2).sum() / w.sum())  # as cobalt weighs it
    assert table[0].after.variance_ratio == pytest.approx(values[treated, 0].var(ddof=1) / variance)
    assert [each.binary for each in table] == [False, True, True]
    assert np.isnan(table[1].after.variance_ratio)


def test_a_covariate_in_which_all_treated_are_alike_is_still_measured():
    treated = np.arange(100) < 30
    x = np.where(treated, 1.0, np.arange(100) % 2)
    [found] = balance_of(x[:, None], ("ill",), treated, np.ones(100))
    assert found.before.difference == pytest.approx(0.5 / np.sqrt(x[~treated].var(ddof=1) / 2))


def test_balance_depends_on_neither_order_nor_unit():
    values, treated, weights = drawn()
    order = np.random.default_rng(1).permutation(len(treated))
    names = ("need", "woman", "all the same")
    here = balance_of(values, names, treated, weights)
    there = balance_of(values[order] * 100 + 7, names, treated[order], weights[order])
    for a, b in zip(here, there, strict=True):
        assert b.after.difference == pytest.approx(a.after.difference)
        assert b.after.distance == pytest.approx(a.after.distance)


def test_overlap_counts_shares_and_says_who_was_left_out():
    cohort = a_cohort(n=600)
    rng = np.random.default_rng(0)
    logit = rng.normal(size=600)
    weights = np.where(cohort.treated, cohort.covariates[:, 0] < 1, rng.random(600)).astype(float)
    found = overlap_of(cohort, weights, logit)
    share = cohort.treated.mean()
    chance = 1 / (1 + np.exp(-logit))
    # Walker et al. 2013: the propensity had both sides been as large
    preference = chance / share / (chance / share + (1 - chance) / (1 - share))
    assert found.equipoise == pytest.approx(((preference >= 0.3) & (preference <= 0.7)).mean())
    assert found.preference.shape == (2, BINS)
    np.testing.assert_allclose(found.preference.sum(axis=1), 1)
    left = cohort.treated & (weights == 0)
    assert found.left_out == pytest.approx(left.sum() / cohort.treated.sum())
    need = found.trimmed[0]
    assert need.kept == pytest.approx(cohort.covariates[cohort.treated & ~left, 0].mean())
    assert need.left_out == pytest.approx(cohort.covariates[left, 0].mean())
    assert need.difference < -0.1
    w = weights[~cohort.treated]
    assert found.effective == pytest.approx(w.sum() ** 2 / (w**2).sum())
