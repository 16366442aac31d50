"""Effects put together: against printed figures of metafor, against statsmodels, and by simulation."""

import warnings
from math import inf, sqrt

import numpy as np
import pytest
from statsmodels.stats.meta_analysis import combine_effects

from lmpeval.portfolio.meta_analysis import pool
from lmpeval.portfolio.spread import Between

# thirteen trials of the BCG vaccine (Colditz et al. 1994; metafor's dat.bcg): cases and persons, both arms
CASES = np.array([4, 6, 3, 62, 33, 180, 8, 505, 29, 17, 186, 5, 27.0])
VACCINATED = np.array([123, 306, 231, 13598, 5069, 1541, 2545, 88391, 7499, 1716, 50634, 2498, 16913.0])
CASES_ELSE = np.array([11, 29, 11, 248, 47, 372, 10, 499, 45, 65, 141, 3, 29.0])
ELSE = np.array([139, 303, 220, 12867, 5808, 1451, 629, 88391, 7277, 1665, 27338, 2341, 17854.0])
RISKS = np.log((CASES / VACCINATED) / (CASES_ELSE / ELSE))
ERRORS = np.sqrt(1 / CASES - 1 / VACCINATED + 1 / CASES_ELSE - 1 / ELSE)


def test_the_vaccine_trials_give_what_metafor_prints():
    """`rma(yi, vi, data=dat, test="knha")` of metafor (Viechtbauer 2010)."""
    found = pool(RISKS, ERRORS)
    assert found.tau**2 == pytest.approx(0.3132, abs=5e-5)
    assert 100 * found.i2 == pytest.approx(92.22, abs=0.005)
    assert found.q == pytest.approx(152.2330, abs=5e-5)
    assert found.effect == pytest.approx(-0.7145, abs=5e-5)
    assert found.standard_error == pytest.approx(0.1808, abs=5e-5)
    assert (found.low, found.high) == pytest.approx((-1.1084, -0.3206), abs=5e-5)


def test_the_schools_differ_by_no_more_than_their_errors():
    """Eight coaching programmes (Rubin 1981): no spread, a mean of 7.7 with an error of 4.1."""
    found = pool(np.array([28, 8, -3, 7, -1, 1, 18, 12.0]), np.array([15, 10, 16, 11, 9, 11, 10, 18.0]))
    assert (found.tau, found.i2) == (0.0, 0.0)
    assert (found.effect, found.standard_error) == pytest.approx((7.686, 4.072), abs=5e-4)
    assert found.multiplier < 1  # they agree better than their errors say, and are not believed the more


@pytest.mark.parametrize("seed", range(4))
def test_paule_and_mandel_is_that_of_statsmodels(seed):
    rng = np.random.default_rng(seed)
    errors = rng.uniform(0.5, 2, 9)
    effects = rng.normal(1, 1.5, 9) + errors * rng.standard_normal(9)
    found = pool(effects, errors, between=Between.PAULE_MANDEL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on intervals of single effects, which nobody asks for
        peer = combine_effects(effects, errors**2, method_re="iterated", use_t=True, atol=1e-12)
    assert found.tau**2 == pytest.approx(peer.tau2, rel=1e-5)
    assert found.effect == pytest.approx(peer.mean_effect_re, rel=1e-6)
    assert found.multiplier == pytest.approx(peer.scale_hksj_re, rel=1e-5)
    assert found.q == pytest.approx(peer.q)


def test_in_other_units_it_is_the_same():
    one, other = pool(RISKS, ERRORS), pool(-100 * RISKS + 7, 100 * ERRORS)
    assert other.effect == pytest.approx(7 - 100 * one.effect, rel=1e-6)
    assert (other.low, other.high) == pytest.approx((7 - 100 * one.high, 7 - 100 * one.low), rel=1e-6)
    assert other.i2 == pytest.approx(one.i2, rel=1e-6)


def test_two_effects_say_nothing_of_a_third():
    assert pool(RISKS[:2], ERRORS[:2]).ahead == (-inf, inf)
    with pytest.raises(ValueError, match="two or more"):
        pool(RISKS[:1], ERRORS[:1])
    with pytest.raises(ValueError, match="above zero"):
        pool(RISKS[:2], np.array([0.1, 0.0]))


@pytest.mark.parametrize("n", [3, 9])
def test_intervals_hold_the_mean_and_a_next_effect(n):
    """600 portfolios of few programmes; the error of a share is one point."""
    rng, draws = np.random.default_rng(n), 600
    holds = []
    for _ in range(draws):
        errors = rng.uniform(0.5, 1.5, n)
        effects = 2 + 0.7 * rng.standard_normal(n) + errors * rng.standard_normal(n)
        found, following = pool(effects, errors), 2 + 0.7 * rng.standard_normal()
        holds.append((found.low <= 2 <= found.high, found.ahead[0] <= following <= found.ahead[1]))
    mean, ahead = np.mean(holds, axis=0)
    error = sqrt(0.95 * 0.05 / draws)
    assert mean > 0.95 - 3 * error
    assert ahead > 0.95 - 4 * error
