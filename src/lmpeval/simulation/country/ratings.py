"""Experienced quality: ratings of care out of ten, clustered in GP practices.

Public ratings of Dutch care barely differ between regions (means 8.3 to 8.6, less than a hundredth of the
variance) and clearly between providers (more than a tenth of it).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from lmpeval.panel import Floats
from lmpeval.simulation.country.drawn import Geography, Integers, People
from lmpeval.simulation.country.sampling import Sample, coded

STREAM = 0x5A7E
"""Names the stream of chance that differences between places are drawn from."""
RATING = 8.45
"""Mean rating before the cap of ten."""
PRACTICES_APART, REGIONS_APART, RATERS_APART = 0.42, 0.07, 1.0
"""Standard deviations of ratings: of practices, of municipalities, of raters of one practice."""


@dataclass(frozen=True, eq=False)
class Ratings:
    """By how much practices and municipalities differ in how their care is rated; the same in every chunk.

    Attributes
    ----------
    of_practice : array, shape (n_practices,)
    of_unit : array, shape (n_units,)
    """

    of_practice: Floats
    of_unit: Floats

    @classmethod
    def drawn(cls, seed: int, geography: Geography) -> Ratings:
        """Draw the differences of a country."""
        rng = np.random.default_rng((seed, STREAM))
        return cls(
            rng.normal(0, PRACTICES_APART, int(geography.first_practice[-1])),
            rng.normal(0, REGIONS_APART, len(geography.units)),
        )

    def mean(self, practice: Integers, unit: Integers) -> Floats:
        """Mean rating without programmes in a practice and a municipality, before the cap of ten."""
        return np.asarray(RATING + self.of_practice[practice] + self.of_unit[unit])


def expected_rating(mean: Floats) -> Floats:
    """Mean of a normal rating that cannot be above ten (Tobin 1958)."""
    above = (10 - mean) / RATERS_APART
    density = np.exp(-0.5 * above**2) / np.sqrt(2 * np.pi)
    return np.asarray(mean * ndtr(above) + 10 * (1 - ndtr(above)) - RATERS_APART * density)


def rating_rows(
    ratings: Ratings, geography: Geography, people: People, asked: Sample, rng: np.random.Generator
) -> pd.DataFrame:
    """Ask a sample to rate its care (contract experience_ratings)."""
    year, person = asked.year, asked.person
    practice, unit = people.practice[year, person], people.unit[year, person]
    mean = ratings.mean(practice, unit) + asked.shift
    rating = np.clip(rng.normal(mean, RATERS_APART), 0, 10)
    return pd.DataFrame(
        {
            "person_id": people.person[person],
            "year": people.years[year].astype(np.int16),
            "municipality": coded(people.unit[year, person], geography.codes),
            "practice_id": practice,
            "rating": np.round(rating, 1).astype(np.float32),
        }
    )
