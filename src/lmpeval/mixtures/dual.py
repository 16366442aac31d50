"""Duals of mixtures of one target each, and the weights that can be told from them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lmpeval.mixtures.dual_newton import Climbed, by_newton, level_of, level_without_leaving, precision
from lmpeval.panel import Bools, Floats

COARSE = 1e-3
"""Price that Newton's method starts from, where the largest distance of a donor is one."""
PRECISE, START = 1e-10, 1e-3
"""Error of the residual that is left, and the one left in a start for another method."""
DIGITS = 1e-11
"""Rounding that weights from the dual may have."""
ROUNDING = float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class MixtureDual:
    """Concave duals, of which a point is residuals and a level: shape (n_problems, n_rows + 1).

    Attributes
    ----------
    donors : array, shape (n_years, n_donors)
        The largest at distance one from zero.
    products : array, shape (n_donors, n_years**2)
        Of each donor's path with itself.
    targets : array, shape (n_problems, n_years)
    inverse : array, shape (n_problems, n_donors)
        One over the price of a weight; zero where it must be none.
    rows : array, shape (n_problems, n_rows, n_years), or None
    half : array, shape (n_problems, n_donors), or (n_problems, 1) where there is none
        Half of the toll.
    """

    donors: Floats
    products: Floats
    targets: Floats
    inverse: Floats
    rows: Floats | None
    half: Floats

    @classmethod
    def of(
        cls, donors: Floats, targets: Floats, inverse: Floats, rows: Floats | None, half: Floats
    ) -> MixtureDual:
        """Of problems as `simplex.Mixtures` states them."""
        products = (donors[:, None] * donors).reshape(-1, donors.shape[1]).T
        return cls(donors, products, targets, inverse, rows, half)

    def those(self, kept: NDArray[np.intp]) -> MixtureDual:
        """Some of the problems."""
        rows = None if self.rows is None else self.rows[kept]
        return replace(
            self, targets=self.targets[kept], inverse=self.inverse[kept], rows=rows, half=self.half[kept]
        )

    @property
    def even(self) -> Floats:
        """Weights that noise alone would ask for."""
        return np.asarray(self.inverse / self.inverse.sum(axis=1, keepdims=True))

    def begin(self) -> Floats:
        """The point of the weights that noise alone would ask for."""
        return self.point(self._in_rows(self.even @ self.donors.T - self.targets))

    def near(self, weights: Floats) -> Floats:
        """A point to set out from where the best weights are about these, of shape as weights come."""
        residual = self._in_rows(weights @ self.donors.T - self.targets)
        pull = self._in_years(residual) @ self.donors + self.half
        used = np.where(weights > 0, self.inverse, 0.0)
        used = np.where(used.any(axis=1, keepdims=True), used, self.inverse)
        return _point(residual, level_without_leaving(pull, used))

    def point(self, residual: Floats) -> Floats:
        """With the level at which weights sum to one, for residuals of shape (n_problems, n_rows)."""
        pull = self._in_years(residual) @ self.donors + self.half
        return _point(residual, level_of(pull, self.inverse))

    def at(self, dual: Floats) -> tuple[Floats, Floats, Floats]:
        """Weights, gradient and value at a point."""
        residual, level = dual[:, :-1], dual[:, -1]
        pull = self._in_years(residual) @ self.donors
        np.subtract(level[:, None], pull, out=pull)
        pull -= self.half
        weights = np.maximum(pull, 0, out=pull) * self.inverse
        misfit = self._in_rows(weights @ self.donors.T - self.targets)
        gradient = _point(misfit - residual, 1 - weights.sum(axis=1))
        value = level - (residual * (self._in_rows(self.targets) + residual / 2)).sum(axis=1)
        return weights, gradient, value - (pull * weights).sum(axis=1) / 2

    def newton(self, weights: Floats, gradient: Floats) -> Floats:
        """Newton's step, of the shape of a point; the level is eliminated."""
        n_years = len(self.donors)
        active = (weights > 0) * self.inverse
        total = active.sum(axis=1, keepdims=True)
        centre = (active @ self.donors.T) / total
        spread = (active @ self.products).reshape(-1, n_years, n_years)
        spread -= (total * centre)[:, :, None] * centre[:, None]
        if self.rows is not None:
            centre, spread = self._in_rows(centre), self.rows @ spread @ np.swapaxes(self.rows, 1, 2)
        slope, sum_ = gradient[:, :-1], gradient[:, -1:]
        right = (slope + centre * sum_)[..., None]
        # at a small price a direction in which no active donor differs would be lost in rounding
        own = np.einsum("pyy->py", spread)  # the diagonals themselves
        own += 1 + ROUNDING * own.sum(axis=1, keepdims=True)
        residual = np.linalg.solve(spread, right)[..., 0]
        return _point(residual, (sum_ / total)[:, 0] + (centre * residual).sum(axis=1))

    def precise(self, climbed: Climbed) -> Bools:
        """Where weights are the best ones, rounding included."""
        pulls = np.linalg.norm(self._in_years(climbed.dual[:, :-1]), axis=1) + np.abs(self.half).max(axis=1)
        rounding = ROUNDING * pulls * self.inverse.max(axis=1)
        return np.asarray(climbed.precise & (rounding < DIGITS))

    def _in_rows(self, misfits: Floats) -> Floats:
        """Rows of misfits by year."""
        return misfits if self.rows is None else (self.rows @ misfits[:, :, None])[:, :, 0]

    def _in_years(self, residuals: Floats) -> Floats:
        """What residuals by row pull at in each year."""
        return residuals if self.rows is None else (residuals[:, None] @ self.rows)[:, 0]


def _point(residual: Floats, level: Floats) -> Floats:
    return np.concatenate([residual, level[:, None]], axis=1)


def from_the_dual(
    problems: MixtureDual, penalty: Floats, near: Floats | None = None, most_steps: int = 50
) -> tuple[Floats, Bools]:
    """Weights, shape (n_problems, n_donors), and for which problems they are precise.

    With residual r and level t the weights are ``max(0, t - r @ rows @ donors - half) * inverse``, and (r, t)
    solve ``sum(w) = 1`` and ``rows @ (donors @ w - target) = r``.

    What is cheaper than the coarse price is solved at that first. Where the misfit is the price's doing it
    falls with the price, and the dual tells the weights at a small price too. Elsewhere rounding would drown
    them: the largest weights at the coarse price, as many as can follow a path exactly, are a start for
    another method.

    Parameters
    ----------
    problems : MixtureDual
    penalty : array, shape (n_problems,)
        Price of a donor of mean noise.
    """
    share = penalty / np.maximum(penalty, COARSE)
    coarse = replace(problems, inverse=problems.inverse * share[:, None])
    tolerance = np.where(share < 1, START, PRECISE)
    start = None if near is None else coarse.near(near)
    climbed = by_newton(coarse, precision(coarse.inverse, tolerance), most_steps, start)
    residual, weights = climbed.dual[:, :-1], climbed.weights
    found = coarse.precise(climbed) & (share == 1)
    inverse = coarse.inverse
    priced = np.divide(weights**2, inverse, out=np.zeros_like(weights), where=inverse > 0).sum(axis=1)
    tolled = problems.half.any(axis=1)
    exact = (share < 1) & climbed.precise & (((residual**2).sum(axis=1) < priced) | tolled)
    weights = np.where(weights.sum(axis=1, keepdims=True) > 0.5, weights, problems.even)
    weights[~found] = _largest(weights[~found], residual.shape[1] + 1)
    if exact.any():
        deep = np.flatnonzero(exact)
        fine = problems.those(deep)
        start = fine.point(residual[deep] * share[deep, None])
        further = by_newton(fine, precision(fine.inverse, PRECISE), most_steps, start)
        found[deep] = precise = fine.precise(further)
        weights[deep[precise]] = further.weights[precise]
    return weights, found


def _largest(weights: Floats, n_kept: int) -> Floats:
    """Without all but the largest weights of each problem; those that tie with the last of them stay."""
    if n_kept >= weights.shape[1] or not len(weights):
        return weights
    least = -np.partition(-weights, n_kept - 1, axis=1)[:, n_kept - 1 : n_kept]
    return np.where(weights >= least, weights, 0.0)
