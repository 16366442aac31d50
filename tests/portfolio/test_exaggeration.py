"""Errors of type M and S: against the published example and against draws."""

import numpy as np
import pytest

from lmpeval.portfolio.exaggeration import exaggeration


def test_it_is_that_of_gelman_and_carlin():
    """Beauty and sex ratio (2014, p. 645): effects of 0.1, 0.3 and 1 with an error of 3.3."""
    tiny, large = exaggeration(0.1, 3.3), exaggeration(1.0, 3.3)
    assert (tiny.power, tiny.wrong_sign) == pytest.approx((0.05, 0.46), abs=0.005)
    assert tiny.times == pytest.approx(77, abs=1)
    assert (large.power, large.wrong_sign) == pytest.approx((0.06, 0.195), abs=0.005)
    assert large.times == pytest.approx(8, abs=0.3)


def test_a_power_of_one_in_twelve_makes_effects_nearly_five_times_too_large():
    found = exaggeration(0.5, 1.0)
    draws = np.random.default_rng(1).normal(0.5, 1, 400_000)
    out = draws[np.abs(draws) > 1.959964]
    assert found.power == pytest.approx(len(out) / len(draws), abs=0.002)
    assert found.wrong_sign == pytest.approx(np.mean(out < 0), abs=0.01)
    assert found.times == pytest.approx(np.mean(np.abs(out)) / 0.5, rel=0.01)
    assert found.times == pytest.approx(4.8, abs=0.1)
