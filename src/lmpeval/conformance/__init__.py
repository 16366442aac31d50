"""The suite that holds a design to what it claims, in worlds where the truth is known.

>>> import pytest
>>> from lmpeval.designs.difference_in_differences import DifferenceInDifferences
>>> @pytest.mark.parametrize("check", checks(DifferenceInDifferences()), ids=str)
... def test_it_conforms(check):
...     check()
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from lmpeval.conformance.chance import (
    covers_as_stated,
    errs_as_stated,
    is_unbiased,
    keeps_its_size,
    ledger_never_vouches,
    ledger_rings,
    ledger_stays_quiet,
    p_agrees_with_interval,
    sees_a_large_effect,
)
from lmpeval.conformance.contract import CONTRACT, ONCE, answers_many_as_one
from lmpeval.conformance.draws import Draws, ManyDraws
from lmpeval.conformance.invariances import INVARIANCES, finds_what_is_certain, reads_covariates
from lmpeval.conformance.seen import Seen
from lmpeval.conformance.together import TOGETHER
from lmpeval.design import Batched, Design, ReadsCompanions, ReadsUntouched
from lmpeval.simulation.staggered_world import StaggeredWorld
from lmpeval.simulation.world import World
from lmpeval.simulation.worlds import WORLDS, WORLDS_OF_COMPANIONS, WORLDS_OF_TWO_OUTCOMES

DRAWS = int(os.environ.get("LMPEVAL_DRAWS", "200"))
FEWEST_DRAWS = 40
"""With fewer, chance alone explains nearly everything."""
FALSE_ALARM = 0.01
"""Probability that a design that does what it states fails any check of the suite that chance decides."""

__all__ = ["DRAWS", "FALSE_ALARM", "Check", "Seen", "World", "checks"]


@dataclass(frozen=True, eq=False)
class Check:
    """One check of one design in one world; call it, or `look` at what it sees.

    Attributes
    ----------
    of : callable
        What is checked.
    draws : Draws
        The design, the world and, once asked for, the draws.
    alarm : float
        Probability of a false alarm; 0 where nothing is left to chance.
    """

    of: Callable[..., Seen]
    draws: ManyDraws
    alarm: float = field(default=0.0)

    def look(self) -> Seen:
        """See what the design does; what breaks it is seen too."""
        try:
            if self.alarm:
                return self.of(self.draws, self.alarm)
            return self.of(self.draws.design, self.draws.world)
        except Exception as error:  # noqa: BLE001 - a design that breaks off has failed, and the next check goes on
            return Seen(False, f"{type(error).__name__}: {error}", "an answer")

    def __call__(self) -> None:
        """Raise AssertionError with what was seen and what is allowed."""
        found = self.look()
        claim = (self.of.__doc__ or "").strip().splitlines()[0]
        assert found.held, f"{self}: {claim}\n  seen: {found.seen}\n  allowed: {found.allowed}"

    def __str__(self) -> str:
        """World and check, as pytest shows them."""
        return f"{self.draws.world.name}-{self.of.__name__}"


def checks(
    design: Design,
    worlds: Sequence[World] | None = None,
    draws: int = DRAWS,
    seed: int = 0,
    jobs: int = -1,
) -> list[Check]:
    """Lay out every check that follows from what a design claims.

    Where a world breaks nothing that the design assumes, the design must keep the contract, follow the
    invariances, and be as good as it states. Where a world breaks one of its assumptions, the ledger must
    not vouch for it, and must ring where the break is there for all to see.

    The probability that a design that does what it states fails any of the checks that chance decides is
    at most `FALSE_ALARM`: it is divided over them (Bonferroni).

    Parameters
    ----------
    design : Design
    worlds : sequence of World or None
        None for all that there are for a design of its kind.
    draws : int
        Of each world; half as many with two sites, a quarter with more, a fifth or an eighth with several
        starts.
    seed : int
    jobs : int
        Processes; -1 for one a core.

    Raises
    ------
    ValueError
        Where the draws are too few to tell anything from chance.
    """
    if draws < FEWEST_DRAWS:
        raise ValueError(
            f"{draws} draws found, expected {FEWEST_DRAWS} or more: chance would explain anything"
        )
    if worlds is None:
        worlds = _worlds_of(design)
    laid = [check for world in worlds for check in _laid_out(world)(Draws(design, world, draws, seed, jobs))]
    share = FALSE_ALARM / max(1, sum(check.alarm > 0 for check in laid))
    return [replace(check, alarm=share) if check.alarm else check for check in laid]


def _worlds_of(design: Design) -> tuple[World, ...]:
    """Those for every design, and those for one that reads more than the outcome."""
    two = WORLDS_OF_TWO_OUTCOMES if isinstance(design, ReadsUntouched) else ()
    companions = WORLDS_OF_COMPANIONS if isinstance(design, ReadsCompanions) else ()
    return (*WORLDS, *two, *companions)


def _notices_covariates(design: Design, world: World) -> bool:
    try:
        return reads_covariates(design, world)
    except Exception:  # noqa: BLE001 - the checks themselves will say what breaks the design
        return True


def _laid_out(world: World) -> Callable[[Draws], Iterator[Check]]:
    return _of_starts if isinstance(world, StaggeredWorld) else _of_world


def _of_world(draws: Draws) -> Iterator[Check]:
    design, world = draws.design, draws.world
    claimed = {assumption.name for assumption in design.assumptions}
    if (world.unmatched & claimed) and not _notices_covariates(design, world):
        return
    if world.breaks & claimed:
        yield Check(ledger_never_vouches, draws, 1.0)
        if world.visible & {assumption.name for assumption in design.assumptions if assumption.check}:
            yield Check(ledger_rings, draws, 1.0)
        return
    yield from (Check(of, draws) for of in (*CONTRACT, *INVARIANCES))
    if world.name == WORLDS[0].name:
        yield from (Check(of, draws) for of in ONCE)
    if isinstance(design, Batched):
        yield Check(answers_many_as_one, draws)
    if not (world.noise or world.shock):
        yield Check(finds_what_is_certain, draws)
        return
    yield from (Check(of, draws, 1.0) for of in (is_unbiased, covers_as_stated, errs_as_stated))
    if world.sites < 3:  # the ledger costs several estimates, each a thousand comparisons with more sites
        yield Check(ledger_stays_quiet, draws, 1.0)
    yield Check(p_agrees_with_interval, draws, 1.0)
    if not world.effect:
        yield Check(keeps_its_size, draws, 1.0)
    if world.name == WORLDS[0].name:
        yield Check(sees_a_large_effect, draws, 1.0)


def _of_starts(draws: Draws) -> Iterator[Check]:
    yield from (Check(of, draws) for of in TOGETHER)
    chance = (is_unbiased, covers_as_stated, errs_as_stated, p_agrees_with_interval)
    yield from (Check(of, draws, 1.0) for of in chance)
    if not draws.world.effect:
        yield Check(keeps_its_size, draws, 1.0)
