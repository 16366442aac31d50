from dataclasses import replace

import numpy as np
import pytest

from lmpeval.weighting import nearest, spread_of
from worlds import World, draw, tiny


def matched(panel, covariates, matches):
    weights = nearest(panel, np.asarray(covariates, dtype=float), matches)
    return dict(zip(panel.control_names, weights.tolist(), strict=True))


def test_nearest_by_hand():
    panel = tiny([[0.0] * 5] * 2, size=[1.0, 1.0, 3.0, 6.0, 1.0])
    # distances from a: b 1, c 2, d 3, e 9; weights as size
    assert matched(panel, [[0], [1], [-2], [3], [9]], 2) == {"b": 0.25, "c": 0.75, "d": 0, "e": 0}
    assert matched(panel, [[0], [1], [-2], [3], [9]], 3) == {"b": 0.1, "c": 0.3, "d": 0.6, "e": 0}


def test_nearest_measures_each_covariate_in_its_own_spread():
    # spread of the first 200 times that of the second: b is 1 spread away in the first, c 0.1 in the second
    panel = tiny([[0.0] * 4] * 2)
    covariates = np.array([[0, 0], [100.0, 0], [0, 1.0], [-400.0, -1.0]])
    first, second = covariates.std(axis=0)
    assert 1.0 / second > 100.0 / first
    assert matched(panel, covariates, 1) == {"b": 1.0, "c": 0, "d": 0}


def test_each_treated_unit_hands_out_its_share_by_size():
    panel = tiny([[0.0] * 4] * 2, treated=2, size=[1.0, 3.0, 5.0, 5.0])
    assert matched(panel, [[0], [10], [1], [11]], 1) == {"c": 0.25, "d": 0.75}


def test_ties_go_to_the_first_name_in_whatever_order():
    panel = tiny([[0.0] * 4] * 2)
    covariates = np.array([[0.0], [0.1 + 0.2], [-0.3], [0.3]])
    assert matched(panel, covariates, 2) == {"b": 0.5, "c": 0.5, "d": 0}
    order = np.array([3, 2, 1, 0])
    assert matched(panel.in_order(order), covariates[order], 2) == {"b": 0.5, "c": 0.5, "d": 0}


def test_more_matches_than_controls_takes_all():
    panel = tiny([[0.0] * 3] * 2, size=[1.0, 1.0, 3.0])
    assert matched(panel, [[0], [1], [2]], 10) == {"b": 0.25, "c": 0.75}


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_nearest_is_free_of_order_and_unit(factor):
    panel = draw(World(neighbourhoods=12), 1)
    before = matched(panel, panel.covariates, 5)
    assert matched(panel, panel.covariates * [factor, 1], 5) == pytest.approx(before)
    order = np.random.default_rng(1).permutation(len(panel.units))
    moved = panel.in_order(order)
    assert matched(moved, moved.covariates, 5) == pytest.approx(before)


def test_constant_that_went_through_a_mean_is_no_covariate():
    panel = tiny([[0.0] * 4] * 2)
    rounded = np.array([[0.3, 0], [0.3, 2], [0.1 + 0.2, 1], [0.1 + 0.2, 3]])
    assert matched(panel, rounded, 1) == {"b": 0, "c": 1.0, "d": 0}
    assert spread_of(rounded)[0] == 0


def test_units_aside_do_not_count_for_the_spread():
    panel = replace(tiny([[0.0] * 4] * 2), aside=np.array([False, False, False, True]))
    covariates = np.array([[0, 0], [1.0, 0], [0, 1.5], [0.0, 1e6]])
    # among a, b and c a step of 1 in the first and of 1.5 in the second are equally many spreads: b by name
    assert matched(panel, covariates, 1) == {"b": 1.0, "c": 0}
