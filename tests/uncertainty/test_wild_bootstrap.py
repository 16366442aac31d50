"""The wild cluster bootstrap: against regressions run draw by draw, a peer, and its own promises."""

import time
from itertools import product

import numpy as np
import pytest

from lmpeval.uncertainty.clustered import collapse
from lmpeval.uncertainty.wild_bootstrap import WEBB, CannotReject, WildBootstrap

RNG = np.random.default_rng


def drawn(seed, n_treated=5, n_clusters=14, n_units=90, effect=0.0):
    rng = RNG(seed)
    labels = np.r_[np.arange(n_clusters), rng.integers(0, n_clusters, n_units - n_clusters)]
    change = rng.normal(size=n_units) + rng.normal(size=n_clusters)[labels] + effect * (labels < n_treated)
    return change, rng.uniform(0.3, 3, n_units), labels < n_treated, labels


def one_by_one(change, weight, treated, labels, multipliers, null=0.0):
    """P-value by a weighted regression and a sandwich in every draw; multipliers (n_draws, n_clusters)."""
    design = np.column_stack([np.ones(len(change)), treated])
    bread = np.linalg.inv((design.T * weight) @ design)

    def t_of(y, against):
        fit = bread @ (design.T * weight) @ y
        scores = (design.T * weight * (y - design @ fit)).T
        summed = np.array([scores[labels == label].sum(axis=0) for label in np.unique(labels)])
        return (fit[1] - against) / np.sqrt((bread @ (summed.T @ summed) @ bread)[1, 1])

    mean = np.average(change - null * treated, weights=weight)
    under_null = mean + null * treated
    own = abs(t_of(change, null))
    ts = [t_of(under_null + v[labels] * (change - under_null), null) for v in multipliers]
    return np.mean(np.abs(ts) >= own * (1 - 1e-9))


def test_enumerates_all_draws_of_few_clusters_as_regressions_do():
    change, weight, treated, labels = drawn(1, n_treated=2, n_clusters=4, n_units=30)
    every = np.array(list(product(np.r_[-WEBB, WEBB], repeat=4)))
    for null in (0.0, 0.7, -1.5):
        moved = collapse(change - null * treated, weight, treated, labels)
        found = WildBootstrap(level=0.2)(moved, RNG(0))
        assert found.n_draws == 6**4
        assert found.p == pytest.approx(one_by_one(change, weight, treated, labels, every, null))


def test_drawn_p_is_that_of_regressions_with_the_same_draws():
    change, weight, treated, labels = drawn(2, effect=0.8)
    points = np.r_[-WEBB, WEBB]
    multipliers = np.vstack([np.ones(14), points[RNG(9).integers(0, 6, (199, 14))]])
    found = WildBootstrap(draws=199)(collapse(change, weight, treated, labels), RNG(9))
    assert found.p == pytest.approx(one_by_one(change, weight, treated, labels, multipliers))
    assert found.n_draws == 200


def test_interval_holds_what_is_not_rejected():
    change, weight, treated, labels = drawn(3, effect=1.0)
    settings = WildBootstrap(draws=999)
    low, high = settings(collapse(change, weight, treated, labels), RNG(4)).interval

    def p(null):
        return settings(collapse(change - null * treated, weight, treated, labels), RNG(4)).p

    width = high - low
    for inside in np.linspace(low + 0.01 * width, high - 0.01 * width, 7):
        assert p(inside) > 0.05
    assert p(low - 0.01 * width) <= 0.05
    assert p(high + 0.01 * width) <= 0.05


def test_p_is_that_of_a_peer():
    # wildboottest 0.3.2 and pyfixest 0.60, 99,999 draws, Webb, null imposed: .325, .327, .325
    i = np.arange(60)
    labels, treated = i % 12, i % 12 < 4
    change = np.sin(1.7 * i) + 1.3 * np.cos(2.9 * labels) + 0.9 * treated
    found = WildBootstrap(draws=40_000)(collapse(change, np.ones(60), treated, labels), RNG(1))
    assert found.p == pytest.approx(0.3255, abs=4 * np.sqrt(0.3255 * 0.6745 / 40_000))


@pytest.mark.parametrize("n_treated", [1, 2])
def test_refuses_where_it_cannot_reject(n_treated):
    change, weight, treated, labels = drawn(5, n_treated=n_treated, n_clusters=40, n_units=200, effect=9.0)
    with pytest.raises(CannotReject, match=rf"{n_treated} treated clusters? its p would not go below 0\."):
        WildBootstrap(draws=999)(collapse(change, weight, treated, labels), RNG(0))


def test_follows_the_unit_and_nothing_else():
    change, weight, treated, labels = drawn(6, effect=0.5)
    settings = WildBootstrap(draws=999)
    plain = settings(collapse(change, weight, treated, labels), RNG(1))
    order = RNG(2).permutation(len(change))
    shuffled = collapse(change[order], weight[order], treated[order], labels[order])
    assert settings(shuffled, RNG(1)).p == plain.p
    moved = settings(collapse(30 + 4 * change, 5 * weight, treated, labels), RNG(1))
    assert moved.p == plain.p
    assert moved.interval == pytest.approx(np.multiply(4, plain.interval), rel=1e-6)
    shifted = settings(collapse(change + 2 * treated, weight, treated, labels), RNG(1))
    assert shifted.interval == pytest.approx(np.add(2, plain.interval), rel=1e-6)


def test_rejects_a_true_null_as_often_as_it_says():
    # twelve clusters of fifteen units on either side, alike: here the bootstrap is at home
    rejected = []
    for seed in range(300):
        change, _, treated, labels = drawn(100 + seed, n_treated=12, n_clusters=24, n_units=24)
        found = WildBootstrap(draws=299)(collapse(change, np.ones(24), treated, labels), RNG(seed))
        rejected.append(found.p <= 0.05)
    assert abs(np.mean(rejected) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 300)


def test_cost_does_not_grow_with_units():
    seconds = []
    for n_units in (400, 40_000):
        change, weight, treated, labels = drawn(7, n_treated=9, n_clusters=40, n_units=n_units)
        begun = time.process_time()
        WildBootstrap()(collapse(change, weight, treated, labels), RNG(0))
        seconds.append(time.process_time() - begun)
    assert max(seconds) < 0.5
    assert seconds[1] < 5 * seconds[0] + 0.05
