"""Effects of starts in calendar years, and what each counts for by years since the start."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce

import numpy as np

from lmpeval.panel import Bools, Floats, Years
from lmpeval.segments import Together


@dataclass(frozen=True, eq=False)
class Cells:
    """Effects of starts in calendar years, among those of other sets of groups.

    Attributes
    ----------
    starts : array of int, shape (n_cohorts,)
    years : array of int, shape (n_years,)
    known : array of bool, shape (n_cohorts, n_years)
        Years that a cohort has.
    weights : array, shape (n_cohorts,)
        Share of each cohort in the exposure of all treated, each measured before its own start.
    gaps : array, shape (n_cohorts, n_years)
        Zero where not known.
    others : array, shape (n_sets, n_cohorts, n_years)
        Had these sets started instead.
    shares : array, shape (n_sets, n_cohorts)
        Part of each set, by size, that started itself.
    given : array, shape (n_sets, n_cohorts, n_years)
        Weight of sites that had begun by then in what each set is compared with.
    level : float
        Of intervals.
    """

    starts: Years
    years: Years
    known: Bools
    weights: Floats
    gaps: Floats
    others: Floats
    shares: Floats
    given: Floats
    level: float


def event_weights(cells: Cells, together: Together) -> tuple[Years, Floats]:
    """Years since the start, and the weight of every cohort and calendar year in each of them.

    Cohorts count by their size, among those that have the year.

    Returns
    -------
    array of int, shape (n_since,)
    array, shape (n_since, n_cohorts, n_years)
        Each sums to one.
    """
    time = cells.years - cells.starts[:, None]
    each = [time[c, cells.known[c]] for c in np.flatnonzero(cells.weights)]
    since = reduce(np.union1d if together.every_event_year else np.intersect1d, each)
    weights = (time == since[:, None, None]) * cells.known * cells.weights[:, None]
    return since, weights / weights.sum(axis=(1, 2), keepdims=True)
