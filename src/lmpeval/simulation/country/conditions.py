"""Chronic conditions: who has which, from what year on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lmpeval.panel import Bools
from lmpeval.simulation.country.drawn import CONDITIONS, Integers, Singles
from lmpeval.simulation.country.life_table import ONSET_BY_SES, SCORES, SETS, life_table
from lmpeval.simulation.country.prevalence import OLDEST


def draw_conditions(
    age: Integers, woman: Bools, ses: Singles, rng: np.random.Generator
) -> Mapping[str, Bools]:
    """Draw who has each condition; once there, it stays.

    In the first year people have what the living of their sex, age and score have. Later they fall ill as
    they grow older, see `life_table`.

    Parameters
    ----------
    age : array, shape (n_years, n)
        Negative before birth.
    woman : array, shape (n,)
    ses : array, shape (n,)
    """
    lived, sex = np.clip(age, 0, OLDEST).astype(np.intp), woman.astype(np.intp)
    code = _at_first(lived[0], sex, ses, rng)
    until = np.cumsum(life_table().onset, axis=1).astype(np.float32)
    slower = np.exp(ONSET_BY_SES * ses, dtype=np.float32)
    found = {}
    for k, name in enumerate(CONDITIONS):
        resists = rng.standard_exponential(len(ses), dtype=np.float32) * slower
        of_age = until[:, :, k].ravel()
        start = sex * (OLDEST + 1)
        falls_ill_until = of_age[start + lived[0]] + resists
        ill = (code >> k & 1).astype(bool) | (of_age[start + lived] > falls_ill_until)
        found[name] = np.asarray(ill & (age >= 0))
    return found


def condition_code(conditions: Mapping[str, Bools]) -> Integers:
    """Number of the set of conditions that each has: bit k for the k-th of `CONDITIONS`."""
    code = np.zeros(next(iter(conditions.values())).shape, np.int8)
    for bit, name in enumerate(CONDITIONS):
        code |= conditions[name].astype(np.int8) << bit
    return code


def _at_first(age: Integers, sex: Integers, ses: Singles, rng: np.random.Generator) -> Integers:
    """Number of the set of conditions of people at an age, shape (n,)."""
    living = life_table().living.reshape(-1, SETS)
    until = np.cumsum(living / living.sum(axis=1, keepdims=True), axis=1)
    nearest = np.rint((np.clip(ses, SCORES[0], SCORES[-1]) - SCORES[0]) / (SCORES[1] - SCORES[0]))
    row = ((sex * (OLDEST + 1) + age) * len(SCORES) + nearest).astype(np.intp)
    position = np.searchsorted((until + np.arange(len(until))[:, None]).ravel(), row + rng.random(len(row)))
    return np.asarray(np.clip(position - row * SETS, 0, SETS - 1))
