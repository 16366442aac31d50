"""The contract of a design of persons: whom it compares the treated with, and what leaves the process.

A design weighs persons; what the engine gets is an estimate over regions, with tables of balance and overlap.
No person shows in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol, cast

import numpy as np

from lmpeval.balance import Balance, Overlap, balance_of, overlap_of
from lmpeval.cohort import Cohort
from lmpeval.design import Assumption, Case, Circumstances, Design, Evidence, estimate
from lmpeval.estimate import Estimate
from lmpeval.panel import Bools, Floats, Panel
from lmpeval.region_means import RegionMeans, region_panel


@dataclass(frozen=True, eq=False)
class Matched:
    """What a design answers of persons; it never leaves the process.

    Attributes
    ----------
    weights : array, shape (n_persons,)
        What each counts for, times exposure: 1 for a treated person who is kept, 0 for one who is not; those
        of the compared sum to as many as are kept.
    logit : array, shape (n_persons,)
        Of the probability of being treated given the covariates.
    slopes : array, shape (n_years, 1 + n_covariates), or None
        Constant and slopes of the outcome without exposure on the covariates, by year, where outcomes are
        adjusted by a regression.
    """

    weights: Floats
    logit: Floats
    slopes: Floats | None = None


class CohortDesign(Protocol):
    """A frozen dataclass: its fields are its settings, `assumptions` is all that it claims."""

    assumptions: ClassVar[tuple[CohortAssumption, ...]]

    @property
    def regions(self) -> RegionMeans:
        """How regions are compared once persons are weighed, and how sure that is."""
        ...

    def compare(self, cohort: Cohort) -> Matched:
        """Say whom the treated are compared with. Pure: the same for the same persons in any order."""
        ...


AnyDesign = Design | CohortDesign


def weighs_persons(design: AnyDesign) -> bool:
    """Whether a design weighs persons and leaves the comparing to their regions."""
    return hasattr(design, "regions")


def of_persons(design: AnyDesign) -> CohortDesign:
    """The design, which must be one that weighs persons."""
    if not weighs_persons(design):
        raise TypeError(f"{type(design).__name__} compares units and weighs no persons")
    return cast(CohortDesign, design)


def of_units(design: AnyDesign) -> Design:
    """The design, which must be one that compares units."""
    if weighs_persons(design):
        raise TypeError(f"{type(design).__name__} weighs persons and compares no units")
    return cast(Design, design)


@dataclass(frozen=True, eq=False)
class CohortAnswer:
    """What leaves the process: regions and tables over many persons.

    Attributes
    ----------
    estimate : Estimate
        Weights and names are those of comparison regions.
    panel : Panel
        Adjusted mean outcome by region and year; its exposure is what persons count for.
    regions : RegionMeans
        The design that compares them: with `panel` all that is asked of a design of regions can be asked.
    balance : tuple of Balance
        One a covariate.
    overlap : Overlap
    n_treated, n_kept, n_compared : int
        Persons treated; kept; compared with any weight.
    """

    estimate: Estimate
    panel: Panel
    regions: RegionMeans
    balance: tuple[Balance, ...]
    overlap: Overlap
    n_treated: int
    n_kept: int
    n_compared: int


@dataclass(frozen=True, eq=False)
class CohortCase:
    """One design's answer to one question, laid open for the checks; it never leaves the process."""

    design: CohortDesign
    cohort: Cohort
    matched: Matched
    answer: CohortAnswer
    circumstances: Circumstances
    rng: np.random.Generator

    @cached_property
    def regional(self) -> Case:
        """The same over regions, for checks that need no persons."""
        found = self.answer
        return Case(found.regions, found.panel, found.estimate, self.circumstances, self.rng)


@dataclass(frozen=True)
class CohortAssumption:
    """A premise of the ledger's twelve with what persons say of it.

    Attributes
    ----------
    statement : Assumption
    check : callable or None
        None where no data can tell.
    """

    statement: Assumption
    check: Callable[[CohortCase], Evidence | None] | None = None

    @property
    def number(self) -> int:
        """1 to 12, the ledger's order."""
        return self.statement.number

    @property
    def name(self) -> str:
        """Key of the study file's arguments and of tracking."""
        return self.statement.name


def estimate_cohort(
    design: CohortDesign, cohort: Cohort, circumstances: Circumstances, rng: np.random.Generator
) -> CohortCase:
    """Weigh the persons, add them up by region, compare regions; `CohortCase.answer` may leave.

    Raises
    ------
    NoReference
        Where nobody is like the treated, or they cannot be told.
    ValueError
        Where the design's answer is no weighing: shape, missing or negative figures, unequal sides.
    """
    matched = design.compare(cohort)
    refuse_unsound(matched, cohort, type(design).__name__)
    panel = region_panel(cohort, matched.weights, matched.slopes)
    regions = design.regions
    used = matched.weights > 0
    answer = CohortAnswer(
        estimate=estimate(regions, panel, circumstances.lag, rng),
        panel=panel,
        regions=regions,
        balance=balance_of(cohort.covariates, cohort.covariate_names, cohort.treated, matched.weights),
        overlap=overlap_of(cohort, matched.weights, matched.logit),
        n_treated=int(cohort.treated.sum()),
        n_kept=int(used[cohort.treated].sum()),
        n_compared=int(used[~cohort.treated].sum()),
    )
    return CohortCase(design, cohort, matched, answer, circumstances, rng)


def refuse_unsound(matched: Matched, cohort: Cohort, design: str) -> None:
    """Refuse an answer of the design so named that weighs no persons.

    Raises
    ------
    ValueError
        As `estimate_cohort` says.
    """
    for name in ("weights", "logit"):
        values: Floats = getattr(matched, name)
        if values.shape != cohort.treated.shape or not np.isfinite(values).all():
            raise ValueError(f"{design} answers {name} that are not one finite figure a person")
    if (matched.weights < 0).any():
        raise ValueError(f"{design} answers weights below zero")
    sums = [float(matched.weights[side].sum()) for side in _sides(cohort)]
    if not sums[0] > 0 or abs(sums[0] - sums[1]) > 1e-6 * sums[0]:
        raise ValueError(f"{design} answers weights that sum to {sums[0]:g} and {sums[1]:g}, not to the same")


def _sides(cohort: Cohort) -> tuple[Bools, Bools]:
    return cohort.treated, ~cohort.treated
