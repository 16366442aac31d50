"""Donors of several sites, each of which is followed by itself, and all of them on average."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from lmpeval.donors.paths import Donors, Levels
from lmpeval.mixtures.simplexes import Part, mixtures_together
from lmpeval.panel import Floats, Panel, Years

ROUNDING = 1e-9
"""Misfits below this share of the figures are rounding."""


@dataclass(frozen=True, eq=False)
class SiteDonors:
    """One site of each of several sets of sites, and the donors of its start.

    Attributes
    ----------
    donors : Donors
        The targets are the site's.
    since : array of int, shape (n_years,)
        Years before the start, counted from it.
    share : array, shape (n_sets,)
        Of the site in the size of all sites of its set.
    start : int
        Number of its start among those of the sites.
    """

    donors: Donors
    since: Years
    share: Floats
    start: int


@dataclass(frozen=True, eq=False)
class PooledDonors:
    """What partially pooled synthetic controls of several sets of sites are made from."""

    sites: tuple[SiteDonors, ...]

    @classmethod
    def of(cls, sets: Sequence[Sequence[Panel]], levels: Levels) -> PooledDonors:
        """Take the paths from sets of panels, one a start; those of one start share their figures.

        Raises
        ------
        ValueError
            Where a start has not the same number of sites in every set.
        """
        whole = np.array([sum(panel.size[panel.treated].sum() for panel in cohorts) for cohorts in sets])
        found = []
        for start in range(len(sets[0])):
            panels = [cohorts[start] for cohorts in sets]
            donors, first = Donors.of(panels, levels), panels[0]
            for members in zip(*(_members(panel) for panel in panels), strict=True):
                size = np.array([panel.size * each for panel, each in zip(panels, members, strict=True)])
                total = size.sum(axis=1)
                targets = (size / total[:, None]) @ donors.path.T
                since = first.years[first.before] - first.start
                found.append(SiteDonors(replace(donors, targets=targets), since, total / whole, start))
        return cls(tuple(found))

    def mixed(self, pooling: float | None, ridge: float) -> list[Floats]:
        """Weights by start: the mean of its sites' mixtures, by size; each of shape (n_sets, n_units)."""
        each = [site.donors.mixed(ridge**2 * site.donors.noise) for site in self.sites]
        if len(self.sites) > 1:
            nu = self.told(each) if pooling is None else np.full(len(each[0]), float(pooling))
            together = nu > 0
            if together.any():
                weights = mixtures_together(self._parts(nu, ridge))
                each = [np.where(together[:, None], weights[:, j], own) for j, own in enumerate(each)]
        return [self._over_start(start, each) for start in range(1 + self.sites[-1].start)]

    def told(self, separate: Sequence[Floats]) -> Floats:
        """How much is pooled, told by how much of the sites' own misfits cancels; shape (n_sets,).

        The misfit of all sites on average over the mean of their misfits, with weights of each site alone: 1
        where all miss alike, near 0 where what one misses another makes up for.
        """
        rows = [np.isin(site.since, self._shared) for site in self.sites]
        misfits = [
            site.share[:, None] * (weights @ site.donors.path[kept].T - site.donors.targets[:, kept])
            for site, weights, kept in zip(self.sites, separate, rows, strict=True)
        ]
        apart = np.sum([np.linalg.norm(each, axis=1) for each in misfits], axis=0)
        pooled = np.linalg.norm(np.sum(misfits, axis=0), axis=1)
        moved = np.max([np.abs(site.donors.path).max() for site in self.sites])
        told = apart > ROUNDING * moved  # what is followed to the last digit needs no other
        return np.asarray(np.divide(pooled, apart, out=np.zeros_like(pooled), where=told))

    @property
    def _shared(self) -> Years:
        """Years before the start that every site has, counted from its own."""
        return reduce(np.intersect1d, [site.since for site in self.sites])

    def _parts(self, nu: Floats, ridge: float) -> list[Part]:
        shared, parts, first = self._shared, [], 0
        n_own = sum(len(site.since) for site in self.sites)
        for site in self.sites:
            donors, n_years = site.donors, len(site.since)
            rows = np.zeros((len(nu), n_own + len(shared), n_years))
            own = np.sqrt((1 - nu) * site.share / n_years)
            rows[:, first : first + n_years] = own[:, None, None] * np.eye(n_years)
            if len(shared):
                pooled = np.sqrt(nu / len(shared)) * site.share
                rows[:, n_own:] = pooled[:, None, None] * (shared[:, None] == site.since)
            price = (site.share * ridge**2 * donors.noise)[:, None] * donors.size.mean() / donors.size
            parts.append(Part(donors.path, donors.targets, donors.allowed, price, rows))
            first += n_years
        return parts

    def _over_start(self, start: int, each: Sequence[Floats]) -> Floats:
        shares = np.array([site.share for site in self.sites if site.start == start])
        weights = np.array([own for site, own in zip(self.sites, each, strict=True) if site.start == start])
        return np.asarray(np.einsum("js,jsu->su", shares / shares.sum(axis=0), weights))


def _members(panel: Panel) -> Floats:
    """Units of every site, by its name; shape (n_sites, n_units)."""
    groups = np.asarray(panel.groups)
    return np.array([panel.treated & (groups == site) for site in panel.sites], dtype=float)
