"""Mixtures exactly, at whatever small a price: one donor in or out at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Bools, Floats

Positions = NDArray[np.intp]
MOST_STEPS = 2_000
GAP = 1e-11
"""A donor may stay out whose entry would gain less than this share of what the weights' noise costs."""
ROUNDING = 8 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class _Sets:
    """Donors that have a weight, in slots; what is in no use has donor 0, weight 0 and comes last.

    Attributes
    ----------
    donor : array of int, shape (n_problems, n_slots)
    used : array of bool, shape (n_problems, n_slots)
    weight : array, shape (n_problems, n_slots)
        Sums to one; the largest comes first.
    """

    donor: Positions
    used: Bools
    weight: Floats

    @classmethod
    def sorted(cls, donor: Positions, used: Bools, weight: Floats) -> _Sets:
        """By falling weight, with one free slot or more."""
        free = np.zeros((len(used), 1), dtype=bool)
        donor, weight = np.hstack([donor, free]), np.hstack([weight, free])
        used = np.hstack([used, free])
        order = np.argsort(np.where(used, -weight, 1.0), axis=1, kind="stable")
        order = order[:, : int(used.sum(axis=1).max()) + 1]
        return cls(
            np.take_along_axis(donor, order, 1),
            np.take_along_axis(used, order, 1),
            np.take_along_axis(weight, order, 1),
        )


@dataclass(frozen=True, eq=False)
class Priced:
    """Mixtures of least ``sum((donors @ w - target)**2) + sum(price * w**2) + 2 * half @ w``.

    Attributes
    ----------
    donors : array, shape (n_years, n_donors), or (n_problems, n_years, n_donors)
        Of all problems, or of each.
    targets : array, shape (n_problems, n_years)
    price : array, shape (n_problems, n_donors)
        Positive; infinite where a donor is not allowed.
    half : array, shape (n_problems, n_donors)
        Half of what a donor costs by its weight.
    """

    donors: Floats
    targets: Floats
    price: Floats
    half: Floats

    def those(self, kept: Positions, barred: Bools) -> Priced:
        """Some of the problems, without the donors that are barred in them."""
        donors = self.donors if self.donors.ndim == 2 else self.donors[kept]
        price = np.where(barred[kept], np.inf, self.price[kept])
        return Priced(donors, self.targets[kept], price, self.half[kept])

    def paths(self, chosen: Positions) -> Floats:
        """Paths of the donors in slots; shape (n_problems, n_slots, n_years)."""
        if self.donors.ndim == 2:
            return np.asarray(self.donors.T[chosen])
        return np.take_along_axis(np.swapaxes(self.donors, 1, 2), chosen[:, :, None], 1)


def by_active_set(problems: Priced, start: Floats, fits: float = 0.0) -> tuple[Floats, Bools]:
    """Weights of least cost, shape (n_problems, n_donors), and where they were found.

    From a feasible start the objective falls at every step: to the least of it in the plane of the donors in
    use, or as far as no weight falls below zero, where that donor goes out; in the least, the donor comes in
    whose entry gains most (Wolfe 1976; Lawson and Hanson 1974, chapter 23). Planes are solved by orthogonal
    triangles, whose rounding does not grow with the square of how alike donors are.

    Parameters
    ----------
    problems : Priced
    start : array, shape (n_problems, n_donors)
        Weights, not negative, that sum to one.
    fits : float
        A misfit with which no better weights are asked for.
    """
    n_kept = max(1, int((start > 0).sum(axis=1).max()))
    kept = np.argsort(-start, axis=1, kind="stable")[:, :n_kept]
    weight = np.take_along_axis(start, kept, 1)
    weight /= weight.sum(axis=1, keepdims=True)
    sets = _Sets.sorted(kept, weight > 0, weight)
    barred = ~np.isfinite(problems.price)
    weights, open_ = np.zeros_like(start), np.arange(len(start))
    for _ in range(MOST_STEPS):
        rows, own = np.arange(len(open_)), problems.those(open_, barred)
        aim = _least_in_plane(own, sets)
        moved, feasible, useless = _towards(sets, aim)
        barred[open_[useless[0]], useless[1]] = True
        own.price[useless] = np.inf
        entering = _entering(own, moved, fits)
        done = feasible & (entering < 0)
        for p in np.flatnonzero(done):
            np.add.at(weights[open_[p]], moved.donor[p], moved.weight[p])
        joins = feasible & ~done
        free = moved.used.sum(axis=1)
        moved.donor[rows[joins], free[joins]] = entering[joins]
        moved.used[rows[joins], free[joins]] = True
        if done.all():
            return weights, np.ones(len(start), dtype=bool)
        open_ = open_[~done]
        sets = _Sets.sorted(moved.donor[~done], moved.used[~done], moved.weight[~done])
    return weights, ~np.isin(np.arange(len(start)), open_)


def _least_in_plane(problems: Priced, sets: _Sets) -> Floats:
    """Weights of the slots that sum to one and cost least, of whatever sign; shape (n_problems, n_slots).

    Written in the distances to the donor of the first slot: a target however far away costs no digits.
    """
    n_problems, n_slots = sets.donor.shape
    n_years = problems.targets.shape[1]
    path = problems.paths(sets.donor)
    root = np.where(sets.used, np.sqrt(np.take_along_axis(problems.price, sets.donor, 1)), 1.0)
    half = np.take_along_axis(problems.half, sets.donor, 1)
    rows = np.zeros((n_problems, n_years + n_slots, n_slots - 1))
    right = np.zeros((n_problems, n_years + n_slots))
    used = sets.used[:, 1:]
    rows[:, :n_years] = np.swapaxes((path[:, 1:] - path[:, :1]) * used[:, :, None], 1, 2)
    right[:, :n_years] = problems.targets - path[:, 0]
    rows[:, n_years] = root[:, :1] * used
    right[:, n_years] = root[:, 0]
    slots = np.arange(n_slots - 1)
    rows[:, n_years + 1 + slots, slots] = root[:, 1:]
    orthogonal, triangle = np.linalg.qr(rows)
    dearer = ((half[:, 1:] - half[:, :1]) * used)[:, :, None]
    pulled = np.swapaxes(orthogonal, 1, 2) @ right[:, :, None]
    if dearer.any():
        pulled = pulled - np.linalg.solve(np.swapaxes(triangle, 1, 2), dearer)
    others = np.linalg.solve(triangle, pulled)[:, :, 0] * used
    return np.column_stack([1 - others.sum(axis=1), others])


def _towards(sets: _Sets, aim: Floats) -> tuple[_Sets, Bools, tuple[Positions, Positions]]:
    """As far towards `aim` as weights allow, whether it was reached, and whose gain was rounding.

    The last are donors, as problem and donor, that came in only to fall below zero.
    """
    low: Bools = sets.used & (aim <= 0)
    share = np.where(low, sets.weight / np.where(low, sets.weight - aim, 1.0), 1.0)
    share = np.where(low & (sets.weight == 0), 0.0, share)
    length = share.min(axis=1)
    stops = low & (share <= length[:, None])
    weight = np.where(sets.used & ~stops, sets.weight + length[:, None] * (aim - sets.weight), 0.0)
    weight = np.maximum(weight, 0.0)
    feasible = np.asarray(~low.any(axis=1))
    problem, slot = np.nonzero(stops & (sets.weight == 0))
    useless = problem, sets.donor[problem, slot]
    weight /= weight.sum(axis=1, keepdims=True)
    return _Sets(sets.donor, sets.used & ~stops, weight), feasible, useless


def _entering(problems: Priced, sets: _Sets, fits: float) -> Positions:
    """Donor whose entry gains most, or -1 where none does beyond rounding; shape (n_problems,)."""
    donors, (price, half) = (
        problems.donors,
        (np.take_along_axis(each, sets.donor, 1) for each in (problems.price, problems.half)),
    )
    mixture = (sets.weight[:, None, :] @ problems.paths(sets.donor))[:, 0]
    misfit = mixture - problems.targets
    noise = (np.where(sets.used, price, 0.0) * sets.weight**2).sum(axis=1)
    slope = misfit @ donors if donors.ndim == 2 else (misfit[:, None] @ donors)[:, 0]
    slope = np.where(np.isfinite(problems.price), slope + problems.half, np.inf)
    np.put_along_axis(slope, np.where(sets.used, sets.donor, sets.donor[:, :1]), np.inf, 1)
    best = slope.argmin(axis=1)
    own = (misfit * mixture).sum(axis=1) + noise + (half * sets.weight).sum(axis=1)
    gain = own - slope[np.arange(len(slope)), best]
    distance = np.linalg.norm(misfit, axis=1)
    rounding = ROUNDING * (distance * np.abs(donors).max(axis=(-2, -1)) + np.abs(half).max(axis=1))
    free = problems.half.any(axis=1)
    return np.where((gain > GAP * noise + rounding) & ((distance > fits) | free), best, -1)
