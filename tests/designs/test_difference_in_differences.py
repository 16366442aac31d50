from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS
from scipy.optimize import minimize
from tests.assumptions.cases import case
from tests.group_time.draws import staggered

from lmpeval.assumptions.overlap import OVERLAP
from lmpeval.conformance import checks
from lmpeval.design import Status, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.estimate import Comparison
from lmpeval.group_time.cohorts import Base, Rules, Staggered
from lmpeval.group_time.effects import group_time_effects
from lmpeval.group_time.two_by_two import doubly_robust, inverse_probability, outcome_regression
from lmpeval.inference import NoReference
from lmpeval.panel import Panel
from lmpeval.study import Comparator, DesignChoice
from lmpeval.study_files.design_lookup import UnusableDesign
from lmpeval.study_files.designs import build_design
from worlds import World, draw, tiny

ESTIMATORS = {
    "regression": outcome_regression,
    "weighting": inverse_probability,
    "doubly robust": doubly_robust,
}
adjusted = pytest.mark.parametrize("adjust", ESTIMATORS)


def test_hand_example():
    # change of the treated 13 - 10, of the others 6 - 5 and 9 - 8, the last one three times as large
    panel = tiny([[10.0, 5.0, 8.0], [13.0, 6.0, 10.0]], size=[1.0, 1.0, 3.0])
    answer = DifferenceInDifferences().compare(panel)
    assert answer.weights.tolist() == [0.25, 0.75]
    assert answer.counterfactual.tolist() == [10.0, 11.75]  # change 0.25 * 1 + 0.75 * 2


def two_way(panel, leads_and_lags=False):
    """Coefficients of exposure, or of its years but for the last one before it, weighted by exposure."""
    kept = np.flatnonzero(~panel.aside)
    index = pd.MultiIndex.from_product([np.asarray(panel.units)[kept], panel.years])
    last = panel.years[panel.before][-1]
    years = panel.years[panel.years != last]
    columns = [panel.years == year for year in years] if leads_and_lags else [~panel.before]
    exposed = pd.DataFrame(
        {str(k): np.outer(panel.treated[kept], column).ravel() * 1.0 for k, column in enumerate(columns)},
        index=index,
    )
    model = PanelOLS(
        pd.Series(panel.outcome[:, kept].T.ravel(), index=index),
        exposed,
        entity_effects=True,
        time_effects=True,
        weights=pd.Series(np.repeat(panel.size[kept], len(panel.years)), index=index),
    )
    return model.fit(cov_type="unadjusted").params.to_numpy()


WORLDS = {
    "equal sizes": World(neighbourhoods=12, size_spread=0.0),
    "two years": World(neighbourhoods=12, years=2, before=1),
    "unequal sizes": World(neighbourhoods=12, size_spread=0.8, years=9, before=4),
    "two sites": World(neighbourhoods=15, sites=2, size_spread=0.6),
}


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_equals_the_two_way_regression(seed, world):
    panel = without_covariates(draw(world, seed))
    answer = DifferenceInDifferences(matches=500).compare(panel)
    effect = (panel.treated_mean - answer.counterfactual)[~panel.before].mean()
    assert effect == pytest.approx(two_way(panel)[0], rel=1e-9)


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS)
def test_equals_the_event_study_regression(world):
    panel = without_covariates(draw(world, 5))
    gap = panel.treated_mean - DifferenceInDifferences(matches=500).compare(panel).counterfactual
    last = np.flatnonzero(panel.before)[-1]
    expected = two_way(panel, leads_and_lags=True)
    assert np.delete(gap - gap[last], last) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def without_covariates(panel):
    return replace(panel, covariates=np.zeros((len(panel.units), 0)), covariate_names=())


@adjusted
def test_without_covariates_all_adjust_alike(adjust):
    panel = without_covariates(draw(WORLDS["unequal sizes"], 2))
    plain = DifferenceInDifferences(matches=500).compare(panel).weights
    assert DifferenceInDifferences(adjust=adjust).compare(panel).weights == pytest.approx(plain, abs=1e-12)


def cohort_panel(data, cohort, names):
    """A cohort and the never exposed, by unit."""
    kept = (data.starts == cohort) | np.isinf(data.starts)
    n = int(kept.sum())
    return Panel(
        outcome=data.outcome[:, kept],
        exposure=np.tile(data.weights[kept], (len(data.years), 1)),
        years=data.years,
        units=tuple(f"{k:04d}" for k in range(n)),
        treated=data.starts[kept] == cohort,
        start=int(cohort),
        covariates=data.covariates[kept],
        covariate_names=names,
        groups=tuple(f"{k:04d}" for k in range(n)),
        aside=np.zeros(n, dtype=bool),
    )


def equals_group_time(data, adjust):
    """Compare a panel's gaps with group-time effects, and these relative to their mean before exposure."""
    rules = Rules(base=Base.UNIVERSAL, estimator=ESTIMATORS[adjust])
    known = group_time_effects(data, rules)
    names = ("x",) * data.covariates.shape[1]
    cohorts = np.unique(known.cohorts)
    assert len(cohorts) == 3
    for cohort in cohorts:
        panel = cohort_panel(data, cohort, names)
        effects = known.effect[known.cohorts == cohort]
        answer = DifferenceInDifferences(adjust=adjust, shrinkage=0.0).compare(panel)
        gap = panel.treated_mean - answer.counterfactual
        np.testing.assert_allclose(gap, effects - effects[panel.before].mean(), atol=1e-10)
        last = DifferenceInDifferences(adjust=adjust, shrinkage=0.0, base="last year before").compare(panel)
        np.testing.assert_allclose(panel.treated_mean - last.counterfactual, effects, atol=1e-10)


@adjusted
def test_equals_group_time_effects_of_drawn_units(adjust):
    equals_group_time(staggered()[0], adjust)


@pytest.fixture(scope="module")
def counties(real_data):
    """Minimum wages and teen employment (Callaway and Sant'Anna 2021)."""
    table = pd.read_csv(real_data / "replication" / "mpdta.csv")
    outcome = table.pivot(index="year", columns="countyreal", values="lemp")
    units = table.drop_duplicates("countyreal").set_index("countyreal").loc[outcome.columns]
    return Staggered(
        outcome.to_numpy(),
        outcome.index.to_numpy(),
        units["first_treat"].to_numpy(dtype=float),
        units[["lpop"]].to_numpy(),
        np.ones(len(units)),
    )


@adjusted
@pytest.mark.parametrize("weighted", [False, True])
def test_equals_group_time_effects_of_counties(counties, adjust, weighted):
    people = np.exp(counties.covariates[:, 0])
    equals_group_time(replace(counties, weights=people) if weighted else counties, adjust)


def test_doubly_robust_effects_as_printed(counties):
    # csdid on these counties, log of population as covariate, method dripw; one year before exposure
    panel = cohort_panel(counties, 2004, ("lpop",))
    answer = DifferenceInDifferences(adjust="doubly robust", shrinkage=0.0).compare(panel)
    gap = panel.treated_mean - answer.counterfactual
    assert gap[1:] == pytest.approx([-0.0145297, -0.0764219, -0.1404483, -0.1069039], abs=5e-8)


def along(covariate, change, treated=1, size=None):
    """Two years of units with one covariate and a change."""
    panel = tiny([[0.0] * len(change), change], treated=treated, size=size)
    return replace(panel, covariates=np.array(covariate, dtype=float)[:, None], covariate_names=("age",))


def test_regression_by_hand():
    # the compared change by 1 + 2 x; their mean x is 1, and the treated's 3 lies two beyond it
    panel = along([3, 0, 1, 2], [50.0, 1.0, 3.0, 5.0])
    answer = DifferenceInDifferences(adjust="regression").compare(panel)
    assert answer.counterfactual == pytest.approx([0, 7])
    assert answer.weights == pytest.approx([1 / 3 - 1, 1 / 3, 1 / 3 + 1])
    assert answer.extrapolates


def test_weighting_by_hand():
    # two of three treated have x = 1; of the four compared two, one of which is three times as large
    panel = along([1, 1, 0, 0, 0, 1, 1], [0.0] * 7, treated=3, size=[1, 1, 1, 1, 1, 1, 3])
    answer = DifferenceInDifferences(adjust="weighting", shrinkage=0.0).compare(panel)
    assert answer.weights == pytest.approx([1 / 6, 1 / 6, 2 / 3 / 4, 2 / 3 * 3 / 4])
    assert not answer.extrapolates


@pytest.mark.parametrize("shrinkage", [0.5, 1.0, 4.0])
def test_shrunken_odds_maximise_the_penalised_likelihood(shrinkage):
    panel = draw(World(neighbourhoods=20, size_spread=0.5), 6)
    used = panel.treated | panel.compared
    size = panel.size[used] / panel.size[panel.compared].mean()
    mean = size @ panel.covariates[used] / size.sum()
    apart = panel.covariates[used] - mean
    x, treated = apart / np.sqrt(size @ apart**2 / size.sum()), panel.treated[used]

    def unlikely(at):
        linear = at[0] + x @ at[1:]
        data = size @ (np.logaddexp(0, linear) - treated * linear)
        return data + shrinkage * (np.logaddexp(0, at[1:]) - at[1:] / 2).sum()

    best = minimize(unlikely, np.zeros(3), method="BFGS", options={"gtol": 1e-9}).x
    odds = size * np.exp(x @ best[1:])
    expected = odds[~treated] / odds[~treated].sum()
    answer = DifferenceInDifferences(adjust="weighting", shrinkage=shrinkage).compare(panel)
    assert answer.weights == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("adjust", ["regression", "doubly robust"])
def test_a_regression_balances_and_leaves_nothing_that_covariates_explain(adjust):
    panel = draw(World(effect=0.0, size_spread=0.5), 7)
    slopes = np.random.default_rng(7).normal(0, 80, (len(panel.years), 2))
    explained = slopes @ panel.covariates.T
    design = DifferenceInDifferences(adjust=adjust, shrinkage=25.0)
    plain, moved = design.compare(panel), design.compare(replace(panel, outcome=panel.outcome + explained))
    share = panel.size[panel.treated] / panel.size[panel.treated].sum()
    treated = share @ panel.covariates[panel.treated]
    assert plain.weights @ panel.covariates[panel.compared] == pytest.approx(treated, abs=1e-12)
    assert moved.counterfactual - plain.counterfactual == pytest.approx(slopes @ treated, abs=1e-9)
    plainly = DifferenceInDifferences(adjust="weighting", shrinkage=25.0).compare(panel).weights
    assert np.abs(plainly @ panel.covariates[panel.compared] - treated).max() > 0.01


def mean_error(adjust, bent, draws=30):
    """Mean error where change and treatment go with age: unadjusted 100, or 200 where the change bends."""
    errors = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        panel = draw(World(neighbourhoods=120, sites=8, effect=0.0, noise=5.0, shock=2.0), seed)
        age = rng.normal(size=len(panel.units)) + panel.treated
        change = 100 * (age + bent * age**2)
        panel = replace(
            panel,
            outcome=panel.outcome + np.outer(~panel.before, change),
            covariates=age[:, None],
            covariate_names=("age",),
        )
        answer = DifferenceInDifferences(adjust=adjust).compare(panel)
        errors.append((panel.treated_mean - answer.counterfactual)[~panel.before].mean())
    return np.mean(errors)


# the treated are one standard deviation older, spread alike: the logit is right, a line not always
@pytest.mark.parametrize(
    ("adjust", "bent", "most"),
    [
        ("regression", False, 1),
        ("doubly robust", False, 1),
        ("weighting", False, 5),
        ("doubly robust", True, 25),
        ("weighting", True, 25),
    ],
)
def test_where_age_drives_both_it_is_taken_out(adjust, bent, most):
    assert abs(mean_error(adjust, bent)) < most


def test_a_straight_line_through_a_bent_change_errs_by_the_bend():
    # 100 (1 + 1 squared) for the treated, of which a line through the others' 100 x + 100 sees one
    assert mean_error("regression", bent=True) == pytest.approx(100, abs=12)


@pytest.mark.parametrize("adjust", ["weighting", "doubly robust"])
def test_odds_without_a_maximum_are_refused_and_shrunken_ones_found(adjust):
    panel = draw(World(), 8)
    panel = replace(panel, covariates=panel.covariates + 9.0 * panel.treated[:, None])
    with pytest.raises(NoReference) as refused:
        DifferenceInDifferences(adjust=adjust, shrinkage=0.0).compare(panel)
    assert str(refused.value) == (
        f"site 0: no comparison by {adjust}, covariates tell the 4 exposed from the 156 compared units "
        "without fail (covariates: age, income); shrinkage above 0 bounds the odds"
    )
    weights = DifferenceInDifferences(adjust=adjust).compare(panel).weights
    assert weights.sum() == pytest.approx(1)
    # nearer to the treated counts for more
    assert weights @ panel.covariates[panel.compared].sum(axis=1) > 0.5


@pytest.mark.parametrize("seed", range(30))
def test_shrunken_odds_are_found_whatever_the_covariates(seed):
    rng = np.random.default_rng(seed)
    panel = draw(World(neighbourhoods=10, size_spread=2.0, site_units=1), seed)
    covariates = rng.standard_t(1.5, size=(len(panel.units), 6)) * 10.0 ** rng.integers(-4, 5, 6)
    names = tuple("abcdef")
    panel = replace(panel, covariates=covariates, covariate_names=names)
    weights = DifferenceInDifferences(adjust="weighting").compare(panel).weights
    assert (weights >= 0).all()
    assert weights.sum() == pytest.approx(1, abs=1e-12)


@adjusted
@pytest.mark.parametrize(
    ("covariate", "reason"),
    [
        (lambda x: x[:, 0] * 0 + 7, "covariate 3 is the same for all 16[04] units"),
        (lambda x: x[:, 0] - 2 * x[:, 1], "1(56|60) units do not tell 3 covariates and a constant apart"),
    ],
    ids=["constant", "collinear"],
)
def test_covariates_that_say_nothing_new_are_refused(adjust, covariate, reason):
    panel = draw(World(), 9)
    more = np.column_stack([panel.covariates, covariate(panel.covariates)])
    panel = replace(panel, covariates=more, covariate_names=(*panel.covariate_names, "density"))
    design = DifferenceInDifferences(adjust=adjust, shrinkage=0.0)
    with pytest.raises(NoReference, match=rf"{adjust}, {reason}.*\(covariates: age, income, density\)"):
        design.compare(panel)


def test_shrinkage_shares_a_slope_between_covariates_that_say_the_same():
    panel = draw(World(), 9)
    twice = replace(panel, covariates=panel.covariates[:, [0, 0]])
    once = replace(panel, covariates=panel.covariates[:, :1], covariate_names=("age",))
    # two slopes of half the size each pay less than one
    weights, single = (DifferenceInDifferences(adjust="weighting").compare(p).weights for p in (twice, once))
    free = DifferenceInDifferences(adjust="weighting", shrinkage=0.0).compare(once).weights
    assert 0 < np.ptp(single) < np.ptp(weights) < np.ptp(free)


@adjusted
def test_uses_the_outcome_before_the_start_on_request_only(adjust):
    panel = draw(World(neighbourhoods=20), 3)
    level = panel.outcome[panel.before].mean(axis=0)
    apart = [
        abs(level[panel.compared] @ found.weights - panel.treated_mean[panel.before].mean())
        for found in (
            DifferenceInDifferences(adjust=adjust, match_on_outcome=asked).compare(panel)
            for asked in (False, True)
        )
    ]
    assert apart[1] < apart[0]


@dataclass(frozen=True)
class Claims(DifferenceInDifferences):
    """Regression that says nothing of reaching beyond the comparison units."""

    def compare(self, panel):
        answer = super().compare(panel)
        return Comparison(answer.counterfactual, answer.weights)


def beyond(panel, by):
    """The treated lie so many standard deviations from the others."""
    return replace(panel, covariates=panel.covariates + by * panel.treated[:, None])


def test_weights_below_zero_are_for_those_who_say_that_they_extrapolate():
    panel, rng = beyond(draw(World(), 10), 3.0), np.random.default_rng(0)
    found = estimate(DifferenceInDifferences(adjust="regression"), panel, 0, rng)
    assert found.comparison.weights.min() < 0
    with pytest.raises(ValueError, match="Claims answers weights below zero or with another sum than one"):
        estimate(Claims(adjust="regression"), panel, 0, rng)


@pytest.mark.parametrize(("by", "status"), [(0.5, Status.SUPPORTED), (3.0, Status.UNCERTAIN)])
def test_overlap_tells_how_much_is_extrapolated(by, status):
    panel = beyond(draw(World(), 11), by)
    shown = case(panel, DifferenceInDifferences(adjust="regression"))
    weights = shown.estimate.comparison.weights
    share = -weights[weights < 0].sum() / np.abs(weights).sum()
    found = OVERLAP.check(shown)
    assert found.status is status
    assert f"; {share:.1%} of them is below zero: the comparison extrapolates" in found.finding
    assert (share > 0.1) == (status is Status.UNCERTAIN)
    matched = OVERLAP.check(case(panel, DifferenceInDifferences(matches=500)))
    assert "below zero" not in matched.finding


COMPARATOR = Comparator(register="none known", match_on=("age",))


def test_a_study_file_names_the_adjustment():
    settings = {"adjust": "doubly robust", "shrinkage": 2.0}
    choice = DesignChoice(use="difference_in_differences", settings=settings)
    assert build_design(choice, COMPARATOR) == DifferenceInDifferences(adjust="doubly robust", shrinkage=2.0)
    wrong = DesignChoice(use="difference_in_differences", settings={"adjust": "doubly robustt"})
    with pytest.raises(UnusableDesign, match=r"doubly robustt.*matching.*regression.*weighting"):
        build_design(wrong, COMPARATOR)


def test_matches_on_the_outcome_on_request_only():
    panel = draw(World(neighbourhoods=10), 3)
    level = panel.outcome[panel.before].mean(axis=0)
    plain, on_outcome = (
        DifferenceInDifferences(matches=3, match_on_outcome=asked).compare(panel).weights
        for asked in (False, True)
    )
    apart = [
        abs(level[panel.compared] @ w - panel.treated_mean[panel.before].mean()) for w in (plain, on_outcome)
    ]
    assert apart[1] < apart[0]


def test_lag_leaves_early_years_out_of_the_mean():
    panel = draw(World(), 4)
    found = estimate(DifferenceInDifferences(), panel, 2, np.random.default_rng(0))
    assert found.counted.tolist() == [False] * 7 + [True]
    assert found.effect == found.gap[-1]


def test_refuses_every_setting_that_cannot_be_at_once():
    with pytest.raises(ValueError, match="matches is -1") as refused:
        DifferenceInDifferences(matches=-1, adjust="ols", shrinkage=-0.5, base="first year")
    assert str(refused.value) == (
        "matches is -1; each treated unit needs at least 1; adjust is 'ols', expected one of: matching, "
        "regression, weighting, doubly robust; shrinkage is -0.5, expected 0 or more; base is 'first year', "
        "expected one of: all years before, last year before"
    )


@pytest.mark.parametrize(
    ("base", "gap"), [("all years before", [-2, 2, 6]), ("last year before", [-4, 0, 4])]
)
def test_changes_count_from_the_base_by_hand(base, gap):
    # the treated rise by 4 a year, those compared with do not move
    panel = tiny([[1.0, 7, 7], [5.0, 7, 7], [9.0, 7, 7]], before=2)
    answer = DifferenceInDifferences(base=base).compare(panel)
    assert panel.treated_mean - answer.counterfactual == pytest.approx(gap)


@pytest.mark.parametrize("shrinkage", [float("nan"), float("inf")])
def test_refuses_shrinkage_that_is_no_amount(shrinkage):
    with pytest.raises(ValueError, match=f"shrinkage is {shrinkage}, expected 0 or more"):
        DifferenceInDifferences(shrinkage=shrinkage)


@pytest.mark.parametrize("matches", [0, -1])
def test_refuses_a_comparison_with_nobody(matches):
    with pytest.raises(ValueError, match=f"matches is {matches}; each treated unit needs at least 1"):
        DifferenceInDifferences(matches=matches)


# what leaves nothing to chance is checked always; many draws of each way to adjust take minutes
CONFORMS = [
    pytest.param(check, id=f"{adjust}-{check}", marks=[pytest.mark.slow] if check.alarm else [])
    for adjust in ESTIMATORS
    for check in checks(DifferenceInDifferences(adjust=adjust))
]


@pytest.mark.parametrize("check", CONFORMS)
def test_it_conforms(check):
    check()
