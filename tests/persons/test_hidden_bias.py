"""What hides is measured as its authors print it, and as regressions with the hidden trait show it."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

from lmpeval.persons.hidden_bias import (
    as_strong_as,
    e_value,
    e_value_of_difference,
    gamma_that_explains,
    hidden_bias,
    robustness_value,
    signed_rank_bound,
)


def test_e_values_are_those_that_are_printed():
    """Breastfeeding and deaths of infants: 3.9 (1.8 to 8.7) gives 7.2 and 3.0 (VanderWeele and Ding 2017)."""
    assert e_value(3.9) == pytest.approx(7.26, abs=0.005)
    assert e_value(1.8) == pytest.approx(3.0, abs=0.005)
    assert e_value_of_difference(0.0, 2.0) == 1
    assert e_value_of_difference(1.0, 2.0) == pytest.approx(e_value(np.exp(0.455)))


def test_darfur():
    """Robustness value 13.9 %; as strong as being a woman, 0.9 % and 12.5 %: effect 0.075 (their table 1)."""
    assert robustness_value(4.18 / np.sqrt(783)) == pytest.approx(0.139, abs=0.0005)
    treatment, outcome = as_strong_as(0.00908, 0.1090)
    assert (treatment, outcome) == (pytest.approx(0.009, abs=0.0005), pytest.approx(0.125, abs=0.0005))
    moved = 0.023 * np.sqrt(783 * outcome * treatment / (1 - treatment))
    assert 0.097 - moved == pytest.approx(0.075, abs=0.001)


def test_a_trait_as_strong_as_the_robustness_value_removes_the_effect():
    rng = np.random.default_rng(0)
    n = 2_000
    x = rng.normal(size=(n, 3))
    treated = rng.random(n) < 1 / (1 + np.exp(-x[:, 0]))
    outcome = 0.3 * treated + x @ [0.5, 0.2, 0.0] + rng.normal(size=n)
    found = hidden_bias(outcome, treated, x, ("a", "b", "c"), np.ones(n))
    design = np.column_stack([np.ones(n), treated, x])
    slopes = np.linalg.lstsq(design, outcome, rcond=None)[0]
    left = outcome - design @ slopes
    inverse = np.linalg.inv(design.T @ design)
    t = slopes[1] / np.sqrt(left @ left / (n - 5) * inverse[1, 1])
    assert found.robustness == pytest.approx(robustness_value(t / np.sqrt(n - 5)))
    r = found.robustness
    moved = np.sqrt(left @ left * inverse[1, 1]) * np.sqrt(r * r / (1 - r))
    assert moved == pytest.approx(slopes[1])
    assert found.strongest.covariate == "a"
    for name, position in (("treatment", 0), ("outcome", 1)):
        other = np.column_stack([np.ones(n), x[:, 1:], treated])[:, : 3 + position]
        to = [treated.astype(float), outcome][position]
        off = [v - other @ np.linalg.lstsq(other, v, rcond=None)[0] for v in (x[:, 0], to)]
        share = (off[0] @ off[1]) ** 2 / (off[0] @ off[0]) / (off[1] @ off[1])
        assert getattr(found.strongest, f"with_{name}") == pytest.approx(share)


def test_signed_ranks_are_those_of_all_signs():
    differences = np.array([3.0, -1.0, 2.0, 5.0, 4.0, 2.0, 0.0])
    ranks = stats.rankdata(np.abs(differences[differences != 0]))
    seen = ranks[differences[differences != 0] > 0].sum()
    for gamma in (1.0, 2.5):
        chance = gamma / (1 + gamma)
        p = sum(
            chance ** sum(signs) * (1 - chance) ** (6 - sum(signs))
            for signs in product((0, 1), repeat=6)
            if np.dot(signs, ranks) >= seen
        )
        assert signed_rank_bound(differences, gamma) == pytest.approx(p)
    apart = np.array([1.3, 2.1, -0.4, 3.3, 0.7, 5.0, 1.9, -0.2])
    peer = stats.wilcoxon(apart, alternative="greater", method="exact").pvalue
    assert signed_rank_bound(apart, 1.0) == pytest.approx(peer)


def test_gamma_is_where_the_bound_reaches_the_level_whatever_the_sign():
    apart = np.arange(1.0, 10.0)
    gamma = gamma_that_explains(apart)
    assert signed_rank_bound(apart, gamma) == pytest.approx(0.05)
    assert gamma_that_explains(-apart) == pytest.approx(gamma)
    assert gamma_that_explains(np.array([1.0, -2.0, 3.0])) == 1
