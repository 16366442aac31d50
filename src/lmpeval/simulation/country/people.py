"""Draw a chunk of people: who they are, where they live, how long they stay."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Bools
from lmpeval.simulation.country.ages import (
    BIRTHS,
    EMIGRATION,
    EMIGRATION_YOUNG,
    IMMIGRANTS,
    WOMEN_ARRIVING,
    YOUNG,
    immigrant_ages,
    start_ages,
)
from lmpeval.simulation.country.drawn import Geography, Integers, Singles
from lmpeval.simulation.country.life_table import life_table
from lmpeval.simulation.country.prevalence import OLDEST

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country

MOVES_YOUNG, MOVES = 0.085, 0.025
"""Chance of moving to another municipality within a year at 18-34, and at other ages."""
NEARBY = 0.6
"""Share of moves that stay within the COROP region."""
SWITCHES = 0.065
"""Chance of changing insurer on 1 January."""
PRACTICE_NEXT_DOOR = 0.05
"""Share of people with a general practice in a neighbouring municipality."""
OLDER = 0.12
"""By how much an old municipality has more of the old, on the log scale per twenty years of age."""


@dataclass(frozen=True, eq=False)
class Residents:
    """Who a chunk of people are and where they live, over T years; see `People` for what is not told here.

    Attributes
    ----------
    stays : array, shape (T, n)
        Share of the year in the country if nobody died: 0 before arrival (birth) and after departure.
    """

    years: Integers
    born: NDArray[np.int16]
    woman: Bools
    ses: Singles
    unit: NDArray[np.int16]
    practice: NDArray[np.int32]
    insurer: NDArray[np.int8]
    stays: Singles

    @property
    def age(self) -> NDArray[np.int16]:
        """Age on 31 December, shape (T, n); negative before birth."""
        return np.asarray(self.years[:, None].astype(np.int16) - self.born)


def arrivals(n: int) -> tuple[int, int]:
    """How many are born and how many immigrate in a year, of n persons at the start."""
    return round(BIRTHS * n), round(IMMIGRANTS * n)


def settle(country: Country, geography: Geography, n: int, rng: np.random.Generator) -> Residents:
    """Draw n persons who are there at the start, those who come later, and where all of them live."""
    years = np.arange(country.first, country.last + 1, dtype=np.int16)
    births, immigrants = arrivals(n)
    comers = (births + immigrants) * len(years)
    # those who come later are numbered by year: without shuffling each year's would go to a corner of the map
    first_unit = np.concatenate(
        [_spread(n, geography, rng), rng.permutation(_spread(comers, geography, rng))]
    )
    since = np.repeat(years, births + immigrants)
    newborn = np.tile(np.arange(births + immigrants) < births, len(years))
    woman, age = _first_people(first_unit[:n], geography, country.first, rng)
    born = np.empty(n + comers, np.int16)
    born[:n] = country.first - 1 - age
    born[n:] = since - np.where(newborn, 0, rng.choice(OLDEST + 1, comers, p=immigrant_ages()))
    ses = geography.ses[first_unit] + np.sqrt(1 - np.var(geography.ses)) * rng.standard_normal(n + comers)
    ses[:n] += life_table().score()[woman.astype(int), age]
    woman = np.concatenate([woman, rng.random(comers) < WOMEN_ARRIVING])
    arrived = np.concatenate([np.full(n, -1), since - country.first])
    unit, practice, insurer = _homes(years[:, None] - born, first_unit, geography, rng)
    stays = _stays(arrived, born > country.first - YOUNG, len(years), rng)
    return Residents(years, born, woman, ses.astype(np.float32), unit, practice, insurer, stays)


def _spread(n: int, geography: Geography, rng: np.random.Generator) -> NDArray[np.int16]:
    """Municipalities of n persons in proportion to size, evenly spaced so that a small chunk has no gaps."""
    position = (np.arange(n) + rng.random()) / max(n, 1)
    return np.minimum(np.searchsorted(np.cumsum(geography.share), position), len(geography.share) - 1).astype(
        np.int16
    )


def _first_people(
    unit: NDArray[np.int16], geography: Geography, first: int, rng: np.random.Generator
) -> tuple[Bools, Integers]:
    """Sex and age of people on the day before the first year, by how old their municipality is; each (n,)."""
    nation = start_ages(first).ravel()
    midst = np.tile((np.arange(OLDEST + 1) - 40) / 20, 2)
    weight = nation * np.exp(OLDER * geography.old[:, None] * midst)
    for _ in range(4):  # old municipalities must not make the nation older
        weight /= weight.sum(axis=1, keepdims=True)
        weight *= nation / np.maximum(geography.share @ weight, 1e-300)
    until = np.cumsum(weight, axis=1) / weight.sum(axis=1, keepdims=True)
    row = unit.astype(np.intp)
    steps = (until + np.arange(len(until))[:, None]).ravel()
    position = np.searchsorted(steps, row + rng.random(len(row))) - row * len(nation)
    position = np.clip(position, 0, len(nation) - 1)
    return position > OLDEST, position % (OLDEST + 1)


def _stays(arrived: Integers, young: Bools, n_years: int, rng: np.random.Generator) -> Singles:
    """Share of each year in the country, deaths aside, shape (n_years, n)."""
    n = len(arrived)
    year = np.arange(n_years)[:, None]
    leaves = rng.random(n) < n_years * np.where(young, EMIGRATION_YOUNG, EMIGRATION)
    left = np.where(leaves, rng.integers(0, n_years, n), n_years)
    left = np.where(left > arrived, left, n_years)
    part = rng.random((2, n), dtype=np.float32)
    stays = ((year > arrived) & (year < left)).astype(np.float32)
    return np.where(year == arrived, part[0], np.where(year == left, part[1], stays))


def _homes(
    age: Integers, first_unit: NDArray[np.int16], geography: Geography, rng: np.random.Generator
) -> tuple[NDArray[np.int16], NDArray[np.int32], NDArray[np.int8]]:
    """Municipality, general practice and insurer in each year, each of shape (n_years, n)."""
    unit = np.repeat(first_unit[None], len(age), axis=0)
    practice = np.repeat(_practices(first_unit, geography, rng)[None], len(age), axis=0)
    insurer = np.repeat(_insurers(first_unit, geography, rng)[None], len(age), axis=0)
    for t in range(1, len(age)):
        chance = np.where((age[t] >= 18) & (age[t] < 35), MOVES_YOUNG, MOVES)
        moved = np.flatnonzero(rng.random(age.shape[1], dtype=np.float32) < chance)
        unit[t:, moved] = _destinations(unit[t, moved], geography, rng)
        practice[t:, moved] = _practices(unit[t, moved], geography, rng)
        switched = np.flatnonzero(rng.random(age.shape[1], dtype=np.float32) < SWITCHES)
        insurer[t:, switched] = _insurers(unit[t, switched], geography, rng)
    return unit, practice, insurer


def _destinations(
    unit: NDArray[np.int16], geography: Geography, rng: np.random.Generator
) -> NDArray[np.int16]:
    """Municipalities that people move to: in their own region or anywhere, in proportion to size."""
    until = np.cumsum(geography.share)
    of_group = np.concatenate(
        [[0.0], until[np.searchsorted(geography.group, np.unique(geography.group), "right") - 1]]
    )
    group, position = geography.group[unit], rng.random(len(unit))
    within = of_group[group] + position * (of_group[group + 1] - of_group[group])
    position = np.where(rng.random(len(unit)) < NEARBY, within, position)
    return np.minimum(np.searchsorted(until, position), len(until) - 1).astype(np.int16)


def _practices(unit: NDArray[np.int16], geography: Geography, rng: np.random.Generator) -> NDArray[np.int32]:
    """Practices of people: of their own municipality, now and then of one next door."""
    borders = np.concatenate(geography.neighbours)
    counts = np.array([len(found) for found in geography.neighbours])
    start = np.cumsum(counts) - counts
    next_door = borders[start[unit] + (rng.random(len(unit)) * counts[unit]).astype(int)]
    at = np.where(rng.random(len(unit)) < PRACTICE_NEXT_DOOR, next_door, unit)
    first = geography.first_practice[at]
    into = rng.random(len(unit)) * (geography.first_practice[at + 1] - first)
    return np.asarray(first + into, dtype=np.int32)


def _insurers(unit: NDArray[np.int16], geography: Geography, rng: np.random.Generator) -> NDArray[np.int8]:
    """Insurers of people by the market shares of their province."""
    share = geography.insurer_share
    until = (np.cumsum(share, axis=1) + np.arange(len(share))[:, None]).ravel()
    area = geography.area[unit]
    position = np.searchsorted(until, area + rng.random(len(unit)))
    return np.asarray(np.clip(position - area * share.shape[1], 0, share.shape[1] - 1), dtype=np.int8)
