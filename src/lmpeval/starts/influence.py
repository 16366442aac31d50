"""How much every unit has moved the effects of several starts (Callaway and Sant'Anna 2021, theorem 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from lmpeval.design import Design
from lmpeval.group_time.effects import GroupTimeEffects
from lmpeval.group_time.two_by_two import Effect
from lmpeval.inference import NoReference
from lmpeval.panel import Bools, Floats, Panel
from lmpeval.segments import Together, in_segment, segments

FEWEST_COMPARED = 10
"""Groups of comparison units without which influence functions are refused."""


@runtime_checkable
class Influential(Protocol):
    """A design that can say how much every unit has moved its estimate."""

    @property
    def without_influence(self) -> str:
        """Why it cannot with its settings; empty where it can."""
        ...

    def influence(self, panel: Panel) -> Effect:
        """Gap by year, shape (n_years,), and influence, shape (n_units, n_years), of all units of the panel.

        The gap is that of `compare`; units that are set aside have no influence.
        """
        ...


@dataclass(frozen=True, eq=False)
class Influences:
    """Effects of starts in years with their influence.

    Attributes
    ----------
    effects : GroupTimeEffects
    clusters : array of str, shape (n_units,)
        The group of every unit.
    small_sample : float
        Factor on variances that software for clustered regressions applies, `cr1`.
    """

    effects: GroupTimeEffects
    clusters: NDArray[np.str_]
    small_sample: float = 1.0

    def groups_in(self, weights: Floats) -> NDArray[np.intp]:
        """Treated groups that contribute to averages with these weights; (k, n_effects) to (k,)."""
        starts = self.effects.starts
        of = {c: len(set(self.clusters[starts == c].tolist())) for c in np.unique(self.effects.cohorts)}
        counts = np.array([of[c] for c in of])
        there = np.array([[w[self.effects.cohorts == c].any() for c in of] for w in weights != 0])
        return np.asarray(there.reshape(-1, len(counts)) @ counts, dtype=np.intp)

    def within(self, used: Bools) -> Influences:
        """Those of some effects, shape (n_effects,)."""
        found = self.effects
        kept = replace(
            found,
            cohorts=found.cohorts[used],
            years=found.years[used],
            effect=found.effect[used],
            influence=found.influence[:, used],
        )
        return replace(self, effects=kept)


def influences(design: Design, cohorts: Sequence[Panel], together: Together) -> Influences:
    """Effects of all starts in all years, with how much every unit has moved them.

    Raises
    ------
    NoReference
        Where the design has no influence functions, or the comparison units are of fewer than ten groups.
    """
    if not isinstance(design, Influential):
        raise NoReference(f"{type(design).__name__} has no influence functions")
    if design.without_influence:
        raise NoReference(design.without_influence)
    first = cohorts[0]
    treated = np.logical_or.reduce([panel.treated for panel in cohorts])
    used = treated | np.logical_or.reduce([panel.compared for panel in cohorts])
    groups = np.asarray(first.groups)
    if (n := len(set(groups[used & ~treated].tolist()))) < FEWEST_COMPARED:
        raise NoReference(
            f"the comparison units are of {n} groups; influence functions need {FEWEST_COMPARED} or more"
        )
    effect, influence, named = [], [], []
    for number, panel in enumerate(cohorts):
        for segment in segments(cohorts, number, together):
            [part] = in_segment(segment, [cohorts], number)
            found = design.influence(part)
            effect.append(found.effect[segment.rows])
            influence.append(found.influence[np.ix_(used, segment.rows)] * (used.sum() / len(used)))
            named += [(panel.start, int(year)) for year in segment.years[segment.rows]]
    starts, size = np.full(len(used), np.inf), first.size.copy()
    for panel in cohorts:
        starts[panel.treated], size[panel.treated] = panel.start, panel.size[panel.treated]
    known = GroupTimeEffects(
        cohorts=np.array([start for start, _ in named]),
        years=np.array([year for _, year in named]),
        effect=np.concatenate(effect),
        influence=np.concatenate(influence, axis=1),
        starts=starts[used],
        weights=size[used] / size[used].mean(),
        without_comparison=(),
    )
    return Influences(known, groups[used], cr1(known, len(set(groups[used].tolist()))))


def cr1(known: GroupTimeEffects, n_groups: int) -> float:
    """``(n - 1) / (n - k) G / (G - 1)`` of a regression with all these effects (Cameron and Miller 2015).

    The regression is that on effects of units and years with a coefficient for every start and year but its
    reference; units lie within groups and are none of the k coefficients, as in Stata and R's fixest.
    """
    n_years, n_starts = len(set(known.years.tolist())), len(set(known.cohorts.tolist()))
    n = len(known.starts) * n_years
    k = n_years + len(known.effect) - n_starts
    return (n - 1) / (n - k) * n_groups / (n_groups - 1) if n > k else float("inf")
