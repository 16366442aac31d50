"""Where and when a small world is drawn, and what part each of its units plays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Bools, Floats, Years


@dataclass(frozen=True, eq=False)
class Layout:
    """Where and when a world is drawn.

    Attributes
    ----------
    years : array of int, shape (n_years,)
    start : int
        First year of exposure.
    home : array of int, shape (n_units,)
        Number of each unit's neighbourhood, the sites first.
    sites, groups : int
        Neighbourhoods that are sites, and all of them.
    size : array, shape (n_units,)
        Exposure before the start.
    """

    years: Years
    start: int
    home: NDArray[np.intp]
    sites: int
    groups: int
    size: Floats

    def ranked(self, outcome: Floats) -> NDArray[np.intp]:
        """Rank of each unit's neighbourhood by its mean outcome in a year, the highest first."""
        mean = np.bincount(self.home, outcome * self.size) / np.bincount(self.home, self.size)
        return np.asarray(np.argsort(np.argsort(-mean))[self.home])


@dataclass(frozen=True, eq=False)
class Roles:
    """What part each unit plays; all of shape (n_units,).

    Attributes
    ----------
    rank : array of int
        Place of its neighbourhood: the sites first, then those with another programme.
    treated, aside : array of bool
    others : array of int
        Start of the programme that it has besides the site's, 0 for none.
    """

    rank: NDArray[np.intp]
    treated: Bools
    aside: Bools
    others: NDArray[np.intp]
