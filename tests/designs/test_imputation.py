"""Imputation equals the regression on unit and year effects in cells that are not exposed yet."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from tests.several_starts import by_hand, delivered, drawn, three_starts
from tests.simulation.small_country import prepared

from lmpeval.design import Joint
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.imputation import Imputation
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.finding import Answered
from lmpeval.inference import NoReference
from lmpeval.panel import Panel
from lmpeval.simulation.worlds import WORLDS
from lmpeval.starts.staggered import pool
from lmpeval.study import DesignChoice

DESIGN = Imputation()
BY_REGRESSION = DifferenceInDifferences(adjust="regression")


def gaps(cohorts, design=DESIGN):
    """Observed less imputed of every cohort; shape (n_cohorts, n_years)."""
    answers = design.compare_together(cohorts)
    return np.array([p.treated_mean - a.counterfactual for p, a in zip(cohorts, answers, strict=True)])


def by_brute_force(outcome, size, start, years, covariates=None):
    """Residual of every cell from unit and year effects fitted on cells before `start`, weighted by size.

    With covariates, shape (n_units, n_covariates), each has a slope in every year.
    """
    n_years, n_units = outcome.shape
    units = np.tile(np.eye(n_units), (n_years, 1))
    design = np.hstack([units, np.repeat(np.eye(n_years), n_units, axis=0)])
    if covariates is not None:
        design = np.hstack([design, np.kron(np.eye(n_years), covariates)])
    root = np.sqrt(np.tile(size, n_years) * (years[:, None] < start).ravel())
    fit = np.linalg.lstsq(design * root[:, None], outcome.ravel() * root, rcond=None)[0]
    return outcome - (design @ fit).reshape(outcome.shape)


def starts_of(cohorts):
    """First year of exposure of each unit, infinite for never."""
    return np.min([np.where(panel.treated, panel.start, np.inf) for panel in cohorts], axis=0)


STARTS = {"three starts": (2013, 2015, 2017), "two alike": (2014, 2014, 2016), "one": (2015,)}


@pytest.mark.parametrize("starts", STARTS.values(), ids=STARTS)
def test_equals_the_regression_unit_by_unit(starts):
    cohorts = drawn(3, starts, effect=-40.0, size_spread=0.7, neighbourhoods=8)
    first = cohorts[0]
    residual = by_brute_force(first.outcome, first.exposure[0], starts_of(cohorts), first.years)
    for panel, gap in zip(cohorts, gaps(cohorts), strict=True):
        size = panel.exposure[0] * panel.treated
        expected = residual @ (size / size.sum())
        np.testing.assert_allclose(gap[~panel.before], expected[~panel.before], rtol=1e-10, atol=1e-9)


@pytest.mark.parametrize("starts", STARTS.values(), ids=STARTS)
def test_with_covariates_equals_the_regression_with_a_slope_in_every_year(starts):
    cohorts = drawn(6, starts, effect=-40.0, size_spread=0.7, neighbourhoods=9)
    first = cohorts[0]
    residual = by_brute_force(
        first.outcome, first.exposure[0], starts_of(cohorts), first.years, first.covariates
    )
    for panel, gap in zip(cohorts, gaps(cohorts, Imputation("regression")), strict=True):
        size = panel.exposure[0] * panel.treated
        expected = residual @ (size / size.sum())
        np.testing.assert_allclose(gap[~panel.before], expected[~panel.before], rtol=1e-9, atol=1e-8)


def test_one_start_with_covariates_is_difference_in_differences_by_regression():
    panel = WORLDS[0].draw(np.random.default_rng(2)).panel
    own, did = (design.compare(panel) for design in (Imputation("regression"), BY_REGRESSION))
    np.testing.assert_allclose(own.counterfactual, did.counterfactual, atol=1e-9)
    np.testing.assert_allclose(own.weights, did.weights, atol=1e-12)
    assert own.extrapolates


def test_covariates_that_say_the_same_and_unknown_words_are_refused():
    panel = WORLDS[0].draw(np.random.default_rng(2)).panel
    twice = replace(panel, covariates=panel.covariates[:, [0, 0]])
    with pytest.raises(NoReference, match=r"no imputation by regression.*\(covariates: age, income\)"):
        Imputation("regression").compare(twice)
    still = replace(panel, covariates=np.ones_like(panel.covariates))
    with pytest.raises(NoReference, match="covariate 1, 2 is the same for all"):
        Imputation("regression").compare(still)
    DESIGN.compare(still)
    with pytest.raises(ValueError, match="adjust is 'matching', expected one of: none, regression"):
        Imputation("matching")


def test_by_hand():
    """Site 0 starts in 2003, site 1 in 2005; all others rise by 10 a year, which both would have done."""
    cohorts = by_hand([[0, 0, 6, 8, 10, 12], [0, 0, 0, 0, 2, 4]], (2003, 2005), (1.0, 3.0))
    np.testing.assert_allclose(gaps(cohorts), [[0, 0, 6, 8, 10, 12], [0, 0, 0, 0, 2, 4]], atol=1e-10)


@pytest.mark.parametrize("world", WORLDS[:13], ids=lambda world: world.name)
def test_one_start_is_difference_in_differences_against_all(world):
    panel = world.draw(np.random.default_rng(2)).panel
    own, did = DESIGN.compare(panel), DifferenceInDifferences(matches=10_000).compare(panel)
    np.testing.assert_allclose(own.counterfactual, did.counterfactual, atol=1e-9)
    np.testing.assert_allclose(own.weights, did.weights, atol=1e-12)


def test_years_before_a_start_are_foretold_without_the_cohort_itself():
    """What befalls a cohort in a year before its start shows in full."""
    cohorts = drawn(3, (2013, 2016), neighbourhoods=8)
    bump = 100.0 * np.outer(cohorts[0].years == 2014, cohorts[1].treated)
    bumped = [replace(panel, outcome=panel.outcome + bump) for panel in cohorts]
    moved = gaps(bumped)[1] - gaps(cohorts)[1]
    before = cohorts[1].before
    expected = 100.0 * ((cohorts[1].years == 2014) - 1 / before.sum())
    np.testing.assert_allclose(moved[before], expected[before], atol=1e-9)


def test_not_yet_exposed_years_of_a_later_start_are_made_use_of():
    """They tell what 2014 was like for the first start, and what it did later tells nothing."""
    cohorts = drawn(3, (2013, 2016), neighbourhoods=8)
    for year, used in ((2014, True), (2017, False)):
        bump = 100.0 * np.outer(cohorts[0].years == year, cohorts[1].treated)
        bumped = [replace(panel, outcome=panel.outcome + bump) for panel in cohorts]
        moved = abs(gaps(bumped)[0] - gaps(cohorts)[0])[~cohorts[0].before]
        assert (moved.max() > 1) == used


def test_everybody_exposed_some_day_is_refused():
    cohorts = drawn(3, (2013, 2016), neighbourhoods=8)
    one, other = cohorts
    half = np.arange(len(one.units)) % 2 == 0
    apart = [
        replace(one, aside=one.aside | (half & one.compared)),
        replace(other, aside=other.aside | (~half & other.compared)),
    ]
    with pytest.raises(NoReference, match="nobody is without exposure from 2016 on"):
        DESIGN.compare_together(apart)


# Against a peer


def cohorts_of(table: pd.DataFrame, outcome: str, unit: str, start: str) -> list[Panel]:
    """Units of equal size; start 0 for never."""
    wide = table.pivot(index="year", columns=unit, values=outcome)
    first = table.drop_duplicates(unit).set_index(unit)[start].loc[wide.columns].to_numpy()
    units = tuple(map(str, wide.columns))
    return [
        Panel(
            outcome=wide.to_numpy(dtype=float),
            exposure=np.ones(wide.shape),
            years=np.asarray(wide.index, dtype=np.int64),
            units=units,
            treated=first == year,
            start=int(year),
            covariates=np.zeros((len(units), 0)),
            covariate_names=(),
            groups=units,
            aside=(first > 0) & (first != year),
        )
        for year in sorted(set(first) - {0})
    ]


def by_start(cohorts):
    return {p.start: gap[~p.before].mean() for p, gap in zip(cohorts, gaps(cohorts), strict=True)}


def over_cells(cohorts):
    """Mean effect over all exposed cells, each counting once."""
    cells = [
        (gap[~p.before].sum() * p.treated.sum(), (~p.before).sum() * p.treated.sum())
        for p, gap in zip(cohorts, gaps(cohorts), strict=True)
    ]
    total, number = np.sum(cells, axis=0)
    return total / number


def test_castle_doctrine_as_diff_diff_has_it(real_data):
    # diff-diff 3.13, ImputationDiD, log homicide, states alike
    table = pd.read_csv(real_data / "replication" / "castle.csv")
    table["start"] = table["effyear"].fillna(0).astype(int)
    cohorts = cohorts_of(table, "l_homicide", "sid", "start")
    assert over_cells(cohorts) == pytest.approx(0.0798015471927753, abs=1e-10)
    expected = {
        2005: 0.07430394079001919,
        2006: 0.0624082942017378,
        2007: 0.11249681107579836,
        2008: 0.14277902357835157,
        2009: 0.21108054838884927,
    }
    assert by_start(cohorts) == pytest.approx(expected, abs=1e-10)


def test_simulated_staggered_starts_as_diff_diff_has_them(real_data):
    # the same, on the panel that comes with fixest
    table = pd.read_csv(real_data / "replication" / "base_stagg.csv")
    table["start"] = table["year_treated"].where(table["year_treated"] <= 10, 0).astype(int)
    cohorts = cohorts_of(table, "y", "id", "start")
    assert over_cells(cohorts) == pytest.approx(-0.7455638316221515, abs=1e-10)
    found = by_start(cohorts)
    assert found[2] == pytest.approx(3.0385736316588066, abs=1e-10)
    assert found[6] == pytest.approx(-3.4584037868597615, abs=1e-10)
    assert found[10] == pytest.approx(-8.82766514835495, abs=1e-10)


# In the engine


def test_several_starts_are_answered_together():
    assert isinstance(DESIGN, Joint)
    cohorts = drawn(5, (2013, 2015), effect=-60.0, neighbourhoods=30)
    found = pool(DESIGN, cohorts, 0, np.random.default_rng(0))
    assert found.estimate.effect == pytest.approx(-60.0, abs=4 * found.estimate.uncertainty.standard_error)
    assert found.estimate.uncertainty.p <= 0.05
    plain = pool(DifferenceInDifferences(matches=10_000), cohorts, 0, np.random.default_rng(0))
    assert found.estimate.effect != plain.estimate.effect
    assert found.estimate.effect == pytest.approx(plain.estimate.effect, abs=5)


def test_a_study_of_several_starts_names_it():
    asked = three_starts(designs=(DesignChoice("imputation", primary=True),))
    [result] = run([plan(prepared(asked, delivered()))], 1)
    cost = result.findings[0]
    assert isinstance(cost.result, Answered)
    assert cost.result.estimate.effect == pytest.approx(-60.0, abs=25)
    assert len(cost.result.several.each) == 3
