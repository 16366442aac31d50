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
    whole = here = _Points.of(problems, problems.begin() if start is None else start.copy())
    unit, open_ = 1 / problems.inverse.max(axis=1), np.arange(len(whole.dual))
    for _ in range(most_steps):
        steep = np.abs(here.gradient).max(axis=1) > precise[open_]
        going = steep & here.weights.any(axis=1)
        if not going.all():  # what came to its top, or could not climb, stays as it is
            problems, here, open_ = problems.those(np.flatnonzero(going)), here.those(going), open_[going]
        if not open_.size:
            break
        here, climbs = _climbed(problems, here, unit[open_])
        whole.put(open_, here)
        if not climbs.all():
            problems, here, open_ = problems.those(np.flatnonzero(climbs)), here.those(climbs), open_[climbs]
    return Climbed(whole.dual, whole.weights, np.asarray(np.abs(whole.gradient).max(axis=1) <= precise))


@dataclass(frozen=True, eq=False)
class _Points:
    """A point of each of several duals, and what it gives: weights, gradient and value."""

    dual: Floats
    weights: Floats
    gradient: Floats
    value: Floats

    @classmethod
    def of(cls, problems: Dual, dual: Floats) -> _Points:
        return cls(dual, *problems.at(dual))

    def those(self, kept: Bools | NDArray[np.intp]) -> _Points:
        """Those of some of the problems."""
        return _Points(self.dual[kept], self.weights[kept], self.gradient[kept], self.value[kept])

    def put(self, at: NDArray[np.intp], new: _Points) -> None:
        """Let some problems have new points."""
        self.dual[at], self.weights[at] = new.dual, new.weights
        self.gradient[at], self.value[at] = new.gradient, new.value


def _climbed(problems: Dual, here: _Points, unit: Floats) -> tuple[_Points, Bools]:
    """A step up from every point, and whether there was one: for rounding some stay where they are.

    Newton's step, halved until the value rises by a share of what its slope promises.
    """
    step = problems.newton(here.weights, here.gradient)
    slope, rounding = (here.gradient * step).sum(axis=1), 1e-13 * (unit + np.abs(here.value))
    found, length = _Points.of(problems, here.dual + step), 1.0
    climbs = found.value >= here.value + 1e-4 * slope - rounding
    left = np.flatnonzero(~climbs)
    if left.size:
        found.put(left, here.those(left))
    while left.size and (length := length / 2) > SHORTEST:
        tried = _Points.of(problems.those(left), here.dual[left] + length * step[left])
        risen = tried.value >= (here.value + 1e-4 * length * slope - rounding)[left]
        found.put(left[risen], tried.those(risen))
        climbs[left[risen]] = True
        left = left[~risen]
    return found, np.asarray(climbs)


def level_of(pull: Floats, inverse: Floats) -> Floats:
    """Multiplier at which each row of weights sums to one, for given residual pulls.

    From all of them, those that the level leaves below zero go out until it leaves none (Michelot 1986);
    where rounding would let all go, they stay.

    pull and inverse have shape (n_problems, n_donors).
    """
    kept, before = inverse, -1
    while True:
        level = level_without_leaving(pull, kept)
        fewer = kept * (pull < level[:, None])
        kept = np.where(fewer.any(axis=1, keepdims=True), fewer, kept)
        if (left := int(np.count_nonzero(kept))) == before:
            return np.asarray(level)
        before = left


def level_without_leaving(pull: Floats, inverse: Floats) -> Floats:
    """As `level_of`, where weights may fall below zero; shape (n_problems,)."""
    return np.asarray((1 + np.einsum("ij,ij->i", inverse, pull)) / inverse.sum(axis=1))
