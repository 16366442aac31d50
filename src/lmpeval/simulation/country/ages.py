"""How many live at each age in each year, as expected: the ages of the start, and what becomes of them.

The first people are such that the ages of the year in which the profile was measured come out.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from lmpeval.panel import Floats
from lmpeval.simulation.country.facts import AGE_CLASSES, age_profiles
from lmpeval.simulation.country.life_table import life_table
from lmpeval.simulation.country.prevalence import OLDEST

BIRTHS, IMMIGRANTS = 0.0107, 0.0085
"""A year, of the persons at the start."""
WOMEN_ARRIVING = 0.487
"""Share of women among those who are born or immigrate."""
IMMIGRANTS_AGED = ((0, 18, 0.2), (18, 35, 0.65), (35, 46, 0.15))
"""Ages of immigrants: from, up to, share."""
YOUNG = 40
EMIGRATION_YOUNG, EMIGRATION = 0.009, 0.001
"""Chance of leaving the country within a year of those younger than that at the start, and of the others."""
MEASURED = 2011
"""Year of the age profile."""


def immigrant_ages() -> Floats:
    """Share of immigrants by age, shape (OLDEST + 1,)."""
    share = np.zeros(OLDEST + 1)
    for youngest, end, part in IMMIGRANTS_AGED:
        share[youngest:end] = part / (end - youngest)
    return share


@lru_cache
def start_ages(first: int) -> Floats:
    """Share of people by sex and age on the day before the first year, shape (2, OLDEST + 1)."""
    wanted = _by_year_of_age(age_profiles()["share"].to_numpy())
    before = max(MEASURED + 1 - first, 0)
    start = np.zeros_like(wanted)
    start[:, : OLDEST + 1 - before] = wanted[:, before:]
    start /= start.sum()
    for _ in range(12 if before else 0):  # growth of the whole is settled within a few rounds
        found = expected_years(start, first, before)[-1]
        ratio = wanted[:, before:] / np.maximum(found[:, before:] / found.sum(), 1e-12)
        start[:, : OLDEST + 1 - before] *= ratio
        start /= start.sum()
    return start


def expected_years(start: Floats, first: int, n_years: int) -> Floats:
    """Insured years by year, sex and age for each person at the start, shape (n_years, 2, OLDEST + 1).

    Parameters
    ----------
    start : array, shape (2, OLDEST + 1)
        Share of people by age on the day before `first`.
    """
    dying, ages = life_table().dying, np.arange(OLDEST + 1)
    arrive = np.outer((1 - WOMEN_ARRIVING, WOMEN_ARRIVING), IMMIGRANTS * immigrant_ages())
    arrive[:, 0] += BIRTHS * np.array((1 - WOMEN_ARRIVING, WOMEN_ARRIVING))
    there, ever = start, start  # those who are in the country, and with those who left
    years = []
    for t in range(n_years):
        there, ever = _older(there), _older(ever)
        leave = np.where(ages < YOUNG + t, EMIGRATION_YOUNG, EMIGRATION) * ever
        years.append((there - leave / 2 + arrive / 2) * (1 - dying / 2))
        there, ever = (there - leave + arrive) * (1 - dying), (ever + arrive) * (1 - dying)
    return np.stack(years)


def shares_of_strata(first: int, last: int) -> Floats:
    """Expected share of insured years by year, and by sex and age class, shape (n_years, STRATA)."""
    years = expected_years(start_ages(first), first, last - first + 1)
    of_class = np.minimum(np.arange(OLDEST + 1) // 5, AGE_CLASSES - 1)
    sums = np.stack([years[:, :, of_class == k].sum(axis=2) for k in range(AGE_CLASSES)], axis=2)
    return np.asarray((sums / sums.sum(axis=(1, 2), keepdims=True)).reshape(len(years), -1))


def _by_year_of_age(share: Floats) -> Floats:
    """Spread shares of classes evenly over their years of age, above 90 as people die; (2, OLDEST + 1)."""
    ages = np.arange(OLDEST + 1)
    of_class = np.minimum(ages // 5, AGE_CLASSES - 1)
    alive = np.cumprod(np.where(ages > 90, 1 - life_table().dying, 1), axis=1)
    within = np.where(ages < 90, 0.2, alive / alive[:, 90:].sum(axis=1, keepdims=True))
    shares = share.reshape(2, AGE_CLASSES)[:, of_class] * within
    return np.asarray(shares / shares.sum())


def _older(people: Floats) -> Floats:
    """The same people a year later; nobody has been born yet."""
    moved = np.zeros_like(people)
    moved[:, 1:] = people[:, :-1]
    return moved
