"""Errors by cluster: against a hand calculation, linearmodels, and the regression run again without each."""

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PooledOLS

from lmpeval.uncertainty.clustered import Clusters, collapse, cr1, cr3

RNG = np.random.default_rng


def drawn(seed, n_treated=4, n_clusters=15, n_units=120):
    rng = RNG(seed)
    labels = np.r_[np.arange(n_clusters), rng.integers(0, n_clusters, n_units - n_clusters)]
    change = rng.normal(size=n_units) + rng.normal(size=n_clusters)[labels]
    return change, rng.uniform(0.3, 3, n_units), labels < n_treated, labels


def by_regression(change, weight, treated):
    design = np.column_stack([np.ones(len(change)), treated])
    return np.linalg.solve((design.T * weight) @ design, (design.T * weight) @ change)[1]


def test_hand_example():
    # sites change by 4 and 8, weights 1 and 3: 7; neighbourhoods by 0 and 2 (twice), alike: 4/3
    found = collapse(
        np.array([4.0, 8.0, 0.0, 2.0, 2.0]), np.array([1.0, 3.0, 1.0, 1.0, 1.0]),
        np.array([True, True, False, False, False]), np.array(["a", "b", "c", "d", "e"]),
    )  # fmt: skip
    assert found.effect == pytest.approx(7 - 4 / 3)
    # scores: -3/4, 3/4; -4/9, 2/9, 2/9
    assert np.sort(found.score) == pytest.approx([-3 / 4, -4 / 9, 2 / 9, 2 / 9, 3 / 4])
    squares = 2 * 9 / 16 + 16 / 81 + 2 * 4 / 81
    assert cr1(found, 5) == pytest.approx(np.sqrt(5 / 4 * 4 / 3 * squares))
    # without a: 8, one more; without b: 4, three less; without c: 2; without d or e: 1
    assert cr3(found) == pytest.approx(np.sqrt(4 / 5 * (1 + 9 + 4 / 9 + 1 / 9 + 1 / 9)))


@pytest.mark.parametrize("seed", range(3))
def test_usual_error_is_that_of_linearmodels(seed):
    change, weight, treated, labels = drawn(seed)
    index = pd.MultiIndex.from_arrays([np.arange(len(change)), np.zeros(len(change), dtype=int)])
    frame = pd.DataFrame({"constant": 1.0, "treated": treated.astype(float)}, index=index)
    model = PooledOLS(
        pd.Series(change, index, name="change"), frame, weights=pd.Series(weight, index, name="w")
    )
    clusters = pd.DataFrame({"cluster": labels}, index=index)
    peer = model.fit(cov_type="clustered", clusters=clusters, group_debias=True, debiased=True)
    found = collapse(change, weight, treated, labels)
    assert found.effect == pytest.approx(peer.params["treated"], abs=1e-12)
    assert cr1(found, len(change)) == pytest.approx(float(peer.std_errors["treated"]), rel=1e-10)


def test_errors_are_those_of_pyfixest():
    # pyfixest 0.60, feols("y ~ treated", vcov={"CRV1" or "CRV3": cluster}); its CRV3 carries the correction
    # for counts of CR1 in place of (G - 1) / G
    i = np.arange(60)
    labels, treated = i % 12, i % 12 < 4
    change = np.sin(1.7 * i) + 1.3 * np.cos(2.9 * labels) + 0.9 * treated
    found = collapse(change, np.ones(60), treated, labels)
    assert found.effect == pytest.approx(0.811260, abs=5e-7)
    assert cr1(found, 60) == pytest.approx(0.664445, abs=5e-7)
    assert cr3(found) * np.sqrt((12 / 11) ** 2 * 59 / 58) == pytest.approx(0.86739, abs=5e-6)


@pytest.mark.parametrize("n_treated", [2, 3, 7])
def test_leaving_one_out_is_the_regression_without_each_cluster(n_treated):
    change, weight, treated, labels = drawn(5, n_treated)
    whole = by_regression(change, weight, treated)
    without = [
        by_regression(change[kept], weight[kept], treated[kept])
        for kept in (labels != label for label in range(15))
    ]
    expected = np.sqrt(14 / 15 * np.square(np.array(without) - whole).sum())
    assert cr3(collapse(change, weight, treated, labels)) == pytest.approx(expected, rel=1e-12)


def test_errors_follow_the_unit_and_nothing_else():
    change, weight, treated, labels = drawn(6)
    whole = collapse(change, weight, treated, labels)
    order = RNG(0).permutation(len(change))
    names = np.array([f"n{(7 * label) % 15}" for label in labels])
    as_good = (
        collapse(change + 50, weight * 3, treated, labels),
        collapse(change[order], weight[order], treated[order], labels[order]),
        collapse(change, weight, treated, names),
        collapse(change, np.where(treated, 9 * weight, weight), treated, labels),
    )
    for same in as_good:
        assert same.effect == pytest.approx(whole.effect, abs=1e-10)
        assert (cr1(same, 120), cr3(same)) == pytest.approx((cr1(whole, 120), cr3(whole)), rel=1e-9)
    tenfold = collapse(10 * change, weight, treated, labels)
    assert (tenfold.effect, cr3(tenfold)) == pytest.approx((10 * whole.effect, 10 * cr3(whole)))


def test_units_of_no_weight_are_no_clusters():
    change, weight, treated, labels = drawn(7)
    unused = labels >= 12
    with_them = collapse(change, np.where(unused, 0.0, weight), treated, labels)
    without = collapse(change[~unused], weight[~unused], treated[~unused], labels[~unused])
    assert (with_them.n_treated, with_them.n_compared) == (4, 8)
    assert cr3(with_them) == pytest.approx(cr3(without))


def test_refuses_to_do_without_the_only_site():
    change, weight, treated, labels = drawn(8, n_treated=1)
    with pytest.raises(ValueError, match="cannot do without it"):
        cr3(collapse(change, weight, treated, labels))


def test_refuses_what_is_no_pair_of_means():
    half, sides = np.array([0.5, 0.5, 1.0]), np.array([True, True, False])
    with pytest.raises(ValueError, match=r"weights sum to 1 and 0\.5"):
        Clusters(np.array([0.5, 0.5, 0.5]), np.zeros(3), sides, 0.5)
    with pytest.raises(ValueError, match="below zero"):
        Clusters(np.array([1.5, -0.5, 1.0]), np.zeros(3), sides, 0.5)
    with pytest.raises(ValueError, match="share of 1 in all weight"):
        Clusters(half, np.zeros(3), sides, 1.0)
