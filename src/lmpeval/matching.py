"""Nearest units for many panels over the same outcomes at once: what `nearest` gives each of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmpeval.panel import Bools, Floats, Panel

MOST_FIGURES = 1_000_000
"""Differences by covariate that are held at a time."""


def share_all_but_roles(panels: Sequence[Panel]) -> bool:
    """Whether panels differ only in who is treated and who is set aside, as stand-ins do."""
    first = panels[0]
    return all(
        panel.outcome is first.outcome
        and panel.exposure is first.exposure
        and panel.covariates is first.covariates
        and panel.units is first.units
        and panel.years is first.years
        and panel.start == first.start
        for panel in panels
    )


def nearest_many(panels: Sequence[Panel], covariates: Floats, matches: int) -> Floats:
    """Weigh the comparison units that are nearest to each treated unit, in every panel.

    As many panels at a time as fit in memory.

    Parameters
    ----------
    panels : sequence of Panel
        Of which `share_all_but_roles` holds.
    covariates : array, shape (n_units, n_covariates)
        Measured before the start.
    matches : int

    Returns
    -------
    array, shape (n_panels, n_units)
        Each row sums to one and is zero but for comparison units.
    """
    order = np.argsort(np.asarray(panels[0].units))  # ties go to the name that comes first
    values, size = covariates[order], panels[0].size[order]
    treated = np.array([panel.treated for panel in panels])[:, order]
    compared = np.array([panel.compared for panel in panels])[:, order]
    spread = spread_by_panel(values, treated | compared)
    precision = np.divide(1.0, spread**2, out=np.zeros_like(spread), where=spread > 0)
    share = treated * size
    share /= share.sum(axis=1, keepdims=True)
    figures = max(values.size, 1) * int(treated.sum(axis=1).max())  # of a panel, at most
    found, most = np.zeros(treated.shape), max(1, MOST_FIGURES // figures)
    for first in range(0, len(panels), most):
        some = slice(first, first + most)
        panel, unit = np.nonzero(treated[some])  # unit by unit in each panel: none is without
        apart = (values - values[unit][:, None]) ** 2
        distance = np.sqrt((precision[some][panel][:, None] @ np.swapaxes(apart, 1, 2))[:, 0])
        # rounded, so that a tie stays a tie in whatever order or unit the covariates come
        distance = np.where(compared[some][panel], np.round(distance, 9), np.inf)
        part = size * first_nearest(distance, matches)
        part *= (share[some][panel, unit] / part.sum(axis=1))[:, None]
        found[some] = np.add.reduceat(part, np.searchsorted(panel, np.arange(panel[-1] + 1)))
    weights = np.empty_like(found)
    weights[:, order] = found
    return weights


def spread_by_panel(values: Floats, used: Bools) -> Floats:
    """Standard deviation of each covariate over the units in use; zero where it differs by rounding alone.

    Parameters
    ----------
    values : array, shape (n_units, n_covariates)
    used : array of bool, shape (n_panels, n_units)

    Returns
    -------
    array, shape (n_panels, n_covariates)
    """
    n = used.sum(axis=1)
    found = np.empty((len(used), values.shape[1]))
    for k, column in enumerate(values.T):
        off = np.where(used, column - (used @ column / n)[:, None], 0.0)
        largest = np.where(used, np.abs(column), 0.0).max(axis=1)
        deviation = np.sqrt((off**2).sum(axis=1) / n)
        found[:, k] = np.where(deviation > 1e-12 * largest, deviation, 0.0)
    return found


def first_nearest(distance: Floats, matches: int) -> Bools:
    """Mark the `matches` smallest of each row, the first of those that tie; infinite ones never.

    Parameters
    ----------
    distance : array, shape (n_rows, n_units)
    matches : int

    Returns
    -------
    array of bool, shape (n_rows, n_units)

    >>> first_nearest(np.array([[2.0, 1.0, 2.0, 0.0, np.inf]]), 3).tolist()
    [[True, True, False, True, False]]
    """
    near = np.isfinite(distance)
    if matches >= distance.shape[1]:
        return near
    last = np.partition(distance, matches - 1, axis=1)[:, matches - 1, None]
    chosen = near & (distance <= last)
    too_many = chosen.sum(axis=1) > matches
    if too_many.any():
        rows, last = distance[too_many], last[too_many]
        closer, tied = rows < last, rows == last
        room = matches - closer.sum(axis=1, keepdims=True)
        chosen[too_many] = closer | (tied & (tied.cumsum(axis=1) <= room))
    return chosen
