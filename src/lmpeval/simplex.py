"""Mixtures: weights that are not negative and sum to one, for many targets at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from lmpeval.panel import Bools, Floats


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Ridge-penalised simplex problems that share their donors.

    Problem p asks for weights w >= 0 that sum to one, zero where `allowed[p]` is False, and minimise
    ``sum((donors @ w - targets[p])**2) + penalty[p] * sum(noise * w**2) + toll[p] @ w``.

    Attributes
    ----------
    donors : array, shape (n_years, n_donors)
    noise : array, shape (n_donors,)
        Relative noise variance of each donor; positive.
    targets : array, shape (n_problems, n_years)
    allowed : array of bool, shape (n_problems, n_donors)
    penalty : array, shape (n_problems,)
        Positive: without it the weights are not unique as soon as there are more donors than years.
    toll : array, shape (n_problems, n_donors), or None
        Price of each donor by its weight, in squares of the targets' unit.
    """

    donors: Floats
    noise: Floats
    targets: Floats
    allowed: Bools
    penalty: Floats
    toll: Floats | None = None


PRICED_ABOVE_ROUNDING = 1e13
"""Newton's curvature is one plus this at most, so that the one is not lost."""


class NotConverged(ArithmeticError):
    """The weights could not be found to the stated precision."""


def mixtures(problems: Mixtures, tolerance: float = 1e-10, most_steps: int = 50) -> Floats:
    """Solve every problem at once; returns weights of shape (n_problems, n_donors).

    Semismooth Newton on the dual, whose size is the number of years plus one however many donors there
    are (Qi and Sun 1993): with residual r and multiplier t the weights are
    ``max(0, t - r @ donors - toll / 2) / (penalty * noise)``, and (r, t) solve
    ``donors @ w - target = r`` and ``sum(w) = 1``. A penalty that is small beside the misfit drowns those weights in rounding: problems
    that Newton leaves open go to an active-set method, slower but exact (Lawson and Hanson 1974; with a toll,
    Nocedal and Wright 2006, algorithm 16.3).

    Raises
    ------
    NotConverged
        If neither method finds the weights of a problem.
    """
    shared = problems.donors.mean(axis=1)  # cancels, as weights sum to one: a common shock costs no digits
    donors, targets = problems.donors - shared[:, None], problems.targets - shared
    scale = max(float(np.abs(donors).max()), float(np.abs(targets).max())) or 1.0
    donors, targets, penalty = donors / scale, targets / scale, problems.penalty / scale**2
    inverse = problems.allowed / np.outer(penalty, problems.noise)
    # weights move by at most the error of the residual over twice the root of the price; what is below
    # the rounding of the figures cannot be asked for
    precise = tolerance * np.clip(1 / np.sqrt(inverse.max(axis=1)), 1e-4, 1)
    half = np.zeros_like(inverse) if problems.toll is None else problems.toll / (2 * scale**2)
    weights, found = _by_newton(_Scaled(donors, targets, inverse, half), precise, most_steps)
    for p in np.flatnonzero(~found):
        kept = problems.allowed[p]
        if half[p].any():
            even = penalty[p] * problems.noise[kept]
            weights[p, kept] = _by_exchange(donors[:, kept] - targets[p][:, None], even, half[p, kept])
            continue
        uneven = np.diag(np.sqrt(penalty[p] * problems.noise[kept]))
        weights[p, kept] = on_simplex(np.vstack([donors[:, kept] - targets[p][:, None], uneven]))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class _Scaled:
    """Problems of size one: what donors share taken off, inverse prices, half of the tolls."""

    donors: Floats
    targets: Floats
    inverse: Floats
    half: Floats

    def of(self, some: NDArray[np.intp]) -> _Scaled:
        """Some of the problems."""
        return _Scaled(self.donors, self.targets[some], self.inverse[some], self.half[some])


def _by_newton(scaled: _Scaled, precise: Floats, most_steps: int) -> tuple[Floats, Bools]:
    """Weights, shape (n_problems, n_donors), and for which problems they are precise."""
    donors, inverse = scaled.donors, scaled.inverse
    residual = (inverse / inverse.sum(axis=1, keepdims=True)) @ donors.T - scaled.targets
    dual = np.column_stack([residual, _level(residual @ donors + scaled.half, inverse)])
    weights, gradient, value = _dual(dual, scaled)
    solvable = inverse.sum(axis=1) < PRICED_ABOVE_ROUNDING
    for _ in range(most_steps):
        open_ = np.flatnonzero((np.abs(gradient).max(axis=1) > precise) & weights.any(axis=1) & solvable)
        if not open_.size:
            break
        step = _newton(weights[open_], gradient[open_], donors, inverse[open_])
        slope, length = (gradient[open_] * step).sum(axis=1), 1.0
        while open_.size and length > 1e-9:
            tried = dual[open_] + length * step
            new = _dual(tried, scaled.of(open_))
            least = value[open_] + 1e-4 * length * slope - 1e-13 * (1 + np.abs(value[open_]))
            climbs = new[2] >= least
            kept = open_[climbs]
            dual[kept], weights[kept] = tried[climbs], new[0][climbs]
            gradient[kept], value[kept] = new[1][climbs], new[2][climbs]
            open_, step, slope, length = open_[~climbs], step[~climbs], slope[~climbs], length / 2
    return weights, np.asarray(np.abs(gradient).max(axis=1) <= precise)


def on_simplex(apart: Floats) -> Floats:
    """Weights that minimise ``sum((apart @ w)**2)``, by non-negative least squares, then to all digits.

    One more row asks for a sum of one. What it costs scales the weights and leaves their ratios alone (Lawson
    and Hanson 1974). That is solved by squares, which lose half of the digits: where donors all but surround
    the target, its donors are not always the right ones.

    Parameters
    ----------
    apart : array, shape (n_rows, n_donors)
        Donors minus target in each year; a price of uneven weights is one more row a donor.

    Returns
    -------
    array, shape (n_donors,)
        Not below zero; sums to one.

    Raises
    ------
    NotConverged
    """
    n_donors = apart.shape[1]
    rows = np.vstack([apart / (np.linalg.norm(apart) or 1.0), np.ones(n_donors)])
    try:
        weights = nnls(rows, np.eye(len(rows))[-1], maxiter=100 * n_donors)[0]
        return _to_all_digits(weights / weights.sum(), apart)
    except RuntimeError as error:
        raise NotConverged(f"weights of {n_donors} donors over {len(apart)} rows not found") from error


def _to_all_digits(weights: Floats, apart: Floats, most_steps: int = 100) -> Floats:
    """Weights near those that minimise ``sum((apart @ w)**2)``, brought there by least squares alone.

    Donors that would lessen the misfit come in, and those that stand in the way go, one by one (Wolfe 1976,
    Finding the nearest point in a polytope, Mathematical Programming 11).
    """
    support = np.flatnonzero(weights > 1e-12)
    weights = weights[support] / weights[support].sum()
    rounding = 1e-15 * float((apart**2).sum(axis=0).max())
    for _ in range(most_steps):
        members = apart[:, support]
        others = np.linalg.lstsq(members[:, 1:] - members[:, :1], -members[:, 0], rcond=None)[0]
        aim = np.append(1 - others.sum(), others)
        if (aim < 0).any():
            support, weights = _without_blocking(support, weights, aim)
            continue
        weights, left = aim, members @ aim
        reach = left @ apart
        best = int(reach.argmin())
        if best in support or reach[best] > left @ left * (1 - 1e-10) - rounding:
            break
        support, weights = np.append(support, best), np.append(weights, 0.0)
    whole = np.zeros(apart.shape[1])
    whole[support] = weights / weights.sum()
    return whole


def _by_exchange(apart: Floats, even: Floats, half: Floats) -> Floats:
    """Minimise ``sum((apart @ w)**2) + sum(even * w**2) + 2 * half @ w`` over mixtures.

    It starts from the best donor. Those that would lessen it come in, those that stand in the way go.

    Parameters
    ----------
    apart : array, shape (n_years, n_donors)
        Donors minus target.
    even, half : arrays, shape (n_donors,)

    Raises
    ------
    NotConverged
    """
    support = np.array([np.argmin((apart**2).sum(axis=0) + even + 2 * half)])
    weights = np.ones(1)
    for _ in range(100 + 20 * len(half)):
        members = apart[:, support]
        kkt = np.ones((len(support) + 1, len(support) + 1))
        kkt[:-1, :-1], kkt[-1, -1] = members.T @ members + np.diag(even[support]), 0.0
        solved = np.linalg.lstsq(kkt, np.append(-half[support], 1.0), rcond=1e-15)[0]
        aim, level = solved[:-1], -solved[-1]
        if (aim < 0).any():
            support, weights = _without_blocking(support, weights, aim)
            continue
        weights, whole = aim, np.zeros(len(half))
        whole[support] = aim
        pull = apart.T @ (members @ aim) + even * whole + half
        best = int(pull.argmin())
        if best in support or pull[best] > level - 1e-12 * np.abs(pull).max():
            return whole
        support, weights = np.append(support, best), np.append(weights, 0.0)
    raise NotConverged(f"weights of {len(half)} donors over {len(apart)} rows not found")


def _without_blocking(
    support: NDArray[np.intp], weights: Floats, aim: Floats
) -> tuple[NDArray[np.intp], Floats]:
    """Go from weights towards others, some below zero, up to the first that falls to zero, and drop it."""
    below = np.flatnonzero(aim < 0)
    length = weights[below] / (weights[below] - aim[below])
    kept = np.arange(len(support)) != below[length.argmin()]
    return support[kept], (weights + length.min() * (aim - weights))[kept]


def _dual(dual: Floats, scaled: _Scaled) -> tuple[Floats, Floats, Floats]:
    """Weights, gradient and value of the concave dual at `dual`, shape (n_problems, n_years + 1)."""
    residual, level, donors, targets = dual[:, :-1], dual[:, -1], scaled.donors, scaled.targets
    pull = np.maximum(level[:, None] - residual @ donors - scaled.half, 0)
    weights = pull * scaled.inverse
    gradient = np.column_stack([weights @ donors.T - targets - residual, 1 - weights.sum(axis=1)])
    value = level - (residual * (targets + residual / 2)).sum(axis=1) - (pull * weights).sum(axis=1) / 2
    return weights, gradient, value


def _newton(weights: Floats, gradient: Floats, donors: Floats, inverse: Floats) -> Floats:
    """Newton's step for residual and level, shape (n_problems, n_years + 1); the level is eliminated."""
    active = np.where(weights > 0, inverse, 0.0)
    total = active.sum(axis=1, keepdims=True)
    centre = (active @ donors.T) / total
    spread = (active[:, None, :] * donors) @ donors.T - (total * centre)[:, :, None] * centre[:, None]
    slope, sum_ = gradient[:, :-1], gradient[:, -1:]
    right = (slope + centre * sum_)[..., None]
    residual = np.linalg.solve(spread + np.eye(len(donors)), right)[..., 0]
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
