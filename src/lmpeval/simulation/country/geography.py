"""Draw the places of a country: municipalities, who borders on whom, practices, insurers, hospitals."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.spatial import Delaunay, cKDTree

from lmpeval.panel import Floats
from lmpeval.simulation.country.drawn import Geography, Integers
from lmpeval.simulation.country.facts import REAL_INHABITANTS, corop_regions

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country

SIZE_SPREAD = 0.62
"""Standard deviation of the logarithm of size within a region, its largest municipality aside."""
SMALLEST = 900
PER_PRACTICE = 2300
PER_HOSPITAL = 215_000
INSURERS = tuple(f"Insurer {letter}" for letter in "ABCDEFGHI")
MARKET = np.array([0.29, 0.24, 0.20, 0.12, 0.05, 0.04, 0.03, 0.02, 0.01])
"""National market shares; four concerns hold most of it."""
KM_PER_DEGREE = np.array([67.5, 111.2])
MIDDLE = np.array([5.4, 52.1])
SES_SPREAD = 0.3
"""Standard deviation over municipalities of their mean socio-economic score."""
STREAM = 1_000_003
"""Stream of random numbers of the geography; chunks of people have streams from zero on."""


def draw_geography(country: Country) -> Geography:
    """Draw the places of a country from its seed.

    Names are made up after the region, "Twente 01", so that nobody takes one for a real municipality. The
    structure is real: regions, how many municipalities they have, and how many people live there.
    """
    rng = np.random.default_rng(np.random.SeedSequence(country.seed, spawn_key=(STREAM,)))
    regions = corop_regions()
    group = np.repeat(np.arange(len(regions)), regions["municipalities"])
    inhabitants = np.concatenate(
        [
            _sizes(int(n), float(inhabitants), float(largest), rng)
            for n, inhabitants, largest in regions[["municipalities", "inhabitants", "largest"]].to_numpy()
        ]
    )
    areas = tuple(sorted(set(regions["province"])))
    area_of_group = regions["province"].map(areas.index).to_numpy()
    place = _places(regions, group, rng)
    number = np.concatenate([np.arange(1, n + 1) for n in regions["municipalities"]])
    lived_in = inhabitants / inhabitants.sum()
    practices = np.maximum(2, np.rint(lived_in * country.persons / PER_PRACTICE)).astype(int)
    return Geography(
        units=tuple(f"{regions['name'][g]} {k:02d}" for g, k in zip(group, number, strict=True)),
        codes=tuple(f"SM{i:04d}" for i in range(1, len(group) + 1)),
        groups=tuple(regions["name"]),
        areas=areas,
        group=group,
        area=area_of_group[group],
        share=lived_in,
        ses=rng.normal(0, SES_SPREAD, len(group)),
        old=rng.normal(0, 1, len(group)),
        place=place,
        neighbours=_neighbours(place),
        first_practice=np.concatenate([[0], np.cumsum(practices)]),
        insurers=INSURERS,
        insurer_share=rng.dirichlet(12 * MARKET, len(areas)),
        hospital=_hospitals(inhabitants, group, place),
        former=_merged(country, inhabitants, rng),
    )


def _sizes(n: int, inhabitants: float, largest: float, rng: np.random.Generator) -> Floats:
    """Inhabitants of the n municipalities of a region, long-tailed, in random order; shape (n,)."""
    if n == 1:
        return np.array([inhabitants])
    weight = rng.lognormal(0, SIZE_SPREAD, n - 1)
    rest = inhabitants - largest
    others = np.maximum(SMALLEST, rest * weight / weight.sum())
    # nobody is larger than the largest: what is too much goes to all the others
    for _ in range(n):
        others = np.minimum(others * rest / others.sum(), 0.98 * largest)
    return rng.permutation(np.append(others, inhabitants - others.sum()))


def _places(regions: pd.DataFrame, group: Integers, rng: np.random.Generator) -> Floats:
    """Where the municipalities lie around the middle of their region, in kilometres, shape (n_units, 2)."""
    middle = (regions[["longitude", "latitude"]].to_numpy() - MIDDLE) * KM_PER_DEGREE
    apart = cKDTree(middle).query(middle, k=2)[0][:, 1]
    spread = 0.45 * apart * np.clip(np.sqrt(regions["municipalities"].to_numpy() / 8), 0.6, 1.4)
    angle = rng.uniform(0, 2 * np.pi, len(group))
    far = np.sqrt(rng.uniform(0, 1, len(group)))
    offset = np.column_stack([np.cos(angle), np.sin(angle)]) * far[:, None]
    return np.asarray(middle[group] + 1.5 * spread[group, None] * offset)


def _neighbours(place: Floats) -> tuple[Integers, ...]:
    """Municipalities that border on each: edges of the Delaunay triangles, the longest left out.

    The outline of the country is not convex; an edge of more than three times the distance to the nearest
    neighbours leaves it, unless it is the only one that a municipality has.
    """
    triangles = Delaunay(place).simplices
    edges = np.unique(
        np.sort(np.vstack([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [0, 2]]])), axis=0
    )
    length = np.linalg.norm(place[edges[:, 0]] - place[edges[:, 1]], axis=1)
    distance, nearest = cKDTree(place).query(place, k=4)
    near = length <= 3 * np.median(distance[:, 3])
    first = np.sort(np.column_stack([np.arange(len(place)), nearest[:, 1]]))
    kept = np.unique(np.vstack([edges[near], first]), axis=0)
    both = np.vstack([kept, kept[:, ::-1]])
    both = both[np.lexsort((both[:, 1], both[:, 0]))]
    ends = np.searchsorted(both[:, 0], np.arange(len(place) + 1))
    return tuple(both[a:b, 1] for a, b in pairwise(ends))


def _hospitals(inhabitants: Floats, group: Integers, place: Floats) -> Integers:
    """Number of the nearest hospital; hospitals stand in the largest municipalities of a region."""
    seats = []
    for one in np.unique(group):
        units = np.flatnonzero(group == one)
        n = min(len(units), max(1, round(inhabitants[units].sum() / PER_HOSPITAL)))
        seats += list(units[np.argsort(-inhabitants[units])[:n]])
    return np.asarray(cKDTree(place[seats]).query(place)[1])


def _merged(country: Country, inhabitants: Floats, rng: np.random.Generator) -> Integers:
    """First year of the municipalities that came of a merger, 0 for all others; shape (n_units,)."""
    small = inhabitants < REAL_INHABITANTS / 355
    chosen = rng.choice(np.flatnonzero(small), country.mergers, replace=False)
    former = np.zeros(len(inhabitants), dtype=int)
    former[chosen] = rng.integers(country.first + 1, country.last + 1, country.mergers)
    return former


def codes_in(geography: Geography, year: int) -> tuple[list[str], Integers]:
    """Codes on the map of a year, and the position of the code of each half of each municipality in them.

    Before a merger the second half has a code of its own; the first half has the code that the merged
    municipality carries on, as happens in reality.

    Returns
    -------
    codes : list of str
    position : array, shape (n_units, 2)
    """
    codes = list(geography.codes)
    position = np.repeat(np.arange(len(codes))[:, None], 2, axis=1)
    for unit in np.flatnonzero(geography.former):
        codes.append(_former_code(geography.codes[unit]))
        if year < geography.former[unit]:
            position[unit, 1] = len(codes) - 1
    return codes, position


def municipalities(geography: Geography) -> pd.DataFrame:
    """List the municipalities: code, unit, group, area, share of the inhabitants, place, hospital."""
    return pd.DataFrame(
        {
            "code": geography.codes,
            "unit": geography.units,
            "group": [geography.groups[g] for g in geography.group],
            "area": [geography.areas[a] for a in geography.area],
            "share": geography.share.round(7),
            "km_east": geography.place[:, 0].round(1),
            "km_north": geography.place[:, 1].round(1),
            "hospital": geography.hospital + 1,
            "since": np.where(geography.former > 0, geography.former, 0),
        }
    )


def code_table(geography: Geography, first: int, last: int) -> pd.DataFrame:
    """List the codes on the maps of the years from `first` to `last`: contract municipality_codes.

    A code stands for one municipality of the latest map in all its years. That is not to say that it is of
    one size: the half that carries the code on becomes the whole.
    """
    carried_on = pd.DataFrame(
        {"code": geography.codes, "unit": geography.units, "first": first, "last": last, "ends_in": ""}
    )
    merged = np.flatnonzero(geography.former)
    ended = carried_on.iloc[merged].assign(
        code=[_former_code(geography.codes[unit]) for unit in merged],
        last=geography.former[merged] - 1,
        ends_in=[geography.codes[unit] for unit in merged],
    )
    return pd.concat([carried_on, ended], ignore_index=True)


def _former_code(code: str) -> str:
    return code.replace("SM", "SMX")


def neighbour_table(geography: Geography) -> pd.DataFrame:
    """List who borders on whom, both ways: contract municipality_neighbours."""
    counts = [len(found) for found in geography.neighbours]
    other = np.concatenate(geography.neighbours)
    names = np.array(geography.units, dtype=object)
    return pd.DataFrame({"unit": np.repeat(names, counts), "neighbour": names[other]})
