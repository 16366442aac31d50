"""The effect by year, counted from the last year before the start, and what it would be if trends part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.assumptions.robust import Interval, breakdowns, intervals, matching_bend, told_ends
from lmpeval.assumptions.trend import trend_carried_on
from lmpeval.estimate import Estimate
from lmpeval.event_path import event_path, lead_band, rounding
from lmpeval.inference import critical
from lmpeval.ledger import Ledger
from lmpeval.panel import Bools, Floats, Years

MBARS = (0.0, 0.5, 1.0, 1.5, 2.0)
"""As the published figures show it."""
BENDS = (0.0, 0.5, 1.0, 1.5, 2.0)
"""In multiples of the bend that moves the effect by half the margin (`assumptions.robust`)."""


@dataclass(frozen=True, eq=False)
class EventStudy:
    """A path counted from the last year before the start, with its bands.

    Attributes
    ----------
    years : array of int, shape (n_years,)
    start, reference : int
        First year of exposure, and the last year before it.
    counted : array of bool, shape (n_years,)
        Years over which the mean effect is taken.
    path : array, shape (n_years,)
        As the estimate lies on its scale; zero in the reference year.
    pointwise, together : array, shape (n_years,)
        Reach on either side of the path: of the interval of that year alone, and of the band that holds all
        years before the start, or all from it on, at once. Infinite with too few stand-ins, zero in the
        reference year.
    level : float
        Of both.
    """

    years: Years
    start: int
    reference: int
    counted: Bools
    path: Floats
    pointwise: Floats
    together: Floats
    level: float


@dataclass(frozen=True)
class Parted:
    """The mean effect, counted from the reference year, if trends were not parallel; as it is told.

    Attributes
    ----------
    reference : int
    estimate : float
        With parallel trends.
    by_steps : tuple of (float, Interval)
        By Mbar: no step apart after the start is larger than so many times the largest before it.
    by_bends : tuple of (float, Interval)
        By M, in the unit of the outcome or in percent: the difference in trend bends by no more than that a
        year.
    falls_at_step, falls_at_bend : float or None
        Mbar and M up to which the interval leaves zero out; None where no effect is claimed.
    """

    reference: int
    estimate: float
    by_steps: tuple[tuple[float, Interval], ...]
    by_bends: tuple[tuple[float, Interval], ...]
    falls_at_step: float | None
    falls_at_bend: float | None


def rests_on_trends(ledger: Ledger) -> bool:
    """Whether a design takes parallel trends for granted; one that is fitted to the years before does not."""
    return any(entry.assumption.check is trend_carried_on for entry in ledger.entries)


def event_study(found: Estimate) -> EventStudy:
    """Count an effect path from the last year before the start and say how far chance takes each year.

    Before the start the band is that of the ledger (`lead_band`): a year whose bar leaves zero out is one
    that it names.

    Raises
    ------
    NoEventPath
        Where fewer than two years lie before the start.
    """
    level = found.uncertainty.level
    leads = lead_band(found, level)
    before = found.years < found.start
    last = int(before.sum()) - 1
    chance = found.uncertainty.placebo - found.uncertainty.placebo[:, [last]]
    alone = np.array([critical(np.abs(year), level) for year in chance.T])
    alone[last] = 0.0
    later = lag_reach(chance[:, ~before], level, rounding(found))
    return EventStudy(
        years=found.years,
        start=found.start,
        reference=int(found.years[last]),
        counted=found.counted,
        path=found.gap - found.gap[last],
        pointwise=alone,
        together=np.r_[leads.reach, 0.0, later],
        level=level,
    )


def lag_reach(chance: Floats, level: float, floor: float = 0.0) -> Floats:
    """Reach of a band that holds all years from the start on at once, whatever the effects in them.

    Every year is measured in its spread over the stand-ins; the largest of these over the years is ranked,
    each stand-in by the spread of the others, as the treated is. The treated's own figure must not enter the
    spread here, for it holds the effect.

    Parameters
    ----------
    chance : array, shape (n_placebos, n_years)
        Paths of the stand-ins from the start on, counted from the reference year.
    level : float
    floor : float
        Least spread that is told from rounding.

    Returns
    -------
    array, shape (n_years,)

    Notes
    -----
    Largest of studentised figures: Montiel Olea and Plagborg-Moller (2019), there with bootstrap draws.
    """
    n = len(chance)
    if n < 2:
        return np.full(chance.shape[1], np.inf)
    total = (chance**2).sum(axis=0)
    others = np.maximum(np.sqrt((total - chance**2).clip(0) / (n - 1)), floor)
    with np.errstate(divide="ignore", invalid="ignore"):
        largest = np.nan_to_num(np.abs(chance) / others, nan=0.0, posinf=np.inf).max(axis=1)
    reach = np.sqrt(total / n)
    return np.where(reach > 0, np.maximum(reach, floor) * critical(largest, level), 0.0)


def parted(found: Estimate, margin: float) -> Parted:
    """Intervals of Rambachan and Roth (2023) from parallel trends to twice what the ledger looks at.

    Raises
    ------
    NoEventPath
        Where years do not follow each other, or steps or stand-ins are too few.
    """
    path = event_path(found)
    steps, bends = intervals(path, found.uncertainty.level)
    scale = found.scale
    unit = matching_bend(path.weights, scale.untold(margin))
    at_step, at_bend = breakdowns(found, steps, bends)
    return Parted(
        reference=int(found.years[found.years < found.start][-1]),
        estimate=scale.told(float(path.weights @ path.path[path.n_before :])),
        by_steps=tuple((mbar, told_ends(scale, steps(mbar))) for mbar in MBARS),
        by_bends=tuple((scale.told(times * unit), told_ends(scale, bends(times * unit))) for times in BENDS),
        falls_at_step=at_step,
        falls_at_bend=None if at_bend is None else scale.told(at_bend),
    )
