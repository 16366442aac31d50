"""A difference in cost by what it is spent on: rows that add up, ranges that know of each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from jointly.test_draws import drawn
from lmpeval.estimate import Comparison
from lmpeval.jointly.by_category import split
from lmpeval.jointly.draws import NotPaired, Why

RNG = np.random.default_rng(11)
MOVES = RNG.normal(size=(59, 3)) @ np.array([[5.0, -3.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
EFFECTS = (-30.0, 8.0, -2.0)


def estimates(times: float = 1.0):
    parts = [drawn(times * e, times * MOVES[:, i]) for i, e in enumerate(EFFECTS)]
    return drawn(times * sum(EFFECTS), times * MOVES.sum(axis=1)), parts


def test_parts_and_rest_are_the_total():
    total, parts = estimates()
    found = split(total, parts[:2], ["Zvw", "Wlz"])
    assert sum(part[0] for part in found.parts) + found.rest[0] == pytest.approx(found.total[0])
    assert found.total[1:] == total.uncertainty.interval
    assert [part[1:] for part in found.parts] == [each.uncertainty.interval for each in parts[:2]]
    # what is left is the third part, which was not named, to its interval
    assert found.rest == pytest.approx((EFFECTS[2], *parts[2].uncertainty.interval))


def test_nothing_is_left_where_all_parts_are_named():
    total, parts = estimates()
    found = split(total, parts, [None] * 3)
    assert found.rest == pytest.approx((0.0, 0.0, 0.0), abs=1e-12)
    assert found.payers == ()


def test_a_payer_of_two_parts_has_the_range_of_their_sum():
    total, parts = estimates()
    found = dict(split(total, parts, ["Zvw", "Zvw", "patient"]).payers)
    both = drawn(EFFECTS[0] + EFFECTS[1], MOVES[:, 0] + MOVES[:, 1])
    assert found["Zvw"] == pytest.approx((EFFECTS[0] + EFFECTS[1], *both.uncertainty.interval))
    assert found["patient"] == pytest.approx((EFFECTS[2], *parts[2].uncertainty.interval))
    apart = sum(each.uncertainty.interval[1] - each.uncertainty.interval[0] for each in parts[:2])
    assert found["Zvw"][2] - found["Zvw"][1] < 0.75 * apart, "a fall in one goes with a rise in the other"


@pytest.mark.parametrize("times", [1e-3, 100.0])
def test_another_unit_of_account_and_another_order_change_nothing_else(times):
    plain = split(estimates()[0], estimates()[1], ["a", "b", "a"])
    total, parts = estimates(times)
    other = split(total, parts[::-1], ["a", "b", "a"])
    for here, there in zip(plain.parts, other.parts[::-1], strict=True):
        assert np.array(there) == pytest.approx(times * np.array(here))
    assert dict(other.payers)["a"] == pytest.approx(tuple(times * np.array(dict(plain.payers)["a"])))


def test_a_share_is_told_only_of_a_total_that_is_something():
    total, parts = estimates()
    certain = split(total, parts[:2], [None, None])
    assert certain.total[2] < 0
    assert certain.rest_share[0] == pytest.approx(EFFECTS[2] / sum(EFFECTS))
    assert certain.rest_share[1] < certain.rest_share[0] < certain.rest_share[2]
    vague = drawn(-1.0, MOVES.sum(axis=1))
    assert split(vague, parts[:2], [None, None]).rest_share is None


def test_other_mixtures_are_told_apart():
    total, parts = estimates()
    assert not split(total, parts, [None] * 3).own_mixtures
    weights = np.roll(parts[0].comparison.weights, 1)
    moved = replace(parts[0], comparison=Comparison(parts[0].comparison.counterfactual, weights))
    assert split(total, [moved, *parts[1:]], [None] * 3).own_mixtures


def test_a_total_without_parts_is_not_split():
    with pytest.raises(NotPaired, match=Why.NO_PART):
        split(estimates()[0], [], [])


def test_the_rest_holds_what_is_true_as_often_as_stated():
    rng, held, draws = np.random.default_rng(21), 0, 400
    for _ in range(draws):
        noise = rng.normal(size=(60, 3)) @ np.array([[5.0, -3.0, 0.0], [0.0, 2.0, 0.0], [0.0, 0.0, 1.0]])
        seen = [drawn(e + noise[0, i], noise[1:, i]) for i, e in enumerate(EFFECTS)]
        total = drawn(sum(EFFECTS) + noise[0].sum(), noise[1:].sum(axis=1))
        rest = split(total, seen[:2], [None, None]).rest
        held += rest[1] <= EFFECTS[2] <= rest[2]
    assert held / draws == pytest.approx(0.95, abs=0.033), "three Monte Carlo errors of 0.011"
