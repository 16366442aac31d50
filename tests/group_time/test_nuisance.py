"""What a comparison estimates on the way."""

import numpy as np
import pytest
from scipy.special import expit

from lmpeval.group_time.nuisance import Separated, Singular, design_of, logit, regress


def ones(n):
    return np.ones(n)


def test_odds_of_two_groups_are_their_shares():
    # 3 of 4 exposed where x is 0, 1 of 5 where it is 1
    x = np.repeat([0.0, 1.0], [4, 5])
    exposed = np.array([1, 1, 1, 0, 1, 0, 0, 0, 0], dtype=bool)
    odds = logit(design_of(x[:, None], ones(9)), exposed, ones(9)).odds
    assert odds[0] == pytest.approx(3.0)
    assert odds[-1] == pytest.approx(0.25)


def test_a_step_that_would_diverge_is_halved():
    # few are exposed, half of them far out, and so is one who is not: a whole first step goes past them all
    x = np.r_[np.linspace(-1, 1, 1000), np.full(5, 30.0), 40.0]
    exposed = np.r_[np.arange(1000) % 200 == 0, np.ones(5, dtype=bool), False]
    design, at = design_of(x[:, None], ones(1006)), np.array([np.log(10 / 996), 0.0])
    for _ in range(3):
        chance = expit(design @ at)
        information = (design * (chance * (1 - chance))[:, None]).T @ design
        at = at + np.linalg.solve(information, design.T @ (exposed - chance))
    assert np.abs(at).max() > 1000  # the plain method is on its way to infinity
    found = logit(design, exposed, ones(1006))
    assert np.abs(design.T @ found.score).max() < 1e-9
    assert (found.odds / (1 + found.odds)).sum() == pytest.approx(10)


def test_weights_count_as_copies():
    rng = np.random.default_rng(1)
    x, exposed = rng.normal(size=(50, 2)), rng.random(50) < 0.4
    twice = np.r_[np.arange(50), np.arange(10)]
    weights = ones(50) + (np.arange(50) < 10)
    design = design_of(x, weights)
    odds = logit(design, exposed, weights).odds
    np.testing.assert_allclose(odds[twice], logit(design[twice], exposed[twice], ones(60)).odds, rtol=1e-9)


@pytest.mark.parametrize("edge", [-0.5, 0.0])
def test_separation_is_refused_and_named(edge):
    # all compared at or below zero, all exposed above: complete, then with one pair at the same place
    x = np.r_[np.linspace(-3, edge, 20), np.linspace(0, 3, 10)][:, None]
    exposed = np.arange(30) >= 20
    with pytest.raises(Separated, match="tell the 10 exposed from the 20 compared"):
        logit(design_of(x, ones(30)), exposed, ones(30))


def test_a_covariate_that_only_compared_units_have_separates():
    x = np.column_stack([np.arange(40) % 7, np.arange(40) < 5]).astype(float)
    exposed = (np.arange(40) % 3 == 0) & (np.arange(40) >= 5)
    with pytest.raises(Separated):
        logit(design_of(x, ones(40)), exposed, ones(40))


def test_an_overlap_by_a_hair_is_no_separation():
    x = np.r_[np.linspace(-3, 0, 20), np.linspace(-1e-6, 3, 10)][:, None]
    design, exposed = design_of(x, ones(30)), np.arange(30) >= 20
    assert np.abs(design.T @ logit(design, exposed, ones(30)).score).max() < 1e-9
    with pytest.raises(Singular, match="cannot be fitted"):
        logit(design, exposed, ones(30), most_steps=2)


def test_rare_and_extreme_is_not_separated():
    # a strong covariate, with one exposed unit far on the other side
    x = np.r_[np.linspace(-30, 0, 200), np.linspace(-1, 30, 50), -20.0][:, None]
    exposed = np.r_[np.zeros(200, bool), np.ones(51, bool)]
    design = design_of(x, ones(251))
    assert np.abs(design.T @ logit(design, exposed, ones(251)).score).max() < 1e-8


def test_regression_is_least_squares_among_those_with_weight():
    rng = np.random.default_rng(2)
    design = design_of(rng.normal(size=(30, 2)), ones(30))
    outcome, weights = rng.normal(size=(30, 3)), np.r_[rng.uniform(1, 2, 20), np.zeros(10)]
    root = np.sqrt(weights[:, None])
    expected = np.linalg.lstsq(root * design, root * outcome, rcond=None)[0]
    found = regress(design, outcome, weights)
    np.testing.assert_allclose(found.coefficients, expected, atol=1e-12)
    np.testing.assert_allclose(found.residual, outcome - design @ expected, atol=1e-12)


def test_what_says_the_same_is_refused():
    x = np.random.default_rng(3).normal(size=(20, 1))
    with pytest.raises(Singular, match="covariate 2 is the same for all 20"):
        design_of(np.column_stack([x, np.full(20, 0.1 + 0.2)]), ones(20))
    twice = design_of(np.column_stack([x, 3 * x + 1]), ones(20))
    with pytest.raises(Singular, match="20 units do not tell 2 covariates"):
        regress(twice, x, ones(20))
    with pytest.raises(Singular):
        logit(twice, np.arange(20) < 7, ones(20))
    with pytest.raises(Singular, match="1 units do not tell 1 covariates"):
        regress(design_of(x, ones(20)), x, (np.arange(20) == 0).astype(float))
