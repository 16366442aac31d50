"""The point of a polyhedron that is nearest to the origin, or the bounds that leave no point at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmpeval.mixtures.simplex import NotConverged
from lmpeval.panel import Bools, Floats

KEPT = 1e-12
"""How far a point may lie outside a bound, where rows have length one, as a share of its own distance."""
NOTHING = 1e-9
"""What is left of a row of length one, once others are taken off it, that is rounding."""
MOST_STEPS = 2_000


@dataclass(frozen=True, eq=False)
class Nearest:
    """The point, and what holds it back: ``point = multipliers @ rows[held]``.

    Attributes
    ----------
    point : array, shape (n_dimensions,)
    held : array of int, shape (n_held,)
        Bounds that are met and hold the point back; their rows are independent.
    multipliers : array, shape (n_held,)
        Not below zero.
    basis, triangle : array, shape (n_dimensions, n_held) and (n_held, n_held)
        ``rows[held].T = basis @ triangle``, the basis orthonormal.
    """

    point: Floats
    held: NDArray[np.intp]
    multipliers: Floats
    basis: Floats
    triangle: Floats

    @classmethod
    def unbound(cls, n_dimensions: int) -> Nearest:
        """The origin: nothing holds it back."""
        none = np.empty(0)
        return cls(
            np.zeros(n_dimensions), none.astype(np.intp), none, np.empty((n_dimensions, 0)), np.empty((0, 0))
        )

    def taken_off(self, row: Floats) -> tuple[Floats, Floats, Floats]:
        """What a row has along the basis, in multiples of the rows held, and beside them."""
        along = row @ self.basis
        rest = row - self.basis @ along
        again = rest @ self.basis  # once more: what is left may be small
        along, rest = along + again, rest - self.basis @ again
        return along, np.asarray(np.linalg.solve(self.triangle, along)), rest

    def with_one_more(self, new: int, multiplier: float, along: Floats, rest: Floats) -> Nearest:
        """With a further bound that holds the point back."""
        n, length = len(self.held), float(np.linalg.norm(rest))
        triangle = np.zeros((n + 1, n + 1))
        triangle[:n, :n], triangle[:n, n], triangle[n, n] = self.triangle, along, length
        return Nearest(
            self.point,
            np.append(self.held, new),
            np.append(self.multipliers, multiplier),
            np.column_stack([self.basis, rest / length]),
            triangle,
        )

    def without(self, position: int, rows: Floats) -> Nearest:
        """Without the bound at this position among those held."""
        held = np.delete(self.held, position)
        basis, triangle = np.linalg.qr(rows[held].T)
        return Nearest(self.point, held, np.delete(self.multipliers, position), basis, triangle)


@dataclass(frozen=True, eq=False)
class Conflict:
    """Bounds that no point keeps together: multiples of their rows add up to nothing.

    Attributes
    ----------
    bounds : array of int, shape (n_bounds,)
    multipliers : array, shape (n_bounds,)
        Positive; of their rows.
    """

    bounds: NDArray[np.intp]
    multipliers: Floats


@dataclass(frozen=True, eq=False)
class Bounds:
    """Bounds ``rows @ x >= least``, of which a question takes some.

    Attributes
    ----------
    rows : array, shape (n_bounds, n_dimensions)
        Of length one.
    least : array, shape (n_bounds,)
    """

    rows: Floats
    least: Floats

    @classmethod
    def of(cls, rows: Floats, least: Floats) -> Bounds:
        """Bring rows to length one; a row of zeros stays what it is."""
        length = np.linalg.norm(rows, axis=1)
        length = np.where(length > 0, length, 1.0)
        return cls(rows / length[:, None], least / length)

    def nearest(self, asked: Bools, start: Nearest) -> Nearest | Conflict:
        """The nearest point that keeps the bounds asked for, or bounds among them that conflict.

        A dual method (Goldfarb and Idnani 1983, Mathematical Programming 27): from the nearest point of fewer
        bounds the one that is missed most comes in, and those that no longer hold anything back go out. A
        question that asks for a little more than an answered one takes a few steps.

        Parameters
        ----------
        asked : array of bool, shape (n_bounds,)
        start : Nearest
            Of fewer bounds, all of which are asked for too.

        Raises
        ------
        NotConverged
        """
        found, which = start, np.flatnonzero(asked)
        rows, least = self.rows[which], self.least[which]
        for _ in range(MOST_STEPS):
            room = rows @ found.point - least
            worst = int(room.argmin())
            if room[worst] >= -KEPT * max(1.0, float(np.linalg.norm(found.point))):
                return found
            came = self._with(int(which[worst]), found)
            if isinstance(came, Conflict):
                return came
            found = came
        raise NotConverged(f"the nearest point within {len(which)} bounds was not found")

    def _with(self, new: int, found: Nearest) -> Nearest | Conflict:
        """Let one more bound come in."""
        row, own = self.rows[new], 0.0
        while True:
            along, share, rest = found.taken_off(row)
            free = float(rest @ rest)
            until = np.divide(
                found.multipliers, share, out=np.full(len(share), np.inf), where=share > NOTHING
            )
            first = int(until.argmin()) if len(share) else 0
            let_go = float(until[first]) if len(share) else np.inf
            independent = free > NOTHING**2
            reached = float(self.least[new] - row @ found.point) / free if independent else np.inf
            step = min(let_go, reached)
            if not np.isfinite(step):
                against = np.flatnonzero(share < -NOTHING)
                return Conflict(np.append(found.held[against], new), np.append(-share[against], 1.0))
            own += step
            found = Nearest(
                found.point + step * rest if independent else found.point,
                found.held,
                np.maximum(found.multipliers - step * share, 0.0),
                found.basis,
                found.triangle,
            )
            if reached <= let_go:
                return found.with_one_more(new, own, along, rest)
            found = found.without(first, self.rows)
