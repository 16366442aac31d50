"""A few thousand people in all municipalities of a drawn country, simple enough to check by hand."""

from __future__ import annotations

from functools import cache

import numpy as np

from lmpeval.simulation.country.drawn import CONDITIONS, Geography, Lives, People
from lmpeval.simulation.country.geography import draw_geography
from lmpeval.simulation.country.interventions import CATEGORIES
from lmpeval.simulation.country.participation import Acts
from lmpeval.simulation.country.settings import Country

COUNTRY = Country(persons=40_000, seed=4)


@cache
def geography() -> Geography:
    return draw_geography(COUNTRY)


def people(n: int = 40_000, seed: int = 8, country: Country = COUNTRY) -> People:
    """Everybody stays where they are and lives on; a third of those over 60 have each condition."""
    rng, places = np.random.default_rng(seed), geography()
    years = np.arange(country.first, country.last + 1)
    born = rng.integers(1920, 2009, n)
    old = years[:, None] - born > 60
    unit = np.repeat(rng.choice(len(places.units), n, p=places.share)[None], len(years), axis=0)
    first, last = places.first_practice[unit[0]], places.first_practice[unit[0] + 1]
    practice = first + rng.integers(0, 1000, n) % (last - first)
    return People(
        years=years,
        person=np.arange(n, dtype=np.int64),
        born=born,
        woman=rng.random(n) < 0.5,
        ses=rng.normal(size=n).astype(np.float32),
        conditions={name: old & (rng.random(n) < 1 / 3) for name in CONDITIONS},
        unit=unit,
        practice=np.repeat(practice[None], len(years), axis=0),
        insurer=np.repeat(rng.integers(0, len(places.insurers), n)[None], len(years), axis=0),
        insured=np.ones((len(years), n), np.float32),
        baseline_cost=rng.lognormal(7, 1, (len(years), n)).astype(np.float32),
    )


def lives(some: People, acts: Acts) -> Lives:
    """Costs of a round number in every category, times what programmes do; nobody dies."""
    full = np.ones(some.unit.shape, np.float32)
    costs = {
        name: 100 * (k + 1) * full * acts.cost_factor.get(name, full) for k, name in enumerate(CATEGORIES)
    }
    return Lives(insured=some.insured, died=np.zeros(some.unit.shape, bool), costs=costs)
