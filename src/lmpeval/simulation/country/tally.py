"""What programmes do, added up over the people whom they reach: with them, and without what they do.

Both are sums over the same people in the same years: those who are there with the programmes. That somebody
lives longer shows in mortality; what they cost in the years gained is the same in both sums.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Floats
from lmpeval.simulation.country.drawn import Geography
from lmpeval.simulation.country.interventions import CATEGORIES
from lmpeval.simulation.country.participation import Lived
from lmpeval.simulation.country.ratings import Ratings, expected_rating
from lmpeval.simulation.country.sampling import Sample
from lmpeval.simulation.country.self_rated_health import good_health
from lmpeval.simulation.country.surveys import ADULT

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country

OUTCOMES = ("cost", *(f"cost_{name}" for name in CATEGORIES), "mortality", "good_health", "experience")
ADULTS_ONLY = np.array([name in ("good_health", "experience") for name in OUTCOMES])


@dataclass(frozen=True, eq=False)
class Tally:
    """Sums of one chunk or more; `+` adds them up. Roles are as in `Acts`: participates, within, beyond.

    Attributes
    ----------
    exposure : array, shape (n_programmes, n_roles, n_years, 3)
        Persons, insured years, and insured years of adults.
    acted, otherwise : array, shape (n_programmes, n_roles, n_years, n_outcomes)
        What they cost, die of and say with the programme, and what they would without it.
    residents : array, shape (n_years, n_units, 3)
        As `exposure`, of everybody in a municipality.
    """

    exposure: Floats
    acted: Floats
    otherwise: Floats
    residents: Floats

    def __add__(self, other: Tally) -> Tally:
        """Sums over the people of both."""
        return Tally(
            self.exposure + other.exposure,
            self.acted + other.acted,
            self.otherwise + other.otherwise,
            self.residents + other.residents,
        )


def tally(country: Country, geography: Geography, lived: Lived) -> Tally:
    """Add up what the programmes did to the people of a chunk."""
    acts, insured, n_years = lived.acts, lived.lives.insured, len(lived.people.years)
    ratings = Ratings.drawn(country.seed, geography)
    roles = []
    for codes in (acts.participates, acts.within, acts.beyond):
        year, person = np.nonzero((codes > 0) & (insured > 0))
        some = _Some(lived, year, person)
        place = (codes[year, person].astype(np.intp) - 1) * n_years + year
        columns = [some.exposure, some.outcomes(ratings, 1.0), some.outcomes(ratings, 0.0)]
        sums = _added(np.hstack(columns), place, len(country.programmes) * n_years)
        roles.append(sums.reshape(len(country.programmes), n_years, sums.shape[1]))
    exposure, acted, otherwise = np.split(np.stack(roles, axis=1), (3, 3 + len(OUTCOMES)), axis=-1)
    year, person = np.nonzero(insured > 0)
    everybody = _Some(lived, year, person).exposure
    place = year * len(geography.units) + lived.people.unit[year, person]
    residents = _added(everybody, place, n_years * len(geography.units))
    return Tally(exposure, acted, otherwise, residents.reshape(n_years, len(geography.units), -1))


@dataclass(frozen=True, eq=False)
class _Some:
    """Some person-years of a chunk, by their positions; arrays are of shape (n, ...)."""

    lived: Lived
    year: NDArray[np.intp]
    person: NDArray[np.intp]

    @property
    def exposure(self) -> Floats:
        """Persons, insured years, and insured years of adults."""
        insured = self.lived.lives.insured[self.year, self.person].astype(float)
        age = self.lived.people.years[self.year] - self.lived.people.born[self.person]
        return np.column_stack([np.ones(len(insured)), insured, insured * (age >= ADULT)])

    def outcomes(self, ratings: Ratings, size: float) -> Floats:
        """What they cost, die of and say where programmes act with `size` (1 in full, 0 not at all)."""
        at, people, acts = (self.year, self.person), self.lived.people, self.lived.acts
        costs = []
        for name in CATEGORIES:
            factor = acts.cost_factor[name][at] if name in acts.cost_factor else np.float32(1)
            costs.append(self.lived.lives.costs[name][at] * factor.astype(float) ** (size - 1))
        dying = self.lived.hazard[at] * acts.mortality_factor[at].astype(float) ** size
        asked = Sample(*at, size * acts.health_shift[at].astype(float))
        good = 100 * good_health(people, asked) * self.exposure[:, 2]
        mean = ratings.mean(people.practice[at], people.unit[at])
        rating = expected_rating(mean + size * acts.experience_shift[at]) * self.exposure[:, 2]
        return np.column_stack([sum(costs), *costs, 1000 * dying, good, rating])


def _added(values: Floats, place: NDArray[np.intp], n_places: int) -> Floats:
    """Add up each column by place, shape (n_places, n_columns)."""
    return np.column_stack([np.bincount(place, column, n_places) for column in values.T])
