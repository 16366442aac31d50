"""Weights of comparison units by the odds of being treated, and by a regression on covariates."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lmpeval.group_time.nuisance import design_of, logit, regress
from lmpeval.panel import Bools, Floats


@dataclass(frozen=True, eq=False)
class Units:
    """Treated and comparison units before the start: (n_units, n_covariates), (n_units,), (n_units,)."""

    covariates: Floats
    treated: Bools
    exposure: Floats

    @cached_property
    def size(self) -> Floats:
        """Exposure, that of the mean comparison unit being 1; shape (n_units,).

        A treated unit told as two with half its exposure each leaves this scale as it is.
        """
        return np.asarray(self.exposure / self.exposure[~self.treated].mean())

    @cached_property
    def compared(self) -> Floats:
        """Size of comparison units, zero for the treated; shape (n_units,)."""
        return np.where(self.treated, 0.0, self.size)

    @cached_property
    def design(self) -> Floats:
        """Constant and standardised covariates; shape (n_units, 1 + n_covariates)."""
        return design_of(self.covariates, self.size)


def by_odds(units: Units, shrinkage: float) -> Floats:
    """Weigh comparison units by size times odds of being treated given the covariates (Abadie 2005).

    The logit's prior is told as data: for each covariate, units of which half are treated, with one there and
    zero elsewhere, in the constant too (Greenland and Mansournia 2015). With it there always is a best fit.

    Returns
    -------
    array, shape (n_units,)
        Zero for the treated; sums to one (Hajek 1971).

    Raises
    ------
    NotEstimable
        Without shrinkage, where covariates tell the treated apart without fail or are collinear.
    """
    design, treated, size = units.design, units.treated, units.size
    if shrinkage:
        told = np.eye(design.shape[1])[1:]
        design = np.vstack([design, told, told])
        treated = np.r_[treated, np.repeat([True, False], len(told))]
        size = np.r_[size, np.full(2 * len(told), shrinkage / 2)]
    odds = logit(design, treated, size).odds[: len(units.size)]
    weights = units.compared * odds
    return np.asarray(weights / weights.sum())


def corrected(units: Units, weights: Floats) -> Floats:
    """Move weights so that they balance the covariates, by a regression among the comparison units.

    ``w_i + s_i x_i' (sum_j s_j x_j x_j')^-1 (x of the treated - sum_j w_j x_j)``, s the sizes and x the
    covariates with a constant: a weighted mean moves by what the regression makes of the imbalance. From
    weights of zero it is the regression's prediction for the treated (Heckman, Ichimura and Todd 1997); from
    those of the odds the doubly robust one (Sant'Anna and Zhao 2020, equation 3.1).

    Parameters
    ----------
    units : Units
    weights : array, shape (n_units,)
        Zero for the treated.

    Returns
    -------
    array, shape (n_units,)
        Zero for the treated; sums to one, some may be below zero.

    Raises
    ------
    NotEstimable
        Where the comparison units do not pin the regression down.
    """
    regression = regress(units.design, np.zeros((len(weights), 0)), units.compared)
    of_treated = np.where(units.treated, units.size, 0.0)
    missing = of_treated @ units.design / of_treated.sum() - weights @ units.design
    return np.asarray(weights + units.compared * (units.design @ (regression.inverse @ missing)))
