"""One or two treated regions, placed among regions in which nothing was done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from lmpeval.estimate import Uncertainty
from lmpeval.inference import Reference, placed_among, unplaced
from lmpeval.panel import Bools, Floats, Panel, Years

RANKED = "rank among regions in which nothing was done"


@dataclass(frozen=True, eq=False)
class StandIns:
    """Comparison regions, each compared as if it had been the treated one.

    Attributes
    ----------
    labels : tuple of str, length n_regions
    years : array of int, shape (n_years,)
    paths : array, shape (n_regions, n_years)
        Adjusted mean of the region less that of the persons it was matched with, in the unit of the outcome.
    """

    labels: tuple[str, ...]
    years: Years
    paths: Floats

    def in_years(self, panel: Panel) -> Floats:
        """Paths in the years of a panel, shape (n_regions, n_years of it)."""
        return self.paths[:, np.searchsorted(self.years, panel.years)]


@dataclass(frozen=True, eq=False)
class Ranks:
    """Paths of regions that are ranked with each other.

    Attributes
    ----------
    gap : array, shape (n_years,)
        Of the treated regions together.
    sites : tuple of str, length n_treated
    own : array, shape (n_treated, n_years)
        Of each treated region.
    labels : tuple of str, length n_others
    others : array, shape (n_others, n_years)
        Of regions in which nothing was done.
    after : array of bool, shape (n_years,)
        From the start on.
    """

    gap: Floats
    sites: tuple[str, ...]
    own: Floats
    labels: tuple[str, ...]
    others: Floats
    after: Bools

    def placed(self, counted: Bools, level: float) -> Uncertainty:
        """Place the gap among those of the others, or of all sets of as many of them and of the sites."""
        if not len(self.others):
            return unplaced("no comparison region could stand in for the treated", len(self.gap), level)
        if len(self.own) == 1:
            found = Reference(self.gap, self.others, np.zeros_like(self.others), self.labels)
            return replace(placed_among(found, counted, level), method=RANKED)
        members = [*zip(self.labels, self.others, [0.0] * len(self.others), strict=True)]
        members += [(f"{site} (treated)", path, 1.0) for site, path in zip(self.sites, self.own, strict=True)]
        chosen_sets = combinations(members, len(self.own))
        sets = [chosen for chosen in chosen_sets if any(not treated for _, _, treated in chosen)]
        found = Reference(
            gap=self.gap,
            others=np.array([np.mean([path for _, path, _ in chosen], axis=0) for chosen in sets]),
            shares=np.outer([np.mean([part for _, _, part in chosen]) for chosen in sets], self.after),
            labels=tuple(" + ".join(label for label, _, _ in chosen) for chosen in sets),
        )
        return replace(placed_among(found, counted, level), method=RANKED)


def ranks_of(panel: Panel, gap: Floats, stand_ins: StandIns, *, differences: bool) -> Ranks:
    """Lay the treated regions beside those that stand in for them.

    Parameters
    ----------
    panel : Panel
        Of regions.
    gap : array, shape (n_years,)
        Of the treated regions together.
    stand_ins : StandIns
    differences : bool
        Whether changes from the years before the start are compared.
    """
    share = panel.size[panel.treated] / panel.size[panel.treated].sum()
    others = stand_ins.in_years(panel)
    if differences and len(others):
        others = others - others[:, panel.before].mean(axis=1, keepdims=True)
    own = gap + _apart(panel, share, differences=differences)
    sites = tuple(np.asarray(panel.units)[panel.treated].tolist())
    return Ranks(gap, sites, own, stand_ins.labels, others, ~panel.before)


def _apart(panel: Panel, share: Floats, *, differences: bool) -> Floats:
    """Each treated region's path less that of all of them, shape (n_treated, n_years)."""
    path = panel.outcome[:, panel.treated]
    apart = (path - (path @ share)[:, None]).T
    return apart - apart[:, panel.before].mean(axis=1, keepdims=True) if differences else apart
