"""Countries of 40 regions in which nothing was done, drawn with noise as measured on the Dutch ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Floats, Panel

REGIONS, MEMBERS, YEARS, BEFORE = 40, 9, 8, 3
SHARED, SHARED_LAG, OWN = 0.0138, 0.46, 0.0184
"""Standard deviation and serial correlation of what a region's municipalities share, and standard deviation
of what a municipality of mean size has of its own. They give the measured 0.023 and 0.18 of a municipality
and 0.016 and 0.35 of a region (logarithm of core cost over what is expected by age and sex)."""
REGION_SIZES, MEMBER_SIZES = 0.5, 0.6
"""Standard deviations of log sizes: a region in twenty is 2.3 times the middle one or more."""


@dataclass(frozen=True)
class Setting:
    """One kind of country, and what was treated in it.

    Attributes
    ----------
    sites : int
        Treated regions.
    sizes : str
        Whether regions and municipalities differ in size.
    noise : str
        "as measured", or "by size": what a region shares falls with the root of its size too.
    factor : float
        Size of the sites, times that of a region like the others.
    starts : int
        Different first years of exposure.
    design : str
    """

    sites: int
    sizes: str = "equal"
    noise: str = "as measured"
    factor: float = 1.0
    starts: int = 1
    design: str = "plain"


def country(setting: Setting, rng: np.random.Generator) -> Panel:
    """A map, outcomes zero; the first regions are the sites."""
    home = np.repeat(np.arange(REGIONS), MEMBERS)
    size = np.ones(len(home))
    if setting.sizes == "unequal":
        size = rng.lognormal(0, MEMBER_SIZES, len(home))
        region = rng.lognormal(0, REGION_SIZES, REGIONS)
        size *= (MEMBERS * region / np.bincount(home, size))[home]
    treated = home < setting.sites
    size = 10_000 * np.where(treated, setting.factor, 1.0) * size
    return Panel(
        outcome=np.zeros((YEARS, len(home))),
        exposure=np.tile(size, (YEARS, 1)),
        years=np.arange(2011, 2011 + YEARS),
        units=tuple(f"m{i:03d}" for i in range(len(home))),
        treated=treated,
        start=2011 + BEFORE,
        covariates=np.zeros((len(home), 0)),
        covariate_names=(),
        groups=tuple(f"site {g}" if g < setting.sites else f"region {g:02d}" for g in home),
        aside=np.zeros(len(home), dtype=bool),
    )


def outcomes(panel: Panel, setting: Setting, draws: int, rng: np.random.Generator) -> Floats:
    """Noise without any effect; shape (draws, n_years, n_units)."""
    home = np.repeat(np.arange(REGIONS), MEMBERS)
    shared = rng.normal(size=(draws, YEARS, REGIONS))
    for year in range(1, YEARS):
        shared[:, year] = SHARED_LAG * shared[:, year - 1] + np.sqrt(1 - SHARED_LAG**2) * shared[:, year]
    if setting.noise == "by size":
        region = np.bincount(home, panel.size)
        shared *= np.sqrt(region.mean() / region)
    own = rng.normal(size=(draws, YEARS, len(home))) * np.sqrt(panel.size.mean() / panel.size)
    return SHARED * shared[:, :, home] + OWN * own
