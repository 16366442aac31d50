"""The contract of a design of persons: whom it compares the treated with, and what leaves the process.

A design weighs persons; what the engine gets is an estimate over regions, with tables of balance and overlap.
No person shows in it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.design import Assumption, Case, Circumstances, Design, Evidence
from lmpeval.estimate import Estimate
from lmpeval.panel import Floats, Panel
from lmpeval.persons.balance import Balance
from lmpeval.persons.common_support import Overlap
from lmpeval.persons.region_means import RegionMeans


@dataclass(frozen=True, eq=False)
class Matched:
    """What a design answers of persons; it never leaves the process.

    Attributes
    ----------
    weights : array, shape (n_persons,)
        What each counts for, times exposure: for an effect on the treated 1 for a treated person who is
        kept; 0 for whoever is not; those of either side sum to as many treated persons as are kept.
    logit : array, shape (n_persons,)
        Of the probability of being treated given the covariates.
    slopes : array, shape (n_years, 1 + n_covariates), or None
        Constant and slopes of the outcome without exposure on the covariates, by year, where outcomes are
        adjusted by a regression.
    of_logarithm : bool
        Whether these are of the logarithm of its mean.
    too_few_for_slopes : bool
        Whether outcomes are not adjusted only because too few persons are compared with.
    """

    weights: Floats
    logit: Floats
    slopes: Floats | None = None
    of_logarithm: bool = False
    too_few_for_slopes: bool = False


@runtime_checkable
class CohortDesign(Protocol):
    """A frozen dataclass: its fields are its settings, `assumptions` is all that it claims.

    `isinstance` tells it from a design of regions, which has no `regions` of its own.
    """

    assumptions: ClassVar[tuple[CohortAssumption, ...]]

    @property
    def regions(self) -> RegionMeans:
        """How regions are compared once persons are weighed, and how sure that is."""
        ...

    def compare(self, cohort: Cohort) -> Matched:
        """Say whom the treated are compared with. Pure: the same for the same persons in any order."""
        ...


AnyDesign = Design | CohortDesign


def of_persons(design: AnyDesign) -> CohortDesign:
    """The design, which must be one that weighs persons."""
    if not isinstance(design, CohortDesign):
        raise TypeError(f"{type(design).__name__} compares units and weighs no persons")
    return design


def of_units(design: AnyDesign) -> Design:
    """The design, which must be one that compares units."""
    if isinstance(design, CohortDesign):
        raise TypeError(f"{type(design).__name__} weighs persons and compares no units")
    return design


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

    @property
    def critical(self) -> bool:
        """Whether the verdict's certainty rests on it."""
        return self.statement.critical
