"""Sites that started in different years: by hand, by invariance, and over draws."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from lmpeval.design import Circumstances, Evidence, Status, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.imputation import Imputation
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.designs.synthetic_difference_in_differences import SyntheticDifferenceInDifferences
from lmpeval.group_time.cohorts import Base, Comparison, Rules, Staggered
from lmpeval.group_time.effects import group_time_effects
from lmpeval.group_time.two_by_two import doubly_robust, inverse_probability, outcome_regression
from lmpeval.inference import NoReference, PlaceboGroups
from lmpeval.ledger import Entry
from lmpeval.segments import Together
from lmpeval.several_starts import (
    answer_together,
    earlier_starts,
    left_out,
    pretended_starts,
    weighed_by_regression,
)
from lmpeval.starts.averages import By, averages
from lmpeval.starts.gaps import answered, gaps_of
from lmpeval.starts.ledger import worst
from lmpeval.starts.staggered import pool
from several_starts import Plain, by_hand, drawn

ESTIMATORS = {
    "regression": outcome_regression,
    "weighting": inverse_probability,
    "doubly robust": doubly_robust,
}
DESIGNS = (DifferenceInDifferences(), SyntheticControl())
ALL_DESIGNS = (*DESIGNS, Imputation(), SyntheticDifferenceInDifferences())
ONE = [0, 0, 6, 8, 10, 12]  # from 2003 on
TWO = [0, 0, 0, 0, 2, 4]  # from 2005 on, three times as large


def rng(seed=0):
    return np.random.default_rng(seed)


def hand_made():
    return by_hand([ONE, TWO], (2003, 2005), (1.0, 3.0))


# By hand


def test_two_starts_by_hand():
    found = pool(Plain(), hand_made(), 0, rng())
    assert found.starts == (2003, 2005)
    np.testing.assert_allclose(found.weights, [0.25, 0.75])
    assert found.estimate.years.tolist() == [-2, -1, 0, 1]  # of -2 to 3 and -4 to 1
    assert found.estimate.start == 0
    np.testing.assert_allclose(found.cells.gaps, [ONE, TWO], atol=1e-12)
    # 0.25 x 6 + 0.75 x 2 = 3, 0.25 x 8 + 0.75 x 4 = 5
    np.testing.assert_allclose(found.estimate.gap, [0, 0, 3, 5], atol=1e-12)
    assert found.estimate.effect == pytest.approx(4)


def test_interval_of_two_starts_by_hand():
    """Sixteen pairs of groups have no effect, four hold the first site, four the second, one is the real one.

    Groups at a quarter of the size have 0.25 x 7 = 1.75 of it, those at three quarters 0.75 x 3 = 2.25. The
    largest effect that is not rejected is that of the set that goes last: above (4 - 2.25) / (1 - 0.75) = 7,
    below (4 - 1.75) / (1 - 0.25) = 3.
    """
    sure = pool(Plain(), hand_made(), 0, rng()).estimate.uncertainty
    assert sure.smallest_p == pytest.approx(1 / 25)
    assert (sure.p, sure.rank) == (pytest.approx(1 / 25), 1)
    assert len(sure.placebo_labels) == 24  # sixteen are too few to give the error: all, the effect taken off
    np.testing.assert_allclose(sure.interval, (3, 7))
    assert sure.p_error == 0  # these are all
    some = pool(Plain(inference=PlaceboGroups(draws=20)), hand_made(), 0, rng()).estimate.uncertainty
    n = round(1 / some.smallest_p)
    assert some.p_error == pytest.approx(np.sqrt(some.p * (1 - some.p) / n))
    assert some.p_error > 0


def test_what_stands_in_for_one_start_is_compared_with_in_no_other():
    """As the sites themselves, of which each faces eight of ten units.

    A pair of stand-ins leaves six, and the two sites: both serve the first start, the later one alone serves
    the second. Sixteen pairs hold no site; four hold the first, where the other serves both starts, and four
    the second, where the other serves its own alone.
    """
    design = Plain()
    pool(design, hand_made(), 0, rng())
    assert Counter(design.pools) == {8: 2 + 16 + 2 * 4 + 4, 7: 16 + 4}


def test_no_site_serves_where_the_years_after_are_read():
    design = Plain(reads_after=True)
    pool(design, hand_made(), 0, rng())
    assert Counter(design.pools) == {8: 2, 7: 2 * 8, 6: 2 * 16}


def test_what_sites_carry_into_what_others_are_compared_with_by_hand():
    """The first start faces both sites among eight where it is none of them: an eighth each, once begun."""
    pooled = pool(Plain(), hand_made(), 0, rng())
    first, second = pooled.cells.given[(pooled.cells.shares == 0).all(axis=1)][0]
    np.testing.assert_allclose(first, [0, 0, 1 / 8, 1 / 8, 2 / 8, 2 / 8])
    np.testing.assert_allclose(second, [0, 0, 0, 0, 1 / 7, 1 / 7])


@dataclass(frozen=True)
class Jointly(Plain):
    """One answer for all cohorts: each takes what the cohorts' own comparisons are on average."""

    together: list[int] = field(default_factory=list)

    def compare_together(self, cohorts):
        self.together.append(len(cohorts))
        answers = [self.compare(panel) for panel in cohorts]
        mean = np.mean([answer.counterfactual for answer in answers], axis=0)
        return [replace(answer, counterfactual=mean) for answer in answers]


def test_a_joint_design_answers_for_all_cohorts_at_once():
    """Both sites are lifted to 100 + 3.5 and 101 + 3.5 and so share one half more and one half less.

    In the estimate, in all its placebos and without each of the comparison units.
    """
    design, panels = Jointly(), hand_made()
    found = pool(design, panels, 0, rng())
    np.testing.assert_allclose(found.cells.gaps, np.array([ONE, TWO]) + np.array([[-0.5], [0.5]]))
    assert design.together == [2] * 25
    assert [one.effect for one in left_out(design, panels, found)] == pytest.approx([4 + 0.5 / 2] * 8)
    assert design.together == [2] * 33


class Unfinished(Plain):
    """Forgets a year of a later start."""

    def compare(self, panel):
        answer = super().compare(panel)
        return (
            answer if panel.start == 2003 else replace(answer, counterfactual=answer.counterfactual * np.nan)
        )


def test_an_answer_of_a_later_start_that_is_no_comparison_is_refused():
    with pytest.raises(ValueError, match="Unfinished answers figures that are not finite"):
        pool(Unfinished(), hand_made(), 0, rng())


def test_lag_counts_from_each_start():
    found = pool(Plain(), hand_made(), 1, rng()).estimate
    assert found.years[found.counted].tolist() == [1]
    assert found.effect == pytest.approx(5)


def test_effects_early_and_late_by_hand():
    """Without the balanced window the mean would be over 6, 8, 10, 12 and 2, 4."""
    answered = answer_together(Plain(), hand_made(), Circumstances(margin=1.0), {}, rng())
    assert [one.estimate.effect for one in answered.several.each] == pytest.approx([9, 3])
    by_year = answered.several.averaged(By.YEAR)
    assert by_year.at.tolist() == [2003, 2004, 2005, 2006]
    np.testing.assert_allclose(by_year.weights, [[1, 0], [1, 0], [0.25, 0.75], [0.25, 0.75]])
    np.testing.assert_allclose(by_year.effect, [6, 8, 0.25 * 10 + 0.75 * 2, 0.25 * 12 + 0.75 * 4])
    whole = {each.by: each.overall.effect for each in answered.several.averages}
    assert whole == pytest.approx(
        {
            By.SINCE: (3 + 5) / 2,  # in the years that both have
            By.YEAR: (6 + 8 + 4 + 6) / 4,
            By.START: 0.25 * 9 + 0.75 * 3,
            By.ALL: (0.25 * (6 + 8 + 10 + 12) + 0.75 * (2 + 4)) / (4 * 0.25 + 2 * 0.75),
        }
    )
    assert (answered.n_treated, answered.n_compared, answered.exposure) == (2, 8, 4.0)


def test_starts_that_never_were_by_hand():
    """A year early: 2002 against 2001 and 2004 against 2001-2003, in which nothing happened yet."""
    [early] = earlier_starts(pretended_starts(Plain(), hand_made(), rng()))
    assert (early.year, early.effect) == (-1, pytest.approx(0, abs=1e-12))


def test_leaving_a_unit_out_by_hand():
    """All comparison units move alike: none of them matters until one is moved."""
    panels = hand_made()
    assert [
        one.effect for one in left_out(Plain(), panels, pool(Plain(), panels, 0, rng()))
    ] == pytest.approx([4] * 8)
    late = panels[0].years >= 2006
    moved = [
        replace(p, outcome=p.outcome + 8 * np.outer(late, np.asarray(p.units) == "u5")) for p in panels
    ]  # one eighth of 8 in 2006, which is year 1 of the second start, of which the weight is 3/4
    pooled = pool(Plain(), moved, 0, rng())
    assert pooled.estimate.effect == pytest.approx(4 - 0.75 * 1 / 2)
    without = {one.unit: one.effect for one in left_out(Plain(), moved, pooled)}
    assert without["u5"] == pytest.approx(4)
    assert without["u6"] == pytest.approx(4 - 0.75 * (8 / 7) / 2)


# Sites that start later, compared with until then

SERVE = Together(later_serve=True)


def with_a_third():
    """A site that starts in 2006 and falls by 9 in 2004, long before it."""
    third = [0, 0, 0, -9, -9, 50]
    return by_hand([ONE, TWO, third], (2003, 2005, 2006), (1.0, 1.0, 1.0), other=1.0)


def test_later_starts_serve_until_they_start_by_hand():
    """The first site faces ten others in 2003 and 2004, nine in 2005, the eight never exposed in 2006."""
    found = pool(Plain(), with_a_third(), 0, rng(), replace(SERVE, every_event_year=True))
    first, second, third = found.cells.gaps
    np.testing.assert_allclose(first, [0, 0, 6, 8 + 9 / 10, 10 + 9 / 9, 12], atol=1e-12)
    # the second site lifts its comparison by the mean of the years before, in which the third fell once
    lift = -(9 / 9) / 4
    np.testing.assert_allclose(second[4:], [2 + 9 / 9 + lift, 4], atol=1e-12)
    np.testing.assert_allclose(third[5], 50 + 18 / 5, atol=1e-12)
    aside = pool(Plain(), with_a_third(), 0, rng(), Together(every_event_year=True))
    np.testing.assert_allclose(aside.cells.gaps[0], ONE, atol=1e-12)


def test_every_year_since_the_start_by_hand():
    """Years -4 and -3 of the second start alone, years 2 and 3 of the first alone."""
    found = pool(Plain(), hand_made(), 0, rng(), Together(every_event_year=True))
    assert found.estimate.years.tolist() == [-4, -3, -2, -1, 0, 1, 2, 3]
    np.testing.assert_allclose(found.estimate.gap, [0, 0, 0, 0, 3, 5, 10, 12], atol=1e-12)
    assert found.estimate.effect == pytest.approx(7.5)
    path = averages(found.cells, Together(every_event_year=True))[0]
    np.testing.assert_allclose(path.effect, found.estimate.gap, atol=1e-12)
    np.testing.assert_allclose(path.interval, found.estimate.uncertainty.path_interval, atol=1e-9)


@dataclass(frozen=True)
class Watchful(Plain):
    """Remembers in which years, and for which start, it saw whom outside the treated and those set aside."""

    seen: set[tuple[str, int]] = field(default_factory=set)
    starts: set[tuple[str, int]] = field(default_factory=set)

    def compare(self, panel):
        self.starts.update((name, panel.start) for name in panel.control_names)
        self.seen.update((name, int(year)) for name in panel.control_names for year in panel.years)
        return super().compare(panel)


def test_nobody_is_compared_with_from_the_own_start_on():
    """Not by the estimate, starts alone, units left out, earlier starts, the ledger, or where sites may not
    serve in the pools of the sets that are placed beside them.
    """
    panels = drawn(7, (2013, 2015), effect=-60.0)
    start_of = {p.units[i]: p.start for p in panels for i in np.flatnonzero(p.treated)}
    design = Watchful(reads_after=True)
    answered = answer_together(
        design, panels, Circumstances(margin=20.0, breaks=(2012,), together=SERVE), {}, rng()
    )
    served = {(name, year) for name, year in design.seen if name in start_of}
    assert {name for name, _ in served} == {name for name, start in start_of.items() if start == 2015}
    assert max(year for _, year in served) == 2014
    # each start by itself is what is pooled, in every year
    alone = [one.estimate.gap for one in answered.several.each]
    np.testing.assert_allclose(alone, pool(design, panels, 0, rng(), SERVE).cells.gaps, atol=1e-9)
    assert all(np.isfinite(one.estimate.uncertainty.interval).all() for one in answered.several.each)


@pytest.mark.parametrize("adjust", ["regression", "doubly robust", "weighting"])
def test_not_yet_exposed_equals_group_time_effects(adjust):
    """Those of Callaway and Sant'Anna (2021), by another road; sizes that do not change over the years."""
    panels = drawn(8, (2013, 2013, 2014, 2016, 2016), effect=-60.0, size_spread=0.5)
    panels = [
        replace(
            p,
            exposure=np.tile(p.exposure[0], (len(p.years), 1)),
            covariates=p.covariates[:, :1],  # with two the odds of so few have no maximum
            covariate_names=p.covariate_names[:1],
        )
        for p in panels
    ]
    design = DifferenceInDifferences(adjust=adjust, shrinkage=0.0, base="last year before")
    found = gaps_of(answered(design, [panels], SERVE), panels[0].years)[0]
    first = panels[0]
    kept = np.logical_or.reduce([p.treated | p.compared for p in panels])
    data = Staggered(
        first.outcome[:, kept],
        first.years,
        np.max([p.start * p.treated for p in panels], axis=0)[kept].astype(float),
        first.covariates[kept],
        first.size[kept],
    )
    rules = Rules(Comparison.NOT_YET, Base.UNIVERSAL, estimator=ESTIMATORS[adjust])
    known = group_time_effects(data, rules)
    table = {(int(g), int(t)): e for g, t, e in zip(known.cohorts, known.years, known.effect, strict=True)}
    expected = [[table[p.start, int(year)] for year in p.years] for p in panels]
    np.testing.assert_allclose(found, expected, atol=1e-9)


# Bands and averages


def test_a_band_holds_more_than_its_intervals_and_moves_with_the_path():
    panels = drawn(4, (2013, 2015), neighbourhoods=40)
    pooled = pool(DifferenceInDifferences(), panels, 0, rng())
    path = averages(pooled.cells, Together())[0]
    after = path.at >= 0
    assert np.isfinite(path.band).all()
    assert (path.band[after, 0] <= path.interval[after, 0] + 1e-9).all()
    assert (path.band[after, 1] >= path.interval[after, 1] - 1e-9).all()
    added = np.where(pooled.cells.years >= pooled.cells.starts[:, None], -60.0, 0.0)
    # sets that hold a site carry its part of the effect, those compared with it less by its weight there
    carried = pooled.cells.shares[:, :, None] * added + 60.0 * pooled.cells.given
    moved = replace(pooled.cells, gaps=pooled.cells.gaps + added, others=pooled.cells.others + carried)
    for one, other in zip(averages(pooled.cells, Together()), averages(moved, Together()), strict=True):
        expected = np.where(one.at >= 0, -60.0, 0.0) if one.by is By.SINCE else -60.0
        np.testing.assert_allclose(other.effect - one.effect, expected, atol=1e-9)
        assert other.overall.low - one.overall.low == pytest.approx(-60)
        finite = np.isfinite(one.interval).all(axis=1)
        np.testing.assert_allclose(
            other.interval[finite] - one.interval[finite],
            np.outer(np.broadcast_to(expected, len(finite))[finite], [1, 1]),
            atol=1e-9,
        )


# Invariances


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: type(d).__name__)
def test_one_cohort_is_the_old_road(design):
    """Over the years that a single start has there is nothing to put together."""
    [panel] = drawn(3, (2014,), effect=-60.0)
    pooled = pool(design, [panel], 1, rng()).estimate
    alone = estimate(design, panel, 1, rng())
    np.testing.assert_array_equal(pooled.gap, alone.gap)
    np.testing.assert_array_equal(pooled.years, alone.years - 2014)
    assert pooled.effect == alone.effect
    assert pooled.uncertainty.p == alone.uncertainty.p
    assert pooled.uncertainty.interval == pytest.approx(alone.uncertainty.interval, rel=1e-9)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: type(d).__name__)
def test_effects_that_are_added_come_back(design):
    panels = drawn(4, (2013, 2015, 2015))
    before = pool(design, panels, 0, rng()).estimate
    added = [panel.plus_effect(effect) for panel, effect in zip(panels, (-30.0, -90.0), strict=True)]
    found = pool(design, added, 0, rng())
    expected = float(found.weights @ [-30.0, -90.0])
    assert found.estimate.effect == pytest.approx(before.effect + expected, rel=1e-9)
    # what is added in the two panels apart is not in the outcome that they share: only the gaps move
    np.testing.assert_allclose((found.estimate.gap - before.gap)[before.years < 0], 0, atol=1e-8)


@pytest.mark.parametrize("rules", [Together(), SERVE], ids=["aside", "until they start"])
@pytest.mark.parametrize("design", ALL_DESIGNS, ids=lambda d: type(d).__name__)
def test_interval_moves_with_the_effect(design, rules):
    """So what holds of no effect over draws holds of any: coverage is one minus size."""
    design = replace(design, inference=PlaceboGroups(draws=199))
    none, some = (
        pool(design, drawn(9, (2013, 2014, 2016), effect=effect), 0, rng(), rules).estimate.uncertainty
        for effect in (0.0, -60.0)
    )
    np.testing.assert_allclose(np.subtract(some.interval, none.interval), -60, rtol=1e-4)
    assert some.standard_error == pytest.approx(none.standard_error)


@pytest.mark.parametrize("design", DESIGNS, ids=lambda d: type(d).__name__)
def test_order_of_units_is_of_no_matter(design):
    panels = drawn(5, (2013, 2015), effect=-60.0)
    order = rng(1).permutation(len(panels[0].units))
    one, other = (pool(design, ps, 0, rng()) for ps in (panels, [p.in_order(order) for p in panels]))
    np.testing.assert_allclose(one.estimate.gap, other.estimate.gap, rtol=1e-5, atol=1e-5)
    assert one.estimate.uncertainty.p == other.estimate.uncertainty.p
    np.testing.assert_allclose(
        one.estimate.uncertainty.interval, other.estimate.uncertainty.interval, rtol=1e-5
    )


@pytest.mark.parametrize("lag", [0, 2])
def test_what_is_told_of_each_start_is_what_is_pooled(lag):
    panels = drawn(6, (2013, 2015), effect=-60.0)
    answered = answer_together(SyntheticControl(), panels, Circumstances(margin=20.0, lag=lag), {}, rng())
    found, parts = answered.estimate, answered.several.each
    together = sum(
        one.weight * one.estimate.gap[np.isin(one.estimate.years - one.start, found.years)] for one in parts
    )
    np.testing.assert_allclose(together, found.gap, rtol=1e-5, atol=1e-5)
    assert sum(one.weight for one in parts) == pytest.approx(1)


def test_nobody_is_ever_compared_with_an_exposed_unit():
    """Not in the estimate, the ledger's checks or the starts that never were."""
    panels = drawn(7, (2013, 2015), effect=-60.0)
    exposed = {p.units[i] for p in panels for i in np.flatnonzero(p.treated)}
    design = Plain(reads_after=True)
    answer_together(design, panels, Circumstances(margin=20.0, breaks=(2012,)), {}, rng())
    assert len(exposed) == 4
    assert design.compared
    assert not design.compared & exposed


@pytest.mark.parametrize("rules", [Together(), SERVE], ids=["aside", "until they start"])
def test_no_start_is_compared_with_a_site_that_began_before_it(rules):
    """Not in the sets beside it either: the effect would bend what is fixed before the start."""
    panels = drawn(7, (2013, 2015, 2016), effect=-60.0)
    begun = {p.units[i]: p.start for p in panels for i in np.flatnonzero(p.treated)}
    design = Watchful(inference=PlaceboGroups(draws=199))
    pool(design, panels, 0, rng(), rules)
    served = {(begun[name], start) for name, start in design.starts if name in begun}
    assert served == {(2013, 2013), (2015, 2013), (2016, 2013), (2015, 2015), (2016, 2015), (2016, 2016)}


# A two-way regression beside it


def test_growing_effects_that_turn_the_sign_of_a_regression_come_out():
    """Effects of 1, 4, 9 and so on: late years of early sites count below zero in the regression."""
    years, n = np.arange(12), 2
    since = [years - 1, years - 9]
    grown = [np.where(k >= 0, (k + 1.0) ** 2, 0.0).tolist() for k in since]
    panels = by_hand([grown[i % 2] for i in range(2 * n)], (2002, 2010) * n, (1.0,) * 2 * n, other=0.5)
    regression = weighed_by_regression(panels)
    found = pool(Plain(), panels, 0, rng()).estimate
    assert found.years.tolist() == [-1, 0, 1, 2]
    np.testing.assert_allclose(found.gap, [0, 1, 4, 9], atol=1e-9)
    assert found.effect == pytest.approx(14 / 3)
    assert regression.negative_share == pytest.approx(3 / 14)
    assert regression.coefficient < 0 < found.effect


# Refusals


def test_too_few_stand_ins_are_told_by_start():
    panels = by_hand([ONE, TWO], (2003, 2005), (1.0, 30.0))
    with pytest.raises(NoReference, match="the sites that started in 2005"):
        pool(Plain(), panels, 0, rng())


def test_draws_without_a_set_of_stand_ins_are_told():
    """Four sites and four stand-ins a start: one set in 4900 holds no site."""
    panels = by_hand([ONE, TWO] * 4, (2003, 2005) * 4, (1.0,) * 8)
    with pytest.raises(NoReference, match="none of 99 sets drawn is free of the sites"):
        pool(Plain(inference=PlaceboGroups(draws=99)), panels, 0, rng())


def test_no_common_year_is_told():
    panels = [p.without_years([2002, 2004]) for p in by_hand([ONE, TWO], (2002, 2006), (1.0, 1.0))]
    with pytest.raises(NoReference, match="no year before and from the start on is common"):
        pool(Plain(), [panels[0].without_years([2003, 2005]), panels[1]], 0, rng())


# One entry for all starts


def entries(*statuses):
    first = DifferenceInDifferences.assumptions[0]
    return [Entry(first, Evidence(s, f"seen {i}", float(i)), "because") for i, s in enumerate(statuses)]


@pytest.mark.parametrize(
    ("statuses", "at"),
    [
        ((Status.SUPPORTED, Status.UNCERTAIN), 1),
        ((Status.NOT_SUPPORTED, Status.UNCERTAIN), 0),
        ((Status.NOT_ASSESSED, Status.NOT_SUPPORTED), 1),
        ((Status.UNCERTAIN, Status.NOT_ASSESSED), 1),
        ((Status.ARGUED, Status.SUPPORTED), 0),
        ((Status.UNCERTAIN, Status.ARGUED), 0),
    ],
)
def test_the_worst_start_speaks(statuses, at):
    starts = (2014, 2016)
    found = worst(entries(*statuses), starts)
    assert (found.status, found.evidence.number, found.argument) == (statuses[at], float(at), "because")
    other = 1 - at
    assert (
        found.evidence.finding == f"start {starts[at]}: seen {at} (start {starts[other]}: {statuses[other]})"
    )


def test_what_all_starts_share_is_said_once():
    same = [entries(Status.ARGUED)[0], entries(Status.ARGUED)[0]]
    assert worst(same, (2014, 2016)) is same[0]


def test_uncertainty_is_judged_over_all_starts():
    """Seven stand-ins a start could not reach 0.05; pairs of them can."""
    panels = drawn(8, (2013, 2015), neighbourhoods=16, size_spread=0.05)
    answered = answer_together(DifferenceInDifferences(), panels, Circumstances(margin=20.0), {}, rng())
    [entry] = [e for e in answered.ledger.entries if e.assumption.name == "valid_uncertainty"]
    assert entry.status is Status.SUPPORTED
    assert entry.evidence.finding.startswith("2 sites were treated; ")


# Over draws


@pytest.mark.slow
@pytest.mark.parametrize("starts", [(2013, 2014, 2015), (2013, 2013, 2014, 2015, 2016)], ids=len)
def test_size_coverage_and_bias_over_draws(starts):
    """A level of 5 % of 200 draws: between 2 and 8.5 % in 99 of 100 such tests."""
    design = DifferenceInDifferences(inference=PlaceboGroups(draws=199))
    effects, errors, rejected, covered, n = [], [], 0, 0, 200
    for seed in range(n):
        panels = drawn(1000 + seed, starts, shock=14.0, persistence=0.6)
        found = pool(design, panels, 0, rng(seed)).estimate
        effects.append(found.effect)
        errors.append(found.uncertainty.standard_error)
        rejected += found.uncertainty.p <= 0.05
        low, high = found.uncertainty.interval
        covered += low <= 0 <= high
    assert 0.02 <= rejected / n <= 0.085
    assert 0.915 <= covered / n <= 0.985
    spread = float(np.std(effects))
    assert abs(np.mean(effects)) < 3 * spread / np.sqrt(n)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(spread, rel=0.15)
