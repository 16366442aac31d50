"""Weights of compared persons: what they must sum to, and what they must bring about."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from lmpeval.group_time.nuisance import NotEstimable
from lmpeval.persons.propensity import logistic
from lmpeval.persons.weights import by_classes, by_moments, by_odds, by_pairs
from lmpeval.simulation.cohort_world import COHORT_WORLDS


def drawn(n=400, seed=0, strata=2):
    rng = np.random.default_rng(seed)
    treated = rng.random(n) < 0.3
    covariates = rng.normal(size=(n, 3)) + 0.4 * treated[:, None]
    return covariates, treated, rng.integers(0, strata, n)


def test_a_treated_person_hands_one_to_the_matches():
    weights = by_pairs(np.array([0, 0, 1]), np.array([2, 3, 3]), 5)
    assert weights.tolist() == [1.0, 1.0, 0.5, 1.5, 0.0]


@pytest.mark.parametrize("by", ["odds", "classes", "moments"])
def test_the_compared_weigh_as_much_as_the_treated_in_each_stratum(by):
    covariates, treated, strata = drawn()
    logit = covariates.sum(axis=1)
    weights = {
        "odds": lambda: by_odds(logit, treated, strata),
        "classes": lambda: by_classes(logit, treated, strata, 4),
        "moments": lambda: by_moments(covariates, treated, strata),
    }[by]()
    assert (weights >= 0).all()
    for stratum in (0, 1):
        here = strata == stratum
        assert weights[here & ~treated].sum() == pytest.approx(weights[here & treated].sum(), rel=1e-8)
    if by != "classes":
        assert (weights[treated] == 1).all()


def test_treated_persons_without_anybody_to_compare_with_are_not_kept():
    covariates, treated, strata = drawn()
    strata = np.where(treated & (np.arange(len(treated)) % 7 == 0), 9, strata)
    for weights in (
        by_odds(covariates[:, 0], treated, strata),
        by_classes(covariates[:, 0], treated, strata, 3),
        by_moments(covariates, treated, strata),
    ):
        assert (weights[treated & (strata == 9)] == 0).all()
        assert weights[~treated].sum() == pytest.approx(weights[treated].sum())


def test_odds_are_those_of_the_propensity():
    _, treated, strata = drawn(strata=1)
    logit = np.random.default_rng(2).normal(size=len(treated))
    weights = by_odds(logit, treated, strata)
    odds = np.exp(logit[~treated])
    np.testing.assert_allclose(weights[~treated], odds / odds.sum() * treated.sum())


@pytest.mark.parametrize("target", ["overlap", "everybody"])
def test_both_sides_are_like_the_target_that_was_asked_for(target):
    """Weighed means are those of the tilted persons where the propensity is right (Li and others 2018)."""
    rng = np.random.default_rng(7)
    x = rng.normal(size=200_000)
    logit = 0.8 * x - 0.4
    chance = expit(logit)
    treated = rng.random(len(x)) < chance
    weights = by_odds(logit, treated, np.zeros(len(x), dtype=int), target)
    tilt = chance * (1 - chance) if target == "overlap" else np.ones(len(x))
    for side in (treated, ~treated):
        assert np.average(x[side], weights=weights[side]) == pytest.approx(
            np.average(x, weights=tilt), abs=0.02
        )
        assert weights[side].sum() == pytest.approx(treated.sum())


def test_overlap_weights_of_a_logistic_fit_balance_its_covariates_exactly():
    """Li, Morgan and Zaslavsky (2018), theorem 3."""
    covariates, treated, strata = drawn(strata=1)
    logit = logistic(covariates, treated, 0.0).logit(covariates)
    weights = by_odds(logit, treated, strata, "overlap")
    means = [weights[side] @ covariates[side] / weights[side].sum() for side in (treated, ~treated)]
    np.testing.assert_allclose(means[0], means[1], atol=1e-9)


@pytest.mark.parametrize("target", ["overlap", "everybody"])
def test_a_stratum_weighs_as_much_as_the_target_has_there_and_one_of_one_side_nothing(target):
    covariates, treated, strata = drawn()
    strata = np.where(treated & (np.arange(len(treated)) % 7 == 0), 9, strata)
    logit = covariates[:, 0]
    weights = by_odds(logit, treated, strata, target)
    assert (weights[strata == 9] == 0).all()
    mass = expit(logit) * expit(-logit) if target == "overlap" else np.ones(len(logit))
    of_target = [mass[strata == k].sum() for k in (0, 1)]
    for side in (treated, ~treated):
        found = [weights[side & (strata == k)].sum() for k in (0, 1)]
        np.testing.assert_allclose(found[0] / found[1], of_target[0] / of_target[1])


def test_extreme_propensities_overflow_nowhere():
    _, treated, strata = drawn(strata=1)
    logit = np.linspace(-900, 900, len(treated))
    for target in ("treated", "overlap", "everybody"):
        assert np.isfinite(by_odds(logit, treated, strata, target)).all()


@pytest.mark.filterwarnings("ignore:Values in x were outside bounds")
def test_moments_are_balanced_with_the_least_change_of_weights():
    """The dual agrees with a search for the weights themselves (Hainmueller 2012, equation 3)."""
    covariates, treated, strata = drawn(60, strata=1)
    weights = by_moments(covariates, treated, strata)
    found, pool = weights[~treated] / treated.sum(), covariates[~treated]
    target = covariates[treated].mean(axis=0)
    np.testing.assert_allclose(found @ pool, target, atol=1e-9)
    even = np.full(len(pool), 1 / len(pool))
    searched = minimize(
        lambda w: float((w * np.log(w / even)).sum()),
        even,
        jac=lambda w: np.log(w / even) + 1,
        bounds=[(1e-12, 1)] * len(pool),
        constraints=[
            {"type": "eq", "fun": lambda w: w.sum() - 1, "jac": np.ones_like},
            {"type": "eq", "fun": lambda w: w @ pool - target, "jac": lambda w: pool.T},
        ],
        options={"maxiter": 500, "ftol": 1e-14},
    )
    np.testing.assert_allclose(found, searched.x, atol=1e-6)


def test_means_that_nobody_spans_are_refused():
    covariates, treated, strata = drawn()
    covariates[treated, 0] += 50
    with pytest.raises(NotEstimable, match="no weights bring"):
        by_moments(covariates, treated, strata)


@pytest.mark.parametrize("seed", [203, 298, 0])
def test_moments_are_found_where_there_are_weights_for_them(seed):
    """Close to the end the search gains less than rounding moves, as in two of 400 draws of this world."""
    [world] = [each for each in COHORT_WORLDS if each.name == "persons_large_shocks"]
    cohort = world.draw(np.random.default_rng(seed))
    treated, covariates = cohort.treated, cohort.covariates
    weights = by_moments(covariates, treated, cohort.strata)
    apart = weights[~treated] @ covariates[~treated] / treated.sum() - covariates[treated].mean(axis=0)
    assert np.abs(apart).max() < 1e-8
