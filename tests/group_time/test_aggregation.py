"""Averages of group-time effects."""

import numpy as np
import pytest

from group_time.draws import by_weights, staggered
from lmpeval.group_time.aggregation import by_cohort, by_event_time, by_year, simple
from lmpeval.group_time.cohorts import Base, Comparison, Rules, Staggered
from lmpeval.group_time.effects import GroupTimeEffects, group_time_effects
from lmpeval.group_time.nuisance import NotEstimable

PANEL, _ = staggered()
EFFECTS = group_time_effects(PANEL)
AVERAGES = [simple, by_event_time, by_year, by_cohort]


def known():
    """Ten units: two exposed from 2 on, three from 3 on; four years, effects of round figures."""
    starts = np.array([2.0, 2, 3, 3, 3] + [np.inf] * 5)
    cohorts, years = np.array([2, 2, 2, 3, 3, 3]), np.array([2, 3, 4, 2, 3, 4])
    effect = np.array([1.0, 2.0, 6.0, 0.5, 10.0, 20.0])
    return GroupTimeEffects(cohorts, years, effect, np.zeros((10, 6)), starts, np.ones(10), ())


def test_averages_by_hand():
    assert simple(known()).overall.effect == pytest.approx((2 * 9 + 3 * 30) / (2 * 3 + 3 * 2))
    found = by_event_time(known())
    assert found.at.tolist() == [-1, 0, 1, 2]
    np.testing.assert_allclose(found.each.effect, [0.5, (2 * 1 + 3 * 10) / 5, (2 * 2 + 3 * 20) / 5, 6])
    assert found.overall.effect == pytest.approx((6.4 + 12.8 + 6) / 3)
    found = by_year(known())
    assert found.at.tolist() == [2, 3, 4]
    np.testing.assert_allclose(found.each.effect, [1, (2 * 2 + 3 * 10) / 5, (2 * 6 + 3 * 20) / 5])
    assert found.overall.effect == pytest.approx((1 + 6.8 + 14.4) / 3)
    found = by_cohort(known())
    assert found.at.tolist() == [2, 3]
    np.testing.assert_allclose(found.each.effect, [3, 15])
    assert found.overall.effect == pytest.approx((2 * 3 + 3 * 15) / 5)


def test_sizes_move_an_average_even_where_effects_are_known():
    # the average by cohort is the exposed units' mean of 3, 3, 15, 15, 15: its error is theirs
    found = by_cohort(known()).overall
    values = np.array([3.0, 3, 15, 15, 15])
    assert found.standard_error == pytest.approx(values.std() / np.sqrt(5))


def test_a_balanced_window_keeps_cohorts_seen_that_long():
    found = by_event_time(known(), follow_up=1)
    assert found.at.tolist() == [0, 1]
    np.testing.assert_allclose(found.each.effect, [6.4, 12.8])
    found = by_event_time(known(), follow_up=2)
    assert found.at.tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.each.effect, [1, 2, 6])
    with pytest.raises(NotEstimable, match="no effect from exposure on"):
        by_event_time(known(), follow_up=3)


@pytest.mark.parametrize("average", AVERAGES, ids=lambda f: f.__name__)
def test_stated_weights_make_the_averages(average):
    found = average(EFFECTS)
    np.testing.assert_allclose(found.weights @ EFFECTS.effect, found.each.effect, atol=1e-13)
    np.testing.assert_allclose(found.weights.sum(axis=1), 1)
    assert found.overall_weights @ EFFECTS.effect == pytest.approx(found.overall.effect[0])
    assert found.overall_weights.sum() == pytest.approx(1)
    assert not found.overall_weights[~EFFECTS.exposed].any()


@pytest.mark.parametrize("average", AVERAGES, ids=lambda f: f.__name__)
@pytest.mark.parametrize("comparison", Comparison)
def test_influence_is_the_derivative_in_weights(average, comparison):
    rules, (small, _) = Rules(comparison=comparison), staggered(units=60)

    def everything(panel):
        found = average(group_time_effects(panel, rules))
        return np.r_[found.each.effect, found.overall.effect]

    expected = by_weights(everything, small, units=8)
    found = average(group_time_effects(small, rules))
    influence = np.column_stack([found.each.influence, found.overall.influence])[:8]
    np.testing.assert_allclose(influence, expected, atol=2e-6 * np.abs(expected).max())


def test_the_base_year_of_a_universal_base_is_zero_without_error():
    found = by_event_time(group_time_effects(PANEL, Rules(base=Base.UNIVERSAL)))
    before = found.at.tolist().index(-1)
    assert found.each.effect[before] == 0
    assert found.each.standard_error[before] == 0


def test_intervals_of_averages_cover_where_effects_grow_and_sizes_are_drawn():
    inside = {average: [] for average in AVERAGES}
    rng = np.random.default_rng(8)
    years = np.arange(2011, 2017)
    sizes = {2013: 0.2, 2014: 0.2, 2016: 0.2, 0: 0.4}
    truth = {
        simple: ((1 + 1.5 + 2 + 2.5) + (1 + 1.5 + 2) + 1) / 8,
        by_event_time: (1 + 1.5 + 2 + 2.5) / 4,
        by_year: (1 + (1.5 + 1) / 2 + (2 + 1.5) / 2 + (2.5 + 2 + 1) / 3) / 4,
        by_cohort: (1.75 + 1.5 + 1) / 3,
    }
    for _ in range(300):
        cohort = rng.choice(list(sizes), p=list(sizes.values()), size=300).astype(float)
        since = np.where(cohort > 0, years[:, None] - cohort, -1.0)
        outcome = np.where(since >= 0, 1 + 0.5 * since, 0.0) + 0.3 * rng.normal(size=(6, 300))
        effects = group_time_effects(Staggered(outcome, years, cohort, np.zeros((300, 0)), np.ones(300)))
        for average, held in inside.items():
            found = average(effects).overall
            held.append(abs(found.effect[0] - truth[average]) < 1.96 * found.standard_error[0])
    for held in inside.values():
        assert 0.95 - 3 * np.sqrt(0.95 * 0.05 / 300) < np.mean(held) < 0.99
