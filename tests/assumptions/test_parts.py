"""The numbers that checks are made of, against calculations by hand."""

import re
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from assumptions.cases import SYNTHETIC, case
from lmpeval.assumptions import PARALLEL_TRENDS
from lmpeval.assumptions.balance import differences
from lmpeval.assumptions.donor_fit import held_out_error
from lmpeval.assumptions.equivalence import Violation
from lmpeval.assumptions.selection import reliability
from lmpeval.assumptions.trend import carry_on
from lmpeval.design import Status
from worlds import World, draw, tiny


def test_reliability_by_hand():
    # net of the years -2 2 / -1 1, means -1.5 1.5: within 1, between 2 * 4.5 = 9
    assert reliability(tiny([[0.0, 4.0], [1.0, 3.0], [9.0, 0.0]], before=2)) == pytest.approx(8 / 9)
    assert reliability(tiny([[1.0, 5.0], [3.0, 7.0], [9.0, 0.0]], before=2)) == 1
    assert reliability(tiny([[0.0, 4.0], [4.0, 0.0], [9.0, 0.0]], before=2)) == 0
    assert reliability(tiny([[0.0, 4.0], [4.0, 0.0]], before=1)) == 0


def test_reliability_is_the_share_of_lasting_variance():
    # means over five years: 20^2 lasting, 40^2 / 5 chance
    found = [
        reliability(draw(World(neighbourhoods=60, between=20, noise=40, shock=0, size_spread=0, effect=0), s))
        for s in range(20)
    ]
    assert np.mean(found) == pytest.approx(400 / (400 + 320), abs=0.03)


def test_differences_by_hand():
    panel = replace(
        tiny([[0.0] * 4] * 2, treated=2, size=[1.0, 3.0, 1.0, 1.0]),
        covariates=np.array([[2.0, 5], [6.0, 5], [0.0, 5], [4.0, 5]]),
        covariate_names=("x", "constant"),
    )
    # treated (2 + 3 * 6) / 4 = 5, compared 0.25 * 0 + 0.75 * 4 = 3; spread of 2 6 0 4 is the root of 5
    apart = differences(panel, np.array([0.25, 0.75]))
    assert apart == pytest.approx([2 / np.sqrt(5), 0])


@pytest.mark.parametrize("constant", [0.1, 0.7, 1e6 / 3])
def test_constant_covariate_is_not_apart_by_its_rounding(constant):
    panel = draw(World(neighbourhoods=30), 1)
    panel = replace(panel, covariates=np.full((120, 1), constant), covariate_names=("x",))
    weights = np.random.default_rng(0).dirichlet(np.ones(panel.compared.sum()))
    assert differences(panel, weights).tolist() == [0.0]


def test_carry_on_by_hand():
    found = case(tiny([[0.0, 0.0, 0.0]] * 5, before=3), SYNTHETIC).estimate
    # slope of -1, 0, 1 over its sum of squares 2, times the 2.5 years from 2002 to 2004.5
    assert carry_on(found).tolist() == [-1.25, 0, 1.25, 0, 0]


def test_violation_by_hand():
    chance = np.arange(-19.0, 20.0)  # 39: 90 % reach is the 4th largest, 18; 95 % the 2nd, 19
    violation = Violation(10.0, chance)
    assert violation.interval == (-8.0, 28.0)
    assert violation.detectable == pytest.approx(2.802 * np.sqrt(np.mean(chance**2)))
    assert violation.status(28.0) is Status.UNCERTAIN
    assert violation.status(28.1) is Status.SUPPORTED
    assert Violation(19.0, chance).status(18.0) is Status.UNCERTAIN
    assert Violation(19.1, chance).status(18.0) is Status.NOT_SUPPORTED
    assert Violation(-19.1, chance).status(18.0) is Status.NOT_SUPPORTED
    assert Violation(19.1, chance).status(19.1) is Status.UNCERTAIN


def test_power_by_hand():
    violation = Violation(0.0, np.array([-3.0, 3.0]))  # a standard error of 3
    assert violation.power(violation.detectable) == pytest.approx(0.80, abs=1e-3)
    assert violation.power(1.96 * 3) == pytest.approx(0.5, abs=1e-3)
    assert violation.power(-5.0) == violation.power(5.0)
    assert violation.power(0.0) == pytest.approx(0.05, abs=1e-4)
    certain = Violation(0.0, np.zeros(19))
    assert (certain.power(0.0), certain.power(1e-9)) == (0, 1)


def test_the_trend_that_would_have_been_seen_is_told_by_year_and_by_effect():
    found = PARALLEL_TRENDS.check(case(draw(World(), 2), margin=20.0))
    share, a_year, effect = map(
        float, re.findall(r"in (\d+)% of cases, .*? of (\S+) a year, .*? by (\S+),", found.finding)[0]
    )
    assert effect == pytest.approx(found.detectable, rel=0.01)
    assert a_year == pytest.approx(found.detectable / 4, rel=0.01)  # from 2012 to 2016
    error = found.detectable / 2.802
    assert share == pytest.approx(100 * (norm.sf(1.96 - 20 / error) + norm.sf(1.96 + 20 / error)), abs=0.51)


def test_held_out_error_by_hand():
    panel = draw(World(neighbourhoods=24, years=5, before=3, size_spread=0.2), 2)
    found = held_out_error(case(panel, SYNTHETIC), 3)
    squares = []
    for year in range(3):
        order = [*(y for y in range(3) if y != year), year]
        held = replace(
            panel, outcome=panel.outcome[order], exposure=panel.exposure[order], years=np.arange(3), start=2
        )
        squares.append((held.treated_mean - SYNTHETIC.compare(held).counterfactual)[2] ** 2)
    assert found.number == pytest.approx(np.sqrt(np.mean(squares)))
