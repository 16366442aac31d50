"""Who dies when, with and without programmes: one draw of chance serves both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Bools, Floats
from lmpeval.simulation.country.conditions import OLDEST, prevalence
from lmpeval.simulation.country.drawn import CONDITIONS, Integers, Singles

AT_65 = (0.0122, 0.0077)
"""Probability that a man and a woman of 65 die within the year (Netherlands, about 2014)."""
BY_AGE = 0.107
"""Growth of that probability a year of age (Gompertz)."""
INFANTS, ACCIDENTS = 0.0035, 0.00015
RELATIVE = {"diabetes": 1.3, "copd": 1.6, "heart_failure": 2.0, "frail": 1.9}
"""Hazard of people with a condition over that of others of their age and sex."""
BY_SES = 0.10
"""How much less likely people one standard deviation up in socio-economic score die, on the log scale."""


@dataclass(frozen=True, eq=False)
class Fate:
    """What decides who dies when.

    Attributes
    ----------
    stays : array, shape (T, n)
        Share of the year in the country if nobody died.
    hazard : array, shape (T, n)
        Probability of dying within the year without any programme.
    chance : array, shape (T, n)
        Uniform draws: who has less than the hazard dies.
    part : array, shape (n,)
        Share of the year of death that is lived.
    """

    stays: Singles
    hazard: Singles
    chance: Singles
    part: Singles

    def end(self, factor: Singles | float = 1.0) -> tuple[Singles, Bools]:
        """Let people die at their hazard times a factor.

        Returns
        -------
        insured : array, shape (T, n)
            Share of the year there.
        died : array, shape (T, n)
        """
        dies = (self.chance < self.hazard * factor) & (self.stays > 0)
        year = np.where(dies.any(axis=0), dies.argmax(axis=0), len(dies))
        now = np.arange(len(dies))[:, None]
        died = now == year
        insured = self.stays * (now <= year)
        return np.where(died, insured * self.part, insured), died


def hazards(age: Integers, woman: Bools, ses: Singles, conditions: Mapping[str, Bools]) -> Singles:
    """Probability of dying within the year, shape (T, n).

    On average over the conditions of an age it is that of the age; see `AT_65` and `BY_AGE`.
    """
    by_age = _by_age_and_conditions().astype(np.float32)
    code = condition_code(conditions)
    lived = np.clip(age, 0, OLDEST).astype(np.intp)
    person = np.exp(-BY_SES * ses - BY_SES**2 / 2, dtype=np.float32)
    return np.asarray(np.minimum(by_age[woman.astype(np.intp), lived, code] * person, 0.95), dtype=np.float32)


def condition_code(conditions: Mapping[str, Bools]) -> Integers:
    """Number of the set of conditions that each has: bit k for the k-th of `CONDITIONS`."""
    code = np.zeros(next(iter(conditions.values())).shape, np.int8)
    for bit, name in enumerate(CONDITIONS):
        code |= conditions[name].astype(np.int8) << bit
    return code


def relative_to_age(factors: Mapping[str, float]) -> Floats:
    """Product of factors of the conditions that somebody has, over its mean at their age.

    Returns
    -------
    array, shape (OLDEST + 1, 16)
        By age and `condition_code`.
    """
    sets = (np.arange(2 ** len(CONDITIONS))[:, None] >> np.arange(len(CONDITIONS))) & 1
    factor = np.array([factors.get(name, 1.0) for name in CONDITIONS])
    mean = np.prod(1 + prevalence() * (factor[:, None] - 1), axis=0)
    return np.asarray(np.prod(np.where(sets, factor, 1.0), axis=1) / mean[:, None])


def _by_age_and_conditions() -> Floats:
    """Probability of dying, shape (2, OLDEST + 1, 16)."""
    age = np.arange(OLDEST + 1)
    by_age = np.array([[first * np.exp(BY_AGE * (age - 65))] for first in AT_65])[:, 0] + ACCIDENTS
    by_age[:, 0] += INFANTS
    return by_age[:, :, None] * relative_to_age(RELATIVE)
