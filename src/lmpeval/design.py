"""The contract of a design: what it compares with, what it assumes, how sure it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Protocol, runtime_checkable

import numpy as np

from lmpeval.completeness import Completeness
from lmpeval.disclosure import OF_NO_STUDY, Gate
from lmpeval.estimate import Comparison, Estimate, Uncertainty, counted_years, refuse_unsound
from lmpeval.once import once
from lmpeval.panel import Bools, Panel
from lmpeval.predictors import Predictor
from lmpeval.segments import BY_DEFAULT, Together


class Status(StrEnum):
    """What is known about an assumption in one analysis; never "passed" or "proved"."""

    SUPPORTED = "supported"
    UNCERTAIN = "uncertain"
    NOT_SUPPORTED = "not supported"
    ARGUED = "argued"
    NOT_ASSESSED = "not assessed"


@dataclass(frozen=True)
class Evidence:
    """What a check found.

    Attributes
    ----------
    status : Status
    finding : str
        One sentence with its numbers.
    number, threshold : float or None
        The test's number and what it is held against, in the same unit.
    threshold_source : str
        Who set the threshold; "our convention" where nobody else did.
    detectable : float or None
        The smallest violation that the test could have seen, in the unit of the outcome, or in percent where
        ratios are compared.
    bias_if_wrong : str
        Which way the estimate errs if the assumption is wrong, where that is known.
    breakdown : float or None
        How wrong the assumption may be before the conclusion falls, in multiples of what was seen before
        the start; 0 where the conclusion needs no violation to fall. None where nothing is concluded, or
        nobody worked it out.
    """

    status: Status
    finding: str
    number: float | None = None
    threshold: float | None = None
    threshold_source: str = ""
    detectable: float | None = None
    bias_if_wrong: str = "unknown"
    breakdown: float | None = None


@dataclass(frozen=True)
class Circumstances:
    """What the study says of one outcome that a check needs to know.

    Attributes
    ----------
    margin : float
        Minimal important difference as the study states it: in the unit of the outcome, or in percent where
        ratios are compared.
    lag : int
        Years after the start before an effect may be expected.
    announced : int or None
        Year in which the intervention was announced.
    breaks : tuple of int
        Years in which something else changed.
    together : Together
        How several starts are put together.
    completeness : Completeness or None
        Of the year that misses most of its claims, where that is known.
    gate : Gate
        What a number of persons must keep before it leaves.
    """

    margin: float
    lag: int = 0
    announced: int | None = None
    breaks: tuple[int, ...] = ()
    together: Together = BY_DEFAULT
    completeness: Completeness | None = None
    gate: Gate = OF_NO_STUDY


@dataclass(frozen=True, eq=False)
class Case:
    """One design's answer to one question, laid open for the checks."""

    design: Design
    panel: Panel
    estimate: Estimate
    circumstances: Circumstances
    rng: np.random.Generator


@dataclass(frozen=True)
class Assumption:
    """A premise of a design.

    Attributes
    ----------
    number : int
        1 to 12, the ledger's order.
    name : str
        Key of the study file's arguments and of tracking.
    claim : str
        One sentence.
    matters : str
        Why it matters.
    source : str
    critical : bool
        Whether the verdict's certainty rests on it.
    check : callable or None
        What the data say; None where no data can tell. It may answer None itself where this panel
        cannot tell.
    """

    number: int
    name: str
    claim: str
    matters: str
    source: str
    critical: bool
    check: Callable[[Case], Evidence | None] | None = None


class Inference(Protocol):
    """A way to judge how sure an effect is; a frozen dataclass of its settings."""

    def __call__(self, design: Design, panel: Panel, counted: Bools, rng: np.random.Generator) -> Uncertainty:
        """Judge the mean gap over the `counted` years, shape (n_years,)."""
        ...


class Design(Protocol):
    """A frozen dataclass: its fields are its settings, `assumptions` is all that it claims."""

    assumptions: ClassVar[tuple[Assumption, ...]]

    @property
    def inference(self) -> Inference:
        """How sure the design is of its effect."""
        ...

    def compare(self, panel: Panel) -> Comparison:
        """Say what the treated would have been without exposure. Pure: no chance, no writes."""
        ...


@runtime_checkable
class Batched(Protocol):
    """A design that answers for many panels over the same outcomes faster than one by one."""

    def compare_many(self, panels: Sequence[Panel]) -> list[Comparison]:
        """Equal `compare` of each panel."""
        ...


def compared(design: Design, panel: Panel) -> Comparison:
    """Compare in one panel; what was compared before in the same cell is told again."""
    return once(("compared", id(design), id(panel)), lambda: design.compare(panel), (design, panel))


def compare_all(design: Design, panels: Sequence[Panel]) -> list[Comparison]:
    """Compare in every panel, together where the design can."""
    if isinstance(design, Batched):
        return design.compare_many(panels)
    return [design.compare(panel) for panel in panels]


@runtime_checkable
class ReadsUntouched(Protocol):
    """A design that compares a second outcome too, which the intervention cannot touch: `Panel.untouched`."""

    @property
    def untouched(self) -> str:
        """Column of the delivered data that holds it."""
        ...


@runtime_checkable
class ReadsPredictors(Protocol):
    """A design that matches columns and years of its choice from before the start: `Panel.predictors`."""

    @property
    def predictors(self) -> tuple[Predictor, ...]:
        """What it matches; empty where it asks for nothing."""
        ...


@runtime_checkable
class ReadsCompanions(Protocol):
    """A design that reads other columns of the same units before the start too: `Panel.companions`."""

    @property
    def companions(self) -> tuple[str, ...]:
        """Columns of the delivered data; none named: those of all other outcomes of the study."""
        ...


@dataclass(frozen=True)
class AlsoRead:
    """What a design reads of the delivered data besides the outcome and the study's covariates.

    Attributes
    ----------
    untouched : str or None
        Column of an outcome that the intervention cannot touch.
    companions : tuple of str
        Columns that are read in the years before the start; empty also where those of all other outcomes are.
    predictors : tuple of Predictor
    """

    untouched: str | None = None
    companions: tuple[str, ...] = ()
    predictors: tuple[Predictor, ...] = ()

    @classmethod
    def by(cls, design: Design) -> AlsoRead:
        """Ask a design what it reads."""
        return cls(
            untouched=design.untouched if isinstance(design, ReadsUntouched) else None,
            predictors=design.predictors if isinstance(design, ReadsPredictors) else (),
            companions=design.companions if isinstance(design, ReadsCompanions) else (),
        )


@runtime_checkable
class Joint(Protocol):
    """A design that answers for all cohorts of a staggered start at once, because they inform each other."""

    def compare_together(self, cohorts: Sequence[Panel]) -> list[Comparison]:
        """Say what the treated of every cohort would have been without exposure, one answer a cohort.

        The cohorts lie over the same units, by start; the treated of other cohorts are set aside in each.
        Their years are the same but for starts that never were, where each ends before its real one. With
        one cohort it equals `compare`.
        """
        ...


def estimate(design: Design, panel: Panel, lag: int, rng: np.random.Generator) -> Estimate:
    """Compare, then judge the uncertainty.

    Raises
    ------
    ValueError
        Where the design's answer is no comparison: as `estimate.refuse_unsound`.
    """
    counted = counted_years(panel, lag)
    comparison = compared(design, panel)
    refuse_unsound(comparison, panel, type(design).__name__)
    return Estimate(
        years=panel.years,
        start=panel.start,
        counted=counted,
        observed=panel.treated_mean,
        comparison=comparison,
        control_names=panel.control_names,
        uncertainty=design.inference(design, panel, counted, rng),
        scale=panel.scale,
    )
