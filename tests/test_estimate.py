"""What a design may not answer, and over which years an effect is taken."""

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.estimate import Comparison, counted_years, refuse_unsound
from worlds import World, draw


@pytest.fixture(scope="module")
def panel():
    return draw(World(), 1)


@pytest.fixture(scope="module")
def sound(panel):
    n_controls = int(panel.compared.sum())
    return Comparison(panel.controls.mean(axis=1), np.full(n_controls, 1 / n_controls))


def with_one(values, value):
    return np.r_[value, values[1:]]


def test_an_even_mean_of_all_is_a_comparison(panel, sound):
    refuse_unsound(sound, panel, "Even")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda c: {"counterfactual": c.counterfactual[1:]}, r"a counterfactual of shape \(7,\)"),
        (
            lambda c: {"weights": c.weights[1:] / c.weights[1:].sum()},
            r"weights of shape \(155,\).* 156 units",
        ),
        (lambda c: {"counterfactual": with_one(c.counterfactual, np.nan)}, "not finite"),
        (lambda c: {"weights": with_one(c.weights, np.inf)}, "not finite"),
        (lambda c: {"weights": 1.01 * c.weights}, "another sum than one"),
        (lambda c: {"weights": np.r_[-0.5, 0.5, c.weights[2:] / c.weights[2:].sum()]}, "below zero"),
    ],
)
def test_what_is_no_comparison_is_refused_by_the_design_s_name(panel, sound, change, told):
    with pytest.raises(ValueError, match=f"^Odd answers .*{told}"):
        refuse_unsound(replace(sound, **change(sound)), panel, "Odd")


def test_weights_below_zero_pass_where_the_design_extrapolates_and_only_if_they_sum_to_one(panel, sound):
    weights = np.r_[-0.5, 0.5, sound.weights[2:] / sound.weights[2:].sum()]
    refuse_unsound(replace(sound, weights=weights, extrapolates=True), panel, "Regression")
    with pytest.raises(ValueError, match="another sum than one"):
        refuse_unsound(replace(sound, weights=1.01 * weights, extrapolates=True), panel, "Regression")


@pytest.mark.parametrize(
    ("lag", "years"), [(0, [2015, 2016, 2017]), (1, [2016, 2017]), (2, [2017]), (3, [2015, 2016, 2017])]
)
def test_years_count_from_the_lag_on_or_all_where_follow_up_is_shorter(panel, lag, years):
    assert panel.years[counted_years(panel, lag)].tolist() == years
