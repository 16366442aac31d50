"""Effects on several outcomes with what chance does to all of them at once.

A stand-in shows, in a year, what happens by itself in cost and in health in one and the same place. So the
placebo gaps of two outcomes, paired by stand-in, are draws of what chance does to both: how they go together
needs no model. The effects that the figures leave possible are the estimates with such draws taken off and
put on, both being as likely where nothing happened.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, reduce
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from lmpeval.effect_scale import EffectScale
from lmpeval.estimate import Estimate
from lmpeval.inference import critical
from lmpeval.panel import Bools, Floats, Years

Ranged = tuple[float, float, float]
"""A number with the ends of its interval."""
Reckoned = Callable[[Floats], Floats]
"""From effects, shape (..., n_outcomes), to a number of each row, shape (...)."""
SHARED = 2 / 3
"""Part of each outcome's stand-ins that all must have in common."""
TOLERANCE = 1e-9


class Why(StrEnum):
    """Why effects are not told together."""

    RATIOS = "ratios"
    NO_SHARED_YEAR = "no shared year"
    NO_DRAWS = "no draws"
    OTHER_WAYS = "other ways"
    OTHER_UNITS = "other units"
    OTHER_STAND_INS = "other stand-ins"
    NO_PART = "no part"
    NO_ANSWER = "no answer"


class NotPaired(ValueError):
    """Effects cannot be told together, and why."""

    def __init__(self, why: Why) -> None:
        super().__init__(str(why))
        self.why = why


@dataclass(frozen=True)
class Chance:
    """How much of what the figures leave possible lies somewhere.

    Attributes
    ----------
    share : float
    step : float
        What the draws can tell apart: one over their number and one. A share nearer to 0 or 1 than this is
        not known to be so near.
    """

    share: float
    step: float

    @property
    def bounded(self) -> float:
        """The share, no nearer to 0 or 1 than the draws can tell."""
        return min(max(self.share, self.step), 1 - self.step)


@dataclass(frozen=True, eq=False)
class JointDraws:
    """Effects on several outcomes, over years that count for all of them.

    Attributes
    ----------
    effects : array, shape (n_outcomes,)
    moves : array, shape (n_draws, n_outcomes)
        What chance does to them, by stand-in.
    intervals : tuple of pair of float, length n_outcomes
        Of each by itself: as told beside it where the years are its own, else of these draws.
    years : array of int
        Those that count, calendar or since the start.
    level : float
    """

    effects: Floats
    moves: Floats
    intervals: tuple[tuple[float, float], ...]
    years: Years
    level: float

    @property
    def step(self) -> float:
        """What the draws can tell apart."""
        return 1 / (len(self.moves) + 1)

    @property
    def told_years(self) -> tuple[int, ...]:
        """The years that count."""
        return tuple(int(year) for year in self.years)

    @cached_property
    def possible(self) -> Floats:
        """Effects that the figures leave possible; shape (2 n_draws, n_outcomes)."""
        return np.vstack([self.effects - self.moves, self.effects + self.moves])

    def each(self, outcome: int) -> Ranged:
        """One effect by itself."""
        return (float(self.effects[outcome]), *self.intervals[outcome])

    def scaled(self, outcome: int, times: float = 1.0, plus: float = 0.0) -> Ranged:
        """One effect in another unit, and moved by what is known for sure."""
        value, *interval = (end * times + plus for end in self.each(outcome))
        low, high = sorted(interval)
        return value, low, high

    def told(self, reckoned: Reckoned) -> Ranged:
        """What is reckoned from the effects, with its interval.

        Of a single effect or a sum of them it is the interval of the permutation test. Infinite where the
        draws are too few for their level.
        """
        value = float(reckoned(self.effects[None])[0])
        return (value, *ends(reckoned(self.possible), self.level))

    @cached_property
    def reach(self) -> Floats:
        """How far above their estimates all effects may lie at once, or below; shape (n_outcomes,).

        Each in its own standard errors alike (Romano and Wolf 2005), with as much left out on that side as an
        interval leaves. Infinite where the draws are too few.
        """
        error = np.sqrt(np.mean(self.moves**2, axis=0))
        scale = np.where(error > 0, error, 1.0)
        largest = (np.vstack([self.moves, -self.moves]) / scale).max(axis=1)
        return np.asarray(ends(largest, self.level)[1] * error)

    def chance(self, lies: Callable[[Floats], Bools]) -> Chance:
        """How much of what is possible lies where `lies` says so, shape (..., n_outcomes) to (...)."""
        return Chance(float(np.mean(lies(self.possible))), self.step)


def ends(values: Floats, level: float) -> tuple[float, float]:
    """Interval of what is reckoned from draws and their opposites; shape (2 n_draws,).

    As many are left out at each end as the permutation test of a single effect leaves out.
    """
    n = len(values) // 2
    rank = int(np.floor((1 - level) * (n + 1) + TOLERANCE))
    if rank < 1:
        return (-inf, inf)
    ordered = np.sort(values)
    return float(ordered[rank - 1]), float(ordered[-rank])


def jointly(estimates: Sequence[Estimate]) -> JointDraws:
    """Put the effects on several outcomes together, by what the same stand-ins show in each.

    Each outcome's draws are stretched so that its own interval comes out as wide as it is told, be it by
    permutation or by Student's t.

    Raises
    ------
    NotPaired
        Where effects are ratios, no year counts for all, there are no draws, or they are not of the same
        places.
    """
    if any(each.scale is not EffectScale.DIFFERENCE for each in estimates):
        raise NotPaired(Why.RATIOS)
    years = reduce(np.intersect1d, [each.years[each.counted] for each in estimates])
    if not len(years):
        raise NotPaired(Why.NO_SHARED_YEAR)
    rows = _paired(estimates)
    effects, moves, intervals = [], [], []
    for each, chosen in zip(estimates, rows, strict=True):
        within = np.isin(each.years, years)
        gap = float(each.gap[within].mean())
        drawn = each.uncertainty.placebo[chosen][:, within].mean(axis=1) * _stretch(each)
        effects.append(gap)
        moves.append(drawn)
        own = len(years) == int(each.counted.sum())
        level = each.uncertainty.level
        intervals.append(each.uncertainty.interval if own else ends(np.r_[gap - drawn, gap + drawn], level))
    return JointDraws(
        np.array(effects),
        np.column_stack(moves),
        tuple(intervals),
        np.asarray(years, dtype=np.int64),
        estimates[0].uncertainty.level,
    )


def _paired(estimates: Sequence[Estimate]) -> list[NDArray[np.intp]]:
    """Rows of each outcome's draws, so that the same places stand in the same row."""
    sure = [each.uncertainty for each in estimates]
    if not all(len(each.placebo) for each in sure):
        raise NotPaired(Why.NO_DRAWS)
    if len({each.method for each in sure}) > 1:
        raise NotPaired(Why.OTHER_WAYS)
    places = [each.placebo_places or each.placebo_labels for each in sure]
    if not all(places):
        alike = {(len(each.uncertainty.placebo), each.control_names) for each in estimates}
        if len(alike) > 1:
            raise NotPaired(Why.OTHER_UNITS)
        return [np.arange(len(each.placebo)) for each in sure]
    shared = set.intersection(*map(set, places))
    if len(shared) < SHARED * max(map(len, places)):
        raise NotPaired(Why.OTHER_STAND_INS)
    return [_rows_of(sorted(shared), each) for each in places]


def _rows_of(names: Sequence[str], labels: Sequence[str]) -> NDArray[np.intp]:
    row = {label: i for i, label in enumerate(labels)}
    return np.array([row[name] for name in names])


def _stretch(found: Estimate) -> float:
    """What the draws are multiplied by so that they give the told interval; 1 where that has no end."""
    low, high = found.uncertainty.interval
    drawn = np.abs(found.uncertainty.placebo[:, found.counted].mean(axis=1))
    reach = critical(drawn, found.uncertainty.level)
    half = (high - low) / 2
    return half / reach if isfinite(half) and isfinite(reach) and reach > 0 else 1.0
