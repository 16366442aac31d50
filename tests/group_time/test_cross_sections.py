"""One comparison of people asked once, before or after."""

from dataclasses import replace

import numpy as np
import pytest

from group_time.draws import by_weights, curved, some_changes, some_samples
from lmpeval.group_time import cross_sections, two_by_two
from lmpeval.group_time.cross_sections import Samples
from lmpeval.group_time.nuisance import EmptyGroup

NAMES = ["outcome_regression", "inverse_probability", "doubly_robust"]
every = pytest.mark.parametrize("name", NAMES)


@every
def test_without_covariates_it_is_a_difference_of_four_means(name):
    # exposed 2, 4 then 9; compared 1 then 2, 3, 7
    outcome = np.array([2.0, 4, 9, 1, 2, 3, 7])
    exposed, after = np.arange(7) < 3, np.array([0, 0, 1, 0, 1, 1, 1], dtype=bool)
    found = getattr(cross_sections, name)(Samples(outcome, exposed, after, np.zeros((7, 0)), np.ones(7)))
    assert found.effect == pytest.approx((9 - 3) - (4 - 1))
    variance = (1.0 / 2 + 0) + (0 + (4 + 1 + 9) / 3 / 3)
    assert found.standard_error == pytest.approx(np.sqrt(variance))


@every
def test_a_panel_asked_twice_gives_what_its_changes_give(name):
    data = some_changes(columns=1)
    rng = np.random.default_rng(0)
    before = rng.normal(size=200)
    twice = Samples(
        outcome=np.r_[before, before + data.change[:, 0]],
        exposed=np.tile(data.exposed, 2),
        after=np.repeat([False, True], 200),
        covariates=np.tile(data.covariates, (2, 1)),
        weights=np.tile(data.weights, 2),
    )
    found, expected = getattr(cross_sections, name)(twice), getattr(two_by_two, name)(data)
    np.testing.assert_allclose(found.effect, expected.effect, atol=1e-10)
    both = found.influence[:200] + found.influence[200:]
    np.testing.assert_allclose(both / 400, expected.influence / 200, atol=1e-10)


@every
def test_influence_is_the_derivative_in_weights(name):
    data, estimator = some_samples(people=160), getattr(cross_sections, name)
    found = estimator(data)
    expected = by_weights(lambda d: estimator(d).effect, data, units=40)
    np.testing.assert_allclose(found.influence[:40], expected, atol=2e-6 * np.abs(expected).max())


@every
def test_order_units_scales_and_shared_shocks_do_not_matter(name):
    data, estimator = some_samples(), getattr(cross_sections, name)
    known, order = estimator(data), np.random.default_rng(0).permutation(400)
    mixed = Samples(*(getattr(data, field)[order] for field in data.__dataclass_fields__))
    np.testing.assert_allclose(estimator(mixed).influence, known.influence[order], atol=1e-9)
    moved = replace(
        data,
        outcome=100 * (data.outcome + 7 * data.after + 2.5 * (data.after & data.exposed)),
        covariates=data.covariates * [1e4, 1e-4] + [5, -3],
    )
    np.testing.assert_allclose(estimator(moved).effect, 100 * (known.effect + 2.5))
    np.testing.assert_allclose(estimator(moved).influence, 100 * known.influence, atol=1e-7)


@pytest.mark.parametrize(
    ("shape", "odds", "right"),
    [
        ("straight", "straight", True),
        ("straight", "bent", True),
        ("bent", "straight", True),
        ("bent", "bent", False),
    ],
)
def test_one_right_model_is_enough_and_intervals_cover(shape, odds, right):
    rng, errors, covered = np.random.default_rng(21), [], []
    for _ in range(300):
        covariates, change, exposed = curved(rng, 800, shape, odds)
        after = rng.random(800) < 0.5
        outcome = covariates[:, 0] + change * after + 0.5 * exposed
        data = Samples(outcome, exposed, after, covariates, np.ones(800))
        found = cross_sections.doubly_robust(data)
        errors.append(found.effect[0] - 1)
        covered.append(abs(errors[-1]) < 1.96 * found.standard_error[0])
    off = np.mean(errors) / (np.std(errors) / np.sqrt(300))
    if right:
        assert abs(off) < 3
        assert 0.95 - 3 * np.sqrt(0.95 * 0.05 / 300) < np.mean(covered) < 0.99
    else:
        assert abs(off) > 6


def test_an_empty_group_is_named():
    data = some_samples()
    with pytest.raises(EmptyGroup, match="no exposed after"):
        replace(data, after=data.after & ~data.exposed)
    with pytest.raises(EmptyGroup, match="no exposed before, no compared before"):
        replace(data, after=np.ones(400, dtype=bool))
    with pytest.raises(ValueError, match="outcome has 399 units, exposed 400"):
        replace(data, outcome=data.outcome[1:])
