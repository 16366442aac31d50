"""What a design says of every start in every year: of the real starts, and of others that could have been."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmpeval.design import Design, Joint, compare_all
from lmpeval.estimate import Comparison, refuse_unsound
from lmpeval.panel import Floats, Panel, Years
from lmpeval.segments import Together, in_segment, segments


@dataclass(frozen=True, eq=False)
class Piece:
    """A design's answer for one cohort in some years.

    Attributes
    ----------
    panel : Panel
    rows : array of int
        Positions of the years that it answers for, in the cohort's panel and in its own.
    answer : Comparison
    """

    panel: Panel
    rows: NDArray[np.intp]
    answer: Comparison

    @property
    def gap(self) -> Floats:
        """Observed minus counterfactual, in its rows."""
        return np.asarray((self.panel.treated_mean - self.answer.counterfactual)[self.rows])


Pieces = list[list[Piece]]
"""One list a cohort; together its pieces answer for all of the cohort's years."""


def answered(design: Design, sets: Sequence[Sequence[Panel]], together: Together) -> list[Pieces]:
    """Answer for every cohort of every set of cohorts.

    A `Joint` design gets whole sets, and knows itself which units are not exposed yet.

    Raises
    ------
    ValueError
        Where an answer is no comparison.
    """
    found: list[Pieces] = [[[] for _ in cohorts] for cohorts in sets]
    if isinstance(design, Joint):
        for pieces, cohorts in zip(found, sets, strict=True):
            for own, panel, answer in zip(pieces, cohorts, design.compare_together(cohorts), strict=True):
                own.append(Piece(panel, np.arange(len(panel.years)), answer))
    else:
        for cohort in range(len(sets[0])):
            for segment in segments(sets[0], cohort, together):
                panels = in_segment(segment, sets, cohort)
                for pieces, panel, answer in zip(found, panels, compare_all(design, panels), strict=True):
                    pieces[cohort].append(Piece(panel, segment.rows, answer))
    for pieces in found:
        for each in (each for own in pieces for each in own):
            refuse_unsound(each.answer, each.panel, type(design).__name__)
    return found


def given_to(found: Sequence[Pieces], begun: Years, years: Years) -> Floats:
    """Weight of units that had begun by then in what is compared with, shaped as `gaps_of`.

    With weights fixed before the start a constant effect takes that part of itself off the gap.

    Parameters
    ----------
    found : sequence of Pieces, one a set
    begun : array of int, shape (n_units,)
        First year of exposure; 0 for never.
    years : array of int, shape (n_years,)
    """
    given, sites = np.zeros((len(found), len(found[0]), len(years))), np.flatnonzero(begun)
    for chosen, pieces in enumerate(found):
        for cohort, own in enumerate(pieces):
            for each in own:
                weight = np.zeros(len(begun))
                weight[each.panel.compared] = each.answer.weights
                here = each.panel.years[each.rows]
                exposed = here[:, None] >= begun[sites]
                given[chosen, cohort, np.searchsorted(years, here)] = exposed @ weight[sites]
    return given


def gaps_of(found: Sequence[Pieces], years: Years) -> Floats:
    """Gaps by set, cohort and calendar year, shape (n_sets, n_cohorts, n_years); zero in years not there."""
    gaps = np.zeros((len(found), len(found[0]), len(years)))
    for chosen, pieces in enumerate(found):
        for cohort, own in enumerate(pieces):
            for each in own:
                gaps[chosen, cohort, np.searchsorted(years, each.panel.years[each.rows])] = each.gap
    return gaps
