"""One comparison of units seen before and after."""

from dataclasses import replace

import numpy as np
import pytest

from group_time.draws import by_weights, curved, some_changes
from lmpeval.group_time.nuisance import EmptyGroup, Separated, Singular
from lmpeval.group_time.two_by_two import Changes, doubly_robust, inverse_probability, outcome_regression

ESTIMATORS = [outcome_regression, inverse_probability, doubly_robust]
every = pytest.mark.parametrize("estimator", ESTIMATORS, ids=lambda f: f.__name__)


@every
def test_without_covariates_it_is_a_difference_of_means(estimator):
    change = np.array([3.0, 5.0, 7.0, 1.0, 2.0, 2.0, 3.0])
    data = Changes(change[:, None], np.arange(7) < 3, np.zeros((7, 0)), np.ones(7))
    found = estimator(data)
    assert found.effect == pytest.approx(5 - 2)
    # variances over n, not n - 1: 8/3 among the exposed, 1/2 among the compared
    assert found.standard_error == pytest.approx(np.sqrt(8 / 3 / 3 + 1 / 2 / 4))


@every
def test_with_one_binary_covariate_it_is_a_mean_over_strata(estimator):
    # stratum 0: exposed 4, 6, compared 1, 3; stratum 1: exposed 10, compared 2, 4, 6
    change = np.array([4.0, 6.0, 1.0, 3.0, 10.0, 2.0, 4.0, 6.0])
    exposed = np.array([1, 1, 0, 0, 1, 0, 0, 0], dtype=bool)
    stratum = np.repeat([0.0, 1.0], 4)[:, None]
    found = estimator(Changes(change[:, None], exposed, stratum, np.ones(8)))
    assert found.effect == pytest.approx((2 * (5 - 2) + 1 * (10 - 4)) / 3)


@every
def test_influence_is_the_derivative_in_weights(estimator):
    data = some_changes(units=80)
    found = estimator(data)
    expected = by_weights(lambda d: estimator(d).effect, data, units=25)
    np.testing.assert_allclose(found.influence[:25], expected, atol=2e-6 * np.abs(expected).max())
    np.testing.assert_allclose(found.influence.mean(axis=0), 0, atol=1e-12)


@every
def test_order_units_and_scales_do_not_matter(estimator):
    data = some_changes()
    known, order = estimator(data), np.random.default_rng(0).permutation(200)
    mixed = Changes(data.change[order], data.exposed[order], data.covariates[order], data.weights[order])
    np.testing.assert_allclose(estimator(mixed).influence, known.influence[order], atol=1e-10)
    cents = estimator(replace(data, change=100 * data.change))
    np.testing.assert_allclose(cents.effect, 100 * known.effect)
    np.testing.assert_allclose(cents.influence, 100 * known.influence, atol=1e-8)
    tilt = np.array([[1e4, 0.0], [0.5, 1e-4]])
    np.testing.assert_allclose(
        estimator(replace(data, covariates=data.covariates @ tilt + [5, -3])).influence,
        known.influence,
        atol=1e-8,
    )
    np.testing.assert_allclose(
        estimator(replace(data, weights=7 * data.weights)).influence, known.influence, atol=1e-10
    )


@every
def test_effects_add_and_shared_shocks_cancel(estimator):
    data = some_changes()
    known = estimator(data)
    lifted = estimator(replace(data, change=data.change + 2.5 * data.exposed[:, None]))
    np.testing.assert_allclose(lifted.effect, known.effect + 2.5)
    np.testing.assert_allclose(lifted.influence, known.influence, atol=1e-10)
    shocked = estimator(replace(data, change=data.change + 40))
    np.testing.assert_allclose(shocked.effect, known.effect, atol=1e-10)


@every
def test_a_copy_counts_as_weight_two(estimator):
    data = replace(some_changes(), weights=np.ones(200))
    rows = np.r_[np.arange(200), np.arange(30)]
    copied = Changes(data.change[rows], data.exposed[rows], data.covariates[rows], np.ones(230))
    weighed = estimator(replace(data, weights=1.0 + (np.arange(200) < 30)))
    found = estimator(copied)
    np.testing.assert_allclose(found.effect, weighed.effect)
    both = found.influence[:30] + found.influence[200:]
    np.testing.assert_allclose(both / 230, weighed.influence[:30] / 200, atol=1e-11)


def test_columns_are_estimated_as_if_alone():
    data = some_changes(columns=3)
    together = doubly_robust(data)
    for column in range(3):
        alone = doubly_robust(replace(data, change=data.change[:, [column]]))
        assert alone.effect[0] == pytest.approx(together.effect[column], abs=1e-12)


def off_and_covered(estimator, shape, odds, draws=300, units=400):
    """Mean error over its Monte Carlo error, and the share of 95 % intervals that hold the truth."""
    rng = np.random.default_rng(12)
    errors, covered = [], []
    for _ in range(draws):
        covariates, change, exposed = curved(rng, units, shape, odds)
        found = estimator(Changes(change[:, None], exposed, covariates, np.ones(units)))
        errors.append(found.effect[0] - 1)
        covered.append(abs(errors[-1]) < 1.96 * found.standard_error[0])
    return np.mean(errors) / (np.std(errors) / np.sqrt(draws)), np.mean(covered)


@pytest.mark.parametrize(
    ("estimator", "shape", "odds", "right"),
    [
        (doubly_robust, "straight", "straight", True),
        (doubly_robust, "straight", "bent", True),
        (doubly_robust, "bent", "straight", True),
        (doubly_robust, "bent", "bent", False),
        (outcome_regression, "straight", "bent", True),
        (outcome_regression, "bent", "straight", False),
        (inverse_probability, "bent", "straight", True),
        (inverse_probability, "straight", "bent", False),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_one_right_model_is_enough_for_the_doubly_robust(estimator, shape, odds, right):
    off, covered = off_and_covered(estimator, shape, odds)
    if right:
        assert abs(off) < 3
        assert 0.95 - 3 * np.sqrt(0.95 * 0.05 / 300) < covered < 0.99
    else:
        assert abs(off) > 6


def test_what_cannot_be_compared_is_refused():
    data = some_changes()
    with pytest.raises(EmptyGroup, match="0 exposed and 200 compared"):
        replace(data, exposed=np.zeros(200, dtype=bool))
    with pytest.raises(EmptyGroup, match="with weight"):
        replace(data, weights=np.where(data.exposed, 0.0, 1.0))
    with pytest.raises(Singular):
        doubly_robust(replace(data, covariates=np.ones((200, 1))))
    with pytest.raises(Separated):
        doubly_robust(replace(data, covariates=data.exposed[:, None] + 0.5 * np.sin(np.arange(200))[:, None]))


def test_all_that_is_wrong_is_said_at_once():
    data = some_changes()
    change = data.change.copy()
    change[3, 1] = np.nan
    with pytest.raises(
        ValueError, match=r"change has 1 figures.*exposed is int64, not bool.*1 weights are neg"
    ):
        Changes(change, data.exposed.astype(np.int64), data.covariates, np.r_[-1.0, data.weights[1:]])
    with pytest.raises(ValueError, match="not \\(units, changes\\)"):
        replace(data, change=data.change[:, 0])
    with pytest.raises(ValueError, match="covariates has 199 units, exposed 200"):
        replace(data, covariates=data.covariates[1:])
