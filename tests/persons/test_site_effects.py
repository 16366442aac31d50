"""Every site by itself: effects as they were drawn, and a test of difference that keeps its size."""

from dataclasses import replace

import numpy as np
import pytest

from cohorts import a_cohort
from lmpeval.design import Circumstances
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.disclosure import Code, Refusal
from lmpeval.persons.for_whom import effects_by_subgroup
from lmpeval.persons.site_effects import lie_apart

DESIGN = PropensityMatching(by="odds")


def asked(cohort, seed=0):
    circumstances = Circumstances(0.5)
    [found] = effects_by_subgroup(
        DESIGN, replace(cohort, by_site=True), circumstances, np.random.default_rng(seed)
    )
    return found


def with_more(cohort, region, extra):
    reached = cohort.regions == region
    return replace(cohort, outcome=cohort.outcome + extra * np.outer(~cohort.before, reached))


def test_one_site_that_gained_more_is_told_from_the_others():
    cohort = with_more(a_cohort(n=8_000, n_treated=4, n_regions=40, effect=-0.5), 2, -2.0)
    found = asked(cohort)
    assert [each.group for each in found.groups] == [cohort.region_names[i] for i in range(4)]
    effects = [each.own.effect for each in found.groups]
    assert effects == pytest.approx([-0.5, -0.5, -2.5, -0.5], abs=0.4)
    assert found.p == found.adjusted < 0.02
    assert found.groups[2].own.high < 0  # 36 regions stand in: an interval can be told
    assert all(each.persons >= 10 for each in found.groups)


def test_the_same_persons_in_another_order_give_the_same_sites():
    cohort = a_cohort(n=2_000, n_treated=3, n_regions=20)
    order = np.random.default_rng(5).permutation(2_000)
    here, there = asked(cohort), asked(cohort.in_order(order))
    assert [each.own.effect for each in there.groups] == pytest.approx(
        [each.own.effect for each in here.groups], abs=1e-9
    )
    assert there.p == here.p


def test_a_site_of_few_persons_is_withheld():
    cohort = a_cohort(n=2_000, n_treated=3, n_regions=20)
    mine = np.flatnonzero(cohort.regions == 1)
    kept = np.setdiff1d(np.arange(2_000), mine[7:])
    found = asked(cohort.in_order(kept))
    assert found.groups[1].own is None
    assert str(Refusal(Code.FEW_PERSONS, 10)) in found.groups[1].why


@pytest.mark.parametrize(("n_sites", "n_others"), [(2, 30), (9, 30), (9, 12)])
@pytest.mark.parametrize("law", ["normal", "heavy", "skewed"])
def test_alike_sites_are_seldom_called_different(n_sites, n_others, law):
    rng = np.random.default_rng(n_sites)
    draw = {
        "normal": lambda n: rng.normal(size=n),
        "heavy": lambda n: rng.standard_t(5, n),
        "skewed": lambda n: rng.gamma(2.0, 1.0, n),
    }[law]
    p = np.array([lie_apart(3.0 + draw(n_sites), draw(n_others), rng) for _ in range(150)])
    assert (p <= 0.05).mean() <= 0.08 + 2 * np.sqrt(0.05 * 0.95 / 150)


def test_sites_that_differ_are_found_whatever_they_have_in_common():
    rng = np.random.default_rng(1)
    p = np.array([lie_apart(5 + 4 * rng.normal(size=9), rng.normal(size=30), rng) for _ in range(60)])
    assert (p <= 0.05).mean() > 0.9
    others = np.random.default_rng(2).normal(size=10)
    assert lie_apart(np.full(4, 2.0), others, rng) == 1.0
