"""Segments of a cohort's years in which the same units are not exposed yet, each a panel by itself.

A panel ends where its segment does: a design never sees a year in which a unit of its pool is exposed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Panel


@dataclass(frozen=True)
class Together:
    """How a study puts several starts together.

    Attributes
    ----------
    later_serve : bool
        Whether units of a later start are compared with until their own start; else they never are.
    every_event_year : bool
        Whether all years since the start are told, over the starts that have them; else those that all have.
    """

    later_serve: bool = False
    every_event_year: bool = False


BY_DEFAULT = Together()


@dataclass(frozen=True, eq=False)
class Segment:
    """Years in which one cohort has the same pool.

    Attributes
    ----------
    years : array of int, shape (n_years,)
        Of its panel: from the first year to the last of the segment.
    rows : array of int
        Positions of the years for which its panel answers.
    """

    years: NDArray[np.int64]
    rows: NDArray[np.intp]


def segments(cohorts: Sequence[Panel], cohort: int, together: Together) -> list[Segment]:
    """Cut the years of a cohort at every later start; the years before its own are in the first segment."""
    panel = cohorts[cohort]
    years, turns = panel.years, [0]
    if together.later_serve:
        later = sorted({other.start for other in cohorts if other.start > panel.start})
        ends = [int((years < start).sum()) for start in later]
        # a panel needs a year from the start on, and another one than the segment before
        turns += sorted({end for end in ends if panel.before.sum() < end < len(years)})
    return [
        Segment(years[:end], np.arange(begin, end))
        for begin, end in zip(turns, [*turns[1:], len(years)], strict=True)
    ]


def in_segment(segment: Segment, sets: Sequence[Sequence[Panel]], cohort: int) -> list[Panel]:
    """The cohort's panel of every set, cut to the segment, with all who start after it in the pool.

    Panels of one segment share their figures, so that a design can answer for all of them in one stroke.
    """
    first = sets[0][cohort]
    if len(segment.years) == len(first.years):
        return [cohorts[cohort] for cohorts in sets]
    cut = first.without_years(first.years[len(segment.years) :].tolist())
    panels = []
    for cohorts in sets:
        waiting = [each.treated for each in cohorts if each.start > segment.years[-1]]
        panel = cohorts[cohort]
        aside = panel.aside & ~np.logical_or.reduce([np.zeros_like(panel.aside), *waiting])
        panels.append(replace(cut, treated=panel.treated, groups=panel.groups, aside=aside))
    return panels
