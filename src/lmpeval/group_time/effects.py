"""Effects by cohort and year, where units are exposed from different years on.

Every effect compares one cohort's change since its base year with that of units not exposed by then; units
that already are exposed are never compared with, which is what two-way fixed effects do wrong (Callaway and
Sant'Anna 2021).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmpeval.group_time.cohorts import STANDARD, Base, Comparison, Rules, Staggered
from lmpeval.group_time.nuisance import NotEstimable
from lmpeval.group_time.two_by_two import Changes
from lmpeval.panel import Bools, Floats, Years


@dataclass(frozen=True, eq=False)
class GroupTimeEffects:
    """Effects on cohorts in years; k of them.

    Attributes
    ----------
    cohorts, years : arrays of int, shape (k,)
    effect : array, shape (k,)
        Zero in a universal base year.
    influence : array, shape (n_units, k)
        Eight bytes a figure: 40 MB for 50,000 units and 100 effects.
    starts : array, shape (n_units,)
        First year of exposure of each unit; infinity for never.
    weights : array, shape (n_units,)
        With mean 1.
    without_comparison : tuple of (int, int)
        Cohort and year of effects that nobody is left to be compared with for.
    """

    cohorts: Years
    years: Years
    effect: Floats
    influence: Floats
    starts: Floats
    weights: Floats
    without_comparison: tuple[tuple[int, int], ...]

    @property
    def exposed(self) -> Bools:
        """True from the first year of exposure on; shape (k,)."""
        return np.asarray(self.years >= self.cohorts)


@dataclass(frozen=True, eq=False)
class _Block:
    """Effects of one cohort that share their compared units: their positions, years, and who takes part."""

    cohort: int
    cells: NDArray[np.intp]
    year: NDArray[np.intp]
    base: NDArray[np.intp]
    units: NDArray[np.intp]


def group_time_effects(panel: Staggered, rules: Rules = STANDARD) -> GroupTimeEffects:
    """Estimate the effect on every cohort in every year that has a base year and compared units.

    Raises
    ------
    NotEstimable
        Naming every cohort and year whose estimator refuses, and units without any year before exposure.
    """
    cells = list(_cells(panel, rules))
    blocks, alone = _blocks(panel, rules, cells)
    if not blocks:
        raise NotEstimable(f"no cohort has units to be compared with that are {rules.comparison}")
    effect = np.zeros(len(cells))
    influence = np.zeros((len(cells), len(panel.starts)))
    refused = []
    for block in blocks:
        change = (panel.outcome[block.year] - panel.outcome[block.base])[:, block.units].T
        exposed, part = panel.starts[block.units] == block.cohort, block.units
        try:
            found = rules.estimator(Changes(change, exposed, panel.covariates[part], panel.weights[part]))
        except NotEstimable as error:
            years = ", ".join(str(year) for year in panel.years[block.year])
            refused.append(f"cohort {block.cohort} in {years}: {error}")
            continue
        effect[block.cells] = found.effect
        influence[np.ix_(block.cells, part)] = found.influence.T * (len(panel.starts) / len(part))
    if refused:
        raise NotEstimable("; ".join(refused))
    kept = np.setdiff1d(np.arange(len(cells)), alone)
    named = np.array([(cohort, int(panel.years[year])) for cohort, year, _ in cells])
    return GroupTimeEffects(
        cohorts=named[kept, 0],
        years=named[kept, 1],
        effect=effect[kept],
        influence=(influence[kept] if alone else influence).T,
        starts=panel.starts,
        weights=panel.weights / panel.weights.mean(),
        without_comparison=tuple((int(named[i, 0]), int(named[i, 1])) for i in alone),
    )


def _cells(panel: Staggered, rules: Rules) -> Iterator[tuple[int, int, int]]:
    """Cohort, position of the year and of its base year."""
    years = panel.years
    starts = np.unique(panel.starts[np.isfinite(panel.starts)])
    if not starts.size:
        raise NotEstimable("no unit is first exposed in one of the years")
    if early := [int(start) for start in starts if start - rules.anticipation <= years[0]]:
        raise NotEstimable(f"cohorts {early} have no year before they may react: leave their units out first")
    for start in starts:
        last = int(np.flatnonzero(years + rules.anticipation < start)[-1])
        for year in range(len(years)):
            if years[year] >= start or rules.base is Base.UNIVERSAL:
                yield int(start), year, last
            elif year > 0:
                yield int(start), year, year - 1


def _blocks(
    panel: Staggered, rules: Rules, cells: list[tuple[int, int, int]]
) -> tuple[list[_Block], list[int]]:
    """Cells to estimate together, and positions of those with nobody to be compared with."""
    shared: dict[tuple[int, float], list[int]] = {}
    for position, (cohort, year, base) in enumerate(cells):
        if year != base:
            until = _exposed_until(panel, rules, max(year, base))
            shared.setdefault((cohort, until), []).append(position)
    blocks, alone = [], []
    for (cohort, until), positions in shared.items():
        compared = (panel.waiting > until) & (panel.starts != cohort)
        if not panel.weights[compared].sum() > 0:
            alone += positions
            continue
        _, year, base = np.array([cells[position] for position in positions]).T
        units = np.flatnonzero((panel.starts == cohort) | compared)
        blocks.append(_Block(cohort, np.array(positions), year, base, units))
    return blocks, sorted(alone)


def _exposed_until(panel: Staggered, rules: Rules, year: int) -> float:
    """Start of the last cohort that is not compared with in the year at this position.

    Years between two cohorts give the same answer, so that they are estimated together.
    """
    last = panel.years[-1 if rules.comparison is Comparison.NEVER else year] + rules.anticipation
    passed = panel.waiting[panel.waiting <= last]
    return float(passed.max(initial=-np.inf))
