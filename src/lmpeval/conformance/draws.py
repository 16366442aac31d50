"""Many draws of a world, each estimated and examined by one design."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from lmpeval.conformance.pooling import pooled
from lmpeval.design import Case, Design, Status, estimate
from lmpeval.estimate import Estimate
from lmpeval.ledger import examine
from lmpeval.panel import Floats
from lmpeval.parallel import in_order
from lmpeval.simulation.staggered_world import StaggeredWorld
from lmpeval.simulation.world import World

LEDGERS = 0.3
"""Share of the draws whose ledger is filled: it costs several estimates."""
CHUNK = 10


@dataclass(frozen=True)
class Draw:
    """What one draw showed.

    Attributes
    ----------
    error : float
        Estimated minus true effect.
    standard_error, low, high, p, smallest_p : float
        As the design's inference states them; the interval is relative to the true effect.
    level : float
        Of the interval.
    entries : mapping of assumption name to Status
        Empty where the ledger was not filled.
    """

    error: float
    standard_error: float
    low: float
    high: float
    p: float
    smallest_p: float
    level: float
    effect: float
    entries: Mapping[str, Status]

    @property
    def covers(self) -> bool:
        """Whether the interval holds the truth."""
        return self.low <= 0 <= self.high


class Claim(Protocol):
    """A premise, as far as the suite asks for it."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def critical(self) -> bool: ...  # noqa: D102
    @property
    def check(self) -> object: ...  # noqa: D102


class Claims(Protocol):
    """Whoever claims premises."""

    @property
    def assumptions(self) -> Sequence[Claim]: ...  # noqa: D102


class Breaks(Protocol):
    """A world that says what it breaks."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def breaks(self) -> frozenset[str]: ...  # noqa: D102
    @property
    def visible(self) -> frozenset[str]: ...  # noqa: D102


class ManyDraws(Protocol):
    """All draws of one world by one design, of regions or of persons."""

    @property
    def design(self) -> Claims: ...  # noqa: D102
    @property
    def world(self) -> Breaks: ...  # noqa: D102
    @property
    def all(self) -> tuple[Draw, ...]: ...  # noqa: D102
    @property
    def errors(self) -> Floats: ...  # noqa: D102
    @property
    def examined(self) -> tuple[Draw, ...]: ...  # noqa: D102


@dataclass(frozen=True)
class Chunk:
    """Draws that one worker does: numbers, and whether their ledgers are filled."""

    design: Design
    world: World
    seed: int
    draws: tuple[tuple[int, bool], ...]


@dataclass(frozen=True, eq=False)
class Draws:
    """All draws of one world by one design, made when they are first asked for.

    Attributes
    ----------
    design : Design
    world : World
    number : int
    seed : int
    jobs : int
    """

    design: Design
    world: World
    number: int = 200
    seed: int = 0
    jobs: int = field(default=-1, compare=False)

    @cached_property
    def all(self) -> tuple[Draw, ...]:
        """Every draw, in order."""
        # with several sites the design answers for hundreds of sets of stand-ins in every draw
        share = 1 if self.world.sites < 2 else 2 if self.world.sites < 3 else 4
        if isinstance(self.world, StaggeredWorld):
            share = 5 if self.world.sites < 4 else 8
        number = -(-self.number // share)
        ledgers = round(LEDGERS * number) if self.world.sites < 3 else 0
        numbered = [(k, k < ledgers) for k in range(number)]
        chunks = [
            Chunk(self.design, self.world, self.seed, tuple(numbered[i : i + CHUNK]))
            for i in range(0, number, CHUNK)
        ]
        return tuple(draw for found in in_order(drawn, chunks, self.jobs) for draw in found)

    @property
    def errors(self) -> Floats:
        """Estimated minus true effect, shape (n_draws,)."""
        return np.array([draw.error for draw in self.all])

    @property
    def examined(self) -> tuple[Draw, ...]:
        """The draws whose ledger was filled."""
        return tuple(draw for draw in self.all if draw.entries)


def rng_of(world: World, number: int, seed: int) -> np.random.Generator:
    """Chance of one draw: it depends on the world's name, the draw's number and the seed."""
    return np.random.default_rng([seed, number, *world.name.encode()])


def drawn(chunk: Chunk) -> list[Draw]:
    """Draw, estimate and, where asked for, examine."""
    return [
        _draw(chunk.design, chunk.world, rng_of(chunk.world, k, chunk.seed), full) for k, full in chunk.draws
    ]


def _draw(design: Design, world: World, rng: np.random.Generator, full: bool) -> Draw:
    if isinstance(world, StaggeredWorld):
        return _draw_together(design, world, rng)
    truth = world.draw(rng)
    found = estimate(design, truth.panel, world.circumstances.lag, rng)
    entries: dict[str, Status] = {}
    if full:
        case = Case(design, truth.panel, found, world.circumstances, rng)
        entries = {entry.assumption.name: entry.status for entry in examine(case, {}).entries}
    return seen(found, float(truth.effect[found.counted].mean()), entries)


def _draw_together(design: Design, world: StaggeredWorld, rng: np.random.Generator) -> Draw:
    truth = world.draw_starts(rng)
    found = pooled(design, world, truth.panels, rng).estimate
    return seen(found, truth.mean_over(found.years[found.counted]), {})


def seen(found: Estimate, effect: float, entries: Mapping[str, Status]) -> Draw:
    """What an estimate shows beside the true `effect`."""
    sure = found.uncertainty
    return Draw(
        error=found.effect - effect,
        standard_error=sure.standard_error,
        low=sure.interval[0] - effect,
        high=sure.interval[1] - effect,
        p=sure.p,
        smallest_p=sure.smallest_p,
        level=sure.level,
        effect=effect,
        entries=entries,
    )
