"""Regression on unit and year effects, and what it weighs: a warning, not an estimator."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.group_time.cohorts import Staggered
from lmpeval.group_time.nuisance import NotEstimable
from lmpeval.panel import Floats, Years


@dataclass(frozen=True, eq=False)
class TwoWay:
    """Coefficient of exposure, and the group-time effects that it adds up.

    Attributes
    ----------
    coefficient : float
    cohorts, years : arrays of int, shape (k,)
        Of every exposed cohort and year.
    weights : array, shape (k,)
        Of its effect in the coefficient; they sum to one and may be negative.
    """

    coefficient: float
    cohorts: Years
    years: Years
    weights: Floats

    @property
    def negative_share(self) -> float:
        """Share of the exposed cohorts and years whose weight is below zero."""
        return float((self.weights < 0).mean())

    @property
    def negative_sum(self) -> float:
        """Sum of the weights below zero: how much of the effects counts with the wrong sign."""
        return float(self.weights[self.weights < 0].sum())


def two_way(panel: Staggered) -> TwoWay:
    """Regress the outcome on exposure, unit and year effects; covariates are left out.

    With e the residual of exposure on the two effects, the coefficient is ``sum w e y / sum w e D``, and the
    effect on a cohort in a year has the weight ``sum w e / sum w e D`` over its units (de Chaisemartin and
    D'Haultfoeuille 2020, theorem 1).

    Raises
    ------
    NotEstimable
        Where exposure does not differ between units within years.
    """
    exposed = (panel.years[:, None] >= panel.starts).astype(np.float64)
    share = panel.weights / panel.weights.sum()
    left = exposed - exposed.mean(axis=0) - (exposed @ share)[:, None] + (exposed @ share).mean()
    parts = left * share
    total = float((parts * exposed).sum())
    if total <= 1e-12:
        raise NotEstimable("exposure does not differ between units within years")
    cohorts, years, weights = [], [], []
    for cohort in np.unique(panel.starts[np.isfinite(panel.starts)]):
        own = panel.starts == cohort
        for position in np.flatnonzero(panel.years >= cohort):
            cohorts.append(int(cohort))
            years.append(int(panel.years[position]))
            weights.append(float(parts[position, own].sum() / total))
    return TwoWay(
        float((parts * panel.outcome).sum() / total), np.array(cohorts), np.array(years), np.array(weights)
    )
