"""Mixtures by their dual, whose size is the number of years plus one however many donors there are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Bools, Floats

COARSE = 1e-3
"""Price that Newton's method starts from, where the largest distance of a donor is one."""
PRECISE, START = 1e-10, 1e-3
"""Error of the residual that is left, and the one left in a start for another method."""
SHORTEST = 1e-4
"""Share of Newton's step below which there is no climbing for rounding."""
DIGITS = 1e-11
"""Rounding that weights from the dual may have."""
MOST_STEPS = 50


def by_newton(donors: Floats, targets: Floats, penalty: Floats, inverse: Floats) -> tuple[Floats, Bools]:
    """Weights that minimise ``sum((donors @ w - target)**2) + sum(w**2 / inverse)``, and which are precise.

    Semismooth Newton on the dual (Qi and Sun 1993): with residual r and multiplier t the weights are
    ``max(0, t - r @ donors) * inverse``, and (r, t) solve ``donors @ w - target = r`` and ``sum(w) = 1``.

    What is cheaper than the coarse price is solved at that first. Where the misfit is the price's doing it
    falls with the price, and the dual tells the weights at a small price too. Elsewhere rounding would drown
    them: the largest weights at the coarse price, as many as can follow a path exactly, are a start for
    another method.

    Parameters
    ----------
    donors : array, shape (n_years, n_donors)
        The largest at distance one from zero.
    targets : array, shape (n_problems, n_years)
    penalty : array, shape (n_problems,)
        Price of a donor of mean noise.
    inverse : array, shape (n_problems, n_donors)
        One over each donor's price; zero where it is not allowed.

    Returns
    -------
    weights : array, shape (n_problems, n_donors)
        Not negative; of a sum near one.
    precise : array of bool, shape (n_problems,)
    """
    share = penalty / np.maximum(penalty, COARSE)
    coarse = inverse * share[:, None]
    even = coarse / coarse.sum(axis=1, keepdims=True)
    climbed = _climbed(
        even @ donors.T - targets, donors, targets, coarse, np.where(share < 1, START, PRECISE)
    )
    residual, weights = climbed.dual[:, :-1], climbed.weights
    found = climbed.precise & (share == 1)
    priced = np.divide(weights**2, coarse, out=np.zeros_like(weights), where=coarse > 0).sum(axis=1)
    exact = (share < 1) & climbed.precise & ((residual**2).sum(axis=1) < priced)
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0.5, weights, even)
    weights[~found] = _largest(weights[~found], len(donors) + 1)
    if exact.any():
        deep = np.flatnonzero(exact)
        start = residual[deep] * share[deep, None]
        further = _climbed(start, donors, targets[deep], inverse[deep], np.full(deep.size, PRECISE))
        found[deep] = further.precise
        weights[deep[further.precise]] = further.weights[further.precise]
    return weights, found


def _largest(weights: Floats, n_kept: int) -> Floats:
    """Without all but the largest weights of each problem; those that tie with the last of them stay."""
    if n_kept >= weights.shape[1] or not len(weights):
        return weights
    least = -np.partition(-weights, n_kept - 1, axis=1)[:, n_kept - 1 : n_kept]
    return np.where(weights >= least, weights, 0.0)


@dataclass(frozen=True, eq=False)
class _Climbed:
    """Where Newton's method came to.

    Attributes
    ----------
    dual : array, shape (n_problems, n_years + 1)
        Residual and level.
    weights : array, shape (n_problems, n_donors)
    precise : array of bool, shape (n_problems,)
    """

    dual: Floats
    weights: Floats
    precise: Bools


def _climbed(
    residual: Floats, donors: Floats, targets: Floats, inverse: Floats, tolerance: Floats
) -> _Climbed:
    """Climb from a residual, shape (n_problems, n_years), to the top of the dual."""
    # weights move by at most the error of the residual over twice the root of the price; what is below
    # the rounding of the figures cannot be asked for
    precise = tolerance * np.clip(1 / np.sqrt(inverse.max(axis=1)), 1e-4, 1)
    dual = np.column_stack([residual, _level(residual @ donors, inverse)])
    unit = 1 / inverse.max(axis=1)
    products = (donors[:, None] * donors).reshape(-1, donors.shape[1]).T
    weights, gradient, value = _dual(dual, donors, targets, inverse)
    climbing = np.asarray(weights.any(axis=1))
    for _ in range(MOST_STEPS):
        open_ = np.flatnonzero((np.abs(gradient).max(axis=1) > precise) & climbing)
        if not open_.size:
            break
        step = _newton(weights[open_], gradient[open_], donors, products, inverse[open_])
        slope, length = (gradient[open_] * step).sum(axis=1), 1.0
        while open_.size and length > SHORTEST:
            tried = dual[open_] + length * step
            new = _dual(tried, donors, targets[open_], inverse[open_])
            least = value[open_] + 1e-4 * length * slope - 1e-13 * (unit[open_] + np.abs(value[open_]))
            climbs = new[2] >= least
            kept = open_[climbs]
            dual[kept], weights[kept] = tried[climbs], new[0][climbs]
            gradient[kept], value[kept] = new[1][climbs], new[2][climbs]
            open_, step, slope, length = open_[~climbs], step[~climbs], slope[~climbs], length / 2
        climbing[open_] = False
    # a donor is at most at distance one
    rounding = np.finfo(float).eps * np.linalg.norm(dual[:, :-1], axis=1) * inverse.max(axis=1)
    return _Climbed(dual, weights, (np.abs(gradient).max(axis=1) <= precise) & (rounding < DIGITS))


def _dual(dual: Floats, donors: Floats, targets: Floats, inverse: Floats) -> tuple[Floats, Floats, Floats]:
    """Weights, gradient and value of the concave dual at `dual`, shape (n_problems, n_years + 1)."""
    residual, level = dual[:, :-1], dual[:, -1]
    pull = np.maximum(level[:, None] - residual @ donors, 0)
    weights = pull * inverse
    gradient = np.column_stack([weights @ donors.T - targets - residual, 1 - weights.sum(axis=1)])
    value = level - (residual * (targets + residual / 2)).sum(axis=1) - (pull * weights).sum(axis=1) / 2
    return weights, gradient, value


def _newton(weights: Floats, gradient: Floats, donors: Floats, products: Floats, inverse: Floats) -> Floats:
    """Newton's step for residual and level, shape (n_problems, n_years + 1); the level is eliminated."""
    active = np.where(weights > 0, inverse, 0.0)
    total = active.sum(axis=1, keepdims=True)
    centre = (active @ donors.T) / total
    spread = (active @ products).reshape(-1, len(donors), len(donors))
    spread -= (total * centre)[:, :, None] * centre[:, None]
    slope, sum_ = gradient[:, :-1], gradient[:, -1:]
    right = (slope + centre * sum_)[..., None]
    # at a small price a direction in which no active donor differs would be lost in rounding
    ridge = 1 + np.finfo(float).eps * np.trace(spread, axis1=1, axis2=2)
    residual = np.linalg.solve(spread + ridge[:, None, None] * np.eye(len(donors)), right)[..., 0]
    return np.column_stack([residual, sum_ / total + (centre * residual).sum(axis=1, keepdims=True)])


def _level(pull: Floats, inverse: Floats) -> Floats:
    """Multiplier at which each row of weights sums to one, for given residual pulls (sorting).

    pull and inverse have shape (n_problems, n_donors).
    """
    order = np.argsort(np.where(inverse > 0, pull, np.inf), axis=1)
    sorted_pull = np.take_along_axis(np.where(inverse > 0, pull, 0.0), order, axis=1)
    sorted_inverse = np.take_along_axis(inverse, order, axis=1)
    sums = np.cumsum(sorted_inverse, axis=1)
    levels = (1 + np.cumsum(sorted_inverse * sorted_pull, axis=1)) / sums
    ahead = np.column_stack([sorted_pull[:, 1:], np.full(len(pull), np.inf)])
    ahead = np.where(np.column_stack([sorted_inverse[:, 1:], np.zeros(len(pull))]) > 0, ahead, np.inf)
    first = (levels <= ahead).argmax(axis=1)
    return np.asarray(levels[np.arange(len(pull)), first])
