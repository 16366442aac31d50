"""What persons cost: zero-inflated and skewed, by category, in line with national cost by age and sex.

Cost of a category = national mean of the year x relative cost of the age and sex x what conditions add x a
lasting personal factor x chance of the year x the region's factor, where it is used at all. Every factor has
mean one among those who live at that age and sex, and ages are those expected in the year, so national means
come out as they were put in. Relative cost of an age and sex is that of 2018.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lmpeval.panel import Bools, Floats
from lmpeval.simulation.country.ages import shares_of_strata
from lmpeval.simulation.country.conditions import condition_code
from lmpeval.simulation.country.drawn import Integers, Singles
from lmpeval.simulation.country.facts import AGE_CLASSES, age_profiles, national_costs
from lmpeval.simulation.country.interventions import CATEGORIES
from lmpeval.simulation.country.life_table import SETS, life_table
from lmpeval.simulation.country.prevalence import OLDEST

if TYPE_CHECKING:
    from lmpeval.simulation.country.people import Residents
    from lmpeval.simulation.country.region_noise import RegionNoise
    from lmpeval.simulation.country.settings import Country


@dataclass(frozen=True)
class Spread:
    """How a category of cost spreads over people of one age and sex.

    Attributes
    ----------
    lasting, yearly : float
        Standard deviations on the log scale of the personal factor and of the chance of the year.
    users : float
        Share of people with any such cost where it is at the national mean, of those with any cost.
    with_condition : Mapping of str to float
        Cost of people with a condition over that of others.
    by_ses : float
        How much less people cost one standard deviation up in socio-economic score, on the log scale.
    """

    lasting: float
    yearly: float
    users: float
    with_condition: Mapping[str, float]
    by_ses: float = 0.05


def _with(diabetes: float, copd: float, heart_failure: float, frail: float) -> Mapping[str, float]:
    return {"diabetes": diabetes, "copd": copd, "heart_failure": heart_failure, "frail": frail}


SPREADS = {
    "gp": Spread(0.3, 0.5, 1.0, _with(1.7, 1.4, 1.4, 1.5)),
    "hospital": Spread(0.7, 1.24, 0.52, _with(1.5, 1.5, 2.2, 1.5)),
    "pharmacy": Spread(0.9, 0.8, 0.72, _with(2.2, 2.0, 1.7, 1.3)),
    "mental": Spread(1.1, 1.2, 0.055, _with(1.1, 1.1, 1.0, 1.2), 0.15),
    "nursing": Spread(0.9, 1.1, 0.05, _with(1.3, 1.3, 1.6, 3.5), 0.10),
    "other": Spread(0.5, 0.9, 0.65, _with(1.3, 1.2, 1.3, 1.4)),
}
HABIT = 0.6
"""Chance that whether somebody uses a kind of care in a year is as their lasting inclination has it."""
USERS_BY_COST = 0.6
"""Exponent with which the share of users follows relative cost over ages."""
NO_COST, NO_COST_BY_HEALTH = 2.3, 0.8
"""Log odds of any cost for a person of average lasting health, and their slope in it."""
NO_COST_BY_AGE = np.interp(
    5.0 * np.arange(AGE_CLASSES), (0, 15, 25, 50, 65, 80), (0.7, 1.3, 1.4, 1.0, 0.6, 0.3)
)
"""How much more often than on average people of an age class have no cost in a year."""


def draw_costs(
    country: Country,
    residents: Residents,
    conditions: Mapping[str, Bools],
    noise: RegionNoise,
    rng: np.random.Generator,
) -> dict[str, Singles]:
    """Draw the cost of a whole year by category, as it would be without any programme.

    Returns
    -------
    dict of str to array, shape (T, n)
        Euro of the year; to be multiplied by the share of the year that somebody is insured.
    """
    ages = shares_of_strata(country.first, country.last)
    national = national_costs(country.first, country.last) / (
        ages @ age_profiles()[list(CATEGORIES)].to_numpy()
    )
    stratum = strata(residents.age, residents.woman)
    age = np.clip(residents.age, 0, OLDEST).astype(np.intp) + np.where(residents.woman, OLDEST + 1, 0)
    cell = age * SETS + condition_code(conditions)
    lasting = rng.standard_normal(len(residents.born), dtype=np.float32)
    any_cost = rng.random(stratum.shape, dtype=np.float32) >= _no_cost(lasting)[None] * _NO_COST_OF[stratum]
    where = np.arange(len(stratum))[:, None] * noise.mortality.shape[1] + residents.unit
    by_habit = rng.random(stratum.shape, dtype=np.float32) < HABIT
    costs = {}
    for k, name in enumerate(CATEGORIES):
        spread = SPREADS[name]
        inclination = rng.random(len(lasting), dtype=np.float32)
        draw = np.where(by_habit, inclination, rng.random(stratum.shape, dtype=np.float32))
        user = draw < _users(name).astype(np.float32)[stratum]
        log = rng.standard_normal(stratum.shape, dtype=np.float32)
        log *= np.float32(spread.yearly)
        log += np.float32(spread.lasting) * lasting - np.float32(spread.by_ses) * residents.ses
        np.exp(log, out=log)
        log *= _means(name).astype(np.float32).ravel()[cell]
        log *= (national[:, None, k] * noise.cost[:, :, k]).astype(np.float32).ravel()[where]
        log *= user & any_cost
        costs[name] = log
    return costs


def strata(age: Integers, woman: Bools) -> Integers:
    """Position of sex and age class among `STRATA`, shape of `age`; the unborn count as newborn."""
    return np.asarray(
        np.clip(age // 5, 0, AGE_CLASSES - 1) + np.where(woman, AGE_CLASSES, 0).astype(np.int16),
        dtype=np.int16,
    )


def _no_cost(lasting: Singles | Floats) -> Singles | Floats:
    """Probability of a year without cost by lasting health."""
    return 1 / (1 + np.exp(NO_COST + NO_COST_BY_HEALTH * lasting))


_NO_COST_OF = np.tile(NO_COST_BY_AGE, 2).astype(np.float32)


def _users(name: str) -> Floats:
    """Share of users by sex and age class among those with any cost, shape (STRATA,)."""
    relative = age_profiles()[name].to_numpy()
    return np.clip(SPREADS[name].users * relative**USERS_BY_COST, 0.001, 1.0)


def _means(name: str) -> Floats:
    """Factor before the lasting and the yearly chance, shape (2, OLDEST + 1, SETS).

    The mean over the years that people of one age and sex live, with and without the conditions, users or
    not, is their relative cost. The mean over lasting health is taken by Gauss-Hermite quadrature.
    """
    spread = SPREADS[name]
    node, weight = np.polynomial.hermite_e.hermegauss(41)
    weight = weight / weight.sum()
    some_cost = 1 - _no_cost(node)[:, None] * _NO_COST_OF
    personal = (weight * np.exp(spread.lasting * node)) @ some_cost
    relative = age_profiles()[name].to_numpy() / (personal * np.exp(spread.yearly**2 / 2) * _users(name))
    ages = np.arange(OLDEST + 1)
    of_age = np.stack([relative[strata(ages, np.full(len(ages), woman))] for woman in (False, True)])
    return np.asarray(of_age[..., None] * life_table().relative(spread.with_condition, spread.by_ses))
