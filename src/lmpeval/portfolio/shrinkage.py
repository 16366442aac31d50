"""Each effect drawn towards what all of its kind have in common, and where it could stand among them.

The model is that of `spread`. Its spread tau is not fixed at an estimate but averaged over: with few
effects the estimate is often zero, and effects would come out all the same with hardly any doubt.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from lmpeval.panel import Floats
from lmpeval.portfolio.spread import chances

DRAWS = 10_000


@dataclass(frozen=True, eq=False)
class Shrunk:
    """Effects after they were seen together.

    Attributes
    ----------
    effect, standard_error, low, high : array, shape (n,)
        In the effects' unit.
    above : array, shape (n,)
        Chance that each true effect lies above its margin.
    below : array, shape (n,)
        Chance that it lies below minus its margin.
    rank_low, rank_high : array of int, shape (n,)
        Ends of the interval of its rank, 1 for the largest.
    tau : float
        Median spread of the true effects.
    """

    effect: Floats
    standard_error: Floats
    low: Floats
    high: Floats
    above: Floats
    below: Floats
    rank_low: np.ndarray[tuple[int], np.dtype[np.int64]]
    rank_high: np.ndarray[tuple[int], np.dtype[np.int64]]
    tau: float


def shrink(
    effects: Floats, errors: Floats, margin: Floats, rng: np.random.Generator, level: float = 0.95
) -> Shrunk:
    """Draw every effect towards the mean of all, by as much as its error asks for.

    Normal effects around normal true ones, the mean and the spread of these unknown, all values held alike
    beforehand (Rubin 1981; Gelman et al. 2013, Bayesian Data Analysis, section 5.4; the empirical Bayes of
    Morris 1983 without his correction for the estimated spread, which averaging makes). Sums over the spread
    are exact up to the grid; intervals and ranks are read off draws.

    Parameters
    ----------
    effects, errors, margin : array, shape (n,)
        In one unit; errors above zero, margins not below it.
    rng : Generator
    level : float

    Raises
    ------
    ValueError
        With fewer than three effects.
    """
    tau, weight = chances(effects, errors)
    centre, deviation = _given_spread(effects, errors, tau)
    mean = weight @ centre
    standard_error = np.sqrt(weight @ (deviation**2 + centre**2) - mean**2)
    draws = _drawn(effects, errors, (tau, weight), rng)
    ends = [(1 - level) / 2, (1 + level) / 2]
    low, high = np.quantile(draws, ends, axis=0)
    ranks = 1 + np.argsort(np.argsort(-draws, axis=1), axis=1)
    rank_low, rank_high = np.quantile(ranks, ends, axis=0, method="inverted_cdf").astype(np.int64)
    return Shrunk(
        effect=mean,
        standard_error=standard_error,
        low=low,
        high=high,
        above=weight @ ndtr((centre - margin) / deviation),
        below=weight @ ndtr((-margin - centre) / deviation),
        rank_low=rank_low,
        rank_high=rank_high,
        tau=float(tau[np.searchsorted(np.cumsum(weight), 0.5)]),
    )


def _given_spread(effects: Floats, errors: Floats, tau: Floats) -> tuple[Floats, Floats]:
    """Mean and standard deviation of every true effect at each tau; shapes (n_taus, n)."""
    total = errors**2 + tau[:, None] ** 2
    weights = 1 / total
    mean = (weights @ effects) / weights.sum(axis=1)
    kept = tau[:, None] ** 2 / total  # of what is its own
    centre = mean[:, None] + kept * (effects - mean[:, None])
    variance = kept * errors**2 + (1 - kept) ** 2 / weights.sum(axis=1)[:, None]
    return centre, np.sqrt(variance)


def _drawn(
    effects: Floats, errors: Floats, spreads: tuple[Floats, Floats], rng: np.random.Generator
) -> Floats:
    """True effects drawn together, shape (DRAWS, n): what they share in the mean moves their ranks too."""
    tau = rng.choice(spreads[0], DRAWS, p=spreads[1])[:, None]
    weights = 1 / (errors**2 + tau**2)
    total = weights.sum(axis=1, keepdims=True)
    mean = (weights @ effects)[:, None] / total + rng.standard_normal((DRAWS, 1)) / np.sqrt(total)
    kept = tau**2 / (errors**2 + tau**2)
    own = np.sqrt(kept) * errors * rng.standard_normal((DRAWS, len(effects)))
    return np.asarray(mean + kept * (effects - mean) + own)
