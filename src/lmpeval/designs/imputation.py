"""Imputation: unit and year effects from all that is not exposed yet, carried to the exposed cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmpeval.assumptions import COMMON, PARALLEL_TRENDS
from lmpeval.design import Assumption, Inference
from lmpeval.estimate import Comparison
from lmpeval.inference import NoReference, PlaceboGroups
from lmpeval.panel import Bools, Floats, Panel, Years


@dataclass(frozen=True)
class Imputation:
    """Outcome less the sum of a unit's and a year's effect, both fitted where nobody was exposed yet.

    With one start it is difference-in-differences against all comparison units, weighted by size. With
    several the years before a later start help to tell what a year was like, which makes better use of few
    comparison units and is efficient where noise is alike in all cells (Borusyak, Jaravel and Spiess 2024).

    References
    ----------
    Borusyak, Jaravel and Spiess (2024), Revisiting event-study designs: robust and efficient estimation,
    Review of Economic Studies 91.
    """

    inference: Inference = PlaceboGroups()
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, PARALLEL_TRENDS)

    def compare(self, panel: Panel) -> Comparison:
        """Impute the treated's outcomes from those of all comparison units."""
        return self.compare_together([panel])[0]

    def compare_together(self, cohorts: Sequence[Panel]) -> list[Comparison]:
        """Impute the outcomes of every cohort from all cells that are not exposed yet.

        Years before its start are foretold without the cohort's own cells: fitted with them, they would look
        more alike than they are.

        Raises
        ------
        NoReference
            Where everybody is exposed some day: what years are like from the last start on cannot be told.
        """
        never = np.logical_and.reduce([panel.compared for panel in cohorts])
        if not never.any():
            last = max(panel.start for panel in cohorts)
            raise NoReference(
                f"nobody is without exposure from {last} on: what these years were like is unknown"
            )
        groups = _grouped(cohorts, never)
        everybody = np.ones(len(groups.size), dtype=bool)
        together = groups.year_effects(everybody)
        share = cohorts[0].size * never / groups.size[-1]
        found = []
        for number, panel in enumerate(cohorts):
            without = groups.year_effects(everybody & (np.arange(len(everybody)) != number))
            effects = np.array([without, together])[:, np.isin(groups.years, panel.years)]
            level = (panel.treated_mean - effects)[:, panel.before].mean(axis=1, keepdims=True)
            imputed = np.where(panel.before, *(effects + level))
            found.append(Comparison(imputed, share[panel.compared]))
        return found


@dataclass(frozen=True, eq=False)
class _Groups:
    """Cohorts and, last, those never exposed, each as one: units that are exposed alike share their fit.

    Attributes
    ----------
    path : array, shape (n_groups, n_years)
        Mean outcome by size, in cells that are not exposed; zero elsewhere.
    size : array, shape (n_groups,)
    unexposed : array of bool, shape (n_groups, n_years)
    years : array of int, shape (n_years,)
    """

    path: Floats
    size: Floats
    unexposed: Bools
    years: Years

    def year_effects(self, used: Bools) -> Floats:
        """Year effects of the regression on group and year effects, in cells that are not exposed yet.

        Weighted by size; up to a constant, which the groups' effects take up. Units of a group have the same
        cells, so that the regression on units gives the same (Frisch and Waugh 1933; Lovell 1963).

        Parameters
        ----------
        used : array of bool, shape (n_groups,)
            Among them those never exposed, without whom the last years have no cell.

        Returns
        -------
        array, shape (n_years,)
        """
        weight = self.size[used, None] * self.unexposed[used]
        share = weight / weight.sum(axis=1, keepdims=True)
        apart = self.path[used] - (share * self.path[used]).sum(axis=1, keepdims=True)
        normal = np.diag(weight.sum(axis=0)) - weight.T @ share
        return np.asarray(np.linalg.lstsq(normal, (weight * apart).sum(axis=0), rcond=None)[0])


def _grouped(cohorts: Sequence[Panel], never: Bools) -> _Groups:
    """Every cohort by its own size before its start, and those never exposed by theirs before the first.

    Cohorts may end in different years, as where the start is moved back: the widest holds the years of all.
    """
    widest, size = max(cohorts, key=lambda panel: len(panel.years)), cohorts[0].size * never
    if not all(np.isin(panel.years, widest.years).all() for panel in cohorts):
        raise ValueError("the years of one cohort must hold those of all others")
    path = np.zeros((len(cohorts) + 1, len(widest.years)))
    path[-1] = widest.outcome @ (size / size.sum())
    early = [np.isin(widest.years, panel.years[panel.before]) for panel in cohorts]
    for number, panel in enumerate(cohorts):
        path[number, early[number]] = panel.treated_mean[panel.before]
    return _Groups(
        path=path,
        size=np.array([*(p.size[p.treated].sum() for p in cohorts), size.sum()]),
        unexposed=np.array([*early, np.ones(len(widest.years), dtype=bool)]),
        years=widest.years,
    )
