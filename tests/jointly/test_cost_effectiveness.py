"""Cost and gain together: closed forms of two normal effects, quadrants by hand, value with its parts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from jointly.test_draws import BARE, drawn, normal
from lmpeval.jointly.cost_effectiveness import Quadrant, Terms, cost_effect
from lmpeval.panel import Floats

DRAWS = normal(4999, 0.4, np.random.default_rng(8))
SPREAD = (40.0, 0.002)
"""Standard errors of cost and of quality-adjusted life years."""


def both(cost=-20.0, gain=0.003, moves: Floats = DRAWS):
    return (drawn(cost, SPREAD[0] * moves[:, 0]), drawn(gain, SPREAD[1] * moves[:, 1]))


@pytest.mark.parametrize("threshold", [20_000.0, 50_000.0, 80_000.0])
def test_net_benefit_is_that_of_two_normal_effects(threshold):
    found = cost_effect(*both(), [threshold], Terms(1.0)).benefits[0]
    # Stinnett and Mullahy (1998), equation 5
    error = np.sqrt(
        (threshold * SPREAD[1]) ** 2 + SPREAD[0] ** 2 - 2 * threshold * 0.4 * SPREAD[0] * SPREAD[1]
    )
    benefit = threshold * 0.003 + 20.0
    assert found.net[0] == pytest.approx(benefit)
    assert np.array(found.net[1:]) - benefit == pytest.approx(norm.ppf([0.025, 0.975]) * error, rel=0.04)
    assert found.chance.share == pytest.approx(norm.cdf(benefit / error), abs=0.015)


def test_that_cost_and_gain_go_together_is_kept():
    found = cost_effect(*both(), [50_000.0], Terms(1.0))
    assert found.together == pytest.approx(0.4, abs=0.04)
    apart = cost_effect(*both(moves=normal(4999, 0.0, np.random.default_rng(9))), [50_000.0], Terms(1.0))
    wide, narrow = (np.ptp(each.benefits[0].net[1:]) for each in (apart, found))
    assert narrow < 0.87 * wide


def test_quadrants_hold_everything_and_lie_where_they_should():
    found = cost_effect(*both(), [50_000.0], Terms(1.0))
    assert sum(each.share for each in found.quadrants.values()) == pytest.approx(1.0)
    less = norm.cdf(20 / SPREAD[0])
    cheaper = found.quadrants[Quadrant.MORE_FOR_LESS].share + found.quadrants[Quadrant.LESS_FOR_LESS].share
    assert cheaper == pytest.approx(less, abs=0.015)


def test_the_curve_begins_at_the_chance_of_costing_less_and_ends_near_that_of_gaining():
    found = cost_effect(*both(), [1e9], Terms(1.0))
    cheaper = found.quadrants[Quadrant.MORE_FOR_LESS].share + found.quadrants[Quadrant.LESS_FOR_LESS].share
    more = found.quadrants[Quadrant.MORE_FOR_LESS].share + found.quadrants[Quadrant.MORE_FOR_MORE].share
    assert found.curve[0, 1] == pytest.approx(cheaper)
    assert found.curve[-1, 1] == pytest.approx(more, abs=1e-3)


def test_the_programme_s_own_cost_moves_the_cost_and_nothing_else():
    plain = cost_effect(*both(), [50_000.0], Terms(1.0))
    paid = cost_effect(*both(), [50_000.0], Terms(1.0, programme=35.0))
    assert np.array(paid.cost) == pytest.approx(np.array(plain.cost) + 35.0)
    assert paid.gain == plain.gain
    assert np.array(paid.benefits[0].net) == pytest.approx(np.array(plain.benefits[0].net) - 35.0)


def test_deaths_per_thousand_are_gained_when_they_fall():
    cost, _ = both()
    deaths = drawn(-0.2, 0.1 * DRAWS[:, 1])
    found = cost_effect(cost, deaths, [500_000.0], Terms(-1.0, gain_per=1000.0))
    assert found.gain[0] == pytest.approx(0.0002)
    assert found.benefits[0].net[0] == pytest.approx(500_000 * 0.0002 + 20)


def test_euro_or_cents_and_years_or_days_of_life():
    cost, gain = both()
    plain = cost_effect(cost, gain, [50_000.0], Terms(1.0, programme=5.0))
    cents = drawn(-2000.0, 100 * SPREAD[0] * DRAWS[:, 0])
    days = drawn(0.003 * 365, 365 * SPREAD[1] * DRAWS[:, 1])
    other = cost_effect(cents, days, [100 * 50_000.0 / 365], Terms(1.0, programme=500.0))
    assert np.array(other.benefits[0].net) == pytest.approx(100 * np.array(plain.benefits[0].net))
    assert other.quadrants == plain.quadrants


def test_a_ratio_is_read_only_where_more_is_gained_for_more():
    sure = np.random.default_rng(3).normal(size=(199, 2)) * 0.01
    assert cost_effect(*both(100.0, 0.01, sure), [20_000.0], Terms(1.0)).ratio == pytest.approx(10_000)
    for cost, gain in ((-100.0, 0.01), (-100.0, -0.01), (100.0, -0.01)):
        assert cost_effect(*both(cost, gain, sure), [20_000.0], Terms(1.0)).ratio is None
    assert cost_effect(*both(), [20_000.0], Terms(1.0)).ratio is None


def test_few_stand_ins_bound_nothing_and_no_chance_is_certain():
    few = normal(9, 0.0, np.random.default_rng(4))
    found = cost_effect(*both(-4000.0, 1.0, few), [20_000.0], Terms(1.0))
    assert found.benefits[0].net[1:] == (-np.inf, np.inf)
    assert found.benefits[0].chance.share == 1.0
    assert found.benefits[0].chance.bounded == pytest.approx(0.9)
    assert found.step == pytest.approx(0.1)


def with_level(found, level):
    """The same difference from another level without the intervention."""
    counterfactual = np.full_like(found.comparison.counterfactual, level)
    moved = replace(found.comparison, counterfactual=counterfactual)
    return replace(found, comparison=moved, observed=counterfactual + found.gap)


def test_value_rises_because_costs_fell_although_quality_fell():
    still = np.random.default_rng(5).normal(size=(199, 2)) * 1e-4
    cost, quality = both(-60.0, -0.08, still)
    cost, quality = with_level(cost, 2000.0), with_level(quality, 8.0)
    value = cost_effect(cost, quality, [1.0], Terms(1.0)).value
    assert value.quality[0] == pytest.approx(-0.01)
    assert value.payment[0] == pytest.approx(-0.03)
    assert value.value[0] == pytest.approx(0.99 / 0.97 - 1)
    assert value.value[1] > 0


def test_there_is_no_value_of_deaths_nor_of_a_quality_that_may_be_nothing():
    cost, quality = both()
    assert cost_effect(cost, quality, [1.0], Terms(-1.0)).value is None
    assert cost_effect(cost, with_level(quality, 0.001), [1.0], Terms(1.0)).value is None
    assert BARE.comparison.counterfactual.min() > 0


def test_a_net_benefit_holds_what_is_true_as_often_as_stated():
    rng, draws, held = np.random.default_rng(31), 300, 0
    for _ in range(draws):
        noise = normal(60, 0.4, rng) * np.array(SPREAD)
        seen = [drawn((-20.0, 0.003)[i] + noise[0, i], noise[1:, i]) for i in range(2)]
        _, low, high = cost_effect(*seen, [50_000.0], Terms(1.0)).benefits[0].net
        held += low <= 50_000 * 0.003 + 20 <= high
    assert held / draws == pytest.approx(0.95, abs=0.038), "three Monte Carlo errors of 0.0126"
