"""Who is alive at each age: mortality, chronic conditions and means together, in balance.

People with a condition die sooner, so those who fall ill must replace them, or the old of later years would
be healthier than the table of prevalence says. Incidence is such that prevalence among the living is that of
the table at each age, in whatever year they reach it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from lmpeval.panel import Floats
from lmpeval.simulation.country.drawn import CONDITIONS
from lmpeval.simulation.country.prevalence import OLDEST, prevalence

AT_65 = (0.0117, 0.0074)
"""Probability that a man and a woman of 65 die within the year (Netherlands, about 2014)."""
BY_AGE, BY_AGE_FROM_80 = 0.104, (0.116, 0.134)
"""Growth of that probability a year of age (Gompertz), up to 80, and of men and women beyond."""
INFANTS, ACCIDENTS = 0.0035, 0.00015
HIGHEST = 0.95
"""No probability of dying is higher."""
RELATIVE = {"diabetes": 1.3, "copd": 1.6, "heart_failure": 2.0, "frail": 1.9}
"""Hazard of people with a condition over that of others of their age and sex."""
BY_SES = 0.10
"""How much less likely people one standard deviation up in socio-economic score die, on the log scale."""
ONSET_BY_SES = 0.25
"""How much less often they fall ill, on the log scale."""
SCORES = np.arange(-4.0, 4.5, 0.5)
"""Socio-economic scores that the table is made for; sums over them are integrals over a smooth curve."""
SETS = 2 ** len(CONDITIONS)
"""Sets of conditions; bit k of a set's number stands for the k-th of `CONDITIONS`."""


@dataclass(frozen=True, eq=False)
class LifeTable:
    """The living by sex (men, women) and age.

    Attributes
    ----------
    dying : array, shape (2, OLDEST + 1)
        Probability of dying within the year.
    living : array, shape (2, OLDEST + 1, n_scores, SETS)
        Share of the living with each score and set of conditions; sums to one at each sex and age.
    lived : array, shape (2, OLDEST + 1, n_scores, SETS)
        The same of years lived at that age: who dies lives half of it.
    onset : array, shape (2, OLDEST + 1, n_conditions)
        Hazard of falling ill on reaching an age, for somebody of score zero.
    """

    dying: Floats
    living: Floats
    lived: Floats
    onset: Floats

    def score(self) -> Floats:
        """Mean socio-economic score of the living, shape (2, OLDEST + 1): the poor die sooner."""
        return np.asarray(self.living.sum(axis=3) @ SCORES)

    def hazard(self) -> Floats:
        """Probability of dying of somebody of score zero, shape (2, OLDEST + 1, SETS)."""
        mean = _mean(self.living, RELATIVE, BY_SES)
        return np.asarray((self.dying / mean)[..., None] * of_sets(RELATIVE))

    def relative(self, factors: Mapping[str, float], by_ses: float) -> Floats:
        """Product of factors of the conditions that somebody of score zero has, shape (2, OLDEST + 1, SETS).

        Times exp(-by_ses x score) its mean over the years lived at each sex and age is one.
        """
        mean = _mean(self.lived, factors, by_ses)
        return np.asarray(of_sets(factors) / mean[..., None])


def of_sets(factors: Mapping[str, float]) -> Floats:
    """Product of the factors of the conditions in each set, shape (SETS,)."""
    has = (np.arange(SETS)[:, None] >> np.arange(len(CONDITIONS))) & 1
    return np.asarray(np.prod(np.array([factors.get(name, 1.0) for name in CONDITIONS]) ** has, axis=1))


def probability_of_dying() -> Floats:
    """Probability of dying within the year by sex and age, shape (2, OLDEST + 1)."""
    age = np.arange(OLDEST + 1)
    faster = np.outer(np.array(BY_AGE_FROM_80) - BY_AGE, np.maximum(age - 80, 0))
    dying = np.array(AT_65)[:, None] * np.exp(BY_AGE * (age - 65) + faster) + ACCIDENTS
    dying[:, 0] += INFANTS
    return np.asarray(np.minimum(dying, HIGHEST))


@lru_cache
def life_table() -> LifeTable:
    """Follow a generation from birth: at each age some fall ill, and some die."""
    dying, share = probability_of_dying(), prevalence()
    weight = np.exp(-0.5 * SCORES**2)
    now = np.zeros((2, len(SCORES), SETS))
    now[:, :, 0] = weight / weight.sum()
    factor = np.exp(-BY_SES * SCORES)[:, None] * of_sets(RELATIVE)
    living, lived, onset = [], [], []
    for age in range(OLDEST + 1):
        now, hazards = _fallen_ill(now, share[:, age])
        mean = (now * factor).sum(axis=(1, 2), keepdims=True)
        death = np.minimum(dying[:, age, None, None] * factor / mean, HIGHEST)
        living.append(now)
        onset.append(hazards)
        lived.append(_whole(now * (1 - death / 2)))
        now = _whole(now * (1 - death))
    return LifeTable(dying, np.stack(living, 1), np.stack(lived, 1), np.stack(onset, 1))


def _mean(shares: Floats, factors: Mapping[str, float], by_ses: float) -> Floats:
    """Mean of the factors and of the score's over shares of scores and sets, shape (2, OLDEST + 1)."""
    by_score = np.exp(-by_ses * SCORES)
    return np.asarray(np.einsum("xans,n,s->xa", shares, by_score, of_sets(factors)))


def _whole(shares: Floats) -> Floats:
    """Shares that sum to one for each sex."""
    return np.asarray(shares / shares.sum(axis=(1, 2), keepdims=True))


def _fallen_ill(now: Floats, share: Floats) -> tuple[Floats, Floats]:
    """Let as many fall ill as bring each condition to its share of the living.

    Returns
    -------
    now : array, shape (2, n_scores, SETS)
    hazards : array, shape (2, n_conditions)
    """
    now, hazards = now.copy(), np.zeros((2, len(share)))
    by_score = np.exp(-ONSET_BY_SES * SCORES)
    for k, wanted in enumerate(share):
        without = np.flatnonzero(~np.arange(SETS) >> k & 1)
        well = now[:, :, without].sum(axis=2)
        for _ in range(8):  # Newton's method on a convex curve
            left = well * np.exp(-np.outer(hazards[:, k], by_score))
            hazards[:, k] += (left.sum(axis=1) - (1 - wanted)) / (left @ by_score)
        hazards[:, k] = np.maximum(hazards[:, k], 0)
        stay = np.exp(-np.outer(hazards[:, k], by_score))[:, :, None]
        now[:, :, without | 1 << k] += now[:, :, without] * (1 - stay)
        now[:, :, without] *= stay
    return now, hazards
