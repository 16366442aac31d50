"""Moved, added, leaked: arithmetic by hand, coverage where the truth is known, another unit of account."""

from __future__ import annotations

import numpy as np
import pytest

from jointly.test_draws import drawn, normal
from lmpeval.jointly.substitution import moved_between

STILL = np.linspace(-1e-6, 1e-6, 39)


@pytest.mark.parametrize(
    ("source", "destination", "moved", "added", "leaked"),
    [
        (-10.0, 10.0, 10.0, 0.0, 0.0),
        (-10.0, 14.0, 10.0, 4.0, 0.0),
        (-10.0, 6.0, 6.0, 0.0, 4.0),
        (5.0, 7.0, 0.0, 7.0, 0.0),
        (-10.0, -3.0, 0.0, 0.0, 10.0),
        (4.0, -3.0, 0.0, 0.0, 0.0),
    ],
)
def test_by_hand(source, destination, moved, added, leaked):
    found = moved_between(drawn(source, STILL), drawn(destination, STILL[::-1]))
    for told, truth in ((found.moved, moved), (found.added, added), (found.leaked, leaked)):
        assert told == pytest.approx((truth,) * 3, abs=1e-5)
    assert found.both[0] == pytest.approx(source + destination)
    assert found.as_meant.share == float(source < 0 < destination)


def test_what_moved_added_and_leaked_give_the_two_differences_back():
    moves = normal(59, -0.5, np.random.default_rng(1))
    found = moved_between(drawn(-7.0, 2 * moves[:, 0]), drawn(9.0, moves[:, 1]))
    assert -(found.moved[0] + found.leaked[0]) == pytest.approx(found.source[0])
    assert found.moved[0] + found.added[0] == pytest.approx(found.destination[0])
    for low, high in (found.moved[1:], found.added[1:], found.leaked[1:]):
        assert 0 <= low <= high


@pytest.mark.parametrize("times", [1e-3, 1000.0])
def test_another_unit_of_account(times):
    moves = normal(59, -0.5, np.random.default_rng(2))
    plain = moved_between(drawn(-7.0, moves[:, 0]), drawn(9.0, moves[:, 1]))
    other = moved_between(drawn(-7.0 * times, times * moves[:, 0]), drawn(9.0 * times, times * moves[:, 1]))
    for name in ("moved", "added", "leaked", "both"):
        assert np.array(getattr(other, name)) == pytest.approx(times * np.array(getattr(plain, name)))
    assert other.as_meant == plain.as_meant


@pytest.mark.parametrize("correlation", [-0.7, 0.7])
@pytest.mark.parametrize("truth", [(-3.0, 3.0), (-4.0, 1.0), (0.0, 0.0), (-1.0, 6.0)])
def test_ranges_hold_what_is_true_as_often_as_stated(truth, correlation):
    rng, draws = np.random.default_rng([7, round(10 * correlation) + 10]), 200
    fall, rise = max(-truth[0], 0.0), max(truth[1], 0.0)
    moved = min(fall, rise)
    true = {"moved": moved, "added": rise - moved, "leaked": fall - moved, "both": sum(truth)}
    held = dict.fromkeys(true, 0)
    for _ in range(draws):
        noise = normal(60, correlation, rng)
        seen = [drawn(truth[i] + noise[0, i], noise[1:, i]) for i in range(2)]
        found = moved_between(*seen)
        for name, number in true.items():
            _, low, high = getattr(found, name)
            held[name] += low - 1e-9 <= number <= high + 1e-9
    # three Monte Carlo errors below 95 %; where a number may not be below zero they hold it more often
    assert {name: n / draws for name, n in held.items() if n / draws < 0.95 - 3 * 0.0154} == {}
