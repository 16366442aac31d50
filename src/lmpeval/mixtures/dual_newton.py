"""Mixtures by their dual, which has few unknowns however many donors there are: Newton's method."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Bools, Floats

SHORTEST = 1e-4
"""Share of Newton's step below which there is no climbing for rounding."""


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


@dataclass(frozen=True, eq=False)
class Climbed:
    """Where Newton's method came to.

    Attributes
    ----------
    dual : array, shape (n_problems, n_dual)
    weights : array, shape (n_problems, n_weights)
        Not negative; of a sum near one.
    precise : array of bool, shape (n_problems,)
    """

    dual: Floats
    weights: Floats
    precise: Bools


def precision(inverse: Floats, tolerance: Floats | float) -> Floats:
    """How small a gradient of the dual may be asked for; shape (n_problems,).

    Weights move by at most the error of the residual over twice the root of the price; what is below the
    rounding of the figures cannot be asked for.
    """
    return np.asarray(tolerance * np.clip(1 / np.sqrt(inverse.max(axis=1)), 1e-4, 1))


def by_newton(problems: Dual, precise: Floats, most_steps: int, start: Floats | None = None) -> Climbed:
    """Climb to the top of every dual (semismooth Newton; Qi and Sun 1993).

    Parameters
    ----------
    problems : Dual
    precise : array, shape (n_problems,)
        How small the gradient is to be.
    most_steps : int
    start : array, shape (n_problems, n_dual), or None
        Where to climb from; None for where the problems begin.
    """
    dual = problems.begin() if start is None else start.copy()
    weights, gradient, value = problems.at(dual)
    unit = 1 / problems.inverse.max(axis=1)
    climbing = np.ones(len(dual), dtype=bool)
    for _ in range(most_steps):
        open_ = np.flatnonzero((np.abs(gradient).max(axis=1) > precise) & climbing & weights.any(axis=1))
        if not open_.size:
            break
        step = problems.those(open_).newton(weights[open_], gradient[open_])
        slope, length = (gradient[open_] * step).sum(axis=1), 1.0
        while open_.size and length > SHORTEST:
            tried = dual[open_] + length * step
            new = problems.those(open_).at(tried)
            least = value[open_] + 1e-4 * length * slope - 1e-13 * (unit[open_] + np.abs(value[open_]))
            climbs = new[2] >= least
            kept = open_[climbs]
            dual[kept], weights[kept] = tried[climbs], new[0][climbs]
            gradient[kept], value[kept] = new[1][climbs], new[2][climbs]
            open_, step, slope, length = open_[~climbs], step[~climbs], slope[~climbs], length / 2
        climbing[open_] = False
    return Climbed(dual, weights, np.asarray(np.abs(gradient).max(axis=1) <= precise))


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
