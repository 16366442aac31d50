"""Attempts to refute an effect on persons: each draw is one of its own, and everything is done anew in it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pytest

from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.finding import PersonTables
from lmpeval.persons.design import Matched
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.hidden_cause import strongest_cause
from lmpeval.persons.refutation import Attempt, Refutation, effect_of, refute, some_of
from lmpeval.report.numbers import scale_of
from lmpeval.report.persons import refutation_table
from lmpeval.report.words import ENGLISH
from report.small_results import cost

EFFECT = -40.0
REGIONS, TREATED = 24, 4


def country(seed: int = 1, persons: int = 2400, effect: float = EFFECT) -> Cohort:
    """Sicker persons are treated more often and grow dearer faster, everybody in a region or nobody."""
    rng = np.random.default_rng(seed)
    region = np.arange(persons) % REGIONS
    treated = region < TREATED
    sickness = rng.normal(0.5 * treated, 1.0)
    age = rng.normal(0, 1, persons)
    level = 2000 + 300 * sickness + 100 * age + rng.normal(0, 20, REGIONS)[region]
    years = np.arange(2011, 2017)
    growth = np.outer(years - 2011, 10 + 15 * sickness)
    outcome = level + growth + rng.normal(0, 60, (len(years), persons))
    outcome[years >= 2014] += effect * treated
    return Cohort(
        outcome=outcome,
        exposure=np.ones_like(outcome),
        years=years,
        start=2014,
        treated=treated,
        covariates=np.column_stack([sickness, age]),
        covariate_names=("sickness", "age"),
        strata=np.zeros(persons, dtype=np.intp),
        regions=region,
        region_names=tuple(f"region {i:02d}" for i in range(REGIONS)),
    )


@pytest.fixture(scope="module")
def tried() -> dict[Attempt, Refutation]:
    return {r.attempt: r for r in refute(PropensityMatching(), country(), 0, np.random.default_rng(5), 12)}


def test_every_attempt_is_made_and_every_draw_is_one_of_its_own(tried):
    assert set(tried) == set(Attempt)
    for each in tried.values():
        assert len(each.effects) == each.asked == 12
        assert len(np.unique(each.effects)) > 8  # a few sets of four of twenty regions may come twice


def test_a_sound_effect_stands(tried):
    untouched = effect_of(PropensityMatching(), country(), 0)
    assert untouched == pytest.approx(EFFECT, abs=12)
    for attempt in (Attempt.RANDOM_CAUSE, Attempt.SUBSET):
        assert tried[attempt].expected == untouched
        assert abs(tried[attempt].moved) < 4 * tried[attempt].spread / np.sqrt(12) + 3
    placebo = tried[Attempt.PLACEBO_REGIONS]
    assert placebo.expected == 0
    assert abs(placebo.moved) < 4 * placebo.spread / np.sqrt(12)
    assert (np.abs(placebo.effects) < abs(untouched)).all()


def test_draws_do_not_depend_on_how_many_are_drawn_or_in_what_order_persons_come(tried):
    cohort = country()
    order = np.random.default_rng(9).permutation(len(cohort.treated))
    renamed = cohort.in_order(order)
    fewer = refute(PropensityMatching(), renamed, 0, np.random.default_rng(5), 5)
    for each in fewer:
        np.testing.assert_allclose(each.effects, tried[each.attempt].effects[:5], rtol=1e-9)


@dataclass(frozen=True)
class RemembersThePropensity(PropensityMatching):
    """Wrong on purpose: estimates the propensity once, and never again."""

    @cached_property
    def _memory(self) -> dict[int, Matched]:
        return {}

    def compare(self, cohort: Cohort) -> Matched:
        n = len(cohort.treated)
        if n not in self._memory:
            self._memory[n] = super().compare(cohort)
        return replace(self._memory[n], slopes=None)


def test_a_random_cause_is_seen_by_the_propensity_anew():
    [remembered] = [
        r
        for r in refute(RemembersThePropensity(), country(), 0, np.random.default_rng(5), 4)
        if r.attempt is Attempt.RANDOM_CAUSE
    ]
    assert len(np.unique(remembered.effects)) == 1  # what a stale column looks like
    [anew] = [
        r
        for r in refute(PropensityMatching(regression=False), country(), 0, np.random.default_rng(5), 4)
        if r.attempt is Attempt.RANDOM_CAUSE
    ]
    assert len(np.unique(anew.effects)) == 4


def test_the_strongest_named_cause_is_found_with_its_bias():
    cause = strongest_cause(country(persons=24_000), 0)
    assert cause is not None
    assert cause.name == "sickness"
    # 15 a year for each unit of sickness, three years between the means; half a unit apart
    spread = float(country(persons=24_000).covariates[:, 0].std())
    assert cause.slope == pytest.approx(15 * 3 * spread, rel=0.05)
    assert cause.apart == pytest.approx(0.5 / spread, rel=0.1)


def test_a_hidden_cause_as_strong_as_a_named_one_moves_the_effect_by_its_bias(tried):
    hidden = tried[Attempt.HIDDEN_CAUSE]
    assert hidden.like == "sickness"
    assert hidden.moved == pytest.approx(-strongest_cause(country(), 0).bias, rel=0.25)


def test_without_matching_the_effect_carries_the_bias_that_was_foretold():
    cohort = country(persons=24_000)
    alone = replace(cohort, covariates=cohort.covariates[:, 1:], covariate_names=("age",))
    bias = effect_of(PropensityMatching(), alone, 0) - effect_of(PropensityMatching(), cohort, 0)
    assert bias == pytest.approx(strongest_cause(cohort, 0).bias, rel=0.15)


def test_units_change_the_effects_and_nothing_else(tried):
    in_cents = refute(PropensityMatching(), country().times(100), 0, np.random.default_rng(5), 3)
    for each in in_cents:
        np.testing.assert_allclose(each.effects, 100 * tried[each.attempt].effects[:3], rtol=1e-8)


def test_many_persons_are_tried_on_a_part_that_is_the_same_in_any_order():
    cohort = country()
    part = some_of(cohort, 500)
    assert len(part.treated) == 500
    assert some_of(cohort, 10_000) is cohort
    other = some_of(cohort.in_order(np.arange(len(cohort.treated))[::-1]), 500)
    np.testing.assert_array_equal(np.sort(part.outcome[0]), np.sort(other.outcome[0]))


def test_too_few_regions_give_no_placebo_and_say_so():
    cohort = country()
    few = cohort.in_order(np.flatnonzero(cohort.regions < 2 * TREATED))
    found = {r.attempt: r for r in refute(PropensityMatching(), few, 0, np.random.default_rng(5), 3)}
    placebo = found[Attempt.PLACEBO_REGIONS]
    assert len(placebo.effects) == 0
    assert placebo.asked == 3
    assert np.isnan(placebo.moved)
    assert np.isnan(placebo.spread)


def test_without_covariates_no_hidden_cause_is_as_strong_as_one():
    cohort = country()
    bare = replace(cohort, covariates=np.empty((len(cohort.treated), 0)), covariate_names=())
    found = refute(PropensityMatching(by="odds"), bare, 0, np.random.default_rng(5), 2)
    assert strongest_cause(bare, 0) is None
    assert Attempt.HIDDEN_CAUSE not in {each.attempt for each in found}


def test_the_page_tells_what_was_expected_and_what_was_found(tried):
    answer = estimate_cohort(
        PropensityMatching(), country(), Circumstances(margin=10.0), np.random.default_rng(1)
    ).answer
    shown = refutation_table(
        PersonTables(answer.balance, answer.overlap, tuple(tried.values())), scale_of(cost()), ENGLISH
    )
    assert shown is not None
    assert len(shown.rows) == len(Attempt)
    assert "as strong as sickness" in shown.rows[-1][0]
    assert {row[-1] for row in shown.rows} == {"12 of 12"}
    assert "2,400 persons" in shown.caption
    assert refutation_table(PersonTables(answer.balance, answer.overlap), scale_of(cost()), ENGLISH) is None
