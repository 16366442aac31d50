"""Weights on comparison units: nearest in covariates, or a mixture that follows the treated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Bools, Floats, Panel


def nearest(panel: Panel, covariates: Floats, matches: int) -> Floats:
    """Weigh the comparison units that are nearest to each treated unit.

    Distance is Euclidean on covariates, each divided by its standard deviation over the units in use.
    Each treated unit hands its share of the treated's size to its matches, in proportion to theirs:
    small municipalities are noisy. Ties go to the name that comes first.

    Parameters
    ----------
    panel : Panel
    covariates : array, shape (n_units, n_covariates)
        Measured before the start.
    matches : int
        Kept for each treated unit, with replacement; all comparison units where there are fewer.

    Returns
    -------
    array, shape (n_controls,)
        Sums to one.
    """
    used = panel.treated | panel.compared
    spread = covariates[used].std(axis=0)
    scaled = covariates / np.where(spread > 0, spread, 1.0)
    controls = np.flatnonzero(panel.compared)
    names = np.argsort(np.argsort(np.asarray(panel.units)[controls]))
    share = panel.size[panel.treated] / panel.size[panel.treated].sum()
    weights = np.zeros(len(controls))
    for unit, part in zip(np.flatnonzero(panel.treated), share, strict=True):
        # rounded, so that a tie stays a tie in whatever order or unit the covariates come
        distance = np.round(np.linalg.norm(scaled[controls] - scaled[unit], axis=1), 9)
        chosen = np.lexsort((names, distance))[:matches]
        size = panel.size[controls[chosen]]
        weights[chosen] += part * size / size.sum()
    return weights


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


class NotConverged(ArithmeticError):
    """The weights could not be found to the stated precision."""


def mixtures(problems: Mixtures, tolerance: float = 1e-11, most_steps: int = 200) -> Floats:
    """Solve every problem at once; returns weights of shape (n_problems, n_donors).

    Semismooth Newton on the dual, whose size is the number of years plus one however many donors there
    are (Qi and Sun 1993): with residual r and multiplier t the weights are
    ``max(0, t - r @ donors) / (penalty * noise)``, and (r, t) solve ``donors @ w - target = r`` and
    ``sum(w) = 1``. The dual is concave, so a backtracking line search makes it converge from anywhere.

    Raises
    ------
    NotConverged
        If a problem misses `tolerance` (relative to the targets' scale) after `most_steps`.
    """
    scale = max(float(np.abs(problems.donors).max()), float(np.abs(problems.targets).max())) or 1.0
    donors, targets = problems.donors / scale, problems.targets / scale
    inverse = problems.allowed / (np.outer(problems.penalty / scale**2, problems.noise))
    n_years = len(donors)
    start = inverse / inverse.sum(axis=1, keepdims=True)
    dual = np.column_stack([start @ donors.T - targets, np.zeros(len(targets))])
    dual[:, -1] = _level(dual[:, :n_years] @ donors, inverse)
    weights, gradient, value = _dual(dual, donors, targets, inverse)
    for _ in range(most_steps):
        open_ = np.abs(gradient).max(axis=1) > tolerance
        if not open_.any():
            return np.asarray(weights / weights.sum(axis=1, keepdims=True))
        step = np.zeros_like(dual)
        step[open_] = _newton(weights[open_], gradient[open_], donors, inverse[open_])
        slope = (gradient * step).sum(axis=1)
        length = np.ones(len(dual))
        for _ in range(60):
            tried = dual + length[:, None] * step
            new = _dual(tried, donors, targets, inverse)
            short = open_ & (new[2] < value + 1e-4 * length * slope - 1e-13 * (1 + np.abs(value)))
            if not short.any():
                break
            length[short] /= 2
        dual, (weights, gradient, value) = tried, new
    raise NotConverged(f"weights not found to {tolerance:g} in {most_steps} steps")


def _dual(dual: Floats, donors: Floats, targets: Floats, inverse: Floats) -> tuple[Floats, Floats, Floats]:
    """Weights, gradient and value of the concave dual at `dual`, shape (n_problems, n_years + 1)."""
    residual, level = dual[:, :-1], dual[:, -1]
    pull = np.maximum(level[:, None] - residual @ donors, 0)
    weights = pull * inverse
    gradient = np.column_stack([weights @ donors.T - targets - residual, 1 - weights.sum(axis=1)])
    value = level - (residual * (targets + residual / 2)).sum(axis=1) - (pull * weights).sum(axis=1) / 2
    return weights, gradient, value


def _newton(weights: Floats, gradient: Floats, donors: Floats, inverse: Floats) -> Floats:
    active = np.where(weights > 0, inverse, 0.0)
    n_years = len(donors)
    curvature = np.empty((len(weights), n_years + 1, n_years + 1))
    weighted = active[:, None, :] * donors
    curvature[:, :n_years, :n_years] = weighted @ donors.T + np.eye(n_years)
    curvature[:, :n_years, n_years] = curvature[:, n_years, :n_years] = -weighted.sum(axis=2)
    curvature[:, n_years, n_years] = active.sum(axis=1)
    return np.asarray(np.linalg.solve(curvature, gradient[..., None])[..., 0])


def _level(pull: Floats, inverse: Floats) -> Floats:
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
