"""The logit agrees with scikit-learn's, does not depend on the order of persons, and says why it fails."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from lmpeval.group_time.nuisance import NotEstimable, Separated, Singular
from lmpeval.persons.propensity import boosted, given, logistic


def drawn(n=2_000, k=5, seed=0):
    rng = np.random.default_rng(seed)
    covariates = rng.normal(size=(n, k)) * 10.0 ** np.arange(k) + np.arange(k)
    linear = (covariates / 10.0 ** np.arange(k)) @ np.linspace(1, -0.5, k) - 1.5
    return covariates, rng.random(n) < expit(linear)


@pytest.mark.parametrize("shrinkage", [0.0, 1.0, 50.0])
def test_it_is_the_ridge_of_scikit_learn(shrinkage):
    covariates, treated = drawn()
    scaled = (covariates - covariates.mean(axis=0)) / covariates.std(axis=0)
    peer = LogisticRegression(C=1 / shrinkage if shrinkage else np.inf, tol=1e-10, max_iter=1_000).fit(
        scaled, treated
    )
    ours = logistic(covariates, treated, shrinkage)
    np.testing.assert_allclose(ours.slopes * covariates.std(axis=0), peer.coef_[0], atol=1e-6)
    np.testing.assert_allclose(ours.logit(covariates), peer.decision_function(scaled), atol=1e-6)


def test_a_first_guess_from_a_tenth_leads_to_the_same_fit(monkeypatch):
    covariates, treated = drawn()
    plain = logistic(covariates, treated)
    monkeypatch.setattr("lmpeval.persons.propensity.WARM_FROM", 1_000)
    warm = logistic(covariates, treated)
    np.testing.assert_allclose(warm.slopes, plain.slopes, rtol=1e-10)
    assert warm.steps < plain.steps


def test_the_slope_of_the_likelihood_is_zero_at_the_fit():
    covariates, treated = drawn()
    surprise = treated - expit(logistic(covariates, treated, 0.0).logit(covariates))
    scaled = (covariates - covariates.mean(axis=0)) / covariates.std(axis=0)
    assert np.abs(surprise @ scaled).max() < 1e-8
    assert abs(surprise.sum()) < 1e-8


def test_it_is_the_same_to_the_last_bit_in_another_order_of_the_file():
    covariates, treated = drawn()
    shuffle = np.random.default_rng(1).permutation(len(treated))
    back = np.argsort(shuffle)
    here, there = logistic(covariates, treated), logistic(covariates[shuffle], treated[shuffle], order=back)
    assert here.constant == there.constant
    assert (here.slopes == there.slopes).all()


def test_what_does_not_vary_gets_no_slope():
    covariates, treated = drawn()
    covariates[:, 2] = 0.1 + 0.2
    assert logistic(covariates, treated, 0.0).slopes[2] == 0


def test_it_says_why_there_is_no_best_fit():
    covariates, treated = drawn(300)
    with pytest.raises(Singular, match="5 covariates"):
        logistic(covariates[:, [0, 1, 2, 3, 3]], treated, 0.0)
    apart = np.where(treated, 1.0, -1.0)[:, None] + np.random.default_rng(0).uniform(0, 0.5, (300, 1))
    with pytest.raises(Separated, match="all but tell"):
        logistic(apart, treated, 0.0)
    assert np.isfinite(logistic(apart, treated, 1.0).slopes).all()


def test_trees_learn_from_others_whatever_the_order():
    covariates, treated = drawn(400)
    order = np.random.default_rng(0).permutation(400)
    found = boosted(covariates, treated, order, 2, seed=0)
    shuffle = np.random.default_rng(1).permutation(400)
    back = np.argsort(shuffle)
    again = boosted(covariates[shuffle], treated[shuffle], back[order], 2, seed=0)
    np.testing.assert_array_equal(found[shuffle], again)
    other = treated.copy()
    other[order[::2]] = ~other[order[::2]]  # the first fold's own answers say nothing of its own propensity
    np.testing.assert_array_equal(boosted(covariates, other, order, 2, seed=0)[order[::2]], found[order[::2]])
    assert np.corrcoef(found, logistic(covariates, treated).logit(covariates))[0, 1] > 0.5


def test_a_propensity_that_is_given_must_be_one():
    np.testing.assert_allclose(given(np.array([0.5, 0.9])), [0.0, np.log(9)])
    assert np.isfinite(given(np.array([0.0, 1.0]))).all()
    with pytest.raises(NotEstimable, match="within 0 and 1"):
        given(np.array([0.5, 1.2]))
