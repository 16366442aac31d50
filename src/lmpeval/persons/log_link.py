"""What costs without exposure owe to covariates where these multiply: a regression with a logarithmic link.

Costs are skewed and many are zero. A straight line gives their mean all the same; this is the other usual
answer (Manning and Mullahy 2001), to be held beside it. The logarithm is of the mean and never of a person's
cost, which may be zero: the mean cost of a logarithm is not the logarithm of the mean cost.
"""

from __future__ import annotations

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.inference import NoReference
from lmpeval.panel import Floats
from lmpeval.persons.outcome_slopes import SINGULAR

MOST_STEPS = 100
CLOSE = 1e-9
LARGEST = 30.0
"""Of a linear predictor around its mean: beyond, the exponential is out of any cost's reach."""


def log_slopes(cohort: Cohort, weights: Floats, power: float) -> Floats:
    """Quasi-likelihood with the variance a power of the mean: 2 is gamma's, 1 to 2 Tweedie's, 1 Poisson's.

    Every person counts by weight times exposure, among the compared.

    Parameters
    ----------
    cohort : Cohort
    weights : array, shape (n_persons,)
    power : float

    Returns
    -------
    array, shape (n_years, 1 + n_covariates)
        Constant and slopes of the logarithm of the mean, by year.

    Raises
    ------
    NoReference
        Where a year has no positive mean, or no end is found.
    """
    pool = np.flatnonzero(~cohort.treated & (weights > 0))
    counts, values = weights[pool], cohort.covariates[pool]
    centre = counts @ values / counts.sum()
    spread = np.sqrt(counts @ (values - centre) ** 2 / counts.sum())
    scaled = (values - centre) * np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    design = np.column_stack([np.ones(len(pool)), scaled])
    found = np.empty((len(cohort.years), design.shape[1]))
    for t in range(len(cohort.years)):
        seen = counts * cohort.exposure[t, pool]
        cost = np.divide(cohort.amounts[t, pool], cohort.exposure[t, pool], out=np.zeros(len(pool)),
                         where=cohort.exposure[t, pool] > 0)  # fmt: skip
        found[t] = _solved(design, cost, seen, power)
    found[:, 1:] = np.divide(found[:, 1:], spread, out=np.zeros_like(found[:, 1:]), where=spread > 0)
    found[:, 0] -= found[:, 1:] @ centre
    return found


def means_of_logarithm(predictor: Floats, counts: Floats, of_compared: Floats) -> Floats:
    """Means of persons whose logarithm a regression tells; zero for whom nothing counts.

    Parameters
    ----------
    predictor : array, shape (n_persons,)
    counts, of_compared : array, shape (n_persons,)
        What each counts for, and what each of the compared does.

    Raises
    ------
    NoReference
        Where the mean of somebody who counts is out of any cost's reach.
    """
    seen = counts > 0
    centre = float(of_compared @ predictor / of_compared.sum()) if of_compared.any() else 0.0
    if np.abs(predictor - centre).max(initial=0.0, where=seen) > LARGEST:
        raise NoReference(
            "a regression with a logarithmic link expects a cost beyond all reach of somebody who is like "
            "nobody among the compared"
        )
    return np.exp(predictor, out=np.zeros_like(predictor), where=seen)


def _solved(design: Floats, cost: Floats, seen: Floats, power: float) -> Floats:
    """Scoring steps, halved where the quasi-likelihood does not rise."""
    mean = float(seen @ cost / seen.sum())
    if not mean > 0:
        raise NoReference(
            "costs of the compared have no positive mean in a year: there is no logarithm of it"
        )
    slopes = np.zeros(design.shape[1])
    relative = cost / mean  # in parts of the mean, so that the unit of account does not matter
    value = _quasi_likelihood(design @ slopes, relative, seen, power)
    for _ in range(MOST_STEPS):
        fitted = np.exp(design @ slopes)
        gradient = design.T @ (seen * (relative - fitted) * fitted ** (1 - power))
        information = (design * (seen * fitted ** (2 - power))[:, None]).T @ design
        step = np.linalg.pinv(information, rcond=SINGULAR, hermitian=True) @ gradient
        if gradient @ step < CLOSE * seen.sum():
            slopes[0] += np.log(mean)
            return slopes
        length = 1.0
        while (
            not (then := _quasi_likelihood(design @ (slopes + length * step), relative, seen, power)) > value
        ):
            length /= 2
            if length < 1e-8:
                raise NoReference("a regression with a logarithmic link has no end that could be found")
        slopes, value = slopes + length * step, then
    raise NoReference("a regression with a logarithmic link has no end that could be found")


def _quasi_likelihood(predictor: Floats, relative: Floats, seen: Floats, power: float) -> float:
    """Of means that are exponentials of the predictor (McCullagh and Nelder 1989, table 9.1)."""
    if np.abs(predictor).max() > LARGEST:
        return -np.inf
    if power == 1:
        return float(seen @ (relative * predictor - np.exp(predictor)))
    first = relative * np.exp((1 - power) * predictor) / (1 - power)
    second = predictor if power == 2 else np.exp((2 - power) * predictor) / (2 - power)
    return float(seen @ (first - second))
