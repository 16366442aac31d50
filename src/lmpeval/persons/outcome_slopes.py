"""What the outcome without exposure owes to covariates, year by year: a regression among the compared."""

from __future__ import annotations

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.panel import Floats

SINGULAR = 1e-10
"""Share of the largest direction of the covariates below which one is left out of a regression."""


def outcome_slopes(cohort: Cohort, weights: Floats) -> Floats:
    """Weighted least squares of each year's outcome on the covariates, among the compared.

    Every person counts by weight times exposure. Directions in which the compared do not vary get no slope:
    of several covariates that say the same, all together have one.

    Parameters
    ----------
    cohort : Cohort
    weights : array, shape (n_persons,)

    Returns
    -------
    array, shape (n_years, 1 + n_covariates)
        Constant and slopes.
    """
    pool = np.flatnonzero(~cohort.treated & (weights > 0))
    counts, values = weights[pool], cohort.covariates[pool]
    centre = counts @ values / counts.sum()
    values = values - centre
    spread = np.sqrt(counts @ values**2 / counts.sum())
    values *= np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    design = np.column_stack([np.ones(len(pool)), values])
    found = np.empty((len(cohort.years), design.shape[1]))
    for t in range(len(cohort.years)):
        by_person = counts * cohort.exposure[t, pool]
        moments = (design * by_person[:, None]).T @ design
        inverse = np.linalg.pinv(moments, rcond=SINGULAR, hermitian=True)
        found[t] = inverse @ (design.T @ (counts * cohort.amounts[t, pool]))
    found[:, 1:] = np.divide(found[:, 1:], spread, out=np.zeros_like(found[:, 1:]), where=spread > 0)
    found[:, 0] -= found[:, 1:] @ centre
    return found
