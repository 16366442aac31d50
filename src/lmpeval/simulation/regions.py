"""A small country of municipalities, drawn from a seed, with an effect that is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from lmpeval.panel import Floats


@dataclass(frozen=True)
class Country:
    """What a small country looks like; noise follows the Dutch municipalities of 2011-2018.

    Attributes
    ----------
    groups, units : int
        Neighbourhoods, and municipalities in each.
    first, last, start : int
        Years delivered, and the first year of exposure.
    effect : float
        Euro per insured year that the intervention adds in every year from `start` on.
    level, growth : float
        Mean cost in the first year, euro per insured year, and its yearly growth.
    between, shock, noise : float
        Standard deviations as a share of the mean: of a municipality's lasting level; of what a
        neighbourhood shares in a year; of a municipality of mean size in a year by itself.
    persistence : float
        Correlation of a neighbourhood's shock with that of the year before.
    """

    groups: int = 40
    units: int = 6
    first: int = 2007
    last: int = 2018
    start: int = 2014
    effect: float = -60.0
    level: float = 1700.0
    growth: float = 0.025
    between: float = 0.06
    shock: float = 0.008
    noise: float = 0.010
    persistence: float = 0.35


SITE = ("kant_01", "kant_02", "kant_03", "kant_04")
"""Treated municipalities of the demonstration."""


def draw(country: Country, seed: int) -> pd.DataFrame:
    """Draw the tidy panel of one country (contract region_panel).

    The first neighbourhood holds the site, `SITE`; its cost carries the effect from the start on.
    Experienced quality is not drawn: no region delivers it.

    Returns
    -------
    DataFrame
        Columns unit, year, group, area, insured_years, share_65_plus, log_insured_years, cost, mortality.
    """
    rng = np.random.default_rng(seed)
    years = np.arange(country.first, country.last + 1)
    n_units = country.groups * country.units
    group = np.repeat(np.arange(country.groups), country.units)
    size = 40_000 * rng.lognormal(0, 0.6, n_units)
    old = np.clip(rng.normal(0.18, 0.02, n_units), 0.1, 0.3)
    lasting = 1 + rng.normal(0, country.between, n_units) + 1.5 * (old - 0.18)
    shock = _autoregressive(country, rng, len(years))[:, group]
    noise = rng.normal(0, country.noise, (len(years), n_units)) * np.sqrt(size.mean() / size)
    trend = country.level * (1 + country.growth) ** np.arange(len(years))
    cost = trend[:, None] * (lasting + shock + noise)
    names = [
        f"{'kant' if g == 0 else f'streek{g:02d}'}_{1 + i % country.units:02d}" for i, g in enumerate(group)
    ]
    treated = np.isin(names, SITE)
    cost += country.effect * np.outer(years >= country.start, treated)
    deaths = rng.poisson(size * (0.002 + 0.036 * old), (len(years), n_units))
    table = pd.DataFrame(
        {
            "unit": np.tile(names, len(years)),
            "year": np.repeat(years, n_units),
            "group": np.tile([name.rsplit("_", 1)[0] for name in names], len(years)),
            "area": np.tile([f"area{g // 4:02d}" for g in group], len(years)),
            "insured_years": np.tile(np.round(size, 2), len(years)),
            "log_insured_years": np.tile(np.round(np.log(size), 6), len(years)),
            "share_65_plus": np.tile(np.round(old, 6), len(years)),
            "cost": np.round(cost.ravel(), 4),
            "mortality": np.round(1000 * (deaths / size).ravel(), 6),
        }
    )
    return table.sort_values(["unit", "year"], ignore_index=True)


def _autoregressive(country: Country, rng: np.random.Generator, n_years: int) -> Floats:
    """Shocks that a neighbourhood shares, shape (n_years, n_groups)."""
    fresh = rng.normal(0, country.shock, (n_years, country.groups))
    shock = fresh.copy()
    for t in range(1, n_years):
        shock[t] = country.persistence * shock[t - 1] + np.sqrt(1 - country.persistence**2) * fresh[t]
    return shock
