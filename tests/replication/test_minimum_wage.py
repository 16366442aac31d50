"""Minimum wages and teen employment in 500 counties, 2003 to 2007: Callaway and Sant'Anna (2021), a subset.

Figures to ten digits are those on which the R package did and four Python packages agree, without covariates
and compared with counties whose state never raised its minimum wage; to seven digits with the log of
population as a covariate, as csdid prints them (Rios-Avila, Sant'Anna and Callaway 2021, method dripw).
"""

import numpy as np
import pandas as pd
import pytest

from lmpeval.group_time import aggregation
from lmpeval.group_time.bootstrap import Law, MultiplierBootstrap, analytic_error
from lmpeval.group_time.cohorts import Rules, Staggered
from lmpeval.group_time.effects import group_time_effects
from lmpeval.group_time.two_by_two import doubly_robust, inverse_probability, outcome_regression


@pytest.fixture(scope="module")
def counties(real_data):
    return pd.read_csv(real_data / "replication" / "mpdta.csv")


def panel_of(table, covariates=()):
    outcome = table.pivot(index="year", columns="countyreal", values="lemp")
    units = table.drop_duplicates("countyreal").set_index("countyreal").loc[outcome.columns]
    return Staggered(
        outcome.to_numpy(),
        outcome.index.to_numpy(),
        units["first_treat"].to_numpy(dtype=float),
        units[list(covariates)].to_numpy(dtype=float),
        np.ones(len(units)),
    )


@pytest.mark.parametrize("estimator", [doubly_robust, inverse_probability, outcome_regression])
@pytest.mark.parametrize(
    ("average", "effect", "error"),
    [
        (aggregation.simple, -0.0399512752, 0.0120340128),
        (aggregation.by_event_time, -0.0772398215, 0.0199649891),
        (aggregation.by_cohort, -0.0310182822, 0.0124460593),
        (aggregation.by_year, -0.0417004321, 0.0159718519),
    ],
)
def test_averages_to_ten_digits(counties, estimator, average, effect, error):
    found = average(group_time_effects(panel_of(counties), Rules(estimator=estimator))).overall
    assert found.effect[0] == pytest.approx(effect, abs=1e-10)
    assert found.standard_error[0] == pytest.approx(error, abs=1e-10)


def test_group_time_effects_as_printed_by_did(counties):
    # README of did; its errors come from a bootstrap and move in the third digit
    printed = {
        (2004, 2004): -0.0105, (2004, 2005): -0.0704, (2004, 2006): -0.1373, (2004, 2007): -0.1008,
        (2006, 2006): -0.0046, (2006, 2007): -0.0412, (2007, 2004): 0.0305, (2007, 2005): -0.0027,
        (2007, 2006): -0.0311, (2007, 2007): -0.0261,
    }  # fmt: skip
    found = group_time_effects(panel_of(counties))
    effects = dict(zip(zip(found.cohorts, found.years, strict=True), found.effect, strict=True))
    for cell, effect in printed.items():
        assert effects[cell] == pytest.approx(effect, abs=5e-5)


def test_with_population_as_printed_by_csdid(counties):
    found = group_time_effects(panel_of(counties, ["lpop"]))
    printed = [
        (-0.0145297, 0.0221292), (-0.0764219, 0.0286713), (-0.1404483, 0.0353782), (-0.1069039, 0.0328865),
        (-0.0004721, 0.0222234), (-0.0062025, 0.0184957), (0.0009606, 0.0194002), (-0.0412939, 0.0197211),
        (0.0267278, 0.0140657), (-0.0045766, 0.0157178), (-0.0284475, 0.0181809), (-0.0287814, 0.016239),
    ]  # fmt: skip
    ours = np.column_stack([found.effect, analytic_error(found.influence)])
    np.testing.assert_allclose(ours, printed, atol=5.1e-8)


def test_averages_with_population_as_printed_by_csdid(counties):
    effects = group_time_effects(panel_of(counties, ["lpop"]))
    simple = aggregation.simple(effects).overall
    assert (simple.effect[0], simple.standard_error[0]) == pytest.approx((-0.0417518, 0.0115028), abs=5.1e-8)
    printed = {
        aggregation.by_year: [
            (-0.0145297, 0.0221292), (-0.0764219, 0.0286713), (-0.0461757, 0.0212107),
            (-0.0395822, 0.0129299),
        ],
        aggregation.by_cohort: [(-0.0845759, 0.0245649), (-0.0201666, 0.0174696), (-0.0287814, 0.016239)],
        aggregation.by_event_time: [
            (0.0267278, 0.0140657), (-0.0036165, 0.0129283), (-0.023244, 0.0144851), (-0.0210604, 0.0114942),
            (-0.0530032, 0.0163465), (-0.1404483, 0.0353782), (-0.1069039, 0.0328865),
        ],
    }  # fmt: skip
    for average, expected in printed.items():
        each = average(effects).each
        np.testing.assert_allclose(np.column_stack([each.effect, each.standard_error]), expected, atol=5.1e-8)


@pytest.mark.parametrize("law", Law)
def test_bootstrap_errors_are_near_the_analytic_ones(counties, law):
    influence = group_time_effects(panel_of(counties)).influence
    spread = MultiplierBootstrap(draws=4000, law=law)(influence, np.random.default_rng(1))
    np.testing.assert_allclose(spread.standard_error, analytic_error(influence), rtol=0.08)
    assert 2.6 < spread.critical < 2.95  # twelve estimates, some of them alike; independent ones need 2.86
