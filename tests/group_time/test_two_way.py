"""What a two-way regression weighs."""

from dataclasses import replace

import numpy as np
import pytest

from group_time.draws import staggered
from lmpeval.group_time.cohorts import Staggered
from lmpeval.group_time.nuisance import NotEstimable
from lmpeval.group_time.two_way import two_way


def test_the_coefficient_is_that_of_the_regression_on_dummies():
    panel, _ = staggered(units=40)
    n, exposed = 40, (panel.years[:, None] >= panel.starts).astype(float)
    unit, year = np.tile(np.eye(n), (6, 1)), np.repeat(np.eye(6)[:, 1:], n, axis=0)
    root = np.sqrt(np.tile(panel.weights, 6))[:, None]
    design = np.column_stack([exposed.ravel(), unit, year])
    expected = np.linalg.lstsq(root * design, root[:, 0] * panel.outcome.ravel(), rcond=None)[0][0]
    assert two_way(panel).coefficient == pytest.approx(expected, abs=1e-10)


def test_without_noise_it_is_the_weighted_sum_of_the_true_effects():
    panel, truth = staggered(noise=0.0)
    panel = replace(panel, outcome=panel.outcome - 0.2 * np.outer(panel.years - 2011, panel.covariates[:, 0]))
    found = two_way(panel)
    effects = [truth[int(g), int(t)] for g, t in zip(found.cohorts, found.years, strict=True)]
    assert found.weights.sum() == pytest.approx(1)
    assert found.coefficient == pytest.approx(found.weights @ effects)


def test_growing_effects_can_turn_its_sign():
    # years 1 to 6, half exposed from 2 on and half from 5 on; effects 1, 4, 9, 16, 25 as the years go on
    years, cohort = np.arange(1, 7), np.repeat([2.0, 5.0], 4)
    since = years[:, None] - cohort
    outcome = np.where(since >= 0, (since + 1) ** 2, 0.0) + np.arange(8)
    found = two_way(Staggered(outcome, years, cohort, np.zeros((8, 0)), np.ones(8)))
    # exposure minus its unit, year and overall means, 5/6 and 1/3; 0, 1/2 or 1; 7/12: a quarter up or down
    np.testing.assert_allclose(found.weights, np.array([1, 1, 1, -1, -1, 1, 1]) / 3)
    assert found.coefficient == pytest.approx((1 + 4 + 9 - 16 - 25 + 1 + 4) / 3)
    assert found.negative_share == pytest.approx(2 / 7)
    assert found.negative_sum == pytest.approx(-2 / 3)


def test_one_start_has_no_negative_weight():
    panel, _ = staggered()
    found = two_way(replace(panel, cohort=np.where(panel.cohort == 2014, 2014.0, 0.0)))
    assert found.negative_share == 0
    np.testing.assert_allclose(found.weights, 1 / 3)


def test_exposure_of_all_at_once_is_refused():
    panel, _ = staggered()
    with pytest.raises(NotEstimable, match="does not differ between units"):
        two_way(replace(panel, cohort=np.full(120, 2014.0)))
