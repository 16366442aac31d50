"""Mixtures: weights that are not negative and sum to one, for many targets at once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from lmpeval.active_set import by_active_set
from lmpeval.dual_newton import by_newton
from lmpeval.panel import Bools, Floats


@dataclass(frozen=True, eq=False)
class Mixtures:
    """Ridge-penalised simplex problems that share their donors.

    Problem p asks for weights w >= 0 that sum to one, zero where `allowed[p]` is False, and minimise
    ``sum((donors @ w - targets[p])**2) + penalty[p] * sum(noise * w**2)``.

    Attributes
    ----------
    donors : array, shape (n_years, n_donors)
    noise : array, shape (n_donors,)
        Relative noise variance of each donor; positive.
    targets : array, shape (n_problems, n_years)
    allowed : array of bool, shape (n_problems, n_donors)
    penalty : array, shape (n_problems,)
        Positive: without it the weights are not unique as soon as there are more donors than years.
    """

    donors: Floats
    noise: Floats
    targets: Floats
    allowed: Bools
    penalty: Floats


LEAST = 1e-20
"""Price, where the largest distance of a donor is one, below which none can be told from none at all."""

FITS = 1e-14
"""Misfit that is rounding, where the largest distance of a donor is one."""


class NotConverged(ArithmeticError):
    """The weights could not be found to the stated precision."""


def mixtures(problems: Mixtures) -> Floats:
    """Solve every problem at once; returns weights of shape (n_problems, n_donors).

    What donors share cancels, as weights sum to one, and so does what no donor can follow: both are taken
    off first, so that a common shock or a target far away costs no digits. Donors with the same path are one
    donor with less noise. What is left is solved on the dual, and where a penalty is so small beside the
    misfit that rounding would drown the weights there, by an active-set method from where the dual came to.

    A penalty of less than 1e-20 of the largest squared distance between a donor and the donors' mean counts
    as that: a trace that picks the least noisy weights where several fit alike.

    Raises
    ------
    NotConverged
        If neither method finds the weights of a problem.
    """
    distinct, alike = np.unique(problems.donors, axis=1, return_inverse=True)
    inverse = problems.allowed / problems.noise  # of donors, for a penalty of one
    same = np.zeros((len(alike), distinct.shape[1]))
    same[np.arange(len(alike)), alike] = 1.0
    pooled = inverse @ same
    weights = _of_distinct(distinct, problems.targets, pooled, problems.penalty)
    shares = np.divide(weights, pooled, out=np.zeros_like(weights), where=pooled > 0)
    return np.asarray(inverse * shares[:, alike])


def _of_distinct(donors: Floats, targets: Floats, inverse: Floats, penalty: Floats) -> Floats:
    """Weights of donors of which no two have the same path; shape (n_problems, n_donors)."""
    if donors.shape[1] == 1:
        return np.ones((len(targets), 1))
    shared = donors.mean(axis=1)
    donors, targets = _as_far_as_donors_go(donors - shared[:, None], targets - shared)
    scale = np.sqrt((donors**2).sum(axis=0).max())
    donors, targets, penalty = donors / scale, targets / scale, np.maximum(penalty / scale**2, LEAST)
    inverse = inverse / penalty[:, None]
    weights, found = by_newton(donors, targets, penalty, inverse)
    if not found.all():
        rest = np.flatnonzero(~found)
        with np.errstate(divide="ignore"):
            price = 1 / inverse[rest]
        weights[rest], exact = by_active_set(donors, targets[rest], price, weights[rest])
        if not exact.all():
            raise NotConverged(f"weights of {donors.shape[1]} donors over {len(shared)} years not found")
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _as_far_as_donors_go(donors: Floats, targets: Floats) -> tuple[Floats, Floats]:
    """Both in the directions in which donors differ: (n_directions, n_donors), (n_problems, n_directions)."""
    directions, lengths, _ = np.linalg.svd(donors, full_matrices=False)
    kept = directions[:, lengths > lengths[0] * max(donors.shape) * np.finfo(float).eps]
    return kept.T @ donors, targets @ kept


def on_simplex(apart: Floats) -> Floats:
    """Weights that minimise ``sum((apart @ w)**2)``, of one problem or of several with donors of their own.

    They start from non-negative least squares with one more row that asks for a sum of one (Lawson and Hanson
    1974). That would do on paper; scipy's stops short of the least in a few of a hundred problems with more
    donors than rows and does not say so.

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
    start = np.array([_nearly(one) for one in apart])
    weights, exact = by_active_set(donors, targets, np.full(length.shape, LEAST**2), start, FITS)
    if not exact.all():
        raise NotConverged(f"weights of {apart.shape[2]} donors over {apart.shape[1]} rows not found")
    return weights


def _nearly(apart: Floats) -> Floats:
    """Weights near those of the least misfit, shape (n_donors,)."""
    rows = np.vstack([apart / (np.linalg.norm(apart) or 1.0), np.ones(apart.shape[1])])
    try:
        found = nnls(rows, np.eye(len(rows))[-1])[0]
    except RuntimeError:
        found = np.eye(apart.shape[1])[np.linalg.norm(apart, axis=0).argmin()]
    kept = found >= np.sort(found)[-min(len(rows), len(found))]
    return np.asarray(np.where(kept, found, 0.0) / found[kept].sum())
