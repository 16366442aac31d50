"""What effects of one kind of change are on the whole, how far they differ, and what a next one would do.

The model is that of `spread`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr
from scipy.stats import chi2, t

from lmpeval.panel import Floats
from lmpeval.portfolio.spread import FEWEST, Between, chances, cochran, spread


@dataclass(frozen=True)
class Pooled:
    """Several effects put together.

    Attributes
    ----------
    n : int
    effect, standard_error, low, high : float
        Mean of the true effects and its Hartung-Knapp interval, in the effects' unit.
    tau : float
        Standard deviation of the true effects.
    q, q_p : float
        Cochran's Q and its p-value: whether effects differ by more than their errors.
    i2 : float
        Share of the spread of the effects that is no error (Higgins and Thompson 2002, by tau).
    multiplier : float
        Hartung and Knapp's factor to the variance, before it is kept from falling below one.
    ahead : pair of float
        Interval that holds the true effect of a next one; infinite with fewer than three effects.
    """

    n: int
    effect: float
    standard_error: float
    low: float
    high: float
    tau: float
    q: float
    q_p: float
    i2: float
    multiplier: float
    ahead: tuple[float, float]


def pool(effects: Floats, errors: Floats, level: float = 0.95, between: Between = Between.REML) -> Pooled:
    """Put effects together as draws around a common mean.

    The interval of the mean is that of Hartung and Knapp (2001) and Sidik and Jonkman (2002): t with n - 1
    degrees of freedom and the weighted spread of the effects as their error. It is never made narrower than
    the error without their factor, which with few effects that agree by luck it would be (Roever, Knapp and
    Friede 2015). The interval ahead is averaged over what the spread could be: with the spread at its
    estimate and t with n - 2 degrees of freedom (Higgins, Thompson and Spiegelhalter 2009) it held 87 % of
    next effects where errors were somewhat larger than the spread, for the estimate is then often zero.

    Parameters
    ----------
    effects, errors : array, shape (n,)
        In one unit; errors above zero.

    Raises
    ------
    ValueError
        With fewer than two effects, or with an effect or error that is not finite.
    """
    n = len(effects)
    if n < 2:
        raise ValueError(f"{n} effect is found, two or more are put together")
    if not (np.isfinite(effects).all() and np.isfinite(errors).all() and (errors > 0).all()):
        raise ValueError("effects are finite, and their errors are finite and above zero")
    tau2 = spread(effects, errors, between)
    weights = 1 / (errors**2 + tau2)
    mean = float(weights @ effects / weights.sum())
    multiplier = float(weights @ (effects - mean) ** 2 / (n - 1))
    error = sqrt(max(1.0, multiplier) / weights.sum())
    reach = float(t.ppf((1 + level) / 2, n - 1)) * error
    fixed = 1 / errors**2
    q = cochran(effects, fixed)
    return Pooled(
        n=n,
        effect=mean,
        standard_error=error,
        low=mean - reach,
        high=mean + reach,
        tau=sqrt(tau2),
        q=q,
        q_p=float(chi2.sf(q, n - 1)),
        i2=tau2 / (tau2 + _typical(fixed)),
        multiplier=multiplier,
        ahead=_ahead(effects, errors, level),
    )


def _typical(weights: Floats) -> float:
    """Typical variance of an effect's error (Higgins and Thompson 2002, eq. 9)."""
    return float((len(weights) - 1) * weights.sum() / (weights.sum() ** 2 - (weights**2).sum()))


def _ahead(effects: Floats, errors: Floats, level: float) -> tuple[float, float]:
    """Interval of a next true effect, over all values of tau; ends of a mixture of normals."""
    if len(effects) < FEWEST:
        return -inf, inf
    tau, chance = chances(effects, errors)
    weights = 1 / (errors**2 + tau[:, None] ** 2)
    total = weights.sum(axis=1)
    centre, deviation = (weights @ effects) / total, np.sqrt(1 / total + tau**2)

    def end(share: float) -> float:
        low, high = float((centre - 40 * deviation).min()), float((centre + 40 * deviation).max())
        return float(brentq(lambda x: chance @ ndtr((x - centre) / deviation) - share, low, high))

    return end((1 - level) / 2), end((1 + level) / 2)
