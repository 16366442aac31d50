"""Every check in a world that respects its premise and in one that visibly breaks it."""

from dataclasses import replace

import numpy as np
import pytest

from assumptions.cases import DIFFERENCES, SYNTHETIC, case, estimate_of, treated_moved
from lmpeval.assumptions import (
    COMMON,
    DONOR_FIT,
    NO_ANTICIPATION,
    NO_OTHER_CHANGE,
    NO_SPILLOVER,
    OBSERVED_BALANCE,
    OVERLAP,
    PARALLEL_TRENDS,
    RIGHT_SCALE,
    SELECTION_NOT_BY_CHANCE,
    VALID_UNCERTAINTY,
    donor_fit,
)
from lmpeval.assumptions.equivalence import Violation, three_digits
from lmpeval.assumptions.robust import ROBUST_FROM, robust
from lmpeval.assumptions.trend import carry_on
from lmpeval.design import Status
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.donors.held_out import HeldOut, foretold_from
from lmpeval.donors.hull import identified, nearest_mixture
from lmpeval.inference import critical
from worlds import World, draw

BOTH = pytest.mark.parametrize("design", [DIFFERENCES, SYNTHETIC], ids=["differences", "synthetic"])
SUPPORTED, UNCERTAIN, NOT_SUPPORTED, NOT_ASSESSED = (
    Status.SUPPORTED,
    Status.UNCERTAIN,
    Status.NOT_SUPPORTED,
    Status.NOT_ASSESSED,
)


def status(assumption, *args, **said):
    found = assumption.check(case(*args, **said))
    return None if found is None else found.status


@BOTH
def test_no_anticipation(design):
    panel = draw(World(), 1)
    assert status(NO_ANTICIPATION, panel, design) is SUPPORTED
    assert status(NO_ANTICIPATION, treated_moved(panel, {2014: -150.0}), design) is NOT_SUPPORTED
    assert status(NO_ANTICIPATION, panel, design, margin=1.0) is UNCERTAIN  # too noisy to show so little


@BOTH
def test_anticipation_is_looked_for_from_the_announcement_on(design):
    early = treated_moved(draw(World(), 1), {2012: -150.0, 2013: -150.0, 2014: -150.0})
    assert status(NO_ANTICIPATION, early, design, announced=2012) is NOT_SUPPORTED
    found = NO_ANTICIPATION.check(case(early, design, announced=2012))
    assert "2012-2014" in found.finding
    assert found.number == pytest.approx(-150, abs=30)
    # looked for in the last year only, half of it is taken for the starting point: two of four years carry it
    assert NO_ANTICIPATION.check(case(early, design)).number == pytest.approx(-75, abs=30)


def test_anticipation_without_a_year_before_is_not_assessed():
    assert status(NO_ANTICIPATION, draw(World(before=1), 1)) is NOT_ASSESSED
    assert status(NO_ANTICIPATION, draw(World(), 1), announced=2009) is NOT_ASSESSED


def test_parallel_trends():
    panel = draw(World(effect=0.0), 2)
    assert status(PARALLEL_TRENDS, panel) is SUPPORTED
    own = treated_moved(panel, {int(year): 40.0 * n for n, year in enumerate(panel.years)})
    found = PARALLEL_TRENDS.check(case(own))
    assert found.status is NOT_SUPPORTED
    # from the middle of 2010-2014 to that of 2015-2017 are four years
    assert found.number == pytest.approx(160, abs=40)
    assert status(PARALLEL_TRENDS, panel, margin=1.0) is UNCERTAIN
    assert status(PARALLEL_TRENDS, draw(World(before=1), 2)) is NOT_ASSESSED


def test_an_effect_that_is_claimed_must_stand_with_steps_half_as_large_as_before():
    panel = draw(World(effect=0.0), 2)
    quiet = PARALLEL_TRENDS.check(case(panel))
    assert (quiet.status, quiet.breakdown) == (SUPPORTED, None)
    assert "no difference is claimed that could break down" in quiet.finding
    found = {
        effect: PARALLEL_TRENDS.check(
            case(treated_moved(panel, dict.fromkeys((2015, 2016, 2017), float(effect))))
        )
        for effect in (-30, -200)
    }
    # the years before are the same, and so is what an equivalence test says of them
    assert found[-30].number == pytest.approx(quiet.number)
    assert found[-30].breakdown < ROBUST_FROM == 0.5 < found[-200].breakdown
    assert [found[effect].status for effect in (-30, -200)] == [UNCERTAIN, SUPPORTED]
    # no breakdown value makes up for a trend that cannot be ruled out
    assert PARALLEL_TRENDS.check(case(treated_moved(panel, {2017: -900.0}), margin=1.0)).status is UNCERTAIN


def test_a_test_that_found_no_trend_supports_nothing_by_itself():
    """Of two years and few stand-ins nothing could have been seen: what is not found is not ruled out."""
    for seed in range(8):
        panel = draw(World(effect=0.0, before=3, shock=30.0), seed)
        found = PARALLEL_TRENDS.check(case(panel, margin=10.0))
        assert found.status is not SUPPORTED, seed
        assert "would have been seen in" in found.finding


@pytest.mark.parametrize("before", [5, 7])
def test_a_step_as_large_as_any_before_is_hardly_ever_taken_for_an_effect_that_stands(before):
    """An equivalence test alone says supported in one of ten (5 years) or three (7 years) of these."""
    rng, draws, wrong, alone = np.random.default_rng(before), 100, 0, 0
    years = np.arange(2010, 2014 + before)
    for _ in range(draws):
        gaps = rng.normal(size=(40, len(years)))
        step = np.abs(np.diff(gaps[0, :before])).max() * rng.choice([-1, 1])
        gaps[0, before:] += step
        gaps -= gaps[:, :before].mean(axis=1, keepdims=True)
        effects = gaps[:, before:].mean(axis=1)
        reach = critical(np.abs(effects[1:]), 0.95)
        found = estimate_of(
            gaps[0], gaps[1:], int(years[before]), years=years,
            interval=(effects[0] - reach, effects[0] + reach),
        )  # fmt: skip
        if not abs(effects[0]) > reach:
            continue
        carried = carry_on(found)
        margin = 4 * float(np.sqrt(np.mean(effects[1:] ** 2)))
        violation = Violation(float(found.gap @ carried), found.uncertainty.placebo @ carried)
        if violation.status(margin) is SUPPORTED:
            alone += 1
            wrong += robust(found, margin).breakdown >= ROBUST_FROM
    assert alone >= 5
    assert wrong <= 3


def test_years_that_do_not_follow_each_other_have_no_steps():
    panel = draw(World(effect=0.0), 2)
    quiet = PARALLEL_TRENDS.check(case(panel.without_years([2012])))
    assert "was not worked out: 2011 and 2013 do not follow each other" in quiet.finding
    assert (quiet.status, quiet.breakdown) == (SUPPORTED, None)
    moved = treated_moved(panel, dict.fromkeys((2015, 2016, 2017), -900.0))
    assert status(PARALLEL_TRENDS, moved) is SUPPORTED
    # an effect of which nobody can say how far it stands is not supported
    assert status(PARALLEL_TRENDS, moved.without_years([2012])) is UNCERTAIN


def test_a_year_before_the_start_that_stands_out_is_named():
    panel = draw(World(effect=0.0), 2)
    inside = "no year before the start lies outside the band that holds all of them for 19 in 20 stand-ins"
    assert inside in PARALLEL_TRENDS.check(case(panel)).finding
    out = PARALLEL_TRENDS.check(case(treated_moved(panel, {2012: 200.0})))
    assert "before the start 2012 lies outside the band" in out.finding
    two = PARALLEL_TRENDS.check(case(treated_moved(panel, {2011: -200.0, 2012: 200.0})))
    assert "before the start 2011, 2012 lie outside the band" in two.finding


def test_nothing_is_contradicted_or_supported_by_too_few_stand_ins():
    few = draw(
        World(neighbourhoods=9, size_spread=0.1), 2
    )  # eight: neither a 90 % nor a 95 % test is possible
    assert status(PARALLEL_TRENDS, few, margin=1e9) is UNCERTAIN
    own = treated_moved(few, {int(year): 400.0 * n for n, year in enumerate(few.years)})
    assert status(PARALLEL_TRENDS, own) is UNCERTAIN


def test_donor_fit():
    panel = draw(World(), 3)
    middle = panel.controls.mean(axis=1)
    follows = replace(panel, outcome=np.where(panel.treated, middle[:, None], panel.outcome))
    assert status(DONOR_FIT, follows, SYNTHETIC) is SUPPORTED
    apart = treated_moved(panel, {2010: 150.0, 2011: -150.0, 2012: 150.0, 2013: -150.0, 2014: 150.0})
    assert status(DONOR_FIT, apart, SYNTHETIC) is NOT_SUPPORTED
    # worse than every stand-in, but by less than matters
    assert status(DONOR_FIT, apart, SYNTHETIC, margin=1e4) is UNCERTAIN
    assert status(DONOR_FIT, follows, SYNTHETIC, margin=0.001) is UNCERTAIN
    assert status(DONOR_FIT, draw(World(before=2), 3), SYNTHETIC) is UNCERTAIN


def test_donor_fit_wants_years_held_out_like_those_of_stand_ins_and_half_a_deviation(monkeypatch):
    laid_open = case(draw(World(), 3), SYNTHETIC, margin=1e4)
    for own, expected in ((1.5, SUPPORTED), (1.51, UNCERTAIN)):
        errors = HeldOut(own, np.array([0.9, 1.0, 1.1]), ("a", "b", "c"), 3)
        monkeypatch.setattr(donor_fit, "held_out", lambda design, panel, errors=errors: errors)
        for misfit, then in ((0.5, expected), (0.51, UNCERTAIN)):
            monkeypatch.setattr(donor_fit, "misfit_between_donors", lambda case, misfit=misfit: misfit)
            assert DONOR_FIT.check(laid_open).status is then


def test_donor_fit_says_what_exact_mixtures_leave_open():
    panel = draw(World(before=3, effect=-60.0), 2)
    laid_open = case(panel, SYNTHETIC)
    low, high = identified(panel, "apart", ~panel.before, nearest_mixture(panel, "apart"))
    found = DONOR_FIT.check(laid_open).finding
    assert f"exactly give effects from {three_digits(low)} to {three_digits(high)}" in found
    assert low < laid_open.estimate.effect < high
    long = draw(World(neighbourhoods=12, units=1, site_units=1, years=20, before=16), 2)
    assert "not unique" not in DONOR_FIT.check(case(long, SYNTHETIC)).finding


def test_donor_fit_says_when_years_are_too_few_for_the_design():
    panel = draw(World(neighbourhoods=20), 2)
    missed = foretold_from(SYNTHETIC, panel)
    found = DONOR_FIT.check(case(panel, SYNTHETIC, margin=0.5 * min(missed.values()))).finding
    assert (
        f"too few years before the start for this design: the next year of the median stand-in is missed by "
        f"{three_digits(missed[2])} from 2" in found
    )
    assert found.endswith("no number of years at hand reaches the margin")
    assert "too few" not in DONOR_FIT.check(case(panel, SYNTHETIC)).finding
    assert "of 2 none can be held out" in DONOR_FIT.check(case(draw(World(before=2), 3), SYNTHETIC)).finding


def test_overlap_of_donors_asks_for_five_and_tells_the_distance_from_all_mixtures():
    panel = draw(World(before=3), 6)
    laid_open = case(panel, SYNTHETIC)
    assert "lies among the mixtures of donors" in OVERLAP.check(laid_open).finding
    apart = case(treated_moved(panel, {2010: 900.0}), SYNTHETIC)
    distance = nearest_mixture(apart.panel, "apart").distance
    assert f"lies {three_digits(distance)} a year from the nearest mixture" in OVERLAP.check(apart).finding
    for weights, expected in (([0.21] * 4 + [0.16], UNCERTAIN), ([0.199] * 5, SUPPORTED), ([0.3], UNCERTAIN)):
        rest = panel.compared.sum() - len(weights)
        full = np.r_[weights, np.full(rest, (1 - sum(weights)) / rest)]
        comparison = replace(laid_open.estimate.comparison, weights=full)
        moved = replace(laid_open, estimate=replace(laid_open.estimate, comparison=comparison))
        assert OVERLAP.check(moved).status is expected


def spilled(size, seed=4):
    """Neighbours of the site are like it in covariates and change by `size` from the start on."""
    panel = draw(World(site_units=2, shock=1.0), seed)
    near = panel.aside
    covariates = np.where((panel.treated | near)[:, None], 0.0, panel.covariates)
    outcome = panel.outcome + size * np.outer(~panel.before, near)
    return replace(panel, outcome=outcome, covariates=covariates)


def test_no_spillover():
    assert status(NO_SPILLOVER, spilled(0.0)) is SUPPORTED
    found = NO_SPILLOVER.check(case(spilled(-60.0)))
    assert found.status is UNCERTAIN
    assert found.number > 0.5


def test_spillover_is_not_seen_without_neighbours_or_weight_on_them():
    assert status(NO_SPILLOVER, draw(World(), 4)) is NOT_ASSESSED
    far = spilled(0.0)
    far = replace(far, covariates=far.covariates + 50.0 * far.aside[:, None])
    found = NO_SPILLOVER.check(case(far))
    assert found.status is UNCERTAIN
    assert "too little to see a spillover of 60 by" in found.finding


def test_spillover_is_supported_only_where_one_that_matters_would_show():
    panel = spilled(0.0)
    found = NO_SPILLOVER.check(case(panel))
    assert found.status is SUPPORTED
    assert found.detectable is not None
    just_below = NO_SPILLOVER.check(case(panel, margin=0.99 * found.detectable))
    assert (just_below.number, just_below.status) == (found.number, UNCERTAIN)


@BOTH
def test_no_other_change(design):
    panel = draw(World(), 5)
    quiet = NO_OTHER_CHANGE.check(case(panel, design, breaks=(2016,)))
    loud = NO_OTHER_CHANGE.check(case(treated_moved(panel, {2016: 200.0}), design, breaks=(2016,)))
    # a change that lasts would not show: the effect without the year is shown, and no status is earned by it
    assert quiet.status is loud.status is NOT_ASSESSED
    assert quiet.number is None
    assert "without 2016 the effect is" in quiet.finding
    with_, without = (
        float(loud.finding.split(f"{word} ")[1].split(";")[0].split()[0]) for word in ("of", "is")
    )
    moved = treated_moved(panel, {2016: 200.0})
    gap = moved.treated_mean - design.compare(moved).counterfactual
    assert with_ == pytest.approx(gap[~moved.before].mean(), rel=0.01)
    later = (moved.years >= moved.start) & (moved.years != 2016)
    assert without == pytest.approx(gap[later].mean(), rel=0.01)
    assert status(NO_OTHER_CHANGE, panel, design) is None
    assert status(NO_OTHER_CHANGE, panel, design, breaks=(1999,)) is None
    assert status(NO_OTHER_CHANGE, panel, design, breaks=(2015, 2016, 2017)) is None


def test_overlap():
    panel = draw(World(units=1, site_units=1), 6)
    leaning = OVERLAP.check(case(panel, DifferenceInDifferences(matches=1)))
    assert (leaning.status, leaning.number) == (UNCERTAIN, 1.0)
    assert status(OVERLAP, panel, DifferenceInDifferences(matches=15)) is SUPPORTED
    even = replace(panel, exposure=np.ones_like(panel.exposure))
    two = OVERLAP.check(case(even, DifferenceInDifferences(matches=2)))
    assert two.number == pytest.approx(2)
    assert two.status is UNCERTAIN
    assert status(OVERLAP, even, DifferenceInDifferences(matches=3)) is SUPPORTED


@pytest.mark.parametrize(
    ("largest", "rest", "expected"),
    [
        ([0.49], 0.51, SUPPORTED),  # worth 1 / (0.24 + 156 small squares), about four
        ([0.5], 0.5, UNCERTAIN),
        ([0.45, 0.45], 0.1, UNCERTAIN),  # none of a half, but worth fewer than three
        ([0.33, 0.33], 0.34, SUPPORTED),
    ],
)
def test_overlap_wants_no_weight_of_a_half_and_three_units(largest, rest, expected):
    laid_open = case(draw(World(), 6))
    many = 156 - len(largest)
    weights = np.r_[largest, np.full(many, rest / many)]
    comparison = replace(laid_open.estimate.comparison, weights=weights)
    found = OVERLAP.check(replace(laid_open, estimate=replace(laid_open.estimate, comparison=comparison)))
    assert found.status is expected


@pytest.mark.parametrize(
    ("apart", "expected"),
    [(0.05, SUPPORTED), (-0.18, UNCERTAIN), (0.3, NOT_SUPPORTED), (-3.0, NOT_SUPPORTED)],
)
def test_observed_balance(apart, expected):
    panel = replace(draw(World(), 7), covariates=np.zeros((160, 2)))
    alternating = np.where(np.arange(160) % 2, 1.0, -1.0)
    covariates = np.column_stack([alternating, np.where(panel.treated, apart, alternating)])
    covariates[panel.treated, 0] = 0
    panel = replace(panel, covariates=covariates, exposure=np.ones_like(panel.exposure))
    # all controls count alike: their mean is 0 and the spread of the second covariate about 1
    assert status(OBSERVED_BALANCE, panel, DifferenceInDifferences(matches=500)) is expected


def test_balance_of_nothing_is_not_judged():
    panel = replace(draw(World(), 7), covariates=np.zeros((160, 0)), covariate_names=())
    assert status(OBSERVED_BALANCE, panel) is None


def test_selection_not_by_chance():
    panel = draw(World(), 8)
    assert status(SELECTION_NOT_BY_CHANCE, panel) is SUPPORTED
    assert status(SELECTION_NOT_BY_CHANCE, draw(World(before=3), 8)) is SUPPORTED
    assert status(SELECTION_NOT_BY_CHANCE, draw(World(before=2), 8)) is UNCERTAIN
    assert status(SELECTION_NOT_BY_CHANCE, draw(World(between=0.0), 8)) is UNCERTAIN
    on_outcome = DifferenceInDifferences(match_on_outcome=True)
    assert status(SELECTION_NOT_BY_CHANCE, panel, on_outcome) is UNCERTAIN


@pytest.mark.parametrize(("neighbourhoods", "expected"), [(19, UNCERTAIN), (20, SUPPORTED)])
def test_valid_uncertainty(neighbourhoods, expected):
    found = VALID_UNCERTAINTY.check(case(draw(World(neighbourhoods=neighbourhoods, size_spread=0.1), 9)))
    assert found.status is expected
    assert found.number == neighbourhoods - 1
    assert f"the smallest attainable p is {1 / neighbourhoods:.3f}" in found.finding


@pytest.mark.parametrize("sites", [1, 3])
@pytest.mark.parametrize(
    ("factor", "expected", "words"),
    [
        (0.45, UNCERTAIN, "the interval would be too narrow"),
        (0.55, SUPPORTED, ""),
        (1.9, SUPPORTED, ""),
    ],
)
def test_sites_of_unusual_size_leave_the_uncertainty_uncertain(sites, factor, expected, words):
    """Neighbourhoods are of one size: the sites are `factor` times that."""
    panel = draw(World(neighbourhoods=30, sites=sites, size_spread=0.0), 9)
    groups, typical = np.asarray(panel.groups), panel.size[panel.compared].sum() / (30 - sites)
    now = np.array([panel.size[groups == name].sum() for name in panel.groups])
    sized = np.where(panel.treated, factor, 1.0) * typical / now
    found = VALID_UNCERTAINTY.check(case(replace(panel, exposure=panel.exposure * sized)))
    assert found.status is expected
    assert words in found.finding
    assert ("times as large as the median neighbourhood" in found.finding) == (expected is UNCERTAIN)


def test_valid_uncertainty_counts_sets_where_several_sites_are_treated():
    found = VALID_UNCERTAINTY.check(case(draw(World(neighbourhoods=7, sites=2, size_spread=0.0), 9)))
    assert found.number == 20  # 7 over 2, but the sites themselves
    assert "2 sites were treated; 20 sets" in found.finding


@BOTH
def test_right_scale(design):
    alike = draw(World(between=1.0), 10)
    assert status(RIGHT_SCALE, alike, design) is SUPPORTED
    # a site three times as high would rise three times as much if ratios moved alike
    high = replace(alike, outcome=alike.outcome + 4000.0 * alike.treated)
    assert status(RIGHT_SCALE, high, design) is UNCERTAIN
    low = replace(alike, outcome=alike.outcome - 5000.0)
    assert status(RIGHT_SCALE, low, design) is None


def test_scale_of_ratios_by_hand():
    # the pool doubles from 100 to 200, the site goes from 300 to 500: 100 less than by ratios, 100 more than
    # by differences
    panel = draw(World(neighbourhoods=22, units=1, site_units=1, years=2, before=1), 11)
    rise = np.where(panel.treated, [[300.0], [500.0]], [[100.0], [200.0]])
    found = RIGHT_SCALE.check(case(replace(panel, outcome=rise + 1e-6 * panel.outcome)))
    assert "ratios the effect is -100, on that of differences 100 " in found.finding


def test_outcomes_without_any_noise_break_no_check():
    panel = draw(World(site_units=2, shock=0, noise=0, between=0, effect=0), 12)
    flat = replace(panel, outcome=np.full_like(panel.outcome, 7.0))
    for design in (DIFFERENCES, SYNTHETIC):
        for assumption in design.assumptions:
            if assumption.check:
                assumption.check(case(flat, design, breaks=(2016,)))


@BOTH
@pytest.mark.parametrize("seed", [1, 2])
def test_neither_unit_of_account_nor_order_changes_what_is_known(design, seed):
    panel = draw(World(site_units=2), seed)
    order = np.random.default_rng(seed).permutation(len(panel.units))
    said = {"announced": 2013, "breaks": (2016,)}

    def known(moved, factor=1.0):
        laid_open = case(moved, design, margin=40.0 * factor, **said)
        found = [a.check(laid_open) for a in design.assumptions if a.check]
        return [None if each is None else each.status for each in found]

    plain = known(panel)
    assert known(panel.times(100), 100.0) == plain
    assert known(panel.in_order(order)) == plain


def test_eleven_are_common_and_the_third_is_the_designs_own():
    assert sorted(a.number for a in COMMON) == [1, 2, *range(4, 13)]
    for design in (DIFFERENCES, SYNTHETIC):
        assert sorted(a.number for a in design.assumptions) == list(range(1, 13))
    assert {a.number for a in (*COMMON, DONOR_FIT) if a.critical} == {3, 4, 5, 6, 9, 11}
