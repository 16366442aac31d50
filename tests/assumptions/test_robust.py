"""Intervals and breakdown values against the intervals they are made from, by hand, and in words."""

import re

import numpy as np
import pytest

from assumptions.cases import estimate_of
from lmpeval.assumptions.robust import (
    BEYOND_SAYING,
    Robust,
    breakdown_of_steps,
    intervals,
    moved_by_bends,
    robust,
    told,
)
from lmpeval.event_path import EventPath, event_path
from lmpeval.honesty import breakdown, relative_magnitudes, smoothness
from replication.test_medicaid import FIRST_YEAR, event_study  # noqa: F401 - a fixture

CLAIMED = (-9.0, -1.0)


def drawn(seed, effect, n_before=4, n_after=3, stand_ins=30):
    rng = np.random.default_rng(seed)
    gaps = rng.normal(size=(stand_ins + 1, n_before + n_after)) + 0.5 * rng.normal(
        size=(stand_ins + 1, n_before + n_after)
    ).cumsum(axis=1)
    gaps[0, n_before:] += effect
    return estimate_of(gaps[0], gaps[1:], start=2010 + n_before, interval=CLAIMED if effect else (-1.0, 1.0))


def asked(found):
    path = event_path(found)
    return path.path, path.covariance, path.n_before, path.weights


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("effect", [-30.0, -8.0, 15.0])
def test_breakdown_values_are_where_the_intervals_reach_zero(seed, effect):
    found = drawn(seed, effect)
    limits = robust(found, margin=3.0)
    assert limits.as_before == relative_magnitudes(*asked(found), 1.0)
    assert limits.bent == smoothness(*asked(found), limits.bend)
    for interval, value in ((relative_magnitudes, limits.breakdown), (smoothness, limits.breakdown_bend)):
        there = breakdown(lambda bound, of=interval: of(*asked(found), bound)) or 0.0
        assert value == pytest.approx(there, rel=0.06, abs=0.01)
    # an effect the other way round breaks down where this one does
    mirrored = estimate_of(
        -found.gap, -found.uncertainty.placebo, found.start, interval=(-CLAIMED[1], -CLAIMED[0])
    )
    assert robust(mirrored, margin=3.0).breakdown == pytest.approx(limits.breakdown)


def test_small_effects_break_down_early_and_none_is_asked_of_no_effect():
    values = [robust(drawn(1, effect), margin=3.0).breakdown for effect in (-1.0, -6.0, -12.0, -50.0)]
    assert values[0] == 0
    assert values == sorted(values)
    assert values[1] < 1 < values[3]
    nothing = robust(drawn(1, 0.0), margin=3.0)
    assert (nothing.breakdown, nothing.breakdown_bend) == (None, None)
    assert nothing.as_before[0] < 0 < nothing.as_before[1]


@pytest.mark.parametrize("seed", range(8))
def test_one_root_is_enough_because_intervals_by_steps_hold_each_other(seed):
    rng = np.random.default_rng(seed)
    found = drawn(seed, rng.normal(0, 10), n_before=int(rng.integers(2, 7)), n_after=int(rng.integers(1, 5)))
    ends = np.array(
        [relative_magnitudes(*asked(found), mbar) for mbar in np.r_[0, np.geomspace(0.02, 20, 12)]]
    )
    assert (np.diff(ends[:, 0]) <= 0).all()
    assert (np.diff(ends[:, 1]) >= 0).all()


def test_medicaid_breaks_down_where_its_published_intervals_say(event_study):  # noqa: F811
    path, covariance = event_study
    steps, bends = intervals(EventPath(np.arange(7), path, covariance, 5, FIRST_YEAR), 0.95)
    assert steps(1.0) == pytest.approx((0.0171, 0.0720), abs=5e-4)
    assert bends(0.02) == pytest.approx((0.00286, 0.0907), abs=5e-4)
    # R's front page leaves zero out at 1.5 and does not at 2
    assert 1.5 < breakdown_of_steps(steps) < 2
    assert breakdown_of_steps(steps) == pytest.approx(breakdown(steps), rel=0.03)


def test_without_noise_an_effect_stands_a_hundred_times_over_or_falls_by_hand():
    # steps before: 1, 1, 2; the effect of 12 falls where steps of 2 Mbar add up to it: (1 + 2) / 2 of them
    gap, still = [0.0, 1.0, 2.0, 4.0, 16.0, 16.0], np.zeros((19, 6))
    limits = robust(estimate_of(gap, still, start=2014, interval=(5.0, 15.0)), margin=4.0)
    assert limits.breakdown == pytest.approx(12 / (2 * 1.5), rel=0.03)
    assert limits.as_before == pytest.approx((12 - 3, 12 + 3), abs=1e-3)
    # a straight line from the last step takes 2 and 4 off; bends add 1 and 3 times M
    assert limits.bend == pytest.approx(4 / 2 / 2)
    assert limits.bent == pytest.approx((12 - 3 - 2, 12 - 3 + 2), abs=1e-3)
    assert limits.breakdown_bend == pytest.approx(9 / 2, rel=0.05)
    flat = robust(estimate_of([0.0, 0.0, 0.0, 16.0], np.zeros((19, 4)), 2013, interval=(5.0, 15.0)), 4.0)
    assert flat.breakdown == BEYOND_SAYING
    assert "by more than a hundred times the largest step" in told(flat)


def test_bends_by_hand():
    assert moved_by_bends(np.array([1.0])) == 1
    assert moved_by_bends(np.array([0.0, 0.0, 1.0])) == 6  # 3 + 2 + 1
    assert moved_by_bends(np.full(4, 0.25)) == pytest.approx((1 + 3 + 6 + 10) / 4)


def test_words():
    def said(steps, bends):
        return told(Robust(2014, (-90.2, -20.0), 3.125, (-80.0, 1234.5), steps, bends))

    assert said(None, None) == (
        "counted from 2014, the effect is -90.2 to -20 if trends part after the start in steps no larger "
        "than the largest before it, and -80 to 1234 if the difference in trend bends by at most 3.12 a year "
        "(Rambachan and Roth 2023); no difference is claimed that could break down"
    )
    stands = (
        "the conclusion stands unless trends differ after the start by more than 1.4 times the largest step"
    )
    assert stands in said(1.397, 0.051)
    assert (
        "if the difference in trend goes on, it stands unless that bends by more than 0.051 a year"
        in said(1.397, 0.051)
    )
    assert "unless trends differ after the start by more than 12 times" in said(12.3, 0.0)
    assert said(1.4, 0.0).endswith("it does not stand if the difference in trend goes straight on")
    assert "counted from 2014, the conclusion does not stand even with parallel trends" in said(0.0, 0.0)
    assert not re.search(r"\de[+-]\d", said(1e3, 1e4))
