"""Shrinkage: against a published example, and whether it keeps what it promises over many portfolios."""

import numpy as np
import pytest

from lmpeval.portfolio.shrinkage import shrink

SCHOOLS = np.array([28, 8, -3, 7, -1, 1, 18, 12.0]), np.array([15, 10, 16, 11, 9, 11, 10, 18.0])


def test_the_eight_schools_are_those_of_the_textbook():
    """Gelman et al. (2013), table 5.3: medians and ends of 95 % from 200 draws, hence the room."""
    found = shrink(*SCHOOLS, margin=np.zeros(8), rng=np.random.default_rng(1))
    assert found.effect == pytest.approx([11.4, 7.9, 6.1, 7.6, 5.1, 6.1, 10.6, 8.4], abs=0.15)  # by Stan
    assert found.low == pytest.approx([-2, -5, -11, -7, -9, -7, -1, -6], abs=3)
    assert found.high == pytest.approx([31, 23, 19, 21, 18, 28, 26, 33], abs=10)
    assert (found.rank_low == 1).all()
    assert (found.rank_high == 8).all()


def test_the_best_of_thirty_nulls_is_no_find():
    """Raw, the best of thirty lies two errors up; shrunk, hardly off zero, and its rank is anything."""
    rng, best = np.random.default_rng(2), []
    for _ in range(30):
        effects = rng.standard_normal(30)
        found = shrink(effects, np.ones(30), np.full(30, 0.5), rng)
        top = int(np.argmax(effects))
        best.append((effects[top], found.effect[top], found.above[top], found.rank_high[top]))
    raw, shrunk, above, rank = np.mean(best, axis=0)
    assert raw == pytest.approx(2.04, abs=0.25)
    assert shrunk < 0.45
    assert above < 0.4
    assert rank > 15


@pytest.mark.parametrize(("n", "tau"), [(4, 0.0), (9, 0.5), (16, 1.5)])
def test_chances_come_true_as_often_as_they_say(n, tau):
    """Over 100 portfolios: coverage of the intervals, the chance to be above, and less error than raw."""
    rng = np.random.default_rng(n)
    inside, said, came, raw, kept = [], [], [], [], []
    for _ in range(100):
        errors = rng.uniform(0.6, 1.4, n)
        true = rng.normal(0.5, 1) + tau * rng.standard_normal(n)
        effects = true + errors * rng.standard_normal(n)
        found = shrink(effects, errors, np.full(n, 0.5), rng)
        inside.append((found.low <= true) & (true <= found.high))
        said.append(found.above)
        came.append(true > 0.5)
        raw.append((effects - true) ** 2)
        kept.append((found.effect - true) ** 2)
    assert np.mean(inside) > 0.94
    if tau:
        assert np.mean(said) == pytest.approx(np.mean(came), abs=0.06)
    assert np.mean(kept) < np.mean(raw)


def test_neither_the_order_nor_the_unit_matters():
    effects, errors = SCHOOLS
    turned = np.array([3, 1, 0, 2, 7, 6, 5, 4])
    one = shrink(effects, errors, np.full(8, 5.0), np.random.default_rng(1))
    other = shrink(10 * effects[turned], 10 * errors[turned], np.full(8, 50.0), np.random.default_rng(1))
    assert other.effect == pytest.approx(10 * one.effect[turned])
    assert other.above == pytest.approx(one.above[turned])
    mirrored = shrink(-effects, errors, np.full(8, 5.0), np.random.default_rng(1))
    assert mirrored.below == pytest.approx(one.above)


def test_two_effects_are_not_shrunk():
    with pytest.raises(ValueError, match="3 or more"):
        shrink(np.zeros(2), np.ones(2), np.ones(2), np.random.default_rng(1))
