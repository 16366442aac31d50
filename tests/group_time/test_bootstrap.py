"""Multiplier bootstrap."""

from statistics import NormalDist

import numpy as np
import pytest

from group_time.draws import staggered
from lmpeval.group_time.bootstrap import ROWS, Law, MultiplierBootstrap, analytic_error, cluster_sums
from lmpeval.group_time.effects import group_time_effects

every_law = pytest.mark.parametrize("law", Law)


def influence_of(units=600, columns=4, seed=1):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(units, columns)) @ rng.normal(size=(columns, columns))


@every_law
def test_errors_are_the_analytic_ones(law):
    influence = influence_of()
    found = MultiplierBootstrap(draws=4000, law=law)(influence, np.random.default_rng(2))
    # the interquartile range of 4000 draws is known to about 1.2 %
    np.testing.assert_allclose(found.standard_error, analytic_error(influence), rtol=0.05)
    np.testing.assert_allclose(
        np.cov(found.draws.T), influence.T @ influence / 600**2, atol=0.1 * (found.standard_error**2).max()
    )


@every_law
@pytest.mark.parametrize("columns", [1, 5, 20])
def test_critical_value_of_independent_estimates_is_known(law, columns):
    influence = np.linalg.qr(np.random.default_rng(3).normal(size=(2000, columns)))[0]
    found = MultiplierBootstrap(draws=4000, law=law)(influence, np.random.default_rng(4))
    expected = NormalDist().inv_cdf((1 + 0.95 ** (1 / columns)) / 2)
    assert found.critical == pytest.approx(expected, abs=0.12)


def test_copies_of_one_estimate_need_no_wider_band():
    influence = np.repeat(influence_of(columns=1), 10, axis=1) * [1, 2, 3, 4, 5, -1, -2, 1e6, 1e-6, 7]
    found = MultiplierBootstrap(draws=4000)(influence, np.random.default_rng(5))
    assert found.critical == pytest.approx(1.96, abs=0.1)


def test_rademacher_multipliers_are_one_or_minus_one():
    found = MultiplierBootstrap(draws=400)(np.eye(9), np.random.default_rng(6))
    np.testing.assert_allclose(np.abs(found.draws), 1 / 9, rtol=1e-6)
    assert found.draws.mean() * 9 == pytest.approx(0, abs=4 / np.sqrt(3600))


def test_mammen_multipliers_have_two_values_and_third_moment_one():
    draws = MultiplierBootstrap(draws=4000, law=Law.MAMMEN)(np.eye(9), np.random.default_rng(7)).draws * 9
    values = np.unique(draws.round(5))
    np.testing.assert_allclose(values, [-0.61803, 1.61803])
    for moment, expected in ((1, 0), (2, 1), (3, 1)):
        assert (draws**moment).mean() == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize("law", [Law.RADEMACHER, Law.MAMMEN])
def test_blocks_with_zeros_are_drawn_with_the_same_multipliers(law):
    # three kinds of units, an effect of each and a shared one, a block a kind and a bit: draws must add up
    units = 3 * ROWS + 300
    kind = np.arange(units) % 3
    own = np.random.default_rng(9).normal(size=units)
    influence = np.column_stack([np.where(kind == 0, own, 0), np.where(kind == 1, own, 0), own])
    influence = np.column_stack([influence, influence[:, 2] - influence[:, 0] - influence[:, 1]])
    found = MultiplierBootstrap(draws=200, law=law)(influence, np.random.default_rng(10))
    np.testing.assert_allclose(found.standard_error, analytic_error(influence), rtol=0.25)
    draws = found.draws
    np.testing.assert_allclose(draws[:, 0] + draws[:, 1] + draws[:, 3], draws[:, 2], atol=1e-7)


@every_law
def test_a_seed_gives_the_same_draws_and_the_unit_of_account_is_of_no_matter(law):
    influence, bootstrap = influence_of(), MultiplierBootstrap(law=law)
    first, second = (bootstrap(influence, np.random.default_rng(11)) for _ in range(2))
    np.testing.assert_array_equal(first.draws, second.draws)
    large = bootstrap(1e50 * influence, np.random.default_rng(11))
    np.testing.assert_allclose(large.standard_error, 1e50 * first.standard_error, rtol=1e-5)
    assert large.critical == pytest.approx(first.critical, rel=1e-5)


def test_normal_draws_do_not_depend_on_the_order_of_units():
    influence, bootstrap = influence_of(columns=1), MultiplierBootstrap(law=Law.NORMAL)
    mixed = influence[np.random.default_rng(12).permutation(600)]
    first, second = (bootstrap(each, np.random.default_rng(13)) for each in (influence, mixed))
    np.testing.assert_allclose(first.draws, second.draws, rtol=1e-12)


def test_what_does_not_move_has_no_error_and_no_say():
    influence = np.column_stack([influence_of(columns=1), np.zeros(600)])
    found = MultiplierBootstrap(draws=2000)(influence, np.random.default_rng(14))
    assert found.standard_error[1] == 0
    assert found.critical == pytest.approx(1.96, abs=0.15)
    low, high = found.band(np.array([1.0, 2.0]))
    assert low[1] == high[1] == 2
    np.testing.assert_allclose(high[0] - 1, found.critical * found.standard_error[0])


@every_law
def test_clusters_move_together(law):
    # every unit ten times over in its cluster: errors as with the unit alone
    influence = influence_of(units=300)
    copies, clusters = np.repeat(influence, 10, axis=0), np.repeat(np.arange(300), 10)
    order = np.random.default_rng(15).permutation(3000)
    assert analytic_error(copies) == pytest.approx(analytic_error(influence) / np.sqrt(10))
    np.testing.assert_allclose(analytic_error(copies[order], clusters[order]), analytic_error(influence))
    found = MultiplierBootstrap(draws=4000, law=law)(
        copies[order], np.random.default_rng(16), clusters=clusters[order].astype(str)
    )
    np.testing.assert_allclose(found.standard_error, analytic_error(influence), rtol=0.05)


def test_clusters_that_say_nothing_are_refused():
    with pytest.raises(ValueError, match="clusters has 3 units, influence 600"):
        cluster_sums(influence_of(), np.arange(3))
    with pytest.raises(ValueError, match="all units are in one cluster"):
        analytic_error(influence_of(), np.zeros(600))


def test_bands_hold_all_effects_at_once():
    held, alone = [], []
    for seed in range(150):
        panel, truth = staggered(seed=seed, units=240)
        found = group_time_effects(panel)
        expected = np.array([truth.get(key, 0.0) for key in zip(found.cohorts, found.years, strict=True)])
        spread = MultiplierBootstrap(law=Law.NORMAL)(found.influence, np.random.default_rng(seed))
        low, high = spread.band(found.effect)
        held.append(((low < expected) & (expected < high)).all())
        alone.append((np.abs(found.effect - expected) < 1.96 * spread.standard_error).all())
    assert np.mean(held) > 0.95 - 4 * np.sqrt(0.95 * 0.05 / 150)
    assert np.mean(alone) < 0.75  # fifteen intervals by themselves do not
