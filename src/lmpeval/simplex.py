"""Mixtures: weights that are not negative and sum to one, for many targets at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from lmpeval.panel import Bools, Floats


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Ridge-penalised simplex problems that share their donors.

    Problem p asks for weights w >= 0 that sum to one, zero where `allowed[p]` is False, and minimise
    ``sum((rows[p] @ (donors @ w - targets[p]))**2) + penalty[p] * sum(noise * w**2)
    + toll[p] @ w``.

    Attributes
    ----------
    donors : array, shape (n_years, n_donors)
    noise : array, shape (n_donors,)
        Relative noise variance of each donor; positive.
    targets : array, shape (n_problems, n_years)
    allowed : array of bool, shape (n_problems, n_donors)
    penalty : array, shape (n_problems,)
        Positive: without it the weights are not unique as soon as there are more donors than years.
    rows : array, shape (n_problems, n_rows, n_years), or None
        What is to be small of the misfits of a problem: sums of them, each times what it counts for there.
        None for all of them, as they are.
    toll : array, shape (n_problems, n_donors), or None
        Price of each donor by its weight, in squares of the targets' unit.
    """

    donors: Floats
    noise: Floats
    targets: Floats
    allowed: Bools
    penalty: Floats
    rows: Floats | None = None
    toll: Floats | None = None


PRICED_ABOVE_ROUNDING = 1e13
"""Newton's curvature is one plus this at most, so that the one is not lost."""


class NotConverged(ArithmeticError):
    """The weights could not be found to the stated precision."""


def mixtures(problems: Mixtures, tolerance: float = 1e-10, most_steps: int = 50) -> Floats:
    """Solve every problem at once; returns weights of shape (n_problems, n_donors).

    Semismooth Newton on the dual, whose size is the number of rows plus one however many donors there
    are (Qi and Sun 1993): with residual r and multiplier t the weights are
    ``max(0, t - r @ rows @ donors - toll / 2) / (penalty * noise)``, and (r, t) solve ``sum(w) = 1`` and
    ``rows @ (donors @ w - target) = r``. A penalty that is small beside the misfit drowns those weights in
    rounding: problems that Newton leaves open go to an active-set method, slower but exact (Lawson and Hanson
    1974).

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
    half = np.zeros_like(inverse) if problems.toll is None else problems.toll / (2 * scale**2)
    scaled = _Dual(donors, targets, inverse, problems.rows, half)
    weights, found = by_newton(scaled, precision(inverse, tolerance), most_steps)
    for p in np.flatnonzero(~found):
        kept = problems.allowed[p]
        price = penalty[p] * problems.noise[kept]
        apart = donors[:, kept] - targets[p][:, None]
        if problems.rows is not None:
            apart = problems.rows[p] @ apart
        if half[p].any():
            weights[p, kept] = _by_exchange(apart, price, half[p, kept])
        else:
            weights[p, kept] = on_simplex(np.vstack([apart, np.diag(np.sqrt(price))]))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


class Dual(Protocol):
    """Concave duals of several problems, for `by_newton`.

    A point is residuals and levels, weights are what it gives, and `inverse` is one over the price of each.
    """

    @property
    def inverse(self) -> Floats:
        """One over the price of a weight, zero where it must be none; shape (n_problems, n_weights)."""
        ...

    def those(self, kept: NDArray[np.intp]) -> Dual:
        """Some of the problems."""
        ...

    def begin(self) -> Floats:
        """A first point; shape (n_problems, n_dual)."""
        ...

    def at(self, dual: Floats) -> tuple[Floats, Floats, Floats]:
        """Weights, gradient and value at a point."""
        ...

    def newton(self, weights: Floats, gradient: Floats) -> Floats:
        """Newton's step; shape of a point."""
        ...


def precision(inverse: Floats, tolerance: float) -> Floats:
    """How small a gradient of the dual may be asked for; shape (n_problems,).

    Weights move by at most the error of the residual over twice the root of the price; what is below the
    rounding of the figures cannot be asked for.
    """
    return np.asarray(tolerance * np.clip(1 / np.sqrt(inverse.max(axis=1)), 1e-4, 1))


def by_newton(problems: Dual, precise: Floats, most_steps: int) -> tuple[Floats, Bools]:
    """Weights, shape (n_problems, n_weights), and for which problems they are precise."""
    dual = problems.begin()
    weights, gradient, value = problems.at(dual)
    solvable = problems.inverse.sum(axis=1) < PRICED_ABOVE_ROUNDING
    for _ in range(most_steps):
        open_ = np.flatnonzero((np.abs(gradient).max(axis=1) > precise) & weights.any(axis=1) & solvable)
        if not open_.size:
            break
        step = problems.those(open_).newton(weights[open_], gradient[open_])
        slope, length = (gradient[open_] * step).sum(axis=1), 1.0
        while open_.size and length > 1e-9:
            tried = dual[open_] + length * step
            new = problems.those(open_).at(tried)
            least = value[open_] + 1e-4 * length * slope - 1e-13 * (1 + np.abs(value[open_]))
            climbs = new[2] >= least
            kept = open_[climbs]
            dual[kept], weights[kept] = tried[climbs], new[0][climbs]
            gradient[kept], value[kept] = new[1][climbs], new[2][climbs]
            open_, step, slope, length = open_[~climbs], step[~climbs], slope[~climbs], length / 2
    return weights, np.asarray(np.abs(gradient).max(axis=1) <= precise)


@dataclass(frozen=True, eq=False)
class _Dual:
    """The concave duals of `Mixtures`; `inverse` is one over the price of a weight, zero where not allowed.

    Half of the toll is `half`.

    A point of the dual is residuals and a level, shape (n_problems, n_rows + 1).
    """

    donors: Floats
    targets: Floats
    inverse: Floats
    rows: Floats | None
    half: Floats

    def those(self, kept: NDArray[np.intp]) -> _Dual:
        """Some of the problems."""
        rows = None if self.rows is None else self.rows[kept]
        return _Dual(self.donors, self.targets[kept], self.inverse[kept], rows, self.half[kept])

    def begin(self) -> Floats:
        """The point of the weights that noise alone would ask for."""
        share = self.inverse / self.inverse.sum(axis=1, keepdims=True)
        residual = self._in_rows(share @ self.donors.T - self.targets)
        pull = self._in_years(residual) @ self.donors + self.half
        return np.column_stack([residual, level_of(pull, self.inverse)])

    def at(self, dual: Floats) -> tuple[Floats, Floats, Floats]:
        """Weights, gradient and value at a point."""
        residual, level = dual[:, :-1], dual[:, -1]
        pull = np.maximum(level[:, None] - self._in_years(residual) @ self.donors - self.half, 0)
        weights = pull * self.inverse
        misfit = self._in_rows(weights @ self.donors.T - self.targets)
        gradient = np.column_stack([misfit - residual, 1 - weights.sum(axis=1)])
        value = level - (residual * (self._in_rows(self.targets) + residual / 2)).sum(axis=1)
        return weights, gradient, value - (pull * weights).sum(axis=1) / 2

    def newton(self, weights: Floats, gradient: Floats) -> Floats:
        """Newton's step, of the shape of a point; the level is eliminated."""
        active = np.where(weights > 0, self.inverse, 0.0)
        total = active.sum(axis=1, keepdims=True)
        centre = (active @ self.donors.T) / total
        spread = (active[:, None, :] * self.donors) @ self.donors.T
        spread -= (total * centre)[:, :, None] * centre[:, None]
        if self.rows is not None:
            centre, spread = self._in_rows(centre), self.rows @ spread @ np.swapaxes(self.rows, 1, 2)
        slope, sum_ = gradient[:, :-1], gradient[:, -1:]
        right = (slope + centre * sum_)[..., None]
        residual = np.linalg.solve(spread + np.eye(spread.shape[1]), right)[..., 0]
        return np.column_stack([residual, sum_ / total + (centre * residual).sum(axis=1, keepdims=True)])

    def _in_rows(self, misfits: Floats) -> Floats:
        """Rows of misfits by year."""
        return misfits if self.rows is None else (self.rows @ misfits[:, :, None])[:, :, 0]

    def _in_years(self, residuals: Floats) -> Floats:
        """What residuals by row pull at in each year."""
        return residuals if self.rows is None else (residuals[:, None] @ self.rows)[:, 0]


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


def level_of(pull: Floats, inverse: Floats) -> Floats:
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
