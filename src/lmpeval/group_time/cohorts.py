"""Units exposed from different years on, and the rules by which effects on them are taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import numpy as np

from lmpeval.group_time.two_by_two import Changes, Effect, doubly_robust
from lmpeval.panel import Floats, Years


class Comparison(StrEnum):
    """Who the exposed are compared with."""

    NEVER = "never exposed"
    NOT_YET = "not yet exposed"


class Base(StrEnum):
    """From which year changes count before exposure; from exposure on it is the last year before it."""

    VARYING = "the year before"
    UNIVERSAL = "the last year before exposure"


@dataclass(frozen=True, eq=False)
class Staggered:
    """One outcome of units over years, exposed from different years on and from then to the end.

    Attributes
    ----------
    outcome : array, shape (n_years, n_units)
    years : array of int, shape (n_years,)
        Rising; gaps are allowed.
    cohort : array, shape (n_units,)
        First year of exposure; 0 or infinity for never.
    covariates : array, shape (n_units, n_covariates)
        Measured before any exposure; without a constant.
    weights : array, shape (n_units,)
        Observation weights, not negative.

    Raises
    ------
    ValueError
        For shapes that do not agree, missing figures, years that do not rise. A cohort must not be missing:
        nobody can say whether that means never.
    """

    outcome: Floats
    years: Years
    cohort: Floats
    covariates: Floats
    weights: Floats

    def __post_init__(self) -> None:
        """Refuse what is no panel."""
        n = len(self.cohort)
        shapes = {"outcome": (len(self.years), n), "covariates": (n, *self.covariates.shape[1:2])}
        shapes["weights"] = (n,)
        wrong = [
            f"{name} has shape {found}, not {expected}"
            for name, expected in shapes.items()
            if (found := getattr(self, name).shape) != expected
        ]
        wrong += [
            f"{name} has {missing} figures that are not finite"
            for name in shapes
            if (missing := int((~np.isfinite(getattr(self, name))).sum()))
        ]
        if np.isnan(self.cohort).any() or (self.cohort < 0).any():
            wrong.append("cohort is missing or negative; write 0 or infinity for never exposed")
        elif (np.modf(self.cohort[np.isfinite(self.cohort)])[0] != 0).any():
            wrong.append("cohort is not a whole year everywhere")
        if (np.diff(self.years) <= 0).any():
            wrong.append("years must rise")
        if (self.weights < 0).any():
            wrong.append("weights must not be negative")
        if wrong:
            raise ValueError("; ".join(wrong))

    @cached_property
    def waiting(self) -> Floats:
        """First year of exposure, also after the last year; infinity for never; shape (n_units,)."""
        return np.where(self.cohort == 0, np.inf, self.cohort)

    @cached_property
    def starts(self) -> Floats:
        """First year of exposure, infinity for units not exposed in these years; shape (n_units,)."""
        return np.where(self.waiting > self.years[-1], np.inf, self.waiting)


@dataclass(frozen=True)
class Rules:
    """How group-time effects are taken.

    Attributes
    ----------
    comparison : Comparison
    base : Base
    anticipation : int
        Years before exposure in which units may already react: the base year is that much earlier, and
        units are compared with only until that much before their own exposure.
    estimator : callable
        One of `two_by_two`, or another from `Changes` to `Effect`.
    """

    comparison: Comparison = Comparison.NEVER
    base: Base = Base.VARYING
    anticipation: int = 0
    estimator: Callable[[Changes], Effect] = doubly_robust


STANDARD = Rules()
"""Doubly robust, compared with the never exposed, the year before as base, no anticipation."""
