"""Imputation: unit and year effects from all that is not exposed yet, carried to the exposed cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

import numpy as np

from lmpeval.assumptions import COMMON, PARALLEL_TRENDS
from lmpeval.design import Assumption, Inference
from lmpeval.estimate import Comparison
from lmpeval.group_time.nuisance import NotEstimable, design_of, regress
from lmpeval.group_time.year_effects import UnexposedCells, year_effects
from lmpeval.inference import NoReference, PlaceboGroups
from lmpeval.panel import Floats, Panel, Years

Adjustment = Literal["none", "regression"]
"""Whether a year's effect depends on the covariates."""


@dataclass(frozen=True)
class Imputation:
    """Outcome less the sum of a unit's and a year's effect, both fitted where nobody was exposed yet.

    With one start it is difference-in-differences against all comparison units, weighted by size. With
    several the years before a later start help to tell what a year was like, which makes better use of few
    comparison units and is efficient where noise is alike in all cells (Borusyak, Jaravel and Spiess 2024).

    Parameters
    ----------
    adjust : str
        "none", or "regression": every baseline covariate has a slope of its own in every year. Weights may
        then be below zero, where the comparison extrapolates.

    References
    ----------
    Borusyak, Jaravel and Spiess (2024), Revisiting event-study designs: robust and efficient estimation,
    Review of Economic Studies 91.
    """

    adjust: Adjustment = "none"
    inference: Inference = PlaceboGroups()
    formula: ClassVar[str] = "Yᵢ(t) = aᵢ + l(t) + xᵢ·b(t) + e, Ŷ(t) = Σ_T sᵢ (aᵢ + l(t) + xᵢ·b(t)) / Σ_T sᵢ"
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, PARALLEL_TRENDS)

    def __post_init__(self) -> None:
        """Refuse an unknown way to adjust."""
        if self.adjust not in get_args(Adjustment):
            raise ValueError(f"adjust is '{self.adjust}', expected one of: {', '.join(get_args(Adjustment))}")

    def compare(self, panel: Panel) -> Comparison:
        """Impute the treated's outcomes from those of all comparison units.

        Raises
        ------
        NoReference
            As `compare_together`.
        """
        return self.compare_together([panel])[0]

    def compare_together(self, cohorts: Sequence[Panel]) -> list[Comparison]:
        """Impute the outcomes of every cohort from all cells that are not exposed yet.

        Years before its start are foretold without the cohort's own cells: fitted with them, they would look
        more alike than they are.

        Raises
        ------
        NoReference
            Where everybody is exposed some day: what years are like from the last start on cannot be told.
            With covariates, where the comparison units do not pin their slopes down.
        """
        fit = _fit(cohorts, self.adjust)
        everybody = np.ones(len(cohorts) + 1, dtype=bool)
        together = year_effects(fit.cells, everybody)
        found = []
        for number, panel in enumerate(cohorts):
            without = year_effects(fit.cells, everybody & (np.arange(len(everybody)) != number))
            size = panel.size * panel.treated
            typical = size @ fit.terms / size.sum()
            effects = np.array([without @ typical, together @ typical])[:, np.isin(fit.years, panel.years)]
            level = (panel.treated_mean - effects)[:, panel.before].mean(axis=1, keepdims=True)
            imputed = np.where(panel.before, *(effects + level))
            weights = (fit.size * (fit.terms @ fit.inverse @ typical))[panel.compared]
            found.append(Comparison(imputed, weights, self.adjust == "regression"))
        return found


@dataclass(frozen=True, eq=False)
class _Fit:
    """Cohorts and, last, those never exposed, ready to be fitted.

    Attributes
    ----------
    cells : UnexposedCells
    terms : array, shape (n_units, n_terms)
        A constant, then covariates.
    size : array, shape (n_units,)
        Of those never exposed, before the first start; zero for the others.
    inverse : array, shape (n_terms, n_terms)
        Of their moments.
    years : array of int, shape (n_years,)
    """

    cells: UnexposedCells
    terms: Floats
    size: Floats
    inverse: Floats
    years: Years


def _fit(cohorts: Sequence[Panel], adjust: Adjustment) -> _Fit:
    """Every cohort by its own size before its start, those never exposed by theirs before the first.

    Cohorts may end in different years, as where the start is moved back: the widest holds the years of all.
    """
    first, widest = cohorts[0], max(cohorts, key=lambda panel: len(panel.years))
    never = np.logical_and.reduce([panel.compared for panel in cohorts])
    if not never.any():
        last = max(panel.start for panel in cohorts)
        raise NoReference(f"nobody is without exposure from {last} on: what these years were like is unknown")
    used = never | np.logical_or.reduce([panel.treated for panel in cohorts])
    size = first.size * never
    terms = np.zeros((len(used), 1 + (first.covariates.shape[1] if adjust == "regression" else 0)))
    try:
        terms[used] = design_of(first.covariates[used, : terms.shape[1] - 1], first.size[used])
        inverse = regress(terms, np.zeros((len(size), 0)), size).inverse
    except NotEstimable as reason:
        raise NoReference(
            f"{' and '.join(first.sites)}: no imputation by regression, {reason} "
            f"(covariates: {', '.join(first.covariate_names)})"
        ) from reason
    sums = [_sums(panel, panel.size * panel.treated, terms, widest.years) for panel in cohorts]
    sums.append(_sums(widest, size, terms, widest.years))
    early = [np.isin(widest.years, panel.years[panel.before]) for panel in cohorts]
    cells = UnexposedCells(
        moments=np.array([moments for moments, _ in sums]),
        products=np.array([products for _, products in sums]),
        unexposed=np.array([*early, np.ones(len(widest.years), dtype=bool)], dtype=bool),
    )
    return _Fit(cells, terms, size, inverse, widest.years)


def _sums(panel: Panel, size: Floats, terms: Floats, years: Years) -> tuple[Floats, Floats]:
    """Moments and products of the units with size; years that the panel does not have are zero."""
    weighted = size[:, None] * terms
    products = np.zeros((len(years), terms.shape[1]))
    products[np.isin(years, panel.years)] = panel.outcome @ weighted
    return weighted.T @ terms, products
