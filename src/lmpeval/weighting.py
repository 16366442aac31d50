"""Weights on comparison units: nearest in covariates, or a mixture that follows the treated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

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
    scaled = covariates / np.where((spread := spread_of(covariates[used])) > 0, spread, np.inf)
    controls = np.flatnonzero(panel.compared)
    controls = controls[np.argsort(np.asarray(panel.units)[controls])]
    apart = scaled[panel.treated][:, None] - scaled[controls]
    # rounded, so that a tie stays a tie in whatever order or unit the covariates come
    distance = np.round(np.sqrt((apart**2).sum(axis=2)), 9)
    chosen = controls[np.argsort(distance, axis=1, kind="stable")[:, :matches]]
    share = panel.size[panel.treated] / panel.size[panel.treated].sum()
    part = share[:, None] * panel.size[chosen] / panel.size[chosen].sum(axis=1, keepdims=True)
    weights = np.bincount(chosen.ravel(), part.ravel(), minlength=len(panel.units))
    return np.asarray(weights[panel.compared], dtype=np.float64)


def spread_of(covariates: Floats) -> Floats:
    """Standard deviation of each covariate, shape (n_covariates,); zero where it differs by rounding alone.

    A constant that went through a mean differs in its last digit; divided by that, rounding would match.

    >>> spread_of(np.array([[0.3, 1.0], [0.1 + 0.2, 3.0]]))
    array([0., 1.])
    """
    spread = covariates.std(axis=0)
    return np.asarray(np.where(spread > 1e-12 * np.abs(covariates).max(axis=0), spread, 0.0))


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


PRICED_ABOVE_ROUNDING = 1e13
"""Newton's curvature is one plus this at most, so that the one is not lost."""


class NotConverged(ArithmeticError):
    """The weights could not be found to the stated precision."""


def mixtures(problems: Mixtures, tolerance: float = 1e-10, most_steps: int = 50) -> Floats:
    """Solve every problem at once; returns weights of shape (n_problems, n_donors).

    Semismooth Newton on the dual, whose size is the number of years plus one however many donors there
    are (Qi and Sun 1993): with residual r and multiplier t the weights are
    ``max(0, t - r @ donors) / (penalty * noise)``, and (r, t) solve ``donors @ w - target = r`` and
    ``sum(w) = 1``. A penalty that is small beside the misfit drowns those weights in rounding: problems
    that Newton leaves open go to an active-set method, slower but exact (Lawson and Hanson 1974).

    Raises
    ------
    NotConverged
        If neither method finds the weights of a problem.
    """
    shared = problems.donors.mean(axis=1)  # cancels, as weights sum to one: a common shock costs no digits
    donors, targets = problems.donors - shared[:, None], problems.targets - shared
    scale = max(float(np.abs(donors).max()), float(np.abs(targets).max())) or 1.0
    donors, targets, penalty = donors / scale, targets / scale, problems.penalty / scale**2
    inverse = problems.allowed / np.outer(penalty, problems.noise)
    # weights move by at most the error of the residual over twice the root of the price; what is below
    # the rounding of the figures cannot be asked for
    precise = tolerance * np.clip(1 / np.sqrt(inverse.max(axis=1)), 1e-4, 1)
    weights, found = _by_newton(donors, targets, inverse, precise, most_steps)
    for p in np.flatnonzero(~found):
        kept = problems.allowed[p]
        root = np.sqrt(penalty[p] * problems.noise[kept])
        weights[p, kept] = _by_active_set(donors[:, kept] - targets[p][:, None], root)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def _by_newton(
    donors: Floats, targets: Floats, inverse: Floats, precise: Floats, most_steps: int
) -> tuple[Floats, Bools]:
    """Weights, shape (n_problems, n_donors), and for which problems they are precise."""
    residual = (inverse / inverse.sum(axis=1, keepdims=True)) @ donors.T - targets
    dual = np.column_stack([residual, _level(residual @ donors, inverse)])
    weights, gradient, value = _dual(dual, donors, targets, inverse)
    solvable = inverse.sum(axis=1) < PRICED_ABOVE_ROUNDING
    for _ in range(most_steps):
        open_ = np.flatnonzero((np.abs(gradient).max(axis=1) > precise) & weights.any(axis=1) & solvable)
        if not open_.size:
            break
        step = _newton(weights[open_], gradient[open_], donors, inverse[open_])
        slope, length = (gradient[open_] * step).sum(axis=1), 1.0
        while open_.size and length > 1e-9:
            tried = dual[open_] + length * step
            new = _dual(tried, donors, targets[open_], inverse[open_])
            least = value[open_] + 1e-4 * length * slope - 1e-13 * (1 + np.abs(value[open_]))
            climbs = new[2] >= least
            kept = open_[climbs]
            dual[kept], weights[kept] = tried[climbs], new[0][climbs]
            gradient[kept], value[kept] = new[1][climbs], new[2][climbs]
            open_, step, slope, length = open_[~climbs], step[~climbs], slope[~climbs], length / 2
    return weights, np.asarray(np.abs(gradient).max(axis=1) <= precise)


def _by_active_set(apart: Floats, root: Floats) -> Floats:
    """Weights that minimise ``sum((apart @ w)**2) + sum((root * w)**2)``, by non-negative least squares.

    One more row asks for a sum of one. What it costs scales the weights and leaves their ratios alone.
    apart, shape (n_years, n_donors), is donors minus target; root, shape (n_donors,), of the noise's price.
    """
    rows = np.vstack([apart, np.diag(root)])
    rows = np.vstack([rows / np.linalg.norm(rows), np.ones(len(root))])
    try:
        return np.asarray(nnls(rows, np.eye(len(rows))[-1], maxiter=100 * len(root))[0])
    except RuntimeError as error:
        raise NotConverged(f"weights of {len(root)} donors over {len(apart)} years not found") from error


def _dual(dual: Floats, donors: Floats, targets: Floats, inverse: Floats) -> tuple[Floats, Floats, Floats]:
    """Weights, gradient and value of the concave dual at `dual`, shape (n_problems, n_years + 1)."""
    residual, level = dual[:, :-1], dual[:, -1]
    pull = np.maximum(level[:, None] - residual @ donors, 0)
    weights = pull * inverse
    gradient = np.column_stack([weights @ donors.T - targets - residual, 1 - weights.sum(axis=1)])
    value = level - (residual * (targets + residual / 2)).sum(axis=1) - (pull * weights).sum(axis=1) / 2
    return weights, gradient, value


def _newton(weights: Floats, gradient: Floats, donors: Floats, inverse: Floats) -> Floats:
    """Newton's step for residual and level, shape (n_problems, n_years + 1); the level is eliminated."""
    active = np.where(weights > 0, inverse, 0.0)
    total = active.sum(axis=1, keepdims=True)
    centre = (active @ donors.T) / total
    spread = (active[:, None, :] * donors) @ donors.T - (total * centre)[:, :, None] * centre[:, None]
    slope, sum_ = gradient[:, :-1], gradient[:, -1:]
    right = (slope + centre * sum_)[..., None]
    residual = np.linalg.solve(spread + np.eye(len(donors)), right)[..., 0]
    return np.column_stack([residual, sum_ / total + (centre * residual).sum(axis=1, keepdims=True)])


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
