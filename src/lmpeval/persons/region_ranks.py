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


def ranked(
    panel: Panel, gap: Floats, stand_ins: StandIns, counted: Bools, settings: tuple[float, bool]
) -> Uncertainty:
    """Place a gap among those of stand-ins, or of all sets of as many of them and of the sites.

    Parameters
    ----------
    panel : Panel
        Of regions.
    gap : array, shape (n_years,)
        Of the treated regions together.
    stand_ins : StandIns
    counted : array of bool, shape (n_years,)
    settings : pair of float and bool
        Level of the intervals; whether changes from the years before the start are compared.
    """
    level, differences = settings
    others = stand_ins.in_years(panel)
    if not len(others):
        return unplaced("no comparison region could stand in for the treated", len(panel.years), level)
    share = panel.size[panel.treated] / panel.size[panel.treated].sum()
    if differences:
        others = others - others[:, panel.before].mean(axis=1, keepdims=True)
    if len(share) == 1:
        found = Reference(gap, others, np.zeros_like(others), stand_ins.labels)
        return replace(placed_among(found, counted, level), method=RANKED)
    own = gap + _apart(panel, share, differences=differences)
    members = [*zip(stand_ins.labels, others, [0.0] * len(others), strict=True)]
    members += [(f"{site} (treated)", path, 1.0) for site, path in zip(panel.sites, own, strict=True)]
    chosen_sets = combinations(members, len(share))
    sets = [chosen for chosen in chosen_sets if any(not treated for _, _, treated in chosen)]
    found = Reference(
        gap=gap,
        others=np.array([np.mean([path for _, path, _ in chosen], axis=0) for chosen in sets]),
        shares=np.outer([np.mean([part for _, _, part in chosen]) for chosen in sets], ~panel.before),
        labels=tuple(" + ".join(label for label, _, _ in chosen) for chosen in sets),
    )
    return replace(placed_among(found, counted, level), method=RANKED)


def _apart(panel: Panel, share: Floats, *, differences: bool) -> Floats:
    """Each treated region's path less that of all of them, shape (n_treated, n_years)."""
    path = panel.outcome[:, panel.treated]
    apart = (path - (path @ share)[:, None]).T
    return apart - apart[:, panel.before].mean(axis=1, keepdims=True) if differences else apart
