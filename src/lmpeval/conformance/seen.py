"""What a check saw, and the comparisons that checks are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from lmpeval.conformance.draws import rng_of
from lmpeval.design import Design, estimate
from lmpeval.estimate import Estimate
from lmpeval.panel import Floats, Panel
from lmpeval.simulation.world import World

ROUNDING = 1e-6
"""Largest difference, as a share of the outcome, that counts as rounding."""


@dataclass(frozen=True)
class Seen:
    """What a check saw, what it allows, and whether the one is within the other."""

    held: bool
    seen: str
    allowed: str


Exact = Callable[[Design, World], Seen]


def drawn_panel(world: World) -> Panel:
    """The first panel that a world draws."""
    return world.draw(rng_of(world, 0, 0)).panel


def estimated(design: Design, world: World, panel: Panel) -> Estimate:
    """Estimate with the same chance every time."""
    return estimate(design, panel, world.circumstances.lag, rng_of(world, 1, 0))


def numbers(found: Estimate) -> Floats:
    """Effect, error and the two ends of the interval, shape (4,)."""
    return np.array([found.effect, found.uncertainty.standard_error, *found.uncertainty.interval])


def equal(expected: Floats, found: Floats, panel: Panel, what: str) -> Seen:
    """Whether two sets of figures differ by rounding alone; infinite ends of intervals equal themselves."""
    allowed = ROUNDING * float(np.abs(panel.outcome).max())
    with np.errstate(invalid="ignore"):  # infinity less infinity
        apart = np.abs(found - expected)
    worst = float(np.max(np.where(np.asarray(found == expected), 0.0, apart)))
    return Seen(worst <= allowed, f"{what} apart by {worst:.3g}", f"{allowed:.3g}, rounding")


def moved(plain: Estimate, other: Estimate, by: float, panel: Panel) -> Seen:
    """Whether effect and interval moved by so much, and the error not at all."""
    return equal(
        numbers(plain) + np.array([by, 0, by, by]), numbers(other), panel, "effect, error and interval"
    )


def identical(a: Estimate, b: Estimate) -> Seen:
    """Whether two estimates are the same to the last bit."""
    same = np.array_equal(a.gap, b.gap) and np.array_equal(numbers(a), numbers(b), equal_nan=True)
    apart = float(np.abs(a.gap - b.gap).max())
    return Seen(
        bool(same), f"gaps apart by {apart:.3g}" if not same else "the same", "the same to the last bit"
    )
