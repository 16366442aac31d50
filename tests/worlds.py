"""Small simulated regions in which the truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Panel


@dataclass(frozen=True)
class World:
    """Neighbourhoods of municipalities; the site is a whole neighbourhood unless `site_units` says less.

    Standard deviations are in the unit of the outcome. Unit noise is that of a unit of mean size; it falls
    with the root of size, as a mean over persons does.
    """

    neighbourhoods: int = 40
    units: int = 4
    site_units: int = 4
    sites: int = 1
    years: int = 8
    before: int = 5
    effect: float = -60.0
    between: float = 100.0
    shock: float = 8.0
    noise: float = 10.0
    persistence: float = 0.3
    size_spread: float = 0.4
    kept_neighbours: bool = False


def draw(world: World, seed: int) -> Panel:
    """Draw one panel; the sites are the first neighbourhoods, which are drawn like all others."""
    rng = np.random.default_rng(seed)
    n_units = world.neighbourhoods * world.units
    home = np.repeat(np.arange(world.neighbourhoods), world.units)
    within = np.tile(np.arange(world.units), world.neighbourhoods)
    size = 1000 * rng.lognormal(0, world.size_spread, n_units)
    shock = np.empty((world.years, world.neighbourhoods))
    shock[0] = rng.normal(size=world.neighbourhoods)
    for t in range(1, world.years):
        fresh = rng.normal(size=world.neighbourhoods)
        shock[t] = world.persistence * shock[t - 1] + np.sqrt(1 - world.persistence**2) * fresh
    drift = 40 * np.sin(np.arange(world.years) * 1.7) + 25 * np.arange(world.years)
    outcome = 2000 + drift[:, None] + rng.normal(0, world.between, n_units) + world.shock * shock[:, home]
    outcome = outcome + world.noise * rng.normal(size=outcome.shape) * np.sqrt(size.mean() / size)
    treated = (home < world.sites) & (within < world.site_units)
    near = (home < world.sites) & ~treated
    years = np.arange(2010, 2010 + world.years)
    start = int(years[world.before])
    return Panel(
        outcome=outcome + world.effect * np.outer(years >= start, treated),
        exposure=np.tile(size, (world.years, 1)),
        years=years,
        units=tuple(f"u{g:02d}{i}" for g, i in zip(home, within, strict=True)),
        treated=treated,
        start=start,
        covariates=rng.normal(size=(n_units, 2)),
        covariate_names=("age", "income"),
        groups=tuple(f"site {g}" if t else f"g{g:02d}" for g, t in zip(home, treated, strict=True)),
        aside=near & (not world.kept_neighbours),
        apart=not world.kept_neighbours,
    )


def tiny(
    outcome: list[list[float]], treated: int = 1, before: int = 1, size: list[float] | None = None
) -> Panel:
    """A panel small enough for a calculation by hand: units a, b, c..., the first ones treated."""
    table = np.asarray(outcome, dtype=float)
    n_years, n_units = table.shape
    return Panel(
        outcome=table,
        exposure=np.tile(np.asarray(size or [1.0] * n_units), (n_years, 1)),
        years=np.arange(2001, 2001 + n_years),
        units=tuple(
            "abcdefghijklmnopqrstuvwxyz"[:n_units] if n_units <= 26 else (f"u{i:03d}" for i in range(n_units))
        ),
        treated=np.arange(n_units) < treated,
        start=2001 + before,
        covariates=np.zeros((n_units, 0)),
        covariate_names=(),
        groups=tuple("site" if i < treated else f"g{i}" for i in range(n_units)),
        aside=np.zeros(n_units, dtype=bool),
    )
