"""What an effect would be if trends were not parallel, and how far from it they may be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
from scipy.optimize import brentq

from lmpeval.assumptions.equivalence import said
from lmpeval.effect_scale import EffectScale
from lmpeval.estimate import Estimate
from lmpeval.event_path import EventPath, event_path
from lmpeval.honesty import breakdown, relative_magnitudes, smoothness
from lmpeval.panel import Floats

ROBUST_FROM = 0.5
"""Mbar from which a conclusion stands. Noise before the start counts as steps apart: beside the equivalence
test, 0.5 wrongly supports in 6 % of cases at most where trends part by up to twice the largest step
(decision 14).
"""
PRECISION = 0.05
"""Relative, of a breakdown value: it is told with two digits at most."""
BEYOND_SAYING = 100.0
"""Mbar that stands for itself and all that is larger."""

Interval = tuple[float, float]
Intervals = Callable[[float], Interval]


@dataclass(frozen=True)
class Robust:
    """An effect, counted from the last year before the start, under trends that part; as it is told.

    Attributes
    ----------
    reference : int
        The last year before the start.
    as_before : (float, float)
        Interval where no step apart is larger than the largest before the start (Mbar = 1).
    bend : float
        M: in the unit of the outcome or in percent, a year.
    bent : (float, float)
        Interval where the difference in trend bends by no more than that.
    breakdown, breakdown_bend : float or None
        Mbar and M up to which the interval leaves zero out; 0 where it does not with parallel or straight
        trends either, None where no effect is claimed. Mbar is cut off at `BEYOND_SAYING`.
    """

    reference: int
    as_before: Interval
    bend: float
    bent: Interval
    breakdown: float | None = None
    breakdown_bend: float | None = None
    scale: EffectScale = EffectScale.DIFFERENCE


def claims_an_effect(found: Estimate) -> bool:
    """Whether the interval of the headline leaves zero out."""
    low, high = found.uncertainty.interval
    return not low <= 0 <= high


def robust(found: Estimate, margin: float) -> Robust:
    """Intervals and breakdown values of Rambachan and Roth (2023).

    The bend looked at is the one that would move the effect by half the margin if it went in one direction
    from the start on. (Our convention: the paper ties M to what is known of the outcome, and half of what
    matters is known of every outcome.)

    Parameters
    ----------
    found : Estimate
    margin : float
        Minimal important difference.

    Raises
    ------
    NoEventPath
        Where years do not follow each other, or steps or stand-ins are too few.
    """
    path = event_path(found)
    steps, bends = intervals(path, found.uncertainty.level)
    scale = found.scale
    bend = matching_bend(path.weights, scale.untold(margin))
    of_steps, of_bends = breakdowns(found, steps, bends)
    return Robust(
        reference=int(found.years[found.years < found.start][-1]),
        as_before=told_ends(scale, steps(1.0)),
        bend=scale.told(bend),
        bent=told_ends(scale, bends(bend)),
        breakdown=of_steps,
        breakdown_bend=None if of_bends is None else scale.told(of_bends),
        scale=scale,
    )


def told_ends(scale: EffectScale, interval: Interval) -> Interval:
    """An interval as it is told."""
    return scale.told(interval[0]), scale.told(interval[1])


def breakdowns(found: Estimate, steps: Intervals, bends: Intervals) -> tuple[float | None, float | None]:
    """Mbar and M at which the conclusion falls; None where no effect is claimed."""
    if not claims_an_effect(found):
        return None, None
    return breakdown_of_steps(steps), breakdown(bends, precision=PRECISION) or 0.0


def matching_bend(weights: Floats, margin: float) -> float:
    """M that would move the effect by half the margin, bending in one direction from the start on."""
    return margin / 2 / moved_by_bends(weights)


def intervals(path: EventPath, level: float) -> tuple[Intervals, Intervals]:
    """Interval of the effect by Mbar, and by M."""
    asked = (path.path, path.covariance, path.n_before, path.weights)
    return cache(partial(relative_magnitudes, *asked, level=level)), partial(smoothness, *asked, level=level)


def breakdown_of_steps(steps: Intervals) -> float:
    """Mbar at which the end of the interval that is next to zero reaches it.

    Intervals of relative magnitudes hold those of a smaller Mbar, so one root is all there is to find.
    """
    low, high = steps(0.0)
    if low <= 0 <= high:
        return 0.0

    def to_zero(mbar: float) -> float:
        return steps(mbar)[0] if low > 0 else -steps(mbar)[1]

    below = 0.0
    for above in (1.0, 4.0, 20.0, BEYOND_SAYING):
        if to_zero(above) <= 0:
            return float(brentq(to_zero, below, above, xtol=PRECISION / 10, rtol=PRECISION / 2))
        below = above
    return BEYOND_SAYING


def moved_by_bends(weights: Floats) -> float:
    """What bends of one, from the start on in one direction, add to the effect; `weights` by year.

    The first year after the start has bent once, the next has gone on so and bent again: 1, 3, 6...

    >>> moved_by_bends(np.array([0.5, 0.5]))
    2.0
    """
    since = np.arange(1, len(weights) + 1)
    return float(weights @ (since * (since + 1) / 2))


def told(found: Robust) -> str:
    """Say in words what the intervals are, and where the conclusion falls."""
    as_before, bent = (_span(interval, found.scale) for interval in (found.as_before, found.bent))
    spans = (
        f"counted from {found.reference}, the effect is {as_before} if trends part after the "
        f"start in steps no larger than the largest before it, and {bent} if the difference in "
        f"trend bends by at most {said(found.bend, found.scale)} a year (Rambachan and Roth 2023)"
    )
    if found.breakdown is None or found.breakdown_bend is None:
        return f"{spans}; no difference is claimed that could break down"
    steps = (
        f"the conclusion stands unless trends differ after the start by more than {_times(found.breakdown)} "
        "the largest step before it"
        if found.breakdown
        else f"counted from {found.reference}, the conclusion does not stand even with parallel trends"
    )
    bends = (
        f"if the difference in trend goes on, it stands unless that bends by more than "
        f"{_digits(found.breakdown_bend)}{found.scale.sign} a year"
        if found.breakdown_bend
        else "it does not stand if the difference in trend goes straight on"
    )
    return f"{spans}; breakdown values: {steps}; {bends}"


def _span(interval: Interval, scale: EffectScale) -> str:
    low, high = interval
    return f"{said(low, scale)} to {said(high, scale)}"


def _times(ratio: float) -> str:
    return "a hundred times" if ratio >= BEYOND_SAYING else f"{_digits(ratio)} times"


def _digits(number: float) -> str:
    """Two digits, and all those before the point.

    >>> _digits(1.3906), _digits(0.0312), _digits(212.0)
    ('1.4', '0.031', '212')
    """
    return f"{number:.0f}" if number >= 10 else f"{number:.2g}"
