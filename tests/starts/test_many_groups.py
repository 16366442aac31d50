"""Many treated groups: influence functions through a study, against published figures and by invariance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpeval.design import estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.engine.planning import Prepared, plan
from lmpeval.engine.running import run
from lmpeval.errors import UserError
from lmpeval.event_path import event_path
from lmpeval.inference import NoReference, PlaceboGroups
from lmpeval.segments import BY_DEFAULT, Together
from lmpeval.sources import Delivery
from lmpeval.starts.averages import By
from lmpeval.starts.influence import influences
from lmpeval.starts.many_groups import ManyGroups
from lmpeval.starts.staggered import pool
from lmpeval.study import (
    Assigned,
    Comparator,
    DesignChoice,
    InferenceChoice,
    Neighbours,
    Outcome,
    Site,
    Window,
    YearsSinceStart,
    contradictions,
)
from lmpeval.study_files.designs import build_design, design_contradictions
from several_starts import drawn
from simulation.small_country import study

ROBUST = {"adjust": "doubly robust", "shrinkage": 0, "base": "last year before"}
WHOLE = [By.ALL, By.SINCE, By.START, By.YEAR]


def rng(seed=0):
    return np.random.default_rng(seed)


@pytest.fixture(scope="module")
def counties(real_data):
    """Minimum wages and teen employment (Callaway and Sant'Anna 2021) as a delivered panel."""
    table = pd.read_csv(real_data / "replication" / "mpdta.csv")
    table["unit"] = "c" + table["countyreal"].astype(str)
    return table.assign(group=table["unit"], one=1.0)


def asked(counties, match_on=(), **settings):
    """A study of the counties: three starts, every county by itself."""
    small = study()
    treated = counties[counties["first_treat"] > 0].drop_duplicates("unit")
    sites = tuple(
        Site(site=f"raised in {start}", members=tuple(sorted(some["unit"])), start=int(start))
        for start, some in treated.groupby("first_treat")
    )
    return replace(
        small,
        intervention=replace(
            small.intervention, start=2004, announced=None, reach={}, programme_cost={}, sites=sites,
            assigned=Assigned.MEMBER,
        ),
        population=replace(small.population, members=tuple(sorted(treated["unit"]))),
        comparator=Comparator(register="none known", match_on=match_on, neighbours=Neighbours.KEEP),
        outcomes=(
            Outcome(
                name="lemp", aim="experience", unit="log of persons", better="higher", exposure="one",
                minimal_important_difference=0.05, expected_lag=0, provenance="registered", primary=True,
            ),
        ),
        window=Window(first=2003, last=2007, years_since_start=YearsSinceStart.ALL),
        designs=(DesignChoice("difference_in_differences", {**ROBUST, **settings}, primary=True),),
    )  # fmt: skip


def found(counties, match_on=(), **settings):
    delivery = Delivery(table=counties, files=(), notes=())
    register = pd.DataFrame({"unit": [], "initiative": []})
    planned = plan(Prepared(asked(counties, match_on, **settings), delivery, register))
    [finding] = next(run([planned], 1)).findings
    return finding.result


def test_counties_to_ten_digits(counties):
    result = found(counties)
    overall = {each.by: each.overall for each in result.several.averages}
    effects = [overall[by].effect for by in WHOLE]
    errors = [overall[by].standard_error for by in WHOLE]
    golden = [-0.0399512752, -0.0772398215, -0.0310182822, -0.0417004321]
    np.testing.assert_allclose(effects, golden, atol=1e-10, rtol=0)
    np.testing.assert_allclose(errors, [0.0120340128, 0.0199649891, 0.0124460593, 0.0159718519], atol=1e-10)
    # the headline is the mean over years since the start
    assert result.estimate.effect == pytest.approx(golden[1], abs=1e-10)
    assert result.estimate.uncertainty.standard_error == pytest.approx(0.0199649891, abs=1e-10)
    assert result.estimate.uncertainty.method == "influence functions over 191 treated groups"


def test_counties_with_population_as_printed_by_csdid(counties):
    result = found(counties, ("lpop",))
    several = result.several
    assert (several.averaged(By.ALL).overall.effect, several.averaged(By.ALL).overall.standard_error) == (
        pytest.approx((-0.0417518, 0.0115028), abs=5.1e-8)
    )
    printed = {
        By.YEAR: [
            (-0.0145297, 0.0221292), (-0.0764219, 0.0286713), (-0.0461757, 0.0212107),
            (-0.0395822, 0.0129299),
        ],
        By.START: [(-0.0845759, 0.0245649), (-0.0201666, 0.0174696), (-0.0287814, 0.016239)],
        By.SINCE: [
            (-0.0210604, 0.0114942), (-0.0530032, 0.0163465), (-0.1404483, 0.0353782),
            (-0.1069039, 0.0328865),
        ],
    }  # fmt: skip
    for by, expected in printed.items():
        each = several.averaged(by)
        after = each.at >= 0
        ours = np.column_stack([each.effect, each.standard_error])[after]
        np.testing.assert_allclose(ours, expected, atol=5.1e-8)
    since = several.averaged(By.SINCE)
    wider = since.band[:, 1] - since.band[:, 0] >= since.interval[:, 1] - since.interval[:, 0]
    assert wider.all()


@pytest.mark.parametrize(
    ("settings", "inference", "expected"),
    [
        (ROBUST, None, ManyGroups()),
        ({"adjust": "regression"}, None, ManyGroups()),
        ({"adjust": "doubly robust"}, None, PlaceboGroups()),
        ({}, None, PlaceboGroups()),
        (ROBUST, InferenceChoice.PLACEBO_GROUPS, PlaceboGroups()),
    ],
)
def test_the_engine_chooses_by_the_number_of_treated_groups(settings, inference, expected):
    choice = DesignChoice("difference_in_differences", settings, inference, primary=True)
    comparator = Comparator(register="none known", match_on=("age",))
    assert build_design(choice, comparator, 10).inference == expected
    assert build_design(choice, comparator, 9).inference == PlaceboGroups()


def test_clustered_errors_are_those_of_influence_functions_with_their_factor():
    choice = DesignChoice("difference_in_differences", ROBUST, InferenceChoice.CLUSTER_ROBUST, primary=True)
    comparator = Comparator(register="none known", match_on=("age",))
    assert build_design(choice, comparator, 10).inference == ManyGroups(small_sample=True)
    with pytest.raises(UserError, match="cannot judge a study of 9 treated groups"):
        build_design(choice, comparator, 9)
    [told] = design_contradictions({"designs": (replace(choice, settings={}),), "comparator": comparator})
    assert "'cluster robust' needs influence functions" in told.message


def test_influence_functions_of_few_groups_are_refused(counties):
    wanted = asked(counties)
    by_site = {
        **vars(wanted),
        "intervention": replace(wanted.intervention, assigned=Assigned.SITE),
        "designs": (replace(wanted.designs[0], inference=InferenceChoice.MULTIPLIER_BOOTSTRAP),),
    }
    [told] = contradictions(by_site)
    assert told.path == ("designs", 0, "inference")
    assert "need 10 treated groups or more; found 3, with each site as one" in told.message


def test_designs_that_cannot_are_told_so_by_the_study_file(counties):
    wanted, boot = asked(counties), InferenceChoice.MULTIPLIER_BOOTSTRAP
    said = design_contradictions(
        {
            **vars(wanted),
            "designs": (
                DesignChoice("difference_in_differences", {"adjust": "doubly robust"}, boot, primary=True),
                DesignChoice("difference_in_differences", {"adjust": "matching"}, boot),
                DesignChoice("synthetic_control", {}, boot),
            ),
        }
    )
    assert [(each.path, each.message) for each in said] == [
        (
            ("designs", 0, "inference"),
            "'multiplier bootstrap' needs influence functions: odds that are shrunken have no influence "
            "function: shrinkage is 1, not 0",
        ),
        (
            ("designs", 1, "inference"),
            "'multiplier bootstrap' needs influence functions: matching has no influence function: choose "
            "regression, weighting or doubly robust",
        ),
        (
            ("designs", 1, "use"),
            "DifferenceInDifferences matches on covariates, and the comparator's `match_on` is empty: "
            "nothing says who is alike",
        ),
        (
            ("designs", 2, "inference"),
            "'multiplier bootstrap' needs influence functions: SyntheticControl has no influence functions",
        ),
    ]


def many(seed=1, starts=(2013, 2013, 2013, 2013, 2015, 2015), **world):
    """Sites of two units among 60 neighbourhoods, each a group."""
    return drawn(seed, starts, neighbourhoods=60, **world)


DESIGN = DifferenceInDifferences(adjust="regression", inference=ManyGroups(draws=199))


@pytest.mark.parametrize("base", ["all years before", "last year before"])
@pytest.mark.parametrize("together", [BY_DEFAULT, Together(later_serve=True)])
def test_influences_belong_to_what_the_design_says(base, together):
    panels = many()
    design = replace(DESIGN, base=base)
    known = influences(design, panels, together)
    gaps = pool(design, panels, 0, rng(), together).cells.gaps
    np.testing.assert_allclose(known.effects.effect, gaps.ravel(), atol=1e-8)
    np.testing.assert_allclose(known.effects.influence.mean(axis=0), 0, atol=1e-8)


@pytest.mark.parametrize("unit", ["site 0", "g20"])
def test_influence_is_what_a_little_more_weight_does(unit):
    """The derivative of the effect in the size of a group, by finite differences."""
    [panel] = many(starts=(2013,) * 6)
    chosen = np.asarray(panel.groups) == unit
    assert chosen.any()
    step = 1e-6
    more = replace(panel, exposure=panel.exposure * (1 + step * chosen))
    before, after = (p.treated_mean - DESIGN.compare(p).counterfactual for p in (panel, more))
    influence = DESIGN.influence(panel).influence[chosen].sum(axis=0) / len(panel.units)
    np.testing.assert_allclose((after - before) / step, influence, rtol=2e-4, atol=1e-3)


def test_a_start_of_fewer_than_three_groups_gets_no_interval():
    found = pool(DESIGN, many(), 0, rng(), Together(every_event_year=True))
    by_start = next(each for each in found.averages if each.by is By.START)
    assert np.isfinite(by_start.interval).all(axis=1).tolist() == [True, False]
    assert np.isnan(by_start.standard_error).tolist() == [False, True]
    since = next(each for each in found.averages if each.by is By.SINCE)
    # years -5 and -4 are of the later start alone, years 5 and 6 of the earlier one
    assert np.isfinite(since.interval).all(axis=1).tolist() == [False] * 2 + [True] * 10
    assert np.isfinite(since.band[2:]).all()
    alone = estimate(DESIGN, many()[1], 0, rng()).uncertainty
    assert (alone.p, alone.smallest_p, alone.interval) == (1.0, 1.0, (-np.inf, np.inf))


def test_figures_follow_the_unit_of_account_and_no_order():
    panels = many(effect=-60.0)
    one = pool(DESIGN, panels, 1, rng())
    cents = pool(DESIGN, [p.times(100) for p in panels], 1, rng())
    np.testing.assert_allclose(
        cents.estimate.uncertainty.interval, 100 * np.array(one.estimate.uncertainty.interval)
    )
    order = rng(3).permutation(len(panels[0].units))
    moved = pool(DESIGN, [p.in_order(order) for p in panels], 1, rng())
    np.testing.assert_allclose(moved.estimate.uncertainty.interval, one.estimate.uncertainty.interval)
    assert one.estimate.uncertainty.p == pytest.approx(moved.estimate.uncertainty.p)
    shocked = [p.plus_year_shocks(np.arange(len(p.years)) * 100.0) for p in panels]
    np.testing.assert_allclose(
        pool(DESIGN, shocked, 1, rng()).estimate.uncertainty.interval,
        one.estimate.uncertainty.interval,
        atol=1e-6,
    )


def clustered_regression(panel):
    """Coefficients and covariance, CR1 by group, of a regression on units and years, by least squares."""
    used = np.flatnonzero(panel.treated | panel.compared)
    n_years, n_units = len(panel.years), len(used)
    reference = int(panel.before.sum()) - 1
    unit, year = np.tile(np.arange(n_units), n_years), np.repeat(np.arange(n_years), n_units)
    treated = panel.treated[used][unit]
    paths = [treated & (year == t) for t in range(n_years) if t != reference]
    dummies = [unit == i for i in range(n_units)] + [year == t for t in range(1, n_years)]
    x = np.column_stack(dummies + paths)
    root = np.sqrt(panel.size[used][unit])
    x, y = x * root[:, None], panel.outcome[:, used].ravel() * root
    coefficients, *_ = np.linalg.lstsq(x, y, rcond=None)
    bread = np.linalg.inv(x.T @ x)
    scores = x * (y - x @ coefficients)[:, None]
    groups = np.asarray(panel.groups)[used][unit]
    sums = np.array([scores[groups == g].sum(axis=0) for g in np.unique(groups)])
    n, n_groups, k = len(y), len(sums), n_years + len(paths)
    factor = (n - 1) / (n - k) * n_groups / (n_groups - 1)
    covariance = factor * bread @ sums.T @ sums @ bread
    return coefficients[-len(paths) :], covariance[-len(paths) :, -len(paths) :]


def test_with_the_factor_errors_are_those_of_a_clustered_regression():
    [panel] = many(starts=(2013,) * 6)
    panel = replace(panel, covariates=np.zeros((len(panel.units), 0)), covariate_names=())
    clustered = replace(
        DESIGN, shrinkage=0, base="last year before", inference=ManyGroups(draws=199, small_sample=True)
    )
    found = estimate(clustered, panel, 0, rng())
    path, covariance = clustered_regression(panel)
    counted = event_path(found)
    np.testing.assert_allclose(counted.path, path, rtol=1e-7)
    np.testing.assert_allclose(counted.covariance, covariance, rtol=1e-6, atol=1e-9)
    after = path[counted.n_before :].mean()
    error = np.sqrt(covariance[counted.n_before :, counted.n_before :].mean())
    assert found.effect == pytest.approx(after)
    assert found.uncertainty.standard_error == pytest.approx(error)
    without = estimate(replace(clustered, inference=ManyGroups(draws=199)), panel, 0, rng()).uncertainty
    assert without.standard_error == pytest.approx(
        error / np.sqrt(influences(clustered, [panel], BY_DEFAULT).small_sample)
    )


def test_fewer_groups_than_years_leave_the_covariance_to_the_draws():
    [panel] = many(starts=(2013,) * 6)
    found = estimate(replace(DESIGN, base="last year before"), panel, 0, rng())
    flat = replace(found.uncertainty, path_covariance=np.ones((len(found.years),) * 2))
    drawn_from = replace(found.uncertainty, path_covariance=None)
    one, other = (event_path(replace(found, uncertainty=sure)).covariance for sure in (flat, drawn_from))
    np.testing.assert_array_equal(one, other)
    assert not np.allclose(event_path(found).covariance, other, rtol=0.01)


def test_a_design_without_influence_functions_is_refused():
    with pytest.raises(NoReference, match="SyntheticControl has no influence functions"):
        pool(SyntheticControl(inference=ManyGroups()), many(), 0, rng())
    with pytest.raises(NoReference, match="matching has no influence function"):
        pool(DifferenceInDifferences(inference=ManyGroups()), many(), 0, rng())


def test_few_comparison_groups_are_refused():
    panels = many()
    few = [
        p.with_aside(p.aside | ~(p.treated | np.isin(p.groups, sorted(set(p.groups))[:9]))) for p in panels
    ]
    with pytest.raises(NoReference, match="influence functions need 10 or more"):
        pool(DESIGN, few, 0, rng())


@pytest.mark.slow
def test_size_with_twelve_treated_groups():
    """Nominal 5 % of 300 draws: up to 9 % in 99 of 100 such tests."""
    starts = (2013,) * 4 + (2014,) * 4 + (2015,) * 4
    sure = [
        pool(DESIGN, many(100 + k, starts, shock=14.0, persistence=0.6), 0, rng(k)).estimate.uncertainty
        for k in range(300)
    ]
    assert 0.02 <= np.mean([each.p <= 0.05 for each in sure]) <= 0.085
