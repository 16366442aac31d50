"""What a drawn country is made of: places, a chunk of its people, and how they live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Bools, Floats

Singles: TypeAlias = NDArray[np.float32]
Integers: TypeAlias = NDArray[np.signedinteger]

CORE = ("gp", "hospital", "pharmacy", "other")
"""Categories that are in the Act in all years, as ``cost_core`` of the published files."""
CONDITIONS = ("diabetes", "copd", "heart_failure", "frail")


@dataclass(frozen=True, eq=False)
class Geography:
    """Places of a country on its latest map; positions in `units` stand for municipalities elsewhere.

    Attributes
    ----------
    units, codes : tuple of str
        Names and codes of the municipalities.
    groups, areas : tuple of str
        Names of the COROP regions and of the provinces.
    group, area : array, shape (n_units,)
        Position of each municipality's region in `groups` and of its province in `areas`.
    share : array, shape (n_units,)
        Of the country's inhabitants; sums to one.
    ses, old : array, shape (n_units,)
        Mean socio-economic score, and how old the inhabitants are, in standard deviations of municipalities.
    place : array, shape (n_units, 2)
        Kilometres east and north of the middle of the country.
    neighbours : tuple of array
        Positions of the municipalities that border on each.
    first_practice : array, shape (n_units + 1,)
        The general practices of unit i are numbered first_practice[i] up to first_practice[i + 1].
    insurers : tuple of str
    insurer_share : array, shape (n_areas, n_insurers)
        Share of the inhabitants of a province; rows sum to one.
    hospital : array, shape (n_units,)
        Number of the hospital that serves the municipality, from zero.
    former : array, shape (n_units,)
        First year in which the municipality exists as it is on the latest map; 0 if it always did. Before
        that year it was two, see `codes_in`.
    """

    units: tuple[str, ...]
    codes: tuple[str, ...]
    groups: tuple[str, ...]
    areas: tuple[str, ...]
    group: Integers
    area: Integers
    share: Floats
    ses: Floats
    old: Floats
    place: Floats
    neighbours: tuple[Integers, ...]
    first_practice: Integers
    insurers: tuple[str, ...]
    insurer_share: Floats
    hospital: Integers
    former: Integers


@dataclass(frozen=True, eq=False)
class People:
    """One chunk of n persons over T years, as they would live without any programme.

    Attributes
    ----------
    years : array, shape (T,)
    person : array, shape (n,)
        Number of the person in the whole country.
    born : array, shape (n,)
        Year of birth.
    woman : array, shape (n,)
    ses : array, shape (n,)
        Socio-economic score, mean 0 and standard deviation 1 over the country.
    conditions : Mapping of str to array, shape (T, n)
        Whether the person has the condition, by the names of `CONDITIONS`.
    unit : array, shape (T, n)
        Position of the municipality in `Geography.units`.
    practice : array, shape (T, n)
    insurer : array, shape (T, n)
        Position in `Geography.insurers`.
    insured : array, shape (T, n)
        Share of the year insured without any programme; 0 where not there (unborn, dead, abroad).
    baseline_cost : array, shape (T, n)
        Total cost without any programme, in euro of the year.
    """

    years: Integers
    person: NDArray[np.int64]
    born: Integers
    woman: Bools
    ses: Singles
    conditions: Mapping[str, Bools]
    unit: Integers
    practice: Integers
    insurer: Integers
    insured: Singles
    baseline_cost: Singles

    @property
    def age(self) -> Integers:
        """Age on 31 December, shape (T, n); negative before birth."""
        return np.asarray(self.years[:, None] - self.born, dtype=np.int16)


@dataclass(frozen=True, eq=False)
class Lives:
    """How the people of a chunk live with the programmes, or without them.

    Attributes
    ----------
    insured : array, shape (T, n)
        Share of the year insured; 0 where not there.
    died : array, shape (T, n)
        Whether the person dies in the year.
    costs : Mapping of str to array, shape (T, n)
        Euro of the year, by the names of `CATEGORIES`.
    """

    insured: Singles
    died: Bools
    costs: Mapping[str, Singles]

    @property
    def alive(self) -> Bools:
        """Whether the person is there at some time of the year, shape (T, n)."""
        return np.asarray(self.insured > 0)
