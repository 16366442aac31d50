"""How often every way to judge uncertainty calls a difference real where nothing happened.

Countries of 40 regions are drawn in which nothing was done; see README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm, t

from lmpeval.clustered import Clusters, collapse, cr1, cr3
from lmpeval.design import Design, compare_all, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.group_time.bootstrap import MultiplierBootstrap
from lmpeval.inference import NoReference, PlaceboGroups
from lmpeval.other_methods import leave_out_one_group
from lmpeval.panel import Bools, Floats, Panel
from lmpeval.staggered import pool
from lmpeval.wild_bootstrap import CannotReject, WildBootstrap

HERE = Path(__file__).parent
ALPHA = 0.05
REGIONS, MEMBERS, YEARS, BEFORE = 40, 9, 8, 3
SHARED, SHARED_LAG, OWN = 0.0138, 0.46, 0.0184
"""Standard deviation and serial correlation of what a region's municipalities share, and standard deviation of
what a municipality of mean size has of its own: these give the measured 0.023 and 0.18 of a municipality and
0.016 and 0.35 of a region (logarithm of core cost over what is expected by age and sex)."""
UNEQUAL = {"regions": 0.5, "municipalities": 0.6}
"""Standard deviations of log sizes where regions differ."""
DRAWS_A_LAYOUT = 25
PLAIN = DifferenceInDifferences(adjust="regression", inference=PlaceboGroups(draws=399))
"""Without covariates: change of the sites minus that of the pool, weighted by size."""


@dataclass(frozen=True)
class Setting:
    """One kind of country, and what was treated in it.

    Attributes
    ----------
    sites : int
        Treated regions.
    unequal : bool
        Whether regions and municipalities differ in size.
    by_size : bool
        Whether what a region shares falls with the root of its size too; as measured, it does not.
    factor : float
        Size of the sites, times that of a region like the others.
    """

    sites: int
    unequal: bool = False
    by_size: bool = False
    factor: float = 1.0


def country(setting: Setting, rng: np.random.Generator) -> Panel:
    """Sizes of regions and municipalities, drawn; outcomes are zero. The first regions are the sites."""
    home = np.repeat(np.arange(REGIONS), MEMBERS)
    size = np.ones(len(home))
    if setting.unequal:
        size = rng.lognormal(0, UNEQUAL["municipalities"], len(home))
        region = rng.lognormal(0, UNEQUAL["regions"], REGIONS)
        size *= (region / np.bincount(home, size))[home] * MEMBERS
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


def noise(panel: Panel, setting: Setting, draws: int, rng: np.random.Generator) -> Floats:
    """Outcomes without any effect; shape (draws, n_years, n_units)."""
    home = np.repeat(np.arange(REGIONS), MEMBERS)
    shared = np.empty((draws, YEARS, REGIONS))
    shared[:, 0] = rng.normal(size=(draws, REGIONS))
    for year in range(1, YEARS):
        fresh = rng.normal(size=(draws, REGIONS))
        shared[:, year] = SHARED_LAG * shared[:, year - 1] + np.sqrt(1 - SHARED_LAG**2) * fresh
    if setting.by_size:
        region = np.bincount(home, panel.size)
        shared = shared * np.sqrt(region.mean() / region)
    own = rng.normal(size=(draws, YEARS, len(home))) * np.sqrt(panel.size.mean() / panel.size)
    return SHARED * shared[:, :, home] + OWN * own


@dataclass(frozen=True, eq=False)
class Contrasts:
    """The sites and all sets that they are placed among, as weights on changes; these rest on sizes alone.

    Attributes
    ----------
    weight : array, shape (1 + n_sets, n_units)
        Sums to one over what is treated in the set and to minus one over what it is compared with; the
        sites themselves come first.
    number : array of int, shape (1 + n_sets, n_units)
        Site or neighbourhood of each unit.
    """

    weight: Floats
    number: Floats

    def effects(self, change: Floats) -> Floats:
        """Difference in each set; change (n_draws, n_units), result (n_draws, 1 + n_sets)."""
        return np.asarray(change @ self.weight.T)

    def errors(self, change: Floats) -> Floats:
        """CR3 of each difference; shapes as in `effects`."""
        return np.column_stack(
            [_errors(change, w, n) for w, n in zip(self.weight, self.number, strict=True)]
        )


def _errors(change: Floats, weight: Floats, number: Floats) -> Floats:
    variance, n = np.zeros(len(change)), 0
    for side, sign in ((weight > 0, 1), (weight < 0, -1)):
        part = sign * weight[side]
        labels, at = np.unique(number[side], return_inverse=True)
        member = np.zeros((len(at), len(labels)))
        member[np.arange(len(at)), at] = part
        share = member.sum(axis=0)
        total = change[:, side] @ member
        moved = (total - total.sum(axis=1, keepdims=True) * share) / (1 - share)
        variance, n = variance + (moved**2).sum(axis=1), n + len(labels)
    return np.sqrt(variance * (n - 1) / n)


def contrasts(panel: Panel, rng: np.random.Generator) -> Contrasts:
    """The sets that the engine places the sites among."""
    sets = PLAIN.inference.sets(panel, rng)
    panels = [panel, *sets.panels]
    weight = np.zeros((len(panels), len(panel.units)))
    for row, (each, answer) in enumerate(zip(panels, compare_all(PLAIN, panels), strict=True)):
        weight[row, each.treated] = each.size[each.treated] / each.size[each.treated].sum()
        weight[row, each.compared] = -answer.weights
    number = np.array([np.unique(each.groups, return_inverse=True)[1] for each in panels])
    return Contrasts(weight, number)
