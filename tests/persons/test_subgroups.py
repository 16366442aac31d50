"""For whom: effects on groups as they were drawn, and a test of difference that keeps its size."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from cohorts import a_cohort
from lmpeval.cohort import Cohort, Grouping
from lmpeval.design import Circumstances
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.disclosure import Code, Refusal
from lmpeval.persons.for_whom import effects_by_subgroup
from lmpeval.persons.group_contrasts import Judged, Power, power_of
from lmpeval.persons.subgroups import NOT_TO_BE_WORKED_OUT
from lmpeval.uncertainty.multiplicity import holm

DESIGN = PropensityMatching(by="odds")


def by_woman(cohort: Cohort) -> Cohort:
    """Told apart by the fourth covariate."""
    return replace(
        cohort, subgroups=(Grouping("sex", ("men", "women"), cohort.covariates[:, 3].astype(np.intp)),)
    )


def asked(cohort, design=DESIGN, seed=0):
    return effects_by_subgroup(design, cohort, Circumstances(0.5), np.random.default_rng(seed))


def with_more(cohort, extra, group):
    """Add an effect on the treated of one group."""
    reached = cohort.treated & (cohort.subgroups[0].of == group)
    return replace(cohort, outcome=cohort.outcome + extra * np.outer(~cohort.before, reached))


@pytest.mark.parametrize("n_treated", [6, 1])
def test_effects_and_their_difference_are_those_drawn(n_treated):
    cohort = with_more(by_woman(a_cohort(n=6_000, n_treated=n_treated, effect=-0.5)), -0.8, 1)
    [found] = asked(cohort)
    men, women = found.groups
    assert men.own.effect == pytest.approx(-0.5, abs=0.25)
    assert women.own.effect == pytest.approx(-1.3, abs=0.25)
    assert women.apart.effect == pytest.approx(women.own.effect - men.own.effect)
    assert men.apart.effect == pytest.approx(-women.apart.effect)
    assert found.p == found.adjusted == men.apart.p == women.apart.p
    assert found.p == (pytest.approx(1 / 40) if n_treated == 1 else pytest.approx(0, abs=0.01))
    assert women.own.low < women.own.effect < women.own.high


def test_among_three_groups_each_is_held_against_the_others_by_their_size():
    cohort = a_cohort(n=4_000)
    third = np.digitize(cohort.covariates[:, 1], [-0.5, 0.3]).astype(np.intp)
    cohort = with_more(replace(cohort, subgroups=(Grouping("age", ("a", "b", "c"), third),)), -1.0, 2)
    [found] = asked(cohort)
    effects = np.array([each.own.effect for each in found.groups])
    sizes = np.array([((third == k) & cohort.treated).sum() for k in range(3)], float)
    expected = effects[2] - effects[:2] @ sizes[:2] / sizes[:2].sum()
    assert found.groups[2].apart.effect == pytest.approx(expected, abs=0.01)  # insured years, not persons
    assert found.p == pytest.approx(3 * min(each.apart.p for each in found.groups))
    assert found.p < 0.01


def test_the_error_of_a_difference_is_that_of_regions_own_differences():
    """Regions of one size, nobody weighed: Welch's error over regions, and t of five degrees of freedom."""
    rng, n_regions, per = np.random.default_rng(3), 24, 40
    regions = np.repeat(np.arange(n_regions), per)
    group = np.tile(np.arange(2), n_regions * per // 2).astype(np.intp)
    outcome = rng.normal(size=(2, n_regions))[:, regions] + rng.normal(size=(2, len(regions)))
    cohort = Cohort(
        outcome=outcome,
        exposure=np.ones_like(outcome),
        years=np.array([2013, 2014]),
        start=2014,
        treated=regions < 6,
        covariates=np.zeros((len(regions), 1)),
        covariate_names=("nothing",),
        strata=np.zeros(len(regions), np.intp),
        regions=regions,
        region_names=tuple(f"r{g:02d}" for g in range(n_regions)),
        subgroups=(Grouping("half", ("one", "other"), group),),
    )
    [found] = asked(cohort, PropensityMatching(by="odds", regression=False))
    change = outcome[1] - outcome[0]
    means = np.array(
        [[change[(regions == r) & (group == g)].mean() for g in range(2)] for r in range(n_regions)]
    )
    apart = means[:, 0] - means[:, 1]
    ours, others = apart[:6], apart[6:]
    error = np.sqrt(ours.var(ddof=1) / 6 + others.var(ddof=1) / 18)
    one = found.groups[0].apart
    assert one.effect == pytest.approx(ours.mean() - others.mean())
    assert one.standard_error == pytest.approx(error)
    assert one.p == pytest.approx(2 * stats.t.sf(abs(one.effect) / error, 5))


def test_what_a_region_s_groups_share_cancels_in_their_difference():
    [found] = asked(by_woman(a_cohort(n=6_000, shared=1.0)))
    men, women = found.groups
    assert women.apart.standard_error < 0.5 * min(men.own.standard_error, women.own.standard_error)


@pytest.mark.parametrize(("n_treated", "draws"), [(8, 60), (3, 60), (1, 24)])
def test_differences_that_are_not_there_are_seldom_found(n_treated, draws):
    def p_of(seed):
        n_regions = 30 if n_treated > 1 else 20
        cohort = a_cohort(seed, n=1_200, n_regions=n_regions, n_treated=n_treated, shared=0.4)
        third = np.digitize(cohort.covariates[:, 1], [-0.5, 0.5]).astype(np.intp)
        cohort = replace(cohort, subgroups=(Grouping("age", ("a", "b", "c"), third),))
        [found] = asked(cohort, PropensityMatching(by="classes", classes=2))
        return found.p

    p = np.array([value for seed in range(draws) if (value := p_of(seed)) is not None])
    assert len(p) > 0.7 * draws
    for level in (0.05, 0.2):
        allowed = level + 3 * np.sqrt(level * (1 - level) / len(p))
        assert (p <= level).mean() <= allowed


def test_the_order_of_persons_and_of_groups_does_not_matter():
    cohort = by_woman(a_cohort(n=1_500))
    [plain] = asked(cohort)
    turned = cohort.in_order(np.random.default_rng(5).permutation(1_500))
    [grouping] = turned.subgroups
    turned = replace(turned, subgroups=(Grouping("sex", ("women", "men"), 1 - grouping.of),))
    [other] = asked(turned)
    for one, two in zip(plain.groups, reversed(other.groups), strict=True):
        assert one.group == two.group
        assert one.own.effect == pytest.approx(two.own.effect)
        assert one.apart.p == pytest.approx(two.apart.p)
    assert plain.p == pytest.approx(other.p)


def test_who_is_in_no_group_counts_in_none():
    cohort = by_woman(a_cohort(n=2_000))
    [grouping] = cohort.subgroups
    of = grouping.of.copy()
    of[:500] = -1
    [found] = asked(replace(cohort, subgroups=(replace(grouping, of=of),)))
    kept = cohort.in_order(np.arange(500, 2_000))
    [alone] = asked(kept)
    assert found == alone


TOO_FEW = str(Refusal(Code.FEW_PERSONS, 10))


def test_a_group_of_few_is_withheld_and_so_is_what_would_give_it_away():
    cohort = a_cohort(n=3_000)
    of = np.digitize(cohort.covariates[:, 1], [-0.3, 0.5]).astype(np.intp)
    few = np.flatnonzero(cohort.treated & (of == 2))[8:]
    of[few] = 1
    cohort = replace(cohort, subgroups=(Grouping("age", ("young", "middle", "old"), of),))
    [found] = asked(cohort)
    why = {each.group: each.why for each in found.groups}
    assert why["old"] == TOO_FEW
    # young and old together are everybody but the middle: the smaller of the two others goes too
    assert sorted(why.values()) == sorted(["", TOO_FEW, NOT_TO_BE_WORKED_OUT])
    assert found.p is None
    assert sum(each.own is not None for each in found.groups) == 1
    assert sum(each.persons > 0 for each in found.groups) == 1


def test_groups_that_do_not_share_their_regions_are_not_compared():
    cohort = a_cohort(n=3_000, n_treated=2)
    of = np.where(cohort.treated, cohort.regions, np.arange(3_000) % 2).astype(np.intp)
    cohort = replace(cohort, subgroups=(Grouping("place", ("one", "other"), of),))
    [found] = asked(cohort)
    assert all("same treated regions" in each.why for each in found.groups)
    assert all(each.own is not None and each.apart is None for each in found.groups)


def test_several_characteristics_are_adjusted_for_each_other():
    cohort = by_woman(a_cohort(n=3_000))
    other = Grouping("half", ("one", "other"), (np.arange(3_000) % 2).astype(np.intp))
    found = asked(replace(cohort, subgroups=(*cohort.subgroups, other)))
    assert [each.adjusted for each in found] == pytest.approx(holm([each.p for each in found]).tolist())


@pytest.mark.parametrize("n", [1, 2, 7])
def test_holm_agrees_with_statsmodels(n):
    p = np.random.default_rng(n).random(n) ** 3
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


@pytest.mark.parametrize("n_groups", [2, 3])
@pytest.mark.parametrize("treated", [3, 9])
def test_what_a_test_can_find_it_finds_eight_times_in_ten(treated, n_groups):
    """Of 4,000 draws of t with the detectable difference as its centre (Monte Carlo error 0.6 points)."""
    apart = [Judged(0.0, -1.0, 1.0, 2.0, 1.0)] * n_groups
    power = power_of(apart, treated, margin=3.0)
    rng = np.random.default_rng(treated)
    spread = 2.0 * np.sqrt(rng.chisquare(treated - 1, 4_000) / (treated - 1))
    seen = power.detectable + 2.0 * rng.normal(size=4_000)
    tests = 1 if n_groups == 2 else n_groups
    found = np.abs(seen) / spread > stats.t.ppf(1 - 0.05 / tests / 2, treated - 1)
    assert found.mean() == pytest.approx(0.8, abs=0.1)  # the two quantiles are the usual approximation
    assert power.needed > treated
    more = [Judged(0.0, -1.0, 1.0, 2.0 * np.sqrt(treated / power.needed), 1.0)] * n_groups
    assert power_of(more, power.needed, margin=3.0).detectable <= 3.0
    assert power_of(more, power.needed, margin=3.0).needed == power.needed


def test_a_ranked_test_says_how_small_its_p_can_be():
    apart = [Judged(0.0, -1.0, 1.0, 2.0, 1.0, ranked=12)] * 2
    assert power_of(apart, 1, 3.0) == Power(1, 1 / 12)
    assert power_of([Judged(0.0, -1.0, 1.0, 2.0, 1.0)] * 2, 3, 1e-6).needed is None
