"""What the outcomes of a small world are without any intervention."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Floats
from lmpeval.simulation.layout import Layout


@dataclass(frozen=True, eq=False)
class Paths:
    """Outcomes without any intervention, and two parts of them; all of shape (n_years, n_units).

    Attributes
    ----------
    outcome : array
    moved : array
        What the factor did to it.
    shocks : array
        What the shocks of the neighbourhoods did.
    """

    outcome: Floats
    moved: Floats
    shocks: Floats


@dataclass(frozen=True)
class Untreated:
    """Outcome = level + drift + loading x factor + shocks + noise; its fields are as those of `World`."""

    between: float
    level_gap: float
    factor: float
    shock: float
    persistence: float
    noise: float
    tails: float
    common_break: float

    def draw(self, at: Layout, rng: np.random.Generator) -> Paths:
        """Draw the outcomes of all units."""
        since = np.arange(len(at.years), dtype=float)
        drift = 40 * np.sin(1.7 * since) + 25 * since
        level = 2000 + rng.normal(0, self.between, len(at.home)) + self.level_gap * (at.home < at.sites)
        loading = (np.arange(at.groups) % 2 == 0) + rng.uniform(-0.5, 0.5, at.groups)
        loading[: at.sites] = 1.0
        path = (since / since[-1]) ** 2 + 0.2 * np.sin(since)
        moved = self.factor * np.outer(path / path[-1], loading[at.home])
        shocks = self.shock * self._shocks(rng, (len(at.years), at.groups))[:, at.home]
        noise = self._chance(rng, (len(at.years), len(at.home))) * np.sqrt(at.size.mean() / at.size)
        common = self.common_break * (at.years > at.start)
        outcome = level + moved + ((drift + common)[:, None] + shocks) + self.noise * noise
        return Paths(np.asarray(outcome), moved, shocks)

    def _shocks(self, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        """Chance of standard deviation one that lasts from year to year; shape (n_years, n_groups)."""
        shock = np.empty(shape)
        shock[0] = self._chance(rng, shape[1:])
        for t in range(1, shape[0]):
            fresh = self._chance(rng, shape[1:])
            shock[t] = self.persistence * shock[t - 1] + np.sqrt(1 - self.persistence**2) * fresh
        return shock

    def _chance(self, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
        """Chance of standard deviation one."""
        if np.isinf(self.tails):
            return rng.normal(size=shape)
        scale = np.sqrt(1 - 2 / self.tails)
        return np.asarray(scale * rng.standard_t(self.tails, size=shape))
