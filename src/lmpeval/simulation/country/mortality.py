"""Who dies when, with and without programmes: one draw of chance serves both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Bools
from lmpeval.simulation.country.conditions import condition_code
from lmpeval.simulation.country.drawn import Integers, Singles
from lmpeval.simulation.country.life_table import BY_SES, HIGHEST, life_table
from lmpeval.simulation.country.prevalence import OLDEST


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

    On average over the living of a sex and age it is that of the sex and age; see `life_table`.
    """
    by_age = life_table().hazard().astype(np.float32)
    lived = np.clip(age, 0, OLDEST).astype(np.intp)
    person = np.exp(-BY_SES * ses, dtype=np.float32)
    hazard = by_age[woman.astype(np.intp), lived, condition_code(conditions)] * person
    return np.asarray(np.minimum(hazard, HIGHEST), dtype=np.float32)
