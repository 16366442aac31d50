"""Care that was to move from one place to another: what moved, what came on top, what went elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.estimate import Estimate
from lmpeval.jointly.draws import Chance, JointDraws, Ranged, jointly
from lmpeval.panel import Floats


@dataclass(frozen=True, eq=False)
class Moved:
    """A fall at the source and a rise at the destination, taken apart.

    Attributes
    ----------
    source, destination : Ranged
        Differences, as they are: a fall is below zero.
    moved : Ranged
        What fell at the source and rose at the destination.
    added : Ranged
        Rise at the destination beyond the fall at the source: care that was not given before.
    leaked : Ranged
        Fall at the source beyond the rise at the destination: care that went elsewhere, or was not given.
    both : Ranged
        Source and destination together: what is left of the two.
    as_meant : Chance
        That the source fell and the destination rose.
    years : tuple of int
        That count for both, calendar or since the start.
    """

    source: Ranged
    destination: Ranged
    moved: Ranged
    added: Ranged
    leaked: Ranged
    both: Ranged
    as_meant: Chance
    years: tuple[int, ...]


def moved_between(source: Estimate, destination: Estimate) -> Moved:
    """Take a substitution apart, with intervals from what chance does to both at once.

    With fall f and rise r, none below zero, ``moved = min(f, r)``, ``added = r - moved`` and
    ``leaked = f - moved``; so ``added - leaked = r - f``. Where fall and rise are alike, the smaller of their
    estimates is too small, and draws around it are smaller still: with 60 stand-ins such a range held what
    had moved in 82 to 88 % of draws. So its upper end is the smaller of two ends that hold fall and rise at
    once.

    Raises
    ------
    NotPaired
        As `jointly` says.
    """
    draws = jointly([source, destination])
    return Moved(
        source=draws.each(0),
        destination=draws.each(1),
        moved=_told_moved(draws),
        added=draws.told(lambda x: _rise(x) - _moved(x)),
        leaked=draws.told(lambda x: _fall(x) - _moved(x)),
        both=draws.told(lambda x: x.sum(axis=-1)),
        as_meant=draws.chance(lambda x: (x[..., 0] < 0) & (x[..., 1] > 0)),
        years=draws.told_years,
    )


def _told_moved(draws: JointDraws) -> Ranged:
    value, low, _ = draws.told(_moved)
    fall, rise = np.array([-1.0, 1.0]) * draws.effects + draws.reach
    return value, max(low, 0.0), max(float(min(fall, rise)), 0.0)


def _fall(effects: Floats) -> Floats:
    return np.maximum(-effects[..., 0], 0.0)


def _rise(effects: Floats) -> Floats:
    return np.maximum(effects[..., 1], 0.0)


def _moved(effects: Floats) -> Floats:
    return np.minimum(_fall(effects), _rise(effects))
