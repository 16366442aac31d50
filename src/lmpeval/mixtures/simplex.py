"""Mixtures: weights that are not negative and sum to one, for many targets at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from lmpeval.mixtures.active_set import Priced, by_active_set
from lmpeval.mixtures.dual import COARSE, MixtureDual, from_the_dual
from lmpeval.once import once
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

    @property
    def told(self) -> bytes:
        """Hash of the problems: the same for those that ask the same."""
        hashed = hashlib.blake2b(digest_size=32)
        for name, part in vars(self).items():
            shape = () if part is None else part.shape
            hashed.update(f"{name} {shape}\0".encode())
            if part is not None:
                hashed.update(np.ascontiguousarray(part).view(np.uint8).data)
        return hashed.digest()


LEAST = 1e-20
"""Price, where the largest distance of a donor is one, below which none can be told from none at all."""

FITS = 1e-14
"""Misfit that is rounding, where the largest distance of a donor is one."""


class NotConverged(ArithmeticError):
    """The weights could not be found to the stated precision."""


def mixtures(problems: Mixtures, near: Floats | None = None) -> Floats:
    """Solve every problem at once; returns weights of shape (n_problems, n_donors).

    What donors share cancels, as weights sum to one, and so does what no donor can follow: both are taken
    off first, so that a common shock or a target far away costs no digits. Donors with the same path are one
    donor with less noise. What is left is solved on the dual, and where a penalty is so small beside the
    misfit that rounding would drown the weights there, by an active-set method from where the dual came to.

    A penalty of less than 1e-20 of the largest squared distance between a donor and the donors' mean counts
    as that: a trace that picks the least noisy weights where several fit alike.

    Parameters
    ----------
    problems : Mixtures
    near : array, shape (n_problems, n_donors), or None
        Weights to set out from where the price is small, as of problems that differ a little.

    Raises
    ------
    NotConverged
        If neither method finds the weights of a problem.
    """
    # a copy: whoever asked may go on to change the weights
    told = problems.told, None if near is None else near.tobytes()
    return once(told, lambda: _solved(problems, near)).copy()


def _solved(problems: Mixtures, near: Floats | None) -> Floats:
    inverse = problems.allowed / problems.noise  # of donors, for a penalty of one
    if problems.toll is not None:  # donors with the same path may differ in their price
        return _of_distinct(problems, problems.donors, inverse, near)
    order = np.lexsort(problems.donors[::-1])  # donors with the same path lie side by side
    donors, inverse = problems.donors[:, order], inverse[:, order]
    new = np.append(True, (donors[:, 1:] != donors[:, :-1]).any(axis=0))

    def pooled(weights: Floats) -> Floats:
        return weights if new.all() else np.asarray(np.add.reduceat(weights, np.flatnonzero(new), axis=1))

    own = pooled(inverse)
    begun = None if near is None else pooled(near[:, order])
    weights = _of_distinct(problems, donors[:, new], own, begun)
    shares = np.divide(weights, own, out=np.zeros_like(weights), where=own > 0)
    found = np.empty_like(inverse)
    found[:, order] = inverse * shares[:, np.cumsum(new) - 1]
    return found


def _of_distinct(problems: Mixtures, donors: Floats, inverse: Floats, near: Floats | None = None) -> Floats:
    """Weights of donors with these paths and these inverses of noise; shape (n_problems, n_donors)."""
    if donors.shape[1] == 1:
        return np.ones((len(problems.targets), 1))
    dual, penalty = _in_their_spread(problems, donors, inverse)
    if near is None or (penalty >= COARSE).any():
        weights, found = from_the_dual(dual, penalty, near)
    else:
        weights, found = near.copy(), np.zeros(len(near), dtype=bool)
    if not found.all():
        rest = np.flatnonzero(~found)
        left = dual.those(rest)
        with np.errstate(divide="ignore"):
            price = 1 / left.inverse
        own, aims = left.donors, left.targets
        if left.rows is not None:
            own, aims = left.rows @ own, (left.rows @ aims[:, :, None])[:, :, 0]
        weights[rest], exact = by_active_set(
            Priced(own, aims, price, np.broadcast_to(left.half, price.shape)), weights[rest]
        )
        if not exact.all():
            raise NotConverged(f"weights of {donors.shape[1]} donors over {len(donors)} years not found")
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _in_their_spread(problems: Mixtures, donors: Floats, inverse: Floats) -> tuple[MixtureDual, Floats]:
    """Duals without what donors share or cannot follow, the largest at distance one; and their penalties."""
    shared, rows = donors.mean(axis=1), problems.rows
    donors, targets = donors - shared[:, None], problems.targets - shared
    largest = float(np.sqrt((donors**2).sum(axis=0).max())) or 1.0
    donors, targets = donors / largest, targets / largest
    scale = np.full(len(targets), largest)
    if rows is None:
        directions = _where_donors_go(donors)
        donors, targets = directions @ donors, targets @ directions.T
    else:
        rows = _where_donors_go(rows @ donors) @ rows
        reach = np.sqrt(((rows @ donors) ** 2).sum(axis=1).max(axis=1))
        reach = np.where(reach > 0, reach, 1.0)
        rows, scale = rows / reach[:, None, None], scale * reach
    penalty = np.maximum(problems.penalty / scale**2, LEAST)
    half = np.zeros((len(targets), 1))
    if problems.toll is not None:
        least = np.where(problems.allowed, problems.toll, np.inf).min(axis=1, keepdims=True)
        half = np.where(problems.allowed, problems.toll - least, 0.0) / (2 * scale[:, None] ** 2)
    return MixtureDual.of(donors, targets, inverse / penalty[:, None], rows, half), penalty


def _where_donors_go(donors: Floats) -> Floats:
    """Directions in which donors differ, shape (..., n_directions, n_years), of all problems or of each.

    There are as many as years, or donors if those are fewer; those in which no donor differs are zero.
    """
    directions, lengths, _ = np.linalg.svd(donors, full_matrices=False)
    kept = lengths > lengths[..., :1] * max(donors.shape[-2:]) * np.finfo(float).eps
    return np.swapaxes(directions * kept[..., None, :], -1, -2)


def on_simplex(apart: Floats) -> Floats:
    """Weights that minimise ``sum((apart @ w)**2)``, of one problem or of several with donors of their own.

    They start from the donor that is nearest (Wolfe 1976). Non-negative least squares with one more row that
    asks for a sum of one would do on paper; scipy's stops short of the least in a few of a hundred problems
    with more donors than rows and does not say so.

    Parameters
    ----------
    apart : array, shape (n_rows, n_donors) or (n_problems, n_rows, n_donors)
        Donors minus target in each year; a price of uneven weights is one more row a donor.

    Returns
    -------
    array, shape (n_donors,) or (n_problems, n_donors)
        Not below zero; sums to one. Any of those that fit exactly, where several do.

    Raises
    ------
    NotConverged
    """
    if apart.ndim == 2:
        return np.asarray(on_simplex(apart[None])[0])
    shared = apart.mean(axis=2)
    donors = apart - shared[:, :, None]
    length = np.linalg.norm(donors, axis=1)
    scale = np.where(length.any(axis=1), length.max(axis=1), 1.0)
    donors, targets = donors / scale[:, None, None], -shared / scale[:, None]
    start = np.eye(apart.shape[2])[np.linalg.norm(apart, axis=1).argmin(axis=1)]
    price = np.full(length.shape, LEAST**2)
    weights, exact = by_active_set(Priced(donors, targets, price, np.zeros_like(price)), start, FITS)
    if not exact.all():
        raise NotConverged(f"weights of {apart.shape[2]} donors over {apart.shape[1]} rows not found")
    return weights
