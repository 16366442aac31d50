"""How far true effects differ: one number for it, and how likely each is.

Effects y_i with known standard errors s_i are draws around true effects, which are draws around their mean:
y_i ~ N(theta_i, s_i^2), theta_i ~ N(mu, tau^2). Effects are taken as independent.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from lmpeval.panel import Floats

FEWEST = 3
"""With fewer effects nothing tells large spreads from small ones: chances have no total (Gelman 2006)."""
NODES = 400


class Between(StrEnum):
    """How the spread of true effects is estimated."""

    REML = "restricted maximum likelihood"
    PAULE_MANDEL = "Paule-Mandel"


def spread(effects: Floats, errors: Floats, between: Between = Between.REML) -> float:
    """Variance of the true effects, tau squared; zero where errors explain all."""
    return (_paule_mandel if between is Between.PAULE_MANDEL else _reml)(effects, errors**2)


def restricted_log_likelihood(tau2: Floats, effects: Floats, variances: Floats) -> Floats:
    """Of each tau squared, the mean integrated out, up to a constant (Viechtbauer 2005, eq. 9).

    Parameters
    ----------
    tau2 : array, shape (n_values,)
    effects, variances : array, shape (n,)

    Returns
    -------
    array, shape (n_values,)
    """
    total = variances + tau2[:, None]
    weights = 1 / total
    mean = (weights @ effects) / weights.sum(axis=1)
    apart = (weights * (effects - mean[:, None]) ** 2).sum(axis=1)
    return np.asarray(-0.5 * (np.log(total).sum(axis=1) + np.log(weights.sum(axis=1)) + apart))


def _reml(effects: Floats, variances: Floats) -> float:
    """Maximise the restricted likelihood; on a grid first, for it may have two tops."""
    top = 4 * float(effects.var(ddof=1)) + 1e-12 * float(variances.max())
    grid = np.concatenate([[0.0], np.geomspace(1e-8, 1.0, 60)]) * top
    height = restricted_log_likelihood(grid, effects, variances)
    best = int(np.argmax(height))
    ends = float(grid[max(best - 1, 0)]), float(grid[min(best + 1, len(grid) - 1)])
    found = minimize_scalar(
        lambda at: -float(restricted_log_likelihood(np.array([at]), effects, variances)[0]),
        bounds=ends, method="bounded", options={"xatol": 1e-9 * top},
    )  # fmt: skip
    return float(found.x) if -found.fun > height[0] else 0.0


def _paule_mandel(effects: Floats, variances: Floats) -> float:
    """Where the generalised Q is what it should be, n - 1 (Paule and Mandel 1982)."""

    def beyond(tau2: float) -> float:
        return cochran(effects, 1 / (variances + tau2)) - (len(effects) - 1)

    return 0.0 if beyond(0.0) <= 0 else _root(beyond, 4 * float(effects.var(ddof=1)))


def _root(falling: Callable[[float], float], top: float) -> float:
    while falling(top) > 0:
        top *= 2
    return float(brentq(falling, 0.0, top, xtol=1e-14 * top, rtol=1e-12))


def cochran(effects: Floats, weights: Floats) -> float:
    """Weighted squared distances to the weighted mean (Cochran 1954)."""
    return float(weights @ (effects - weights @ effects / weights.sum()) ** 2)


def chances(effects: Floats, errors: Floats) -> tuple[Floats, Floats]:
    """Values of tau and how likely each is, all being held alike beforehand (Gelman 2006).

    The likeliest is the estimate by restricted maximum likelihood. tau / (scale + tau) lies evenly within 0
    and 1, so that the long tail is held too.

    Returns
    -------
    tau, chance : array, shape (NODES,)
        Chances sum to one.

    Raises
    ------
    ValueError
        With fewer than three effects.
    """
    if len(effects) < FEWEST:
        raise ValueError(f"{len(effects)} effects are found, {FEWEST} or more tell their spread")
    scale = float(max(errors.mean(), effects.std(ddof=1)))
    at = (np.arange(NODES) + 0.5) / NODES
    tau = scale * at / (1 - at)
    log = restricted_log_likelihood(tau**2, effects, errors**2)
    chance = np.exp(log - log.max()) / (1 - at) ** 2
    return tau, chance / chance.sum()
