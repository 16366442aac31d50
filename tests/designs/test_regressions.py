"""A second road to the same numbers: regressions with fixed effects, fitted by linearmodels.

Coefficients alone are compared. Its clustered errors are no part of it: with few treated regions they are far
too small.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from tests.several_starts import drawn

from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.imputation import Imputation
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.designs.triple_difference import TripleDifference
from lmpeval.simulation.world import World
from lmpeval.simulation.worlds import WORLDS
from worlds import World as Regions
from worlds import draw

PANELS = {
    "one site": Regions(neighbourhoods=12, size_spread=0.8),
    "two sites": Regions(neighbourhoods=15, sites=2, size_spread=0.6, years=7, before=4),
    "two years": Regions(neighbourhoods=12, years=2, before=1),
}
per_panel = pytest.mark.parametrize("world", PANELS.values(), ids=PANELS)


def coefficients(panel, columns, weights, units=None):
    """Of `columns`, each (n_years, n_units), with unit and year effects; weights, shape (n_units,)."""
    kept = np.flatnonzero(weights > 0) if units is None else units
    index = pd.MultiIndex.from_product([kept, panel.years])
    table = pd.DataFrame(
        {name: np.asarray(column, dtype=float)[:, kept].T.ravel() for name, column in columns.items()},
        index=index,
    )
    model = PanelOLS(
        pd.Series(panel.outcome[:, kept].T.ravel(), index=index),
        table,
        entity_effects=True,
        time_effects=True,
        weights=pd.Series(np.repeat(weights[kept], len(panel.years)), index=index),
    )
    return model.fit(cov_type="unadjusted").params.to_dict()


def by_year(panel, values):
    """`values`, shape (n_units,), in each year but the last before the start, by year."""
    last = panel.years[panel.before][-1]
    return {int(y): np.outer(panel.years == y, values) for y in panel.years if y != last}


def in_use(panel, weights):
    """Weights of all units: the treated by size, the others by theirs in the comparison, up to a factor."""
    every = panel.size * panel.treated
    every[panel.compared] = weights * every.sum()
    return every


def gap(panel, answer):
    return panel.treated_mean - answer.counterfactual


@per_panel
@pytest.mark.parametrize("matches", [2, 10_000])
def test_effect_is_the_coefficient_of_exposure_weighted_as_matched(world, matches):
    panel = draw(world, 7)
    answer = DifferenceInDifferences(matches=matches).compare(panel)
    exposed = {"exposed": np.outer(~panel.before, panel.treated)}
    found = coefficients(panel, exposed, in_use(panel, answer.weights))
    assert gap(panel, answer)[~panel.before].mean() == pytest.approx(found["exposed"], rel=1e-9)


@pytest.mark.parametrize("design", [DifferenceInDifferences(adjust="weighting"), SyntheticControl()], ids=str)
def test_any_weights_not_below_zero_are_those_of_a_regression(design):
    panel = draw(PANELS["one site"], 2)
    answer = design.compare(panel)
    exposed = {"exposed": np.outer(~panel.before, panel.treated)}
    found = coefficients(panel, exposed, in_use(panel, answer.weights))
    assert gap(panel, answer)[~panel.before].mean() == pytest.approx(found["exposed"], rel=1e-7)


@per_panel
@pytest.mark.parametrize("matches", [2, 10_000])
def test_leads_and_lags_are_those_of_an_event_study(world, matches):
    panel = draw(world, 5)
    answer = DifferenceInDifferences(matches=matches, base="last year before").compare(panel)
    expected = coefficients(panel, by_year(panel, panel.treated), in_use(panel, answer.weights))
    found = dict(zip(panel.years.tolist(), gap(panel, answer), strict=True))
    assert found.pop(int(panel.years[panel.before][-1])) == pytest.approx(0, abs=1e-9)
    assert found == pytest.approx(expected, rel=1e-8, abs=1e-7)


def test_regression_on_covariates_is_the_interacted_event_study():
    """Covariates by year, and by year for the treated about their own mean (Wooldridge 2021)."""
    panel = draw(Regions(neighbourhoods=12, units=6, site_units=6, size_spread=0.5), 4)
    answer = DifferenceInDifferences(adjust="regression", base="last year before").compare(panel)
    share = panel.size * panel.treated / panel.size[panel.treated].sum()
    columns = by_year(panel, panel.treated)
    for k, values in enumerate(panel.covariates.T):
        own = panel.treated * (values - share @ values)
        columns |= {(year, k): column for year, column in by_year(panel, values).items()}
        columns |= {(year, k, "own"): column for year, column in by_year(panel, own).items()}
    every = in_use(panel, np.ones(int(panel.compared.sum())))
    every[panel.compared] = panel.size[panel.compared]
    found = coefficients(panel, columns, every)
    for year, here in zip(panel.years.tolist(), gap(panel, answer), strict=True):
        assert here == pytest.approx(found.get(year, 0.0), rel=1e-8, abs=1e-7)


@pytest.mark.parametrize("starts", [(2013, 2015, 2017), (2014, 2016)], ids=str)
def test_imputation_is_the_regression_with_every_exposed_year_of_every_start(starts):
    """Extended two-way fixed effects: a coefficient for each start and year from it on (Wooldridge 2021)."""
    cohorts = drawn(2, starts, effect=-50.0, neighbourhoods=9, size_spread=0.6)
    first = cohorts[0]
    columns = {
        (panel.start, int(year)): np.outer(panel.years == year, panel.treated)
        for panel in cohorts
        for year in panel.years[~panel.before]
    }
    units = np.flatnonzero(first.compared | np.logical_or.reduce([panel.treated for panel in cohorts]))
    found = coefficients(first, columns, first.exposure[0], units)
    for panel, answer in zip(cohorts, Imputation().compare_together(cohorts), strict=True):
        for year, here in zip(panel.years.tolist(), gap(panel, answer), strict=True):
            if year >= panel.start:
                assert here == pytest.approx(found[panel.start, year], rel=1e-9, abs=1e-8)


def test_triple_difference_is_the_event_study_of_the_difference_between_two_outcomes():
    """Subtracting one outcome from the other is what all two-way interactions come to."""
    world: World = next(each for each in WORLDS if each.name == "unequal_exposure")
    panel = world.draw(np.random.default_rng(1)).panel
    answer = TripleDifference("other", matches=3).compare(panel)
    apart = replace(panel, outcome=panel.outcome - panel.untouched)
    expected = coefficients(apart, by_year(panel, panel.treated), in_use(panel, answer.weights))
    path = gap(panel, answer)
    last = path[panel.before][-1]
    for year, here in zip(panel.years.tolist(), path, strict=True):
        assert here - last == pytest.approx(expected.get(year, 0.0), rel=1e-8, abs=1e-7)
