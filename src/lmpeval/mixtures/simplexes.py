"""Mixtures for several targets whose misfits count for themselves and put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from lmpeval.mixtures.dual_newton import by_newton, level_of, precision
from lmpeval.mixtures.simplex import NotConverged
from lmpeval.panel import Bools, Floats

SUMS_TO_ONE = 1e-10
"""How far the active-set method may leave a sum of weights from one."""

PRICED_ABOVE_ROUNDING = 1e13
"""Newton's curvature is one plus this at most, so that the one is not lost."""


@dataclass(frozen=True, eq=False)
class Part:
    """One target of every problem: its weights are w >= 0, sum to one, zero where `allowed` is False.

    Attributes
    ----------
    donors : array, shape (n_years, n_donors)
    targets : array, shape (n_problems, n_years)
    allowed : array of bool, shape (n_problems, n_donors)
    price : array, shape (n_problems, n_donors)
        Positive, of the square of each weight.
    rows : array, shape (n_problems, n_rows, n_years)
        What its misfit of a year adds to each row of its problem.
    """

    donors: Floats
    targets: Floats
    allowed: Bools
    price: Floats
    rows: Floats


def mixtures_together(parts: Sequence[Part], tolerance: float = 1e-10, most_steps: int = 60) -> Floats:
    """Weights of every part that minimise the squares of the rows and the price of the weights.

    Over the parts j of problem p, ``sum((sum_j rows_j[p] @ (donors_j @ w_j - targets_j[p]))**2) +
    sum_j sum(price_j[p] * w_j**2)``. Semismooth Newton on the dual as in `simplex.mixtures`, with one level a
    part; what a small price leaves open goes to an active-set method.

    Returns
    -------
    array, shape (n_problems, n_parts, n_donors)

    Raises
    ------
    NotConverged
        If neither Newton nor an active-set method finds the weights of a problem.
    """
    centred = [(part.donors - part.donors.mean(axis=1)[:, None], part) for part in parts]
    targets = [part.targets - part.donors.mean(axis=1) for part in parts]
    scale = max(float(np.abs(donors).max()) for donors, _ in centred) or 1.0
    problems = _Dual(
        donors=tuple(donors / scale for donors, _ in centred),
        targets=tuple(each / scale for each in targets),
        rows=tuple(part.rows for part in parts),
        inverse=np.hstack([part.allowed / part.price * scale**2 for part in parts]),
    )
    weights, found = np.zeros_like(problems.inverse), np.zeros(len(problems.inverse), dtype=bool)
    solvable = np.flatnonzero(problems.inverse.sum(axis=1) < PRICED_ABOVE_ROUNDING)
    if solvable.size:
        priced = problems.those(solvable)
        climbed = by_newton(priced, precision(priced.inverse, tolerance), most_steps)
        weights[solvable], found[solvable] = climbed.weights, climbed.precise
    for p in np.flatnonzero(~found):
        weights[p] = problems.by_active_set(int(p))
    weights = weights.reshape(len(weights), len(parts), -1)
    return np.asarray(weights / weights.sum(axis=2, keepdims=True))


@dataclass(frozen=True, eq=False)
class _Dual:
    """Concave duals; a point is residuals by row, then one level a part: (n_problems, n_rows + n_parts)."""

    donors: tuple[Floats, ...]
    targets: tuple[Floats, ...]
    rows: tuple[Floats, ...]
    inverse: Floats

    def those(self, kept: NDArray[np.intp]) -> _Dual:
        """Some of the problems."""
        return _Dual(
            self.donors,
            tuple(each[kept] for each in self.targets),
            tuple(each[kept] for each in self.rows),
            self.inverse[kept],
        )

    def by_active_set(self, problem: int, most: int = 100) -> Floats:
        """Weights of one problem by non-negative least squares; sums of one by the method of multipliers.

        Each round asks for what the sums missed in those before it (Hestenes 1969; Lawson and Hanson 1974).
        """
        kept = np.flatnonzero(self.inverse[problem] > 0)
        rows = np.hstack([r[problem] @ d for r, d in zip(self.rows, self.donors, strict=True)])[:, kept]
        aimed = np.sum(
            [r[problem] @ t[problem] for r, t in zip(self.rows, self.targets, strict=True)], axis=0
        )
        sums = np.kron(np.eye(len(self.donors)), np.ones(self.donors[0].shape[1]))[:, kept]
        stiff = 10 * (np.linalg.norm(rows) or 1.0)
        stacked = np.vstack([rows, np.diag(1 / np.sqrt(self.inverse[problem, kept])), stiff * sums])
        asked, weights = np.ones(len(sums)), np.zeros(self.inverse.shape[1])
        for _ in range(most):
            right = np.concatenate([aimed, np.zeros(len(kept)), stiff * asked])
            try:
                weights[kept] = nnls(stacked, right, maxiter=100 * len(kept))[0]
            except RuntimeError as error:
                raise NotConverged(f"weights of {len(sums)} sites not found") from error
            missed = 1 - sums @ weights[kept]
            if np.abs(missed).max() < SUMS_TO_ONE:
                return weights
            asked = asked + missed
        raise NotConverged(f"weights of {len(sums)} sites do not sum to one")

    def _each(self, weights: Floats) -> list[Floats]:
        """Weights, or what is shaped like them, part by part."""
        return np.split(weights, len(self.donors), axis=1)

    def _misfit(self, part: int, weights: Floats) -> Floats:
        """Rows of the misfit of one part."""
        apart = weights @ self.donors[part].T - self.targets[part]
        return np.asarray((self.rows[part] @ apart[:, :, None])[:, :, 0])

    def _pull(self, part: int, residual: Floats) -> Floats:
        """What the residuals pull at in each donor of one part."""
        return np.asarray((residual[:, None] @ self.rows[part])[:, 0] @ self.donors[part])

    def begin(self) -> Floats:
        """The point of the weights that noise alone would ask for."""
        inverse = self._each(self.inverse)
        shares = [each / each.sum(axis=1, keepdims=True) for each in inverse]
        residual = np.sum([self._misfit(part, share) for part, share in enumerate(shares)], axis=0)
        levels = [level_of(self._pull(part, residual), each) for part, each in enumerate(inverse)]
        return np.column_stack([residual, *levels])

    def at(self, dual: Floats) -> tuple[Floats, Floats, Floats]:
        """Weights, gradient and value at a point."""
        n_parts = len(self.donors)
        residual, levels = dual[:, :-n_parts], dual[:, -n_parts:]
        zero = np.zeros_like(residual)
        value = levels.sum(axis=1) - (residual**2).sum(axis=1) / 2
        found, misfit, sums = [], zero - residual, []
        for part, inverse in enumerate(self._each(self.inverse)):
            pull = np.maximum(levels[:, [part]] - self._pull(part, residual), 0)
            weights = pull * inverse
            found.append(weights)
            sums.append(1 - weights.sum(axis=1))
            misfit = misfit + self._misfit(part, weights)
            aimed = (self.rows[part] @ self.targets[part][:, :, None])[:, :, 0]
            value = value - (residual * aimed).sum(axis=1) - (pull * weights).sum(axis=1) / 2
        return np.hstack(found), np.column_stack([misfit, *sums]), value

    def newton(self, weights: Floats, gradient: Floats) -> Floats:
        """Newton's step, of the shape of a point; the levels are eliminated."""
        n_parts = len(self.donors)
        right, sums = gradient[:, :-n_parts].copy(), gradient[:, -n_parts:]
        curve = np.repeat(np.eye(right.shape[1])[None], len(right), axis=0)
        totals, centres = [], []
        for part, (now, inverse) in enumerate(
            zip(self._each(weights), self._each(self.inverse), strict=True)
        ):
            donors, rows = self.donors[part], self.rows[part]
            active = np.where(now > 0, inverse, 0.0)
            # a part that a long step has emptied starts again from all its donors
            active = np.where(active.any(axis=1, keepdims=True), active, inverse)
            total = active.sum(axis=1, keepdims=True)
            centre = (active @ donors.T) / total
            spread = (active[:, None, :] * donors) @ donors.T
            spread -= (total * centre)[:, :, None] * centre[:, None]
            in_rows = (rows @ centre[:, :, None])[:, :, 0]
            curve += rows @ spread @ np.swapaxes(rows, 1, 2)
            right += in_rows * sums[:, [part]]
            totals.append(total[:, 0])
            centres.append(in_rows)
        residual = np.linalg.solve(curve, right[..., None])[..., 0]
        levels = [
            sums[:, part] / totals[part] + (centres[part] * residual).sum(axis=1) for part in range(n_parts)
        ]
        return np.column_stack([residual, *levels])
