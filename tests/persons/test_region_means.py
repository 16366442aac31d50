"""Persons added up by region: what the mean is, and that its error is that of regions."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from cohorts import a_cohort
from lmpeval.design import Circumstances, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.estimate import counted_years
from lmpeval.finding import PersonTables
from lmpeval.inference import NoReference
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.outcome_slopes import enough_for_slopes, outcome_slopes
from lmpeval.persons.region_means import RegionErrors, RegionMeans, mean_panel, region_panel
from lmpeval.persons.region_ranks import StandIns, ranks_of
from lmpeval.report.persons import overlap_table
from lmpeval.report.words import DUTCH, ENGLISH


def rng():
    return np.random.default_rng(0)


def test_the_mean_of_a_side_is_that_of_its_persons_and_a_region_brings_what_its_persons_do():
    cohort = a_cohort(n=800)
    weights = rng().exponential(size=800)
    panel = region_panel(cohort, weights)
    counts = weights * cohort.exposure
    for side, units in ((cohort.treated, panel.treated), (~cohort.treated, panel.compared)):
        mean = cohort.amounts[:, side] @ weights[side] / counts[:, side].sum(axis=1)
        share = panel.size[units] / panel.size[units].sum()
        np.testing.assert_allclose(panel.outcome[:, units] @ share, mean)
        for g in np.flatnonzero(units):
            here = cohort.regions == cohort.region_names.index(panel.units[g])
            brought = cohort.amounts[:, here] @ weights[here] - mean * counts[:, here].sum(axis=1)
            np.testing.assert_allclose(
                (panel.outcome[:, g] - mean) * panel.exposure[:, g], brought, atol=1e-9
            )


def test_where_everybody_stays_a_region_has_the_weighted_mean_of_its_persons():
    cohort = replace(a_cohort(n=800), exposure=np.ones((6, 800)), outcome=rng().normal(size=(6, 800)))
    weights = rng().exponential(size=800)
    panel, plain = region_panel(cohort, weights), mean_panel(cohort)
    for g, name in enumerate(panel.units):
        here = cohort.regions == cohort.region_names.index(name)
        np.testing.assert_allclose(
            panel.outcome[:, g], cohort.outcome[:, here] @ weights[here] / weights[here].sum()
        )
        np.testing.assert_allclose(plain.outcome[:, g], cohort.outcome[:, here].mean(axis=1))


def test_a_death_soon_after_new_year_in_a_region_of_one_person_counts_as_one_death():
    cohort = a_cohort(n=800)
    last = len(cohort.region_names) - 1
    weights = np.where(cohort.treated, 1.0, 0.0)
    pool = np.flatnonzero(~cohort.treated & (cohort.regions != last))[: int(weights.sum()) - 1]
    [dying, *_] = np.flatnonzero(cohort.regions == last)
    weights[[*pool, dying]] = 1.0
    exposure, deaths = np.ones((6, 800)), np.zeros((6, 800))
    exposure[4, dying], deaths[4, dying], exposure[5, dying] = 0.02, 1000 / 0.02, 0.0
    panel = region_panel(replace(cohort, exposure=exposure, outcome=deaths), weights)
    rate = RegionMeans(differences=False).compare(panel).counterfactual
    np.testing.assert_allclose(rate, [0, 0, 0, 0, 1000 / (len(pool) + 0.02), 0])
    assert cohort.region_names[last] in panel.units  # who dies is not left out for it


def test_without_deaths_the_effect_is_the_difference_of_weighted_changes_of_persons():
    cohort = replace(a_cohort(n=800), exposure=np.ones((6, 800)), outcome=rng().normal(size=(6, 800)))
    weights = np.where(cohort.treated, 1.0, rng().exponential(size=800))
    panel = region_panel(cohort, weights)
    found = estimate(RegionMeans(), panel, 0, rng())
    change = cohort.outcome[~cohort.before].mean(axis=0) - cohort.outcome[cohort.before].mean(axis=0)
    means = [np.average(change[side], weights=weights[side]) for side in (cohort.treated, ~cohort.treated)]
    assert found.effect == pytest.approx(means[0] - means[1])


def test_what_a_regression_explains_is_taken_off_and_the_treated_mean_stays_as_observed():
    cohort = a_cohort(n=800)
    path = 3.0 + np.outer(np.arange(6), cohort.covariates @ [1.0, 2.0, 0.0, -1.0])
    cohort = replace(cohort, exposure=np.ones((6, 800)), outcome=path)
    weights = np.where(cohort.treated, 1.0, 0.3)
    panel = region_panel(cohort, weights, outcome_slopes(cohort, weights))
    assert estimate(RegionMeans(), panel, 0, rng()).effect == pytest.approx(0, abs=1e-9)
    np.testing.assert_allclose(panel.treated_mean, cohort.outcome[:, cohort.treated].mean(axis=1))


def test_slopes_are_those_of_weighted_least_squares_with_collinear_covariates_sharing_one():
    cohort = replace(a_cohort(n=500), exposure=np.ones((6, 500)), outcome=rng().normal(size=(6, 500)))
    weights = rng().exponential(size=500)
    pool = ~cohort.treated
    design = np.column_stack([np.ones(500), cohort.covariates])[pool]
    root = np.sqrt(weights[pool])
    wanted = np.linalg.lstsq(design * root[:, None], (cohort.outcome[:, pool] * root).T, rcond=None)[0]
    np.testing.assert_allclose(outcome_slopes(cohort, weights), wanted.T, atol=1e-9)
    twice = replace(
        cohort,
        covariates=np.column_stack([cohort.covariates, cohort.covariates[:, 0]]),
        covariate_names=(*cohort.covariate_names, "again"),
    )
    found = outcome_slopes(twice, weights)
    np.testing.assert_allclose(found[:, 1] + found[:, 5], wanted[1], atol=1e-9)


def a_panel(n_treated=4, n_regions=30, seed=0):
    cohort = a_cohort(seed, n_regions=n_regions, n_treated=n_treated, n=1_500)
    panel = region_panel(cohort, np.ones(1_500))
    return replace(panel, exposure=np.ones_like(panel.exposure))


def test_with_equal_regions_the_interval_is_that_of_two_samples():
    """The error is that of Welch (1947); degrees of freedom are the treated regions' alone."""
    panel = a_panel()
    found = estimate(RegionMeans(), panel, 0, rng())
    change = panel.outcome[~panel.before].mean(axis=0) - panel.outcome[panel.before].mean(axis=0)
    ours, theirs = change[panel.treated], change[~panel.treated]
    error = np.sqrt(ours.var(ddof=1) / len(ours) + theirs.var(ddof=1) / len(theirs))
    sure = found.uncertainty
    assert sure.standard_error == pytest.approx(error)
    assert sure.interval == pytest.approx(stats.t.interval(0.95, 3, found.effect, error))
    assert sure.p == pytest.approx(2 * stats.t.sf(abs(found.effect) / error, 3))
    chance = sure.placebo[:, found.counted].mean(axis=1).std()
    assert chance == pytest.approx(error, rel=0.1)
    counted = found.counted / found.counted.sum()
    assert counted @ sure.path_covariance @ counted == pytest.approx(error**2)
    half = (sure.path_interval[:, 1] - sure.path_interval[:, 0]) / 2
    np.testing.assert_allclose(half, stats.t.ppf(0.975, 3) * np.sqrt(np.diag(sure.path_covariance)))


def test_levels_are_compared_as_they_are():
    panel = a_panel()
    found = estimate(RegionMeans(differences=False), panel, 0, rng())
    after = panel.outcome[~panel.before].mean(axis=0)
    assert found.effect == pytest.approx(after[panel.treated].mean() - after[~panel.treated].mean())


def test_errors_of_regions_are_for_means_of_regions_alone():
    panel = a_panel()
    with pytest.raises(TypeError, match="means of regions"):
        RegionErrors()(DifferenceInDifferences(), panel, counted_years(panel, 0), rng())


def test_one_region_is_ranked_and_two_are_ranked_among_pairs():
    panel = a_panel(n_treated=1)
    years, n = panel.years, 24
    paths = np.linspace(-1, 1, n)[:, None] * ~panel.before
    stand_ins = StandIns(tuple(f"r{k}" for k in range(n)), years, paths)
    gap = 0.95 * ~panel.before
    sure = ranks_of(panel, gap, stand_ins, differences=True).placed(~panel.before, 0.95)
    assert (sure.rank, sure.p, sure.smallest_p) == (3, 3 / 25, 1 / 25)
    # an effect outside the largest of 24 would be rejected at 1/25
    assert sure.interval == pytest.approx((0.95 - 1, 0.95 + 1))
    two = a_panel(n_treated=2)
    sure = ranks_of(two, gap, stand_ins, differences=True).placed(~two.before, 0.95)
    pairs = 26 * 25 // 2 - 1  # all pairs of sites and stand-ins but the sites themselves
    assert 1 / sure.smallest_p == pytest.approx(pairs + 1)
    nobody = StandIns((), years, np.empty((0, len(years))))
    assert ranks_of(panel, gap, nobody, differences=True).placed(~panel.before, 0.95).rank == 1


def test_a_regression_on_few_persons_is_left_out_for_it_would_say_more_than_they_do():
    cohort = a_cohort(n=800)
    n_needed, pool = 10 * len(cohort.covariate_names), np.flatnonzero(~cohort.treated)
    cohort = replace(cohort, exposure=np.ones((6, 800)), outcome=rng().normal(size=(6, 800)))
    weights = np.zeros(800)
    weights[pool[: n_needed - 1]] = 1.0
    assert not enough_for_slopes(cohort, weights)
    weights[pool[n_needed - 1]] = 1.0
    assert enough_for_slopes(cohort, weights)
    exposure = cohort.exposure.copy()
    exposure[-1, pool[0]] = 0.0
    assert not enough_for_slopes(replace(cohort, exposure=exposure), weights)


@pytest.mark.parametrize(
    ("kept", "asked", "told"), [(15, True, True), (15, False, False), (60, True, False)], ids=str
)
def test_the_page_says_where_a_regression_was_left_out_and_only_there(kept, asked, told):
    cohort = a_cohort(n=1600)
    few = cohort.in_order(np.r_[np.flatnonzero(cohort.treated)[:kept], np.flatnonzero(~cohort.treated)])
    answer = estimate_cohort(
        PropensityMatching(regression=asked), few, Circumstances(margin=10.0), rng()
    ).answer
    tables = PersonTables(answer.balance, answer.overlap)
    rows = [dict(overlap_table(tables, None, words).rows) for words in (ENGLISH, DUTCH)]
    names = [words.say("persons.regression") for words in (ENGLISH, DUTCH)]
    assert [name in row for name, row in zip(names, rows, strict=True)] == [told, told]
    if told:
        assert rows[0][names[0]].startswith("no: in some year fewer than 10 persons")
        assert rows[1][names[1]].startswith("nee: in een jaar tellen elders minder dan 10 mensen")


def test_a_mean_of_nobody_is_none():
    cohort = a_cohort(n=800)
    last = len(cohort.region_names) - 1
    exposure = cohort.exposure.copy()
    exposure[-1, cohort.regions == last] = 0
    gone = replace(cohort, exposure=exposure)
    assert cohort.region_names[last] not in mean_panel(gone).units
    panel = region_panel(gone, np.ones(800))
    [left] = np.flatnonzero(np.asarray(panel.units) == cohort.region_names[last])
    of_side = RegionMeans(differences=False).compare(panel).counterfactual
    assert panel.outcome[-1, left] == pytest.approx(of_side[-1])  # nobody there says otherwise
    exposure[-1, cohort.treated] = 0
    for added_up in (mean_panel, lambda each: region_panel(each, np.ones(800))):
        with pytest.raises(NoReference, match="counts in every year"):
            added_up(replace(cohort, exposure=exposure))
