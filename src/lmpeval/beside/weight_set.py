"""How far the weights of a mixture may be from those that endless years before the start would give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmpeval.mixtures.simplex import Mixtures, mixtures
from lmpeval.panel import Floats

CLOSE = 0.05
"""Share by which the bound told may be above the answer at most; it is by a few thousandths as a rule."""
MOST_STEPS = 20
"""Multipliers tried for a draw; every one gives a bound, so that stopping early errs on the wide side."""
OPEN = 3.0
"""Factor to the next multiplier where the constraint has not been on both sides yet."""


@dataclass(frozen=True, eq=False)
class WeightSet:
    """A mixture of donors, and what it was chosen by.

    Attributes
    ----------
    path : array, shape (n_years, n_donors)
        Of the donors before the start, as the mixture was made from them.
    price : array, shape (n_donors,)
        Positive, of the square of each weight.
    weights : array, shape (n_donors,)
        Not below zero; sum to one.
    """

    path: Floats
    price: Floats
    weights: Floats

    def furthest(self, errors: Floats, directions: Floats) -> Floats:
        """Largest ``direction @ (x - weights)`` that each draw of errors leaves open.

        Over all mixtures *x* with ``(x - w)' Q (x - w) <= 2 (path' error)' (x - w)``, *Q* the curvature of
        what the weights minimise: what the true weights obey, since those found fit better what was seen
        (Cattaneo, Feng and Titiunik 2021, section 4.2).

        By the Lagrangian: for any multiplier the mixture that is best in direction less excess is one with a
        toll, and its value bounds the answer from above; shrunk until it keeps the constraint it bounds it
        from below. The multiplier is moved until the two are `CLOSE`.

        Parameters
        ----------
        errors : array, shape (n_draws, n_years)
        directions : array, shape (n_directions, n_donors)

        Returns
        -------
        array, shape (n_draws, n_directions)
            From zero up; the bound from above.

        Raises
        ------
        NotConverged
        """
        error = np.repeat(errors, len(directions), axis=0)
        along = np.tile(directions - directions.mean(axis=1, keepdims=True), (len(errors), 1))
        search = _Search.begin(self._first(error, along), -(error**2).sum(axis=1))
        moves = error.any(axis=1) & along.any(axis=1)
        above, below = np.where(moves, np.inf, 0.0), np.zeros(len(error))
        near = np.tile(self.weights, (len(error), 1))
        for _ in range(MOST_STEPS):
            left = np.flatnonzero(below < (1 - CLOSE) * above)
            if not left.size:
                break
            at = search.now[left]
            near[left] = self._pulled(error[left], along[left], at, near[left])
            moved = near[left] - self.weights
            bent, pulled = self._bent(moved), 2 * ((moved @ self.path.T) * error[left]).sum(axis=1)
            gained, excess = (along[left] * moved).sum(axis=1), bent - pulled
            shrunk = np.divide(pulled, bent, out=np.ones_like(bent), where=excess > 0)
            above[left] = np.minimum(above[left], gained - excess / at)
            below[left] = np.maximum(below[left], gained * shrunk)
            search.move(left, excess)
        return np.asarray(np.maximum(above, 0.0).reshape(len(errors), len(directions)))

    def _bent(self, moved: Floats) -> Floats:
        """Square of how far weights have `moved`, in the curvature of what they minimise."""
        return np.asarray(((moved @ self.path.T) ** 2).sum(axis=1) + moved**2 @ self.price)

    def _pulled(self, error: Floats, along: Floats, multiplier: Floats, near: Floats) -> Floats:
        """Mixtures of the least excess less `multiplier` times what lies along the direction."""
        mean = self.price.mean()
        problems = Mixtures(
            donors=self.path,
            noise=self.price / mean,
            targets=self.path @ self.weights + error,
            allowed=np.ones(along.shape, dtype=bool),
            penalty=np.full(len(along), mean),
            toll=-2 * self.price * self.weights - multiplier[:, None] * along,
        )
        return mixtures(problems, near)

    def _first(self, error: Floats, along: Floats) -> Floats:
        """Multiplier to begin with: of the ellipsoid, within a ball about as large as all mixtures."""
        ball = float((error**2).sum(axis=1).mean())
        price = self.price + ball
        inner = np.eye(len(self.path)) + (self.path / price) @ self.path.T

        def over_curvature(rows: Floats) -> Floats:
            priced = rows / price
            return np.asarray(priced - np.linalg.solve(inner, self.path @ priced.T).T @ self.path / price)

        pull = error @ self.path
        reach = (pull * over_curvature(pull)).sum(axis=1) + ball
        bent = (along * over_curvature(along)).sum(axis=1)
        flat = (bent <= 0) | (reach <= 0)
        return np.asarray(2 * np.sqrt(np.where(flat, 1.0, reach) / np.where(flat, 1.0, bent)))


@dataclass(eq=False)
class _Search:
    """Multipliers at which the excess is to be zero, by false position in their squares; all of shape (n,).

    The excess rises with the multiplier, straight in its square while no weight comes to zero or from it.
    """

    now: Floats
    low: Floats
    high: Floats
    excess_low: Floats
    excess_high: Floats

    @classmethod
    def begin(cls, first: Floats, least: Floats) -> _Search:
        """Begin at the `first`; without any multiplier the excess is no lower than `least`."""
        nowhere = np.full_like(first, np.inf)
        return cls(first, np.zeros_like(first), nowhere, least.copy(), nowhere.copy())

    def move(self, which: NDArray[np.intp], excess: Floats) -> None:
        """Move on from what was found; an end that stays counts for half (Illinois)."""
        kept, over = excess <= 0, excess > 0
        inside, outside = which[kept], which[over]
        self.low[inside], self.excess_low[inside] = self.now[inside], excess[kept]
        self.high[outside], self.excess_high[outside] = self.now[outside], excess[over]
        self.excess_high[inside] /= 2
        self.excess_low[outside] /= 2
        below, above = -self.excess_low[which], self.excess_high[which]
        low, high = self.low[which] ** 2, self.high[which] ** 2
        bracketed = np.isfinite(high)
        with np.errstate(invalid="ignore"):  # without an upper end, where further out is told next
            between = low + (high - low) * below / (below + above)
        self.now[which] = np.where(bracketed, np.sqrt(between), OPEN * self.now[which])
