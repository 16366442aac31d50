import numpy as np
import pytest

from lmpeval.mixtures.dual_newton import level_of


def by_sorting(pull, inverse):
    """Slow reference: the first level, by rising pulls, that the next one lies above."""
    kept = np.flatnonzero(inverse > 0)
    order = kept[np.argsort(pull[kept])]
    for n in range(1, len(order) + 1):
        some = order[:n]
        level = (1 + inverse[some] @ pull[some]) / inverse[some].sum()
        if n == len(order) or level <= pull[order[n]]:
            return level
    raise AssertionError


@pytest.mark.parametrize("price", [1e-3, 1.0, 1e3])
def test_level_is_the_one_at_which_weights_sum_to_one(price):
    rng = np.random.default_rng(1)
    pull = rng.normal(size=(40, 60))
    inverse = rng.random((40, 60)) * (rng.random((40, 60)) < 0.8) / price
    found = level_of(pull, inverse)
    np.testing.assert_allclose(
        found, [by_sorting(*row) for row in zip(pull, inverse, strict=True)], rtol=1e-12
    )
    weights = np.maximum(found[:, None] - pull, 0) * inverse
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-9)


def test_donors_that_are_alike_to_rounding_all_stay():
    # one over a price this small, the level cannot be told from the pulls: none of them may be left out
    pull, inverse = np.full((1, 7), 0.3), np.full((1, 7), 1e20)
    assert level_of(pull, inverse) == pytest.approx(0.3, rel=1e-14)
