"""Weights on comparison units: those that are nearest in covariates."""

from __future__ import annotations

import numpy as np

from lmpeval.panel import Floats, Panel


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
