"""Where the years before the start of a site lie among all mixtures of donors, and what those could say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog

from lmpeval.donors.paths import Donors, Levels
from lmpeval.mixtures.simplex import on_simplex
from lmpeval.panel import Bools, Floats, Panel

EXACT = 1e-6
"""A distance below this share of what lies between site and donors is rounding."""
ROUNDING = 1e-12
"""So is one below this share of the figures themselves."""


class NoVertex(ArithmeticError):
    """The ends of what exact mixtures say were not found."""


@dataclass(frozen=True, eq=False)
class Nearest:
    """The mixture of donors that is nearest to a site before the start, noise not priced.

    Attributes
    ----------
    weights : array, shape (n_controls,)
        Not below zero; sums to one.
    distance : float
        Root of the mean squared distance a year, in the unit of the outcome; 0 inside the hull of donors.
    exact : bool
        Whether the site lies in the hull: `distance` is rounding.
    """

    weights: Floats
    distance: float
    exact: bool


def nearest_mixture(panel: Panel, levels: Levels) -> Nearest:
    """Project the site on the convex hull of its donors' paths before the start.

    Raises
    ------
    NotConverged
    """
    apart = _apart(panel, levels)
    weights = on_simplex(apart)
    distance = float(np.sqrt(np.mean((apart @ weights) ** 2)))
    between = float(np.sqrt(np.mean(apart**2)))
    exact = distance <= max(EXACT * between, ROUNDING * panel.scale.magnitude(panel.outcome))
    return Nearest(weights, 0.0 if exact else distance, exact)


def identified(panel: Panel, levels: Levels, counted: Bools, nearest: Nearest) -> tuple[float, float]:
    """Least and largest mean effect among all mixtures that are as near to the site as the nearest.

    All of them have the same path before the start, so that the years before cannot choose. The ends are two
    linear programmes over the weights. Outside the hull the nearest path is a point on its border, and as
    a rule one mixture alone has it.

    Parameters
    ----------
    panel : Panel
    levels : Levels
        Whether mixtures are lifted to the mean of the treated before the start.
    counted : array of bool, shape (n_years,)
    nearest : Nearest
        Of the same panel and levels.

    Raises
    ------
    NoVertex
    """
    apart = _apart(panel, levels)
    scale = float(np.abs(apart).max()) or 1.0
    rows = np.vstack([apart / scale, np.ones(apart.shape[1])])
    moved = panel.controls[counted].mean(axis=0)
    own = float(panel.treated_mean[counted].mean())
    if levels == "apart":
        moved = moved - panel.controls[panel.before].mean(axis=0)
        own -= float(panel.treated_mean[panel.before].mean())
    about = moved - moved.mean()
    reach = float(np.abs(about).max()) or 1.0
    ends = []
    for sign in (1.0, -1.0):
        found = linprog(
            sign * about / reach, A_eq=rows, b_eq=rows @ nearest.weights, bounds=(0, None), method="highs"
        )
        if not found.success:
            raise NoVertex(f"of {rows.shape[1]} donors over {len(rows) - 1} years: {found.message}")
        ends.append(own - float(moved.mean()) - sign * reach * float(found.fun))
    high, low = ends
    return min(low, high), max(low, high)


def _apart(panel: Panel, levels: Levels) -> Floats:
    """Donors minus site in the years before the start; shape (n_before, n_controls)."""
    donors = Donors.of([panel], levels)
    return np.asarray(donors.path[:, panel.compared] - donors.targets[0][:, None])
