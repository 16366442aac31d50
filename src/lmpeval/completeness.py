"""How complete the last year of a cost is: as the delivery tells it, or as its own path shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from lmpeval.panel import Floats, Years

FEWEST_GROWTHS = 4
"""Of earlier years: from fewer, no growth would be far enough from them to be noticed."""
CHANCE = 0.01
"""That a complete last year is called incomplete, where growth is of one spread in all years."""


@dataclass(frozen=True)
class Completeness:
    """What is known of a year whose claims may not all be in.

    Attributes
    ----------
    year : int
    missing : float
        Share of the year's cost that is not in, in the pool: 0.07 for 7 %; below zero for a year that is
        dearer than the years before would have it.
    noticeable : float
        The least share that would be called missing.
    apart : float or None
        Share missing in the site minus that in the pool; None where the delivery does not tell.
    """

    year: int
    missing: float
    noticeable: float
    apart: float | None = None

    @property
    def told(self) -> bool:
        """Whether the delivery says how complete it is."""
        return self.apart is not None


def shown_by_path(mean: Floats, years: Years, breaks: Sequence[int]) -> Completeness | None:
    """Hold the growth of the last year against that of the years before.

    Growth is taken between years that follow each other, breaks left out on both sides. The last one is
    placed in the prediction interval of the others, one-sided at `CHANCE`: a normal mean with unknown
    spread, one observation to come (Hahn 1969).

    Parameters
    ----------
    mean : array, shape (n_years,)
        Mean of the pool in euro of the year; positive.
    years : array of int, shape (n_years,)
    breaks : sequence of int
        Years in which something else changed.

    Returns
    -------
    Completeness or None
        None where too few years follow each other, or the last one is a break.
    """
    usable = (np.diff(years) == 1) & ~np.isin(years[1:], breaks) & ~np.isin(years[:-1], breaks)
    growth = np.diff(np.log(mean))
    before = growth[:-1][usable[:-1]]
    if not usable[-1:].all() or len(before) < FEWEST_GROWTHS:
        return None
    n = len(before)
    reach = t.ppf(1 - CHANCE, n - 1) * before.std(ddof=1) * np.sqrt(1 + 1 / n)
    missing = float(-np.expm1(growth[-1] - before.mean()))
    return Completeness(int(years[-1]), missing, float(-np.expm1(-reach)))
