"""What lies beyond the 99th percentile of a year's cost, known only when everybody has been drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Floats
from lmpeval.simulation.country.drawn import Geography, Integers, Lives, People, Singles
from lmpeval.simulation.country.facts import STRATA
from lmpeval.simulation.country.person_costs import strata

TOP = 0.01
"""Share of the insured whose cost is cut."""
KEPT_FROM = 10_000.0
"""Euro; three to five in a hundred cost more, so the cut lies far above and nobody below is cut."""


@dataclass(frozen=True, eq=False)
class Costly:
    """Those of one chunk who cost more than `KEPT_FROM`, a person-year each; arrays of shape (n,).

    Attributes
    ----------
    year, unit, stratum : array
        Positions of the year, the municipality, and the sex and age class.
    cost : array
        Euro of the year.
    """

    year: NDArray[np.int8]
    unit: NDArray[np.int16]
    stratum: NDArray[np.int8]
    cost: Singles


@dataclass(frozen=True, eq=False)
class TopCosts:
    """The costly of some chunks; `+` adds those of other chunks.

    Attributes
    ----------
    insured : array, shape (n_years,)
        Number of persons insured at any time of a year.
    parts : tuple of Costly
        One a chunk.
    """

    insured: Integers
    parts: tuple[Costly, ...]

    def __add__(self, other: TopCosts) -> TopCosts:
        """Those of both."""
        return TopCosts(self.insured + other.insured, self.parts + other.parts)

    def cuts(self) -> Floats:
        """The cost of a year that no more than `TOP` of the insured exceed, shape (n_years,).

        Raises
        ------
        ValueError
            Where it lies below `KEPT_FROM`, so that not everybody beyond it is known.
        """
        found = np.empty(len(self.insured))
        for t, insured in enumerate(self.insured):
            of_year = np.sort(np.concatenate([part.cost[part.year == t] for part in self.parts]))[::-1]
            above = int(TOP * insured)
            if above >= len(of_year):
                raise ValueError(f"the 99th percentile of year {t} is below {KEPT_FROM:,.0f} euro")
            found[t] = of_year[above]
        return found

    def beyond(self, n_units: int) -> tuple[Floats, Floats]:
        """Euro beyond the cut, by unit (n_years, n_units) and by sex and age class (n_years, STRATA)."""
        cuts, n_years = self.cuts(), len(self.insured)
        by_unit, by_stratum = np.zeros(n_years * n_units), np.zeros(n_years * STRATA)
        for part in self.parts:
            year = part.year.astype(np.intp)
            over = np.maximum(part.cost.astype(float) - cuts[year], 0)
            by_unit += np.bincount(year * n_units + part.unit, over, len(by_unit))
            by_stratum += np.bincount(year * STRATA + part.stratum, over, len(by_stratum))
        return by_unit.reshape(n_years, n_units), by_stratum.reshape(n_years, STRATA)


def top_costs(geography: Geography, people: People, lives: Lives) -> TopCosts:
    """Find the costly people of a chunk as they live with the programmes."""
    cost = sum(lives.costs.values()) * (lives.insured > 0)
    year, person = np.nonzero(cost > KEPT_FROM)
    part = Costly(
        year=year.astype(np.int8),
        unit=people.unit[year, person].astype(np.int16),
        stratum=strata(people.age, people.woman)[year, person].astype(np.int8),
        cost=np.asarray(cost[year, person], dtype=np.float32),
    )
    assert len(geography.units) <= np.iinfo(np.int16).max
    return TopCosts((lives.insured > 0).sum(axis=1), (part,))
