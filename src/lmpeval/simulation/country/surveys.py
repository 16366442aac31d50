"""What people say when they are asked: of their health every four years, of their care every year."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lmpeval.panel import Bools, Floats
from lmpeval.simulation.country.drawn import Geography, People
from lmpeval.simulation.country.participation import Acts
from lmpeval.simulation.country.ratings import Ratings, rating_rows
from lmpeval.simulation.country.sampling import sample
from lmpeval.simulation.country.self_rated_health import health_rows

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country

WAVES = (2009, 2012, 2016, 2020)
"""Years in which health is asked."""
ADULT = 19
ASKED_OF_HEALTH, ASKED_OF_CARE = 1_000_000, 300_000
"""Invitations a year in a country of full size; a small country asks a larger share of its adults."""


@dataclass(frozen=True, eq=False)
class Asked:
    """What was asked in one chunk.

    Attributes
    ----------
    health, experience : DataFrame
        Contracts health_survey and experience_ratings.
    sums : array, shape (n_years, n_units, 5)
        By year asked and municipality: respondents, weights, weighted good health; raters, ratings.
    """

    health: pd.DataFrame
    experience: pd.DataFrame
    sums: Floats


def ask(
    country: Country, geography: Geography, people: People, acts: Acts, alive: Bools, rng: np.random.Generator
) -> Asked:
    """Ask a sample of the adults.

    Parameters
    ----------
    alive : array, shape (n_years, n_people)
        Whether somebody is there at some time of the year, with the programmes.
    """
    adult = alive & (people.age >= ADULT)
    wave = np.isin(people.years, WAVES)[:, None]
    asked = sample(adult & wave, ASKED_OF_HEALTH / country.persons, acts.health_shift, rng)
    health = health_rows(geography, people, asked, rng)
    asked = sample(adult, ASKED_OF_CARE / country.persons, acts.experience_shift, rng)
    experience = rating_rows(Ratings.drawn(country.seed, geography), geography, people, asked, rng)
    return Asked(health, experience, _sums(geography, people, health, experience))


def _sums(geography: Geography, people: People, health: pd.DataFrame, experience: pd.DataFrame) -> Floats:
    """Add up answers by year and municipality, shape (n_years, n_units, 5)."""
    shape = (len(people.years), len(geography.units))

    def added(table: pd.DataFrame, values: Floats) -> Floats:
        place = (table["year"].to_numpy() - people.years[0]).astype(int) * shape[1]
        place += table["municipality"].cat.codes.to_numpy()
        sums = np.bincount(place, values, shape[0] * shape[1])
        return np.asarray(sums.reshape(shape), dtype=float)

    said = health[health["responded"] == 1]
    weight = said["weight"].to_numpy(dtype=float)
    rating = experience["rating"].to_numpy(dtype=float)
    return np.stack(
        [
            added(said, np.ones(len(said))),
            added(said, weight),
            added(said, weight * said["good_health"].to_numpy(dtype=float)),
            added(experience, np.ones(len(experience))),
            added(experience, rating),
        ],
        axis=-1,
    )


def figures(sums: Floats) -> Mapping[str, Floats]:
    """Columns of the region panel from the sums of all chunks, each of shape (n_years, n_units)."""
    people, weight, good, raters, ratings = np.moveaxis(sums, -1, 0)
    nothing = np.full(weight.shape, np.nan)
    return {
        "good_health": np.divide(100 * good, weight, out=nothing.copy(), where=weight > 0),
        "good_health_respondents": np.where(people > 0, people, np.nan),
        "experience": np.divide(ratings, raters, out=nothing.copy(), where=raters > 0),
        "experience_raters": np.where(raters > 0, raters, np.nan),
    }
