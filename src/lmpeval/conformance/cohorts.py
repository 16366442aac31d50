"""The suite for designs of persons: what they claim, in worlds of persons where the truth is known."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from math import inf, nan

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.conformance import DRAWS, FALSE_ALARM, Check
from lmpeval.conformance.chance import (
    covers_as_stated,
    errs_as_stated,
    is_unbiased,
    keeps_its_size,
    ledger_never_vouches,
    ledger_rings,
    ledger_stays_quiet,
    p_agrees_with_interval,
)
from lmpeval.conformance.draws import LEDGERS, Draw, seen
from lmpeval.conformance.seen import ROUNDING, Seen
from lmpeval.design import Status
from lmpeval.inference import NoReference
from lmpeval.ledger import examine_cohort
from lmpeval.panel import Floats
from lmpeval.persons.design import CohortAnswer, CohortDesign
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.simulation.cohort_world import COHORT_WORLDS, CohortWorld


@dataclass(frozen=True, eq=False)
class CohortDraws:
    """All draws of one world of persons by one design, made when they are first asked for."""

    design: CohortDesign
    world: CohortWorld
    number: int
    seed: int = 0

    @cached_property
    def all(self) -> tuple[Draw, ...]:
        """Every draw, in order; fewer where regions are matched anew to rank one."""
        number = self.number if self.world.sites > 2 else max(10, self.number // 8)
        return tuple(self._draw(k, full=k < LEDGERS * number) for k in range(number))

    @property
    def errors(self) -> Floats:
        """Estimated minus true effect, shape (n_draws,)."""
        return np.array([draw.error for draw in self.all])

    @property
    def examined(self) -> tuple[Draw, ...]:
        """The draws whose ledger was filled."""
        return tuple(draw for draw in self.all if draw.entries)

    def _draw(self, number: int, *, full: bool) -> Draw:
        rng = np.random.default_rng([self.seed, number, *self.world.name.encode()])
        cohort = self.world.draw(rng)
        try:
            case = estimate_cohort(self.design, cohort, self.world.circumstances, rng)
        except NoReference:
            if not self.world.breaks:
                raise
            return _refused(self.world)
        entries: dict[str, Status] = {}
        if full:
            entries = {each.assumption.name: each.status for each in examine_cohort(case, {}).entries}
        return seen(case.answer.estimate, self.world.effect, entries)


def _refused(world: CohortWorld) -> Draw:
    """A design that gives no answer where a premise is broken has rung; it says nothing else."""
    rung = dict.fromkeys(world.breaks, Status.NOT_SUPPORTED)
    return Draw(nan, nan, -inf, inf, 1.0, 1.0, 0.95, world.effect, rung)


def cohort_checks(
    design: CohortDesign, worlds: Sequence[CohortWorld] = COHORT_WORLDS, draws: int = DRAWS, seed: int = 0
) -> list[Check]:
    """Lay out every check that follows from what a design of persons claims, as `checks` does for regions.

    Parameters
    ----------
    design : CohortDesign
    worlds : sequence of CohortWorld
    draws : int
        Of each world; an eighth where one region is ranked.
    seed : int
    """
    laid = [each for world in worlds for each in _laid_out(CohortDraws(design, world, draws, seed))]
    share = FALSE_ALARM / max(1, sum(check.alarm > 0 for check in laid))
    return [replace(check, alarm=share) if check.alarm else check for check in laid]


def _laid_out(draws: CohortDraws) -> Iterator[Check]:
    world, assumptions = draws.world, draws.design.assumptions
    if world.breaks & {each.name for each in assumptions}:
        yield Check(ledger_never_vouches, draws, 1.0)
        if world.visible & {each.name for each in assumptions if each.check}:
            yield Check(ledger_rings, draws, 1.0)
        return
    if world.name == COHORT_WORLDS[0].name:
        yield from (Check(of, draws) for of in EXACT)
    chance = [is_unbiased, covers_as_stated, errs_as_stated, p_agrees_with_interval, ledger_stays_quiet]
    if not world.effect:
        chance.append(keeps_its_size)
    yield from (Check(of, draws, 1.0) for of in chance)


def repeats_itself(design: CohortDesign, world: CohortWorld) -> Seen:
    """The same persons in the same order give the same answer, to the last bit, after pickling too."""
    cohort = _drawn(world)
    plain, copy = _answer(design, world, cohort), _answer(pickle.loads(pickle.dumps(design)), world, cohort)
    same = np.array_equal(plain.estimate.gap, copy.estimate.gap)
    return Seen(same, "the same" if same else "something else", "the same to the last bit")


def order_does_not_matter(design: CohortDesign, world: CohortWorld) -> Seen:
    """Persons in another order, and regions by other names, give the same answer."""
    cohort = _drawn(world)
    turned = cohort.in_order(np.random.default_rng(1).permutation(len(cohort.treated)))
    names = np.random.default_rng(2).permutation(world.regions)
    renamed = replace(turned, regions=names[turned.regions])
    return _equal(_numbers(design, world, cohort), _numbers(design, world, renamed))


def effects_add(design: CohortDesign, world: CohortWorld) -> Seen:
    """What is added to the treated moves the effect by as much, and no error."""
    cohort = _drawn(world)
    expected = _numbers(design, world, cohort) + np.array([2.0, 0.0, 2.0, 2.0])
    return _equal(expected, _numbers(design, world, cohort.plus_effect(2.0)))


def units_scale(design: CohortDesign, world: CohortWorld) -> Seen:
    """Outcomes and covariates in other units give the same answer in those units."""
    cohort = _drawn(world)
    cents = replace(cohort.times(100), covariates=cohort.covariates * 100)
    return _equal(100 * _numbers(design, world, cohort), _numbers(design, world, cents))


def shared_shocks_cancel(design: CohortDesign, world: CohortWorld) -> Seen:
    """What moves everybody alike moves no effect."""
    cohort = _drawn(world)
    shocks = 3 * np.sin(np.arange(len(cohort.years)) ** 2)
    return _equal(_numbers(design, world, cohort), _numbers(design, world, cohort.plus_year_shocks(shocks)))


def leaves_the_data_alone(design: CohortDesign, world: CohortWorld) -> Seen:
    """Answering writes to none of the cohort's arrays."""
    cohort, untouched = _drawn(world), _drawn(world)
    _answer(design, world, cohort)
    names = ("outcome", "exposure", "treated", "covariates", "strata", "regions")
    changed = [n for n in names if not np.array_equal(getattr(cohort, n), getattr(untouched, n), True)]
    return Seen(not changed, f"changed: {', '.join(changed) or 'nothing'}", "nothing changed")


EXACT: tuple[Callable[[CohortDesign, CohortWorld], Seen], ...] = (
    repeats_itself,
    order_does_not_matter,
    effects_add,
    units_scale,
    shared_shocks_cancel,
    leaves_the_data_alone,
)


def _drawn(world: CohortWorld) -> Cohort:
    return world.draw(np.random.default_rng(0))


def _answer(design: CohortDesign, world: CohortWorld, cohort: Cohort) -> CohortAnswer:
    return estimate_cohort(design, cohort, world.circumstances, np.random.default_rng(0)).answer


def _numbers(design: CohortDesign, world: CohortWorld, cohort: Cohort) -> Floats:
    found = _answer(design, world, cohort).estimate
    return np.array([found.effect, found.uncertainty.standard_error, *found.uncertainty.interval])


def _equal(expected: Floats, found: Floats) -> Seen:
    apart, allowed = float(np.abs(expected - found).max()), ROUNDING * float(np.abs(expected).max() + 1)
    told = f"effect, error and interval apart by {apart:.3g}"
    return Seen(apart <= allowed, told, f"{allowed:.3g}, rounding")
