"""What sets regions apart, lastingly and from year to year, beyond who lives there.

Standard deviations are fitted to the log of observed over expected cost of the Dutch municipalities and COROP
regions of 2011-2018, less what the chance of persons adds at the size of the real country: see the test of
moments. Shocks of COROP regions last (correlation of about 0.85 with the year before); municipalities add
their own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from lmpeval.panel import Floats
from lmpeval.simulation.country.drawn import Geography
from lmpeval.simulation.country.interventions import CATEGORIES

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country

STREAM = 1_000_004
"""Stream of random numbers of the noise; see `geography.STREAM`."""
LEVEL_SHARED = {"group": 0.040, "unit": 0.026}
"""Standard deviation of the lasting difference that all categories share."""
LEVEL_OWN = {
    "group": {
        "gp": 0.0,
        "hospital": 0.024,
        "pharmacy": 0.050,
        "mental": 0.10,
        "nursing": 0.12,
        "other": 0.03,
    },
    "unit": {
        "gp": 0.035,
        "hospital": 0.020,
        "pharmacy": 0.055,
        "mental": 0.10,
        "nursing": 0.10,
        "other": 0.03,
    },
}
"""Standard deviation of the lasting difference of one category beyond what they share."""
SHOCK = {
    "group": {
        "gp": 0.04,
        "hospital": 0.033,
        "pharmacy": 0.014,
        "mental": 0.06,
        "nursing": 0.05,
        "other": 0.03,
    },
    "unit": {
        "gp": 0.045,
        "hospital": 0.027,
        "pharmacy": 0.040,
        "mental": 0.05,
        "nursing": 0.05,
        "other": 0.02,
    },
}
"""Standard deviation over all years of what comes and goes."""
MORTALITY_LEVEL = {"group": 0.03, "unit": 0.05}
MORTALITY_SHOCK = {"group": 0.01, "unit": 0.01}


@dataclass(frozen=True, eq=False)
class RegionNoise:
    """By which municipalities differ from what their inhabitants' ages and health make one expect.

    Attributes
    ----------
    cost : array, shape (n_years, n_units, n_categories)
        Factors, of which the mean over inhabitants is one before the dip of hospital cost is put in.
    mortality : array, shape (n_years, n_units)
    """

    cost: Floats
    mortality: Floats


def draw_noise(country: Country, geography: Geography) -> RegionNoise:
    """Draw the noise of a country from its seed."""
    rng = np.random.default_rng(np.random.SeedSequence(country.seed, spawn_key=(STREAM,)))
    n_years = country.last - country.first + 1
    home = {"group": geography.group, "unit": np.arange(len(geography.units))}
    n_units = len(geography.units)
    log_cost = np.zeros((n_years, n_units, len(CATEGORIES)))
    log_mortality = np.zeros((n_years, n_units))
    for kind, member in home.items():
        n = int(member.max()) + 1
        log_cost += country.region_level * LEVEL_SHARED[kind] * rng.normal(size=n)[member, None]
        log_mortality += country.region_level * MORTALITY_LEVEL[kind] * rng.normal(size=n)[member]
        for k, name in enumerate(CATEGORIES):
            own = rng.normal(0, LEVEL_OWN[kind][name], n)
            log_cost[:, :, k] += country.region_level * own[member]
            moving = autoregressive(country.persistence, (n_years, n), rng)
            log_cost[:, :, k] += country.region_shock * SHOCK[kind][name] * moving[:, member]
        moving = autoregressive(country.persistence, (n_years, n), rng)
        log_mortality += country.region_shock * MORTALITY_SHOCK[kind] * moving[:, member]
    cost = np.exp(log_cost)
    cost /= np.einsum("u,tuc->tc", geography.share, cost)[:, None]
    dip = country.billing_dip + rng.normal(0, country.billing_spread, geography.hospital.max() + 1)
    if country.first <= country.billing_year <= country.last:
        hospital = CATEGORIES.index("hospital")
        cost[country.billing_year - country.first, :, hospital] *= 1 - dip[geography.hospital]
    return RegionNoise(cost, np.exp(log_mortality))


def autoregressive(persistence: float, shape: tuple[int, int], rng: np.random.Generator) -> Floats:
    """Series over years (rows) of standard deviation one, with one correlation from year to year."""
    series = rng.normal(size=shape)
    for t in range(1, shape[0]):
        series[t] = persistence * series[t - 1] + np.sqrt(1 - persistence**2) * series[t]
    return series
