"""Prediction intervals: what the treated may have been, given how weights and later years may be off."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from lmpeval.beside.conformal import TooFewYears
from lmpeval.beside.weight_set import WeightSet
from lmpeval.design import Design
from lmpeval.donors.held_out import own_errors
from lmpeval.donors.paths import Donors, FollowsPath
from lmpeval.panel import Bools, Floats, Panel, Years

FEWEST_YEARS = 3
"""Years before the start from which on the others can foretell one of them."""
DRAWS = 200
"""As many as the authors' software takes."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """Intervals of what the intervention changed.

    Attributes
    ----------
    mean : pair of float
        Of the mean effect over the counted years.
    years : array of int, shape (n_after,)
        From the start on.
    by_year : array, shape (n_after, 2)
        Of the effect in each of them; each by itself.
    """

    mean: tuple[float, float]
    years: Years
    by_year: Floats


def prediction_intervals(
    design: Design, panel: Panel, counted: Bools, level: float, rng: np.random.Generator
) -> Predicted:
    """Intervals after Cattaneo, Feng and Titiunik (2021), from two parts that each miss half of the rest.

    *Weights.* Errors are drawn as in the years before the start: normal, each year with a standard deviation
    of its own. Each draw leaves a set of weights open (`WeightSet.furthest`); the part reaches as far as
    these go in all but a share of ``(1 - level) / 4`` of draws on either side.

    *Later years.* Errors are held to be subgaussian with the variance of those before the start, so that
    ``sqrt(2 log(4 / (1 - level)))`` standard deviations are exceeded in half of the rest at most. That of the
    mean over years is bounded by that of one year, however errors go together.

    Errors before the start are those of years held out: with fewer years than donors the misfit is next to
    nothing, and would tell of no error at all. (The authors inflate misfits by a leverage, which with a fit
    this close is not defined.)

    Parameters
    ----------
    design : Design
        That follows the path before the start and nothing else: `FollowsPath`.
    panel : Panel
    counted : array of bool, shape (n_years,)
    level : float
    rng : Generator

    Raises
    ------
    TooFewYears
        With fewer than three years before the start.
    NotConverged
    """
    assert isinstance(design, FollowsPath)
    if (n := int(panel.before.sum())) < FEWEST_YEARS:
        raise TooFewYears(f"of {n} years before the start none can be held out and foretold from the others")
    found = design.compare(panel)
    gap, errors = panel.treated_mean - found.counterfactual, own_errors(design, panel)
    changes = _changes(panel, counted, design)
    drawn = errors * rng.standard_normal((DRAWS, n))
    reached = weights_of(design, panel, found.weights).furthest(drawn, np.vstack([changes, -changes]))
    up, down = np.split(_largest_but(reached, (1 - level) / 4), 2)
    beyond = sqrt(2 * log(4 / (1 - level))) * float(np.sqrt(np.mean(errors**2)))
    effects = np.append(gap[counted].mean(), gap[~panel.before])
    # weights that are off by what moves the mixture up have moved the effect down
    ends = np.column_stack([effects - down - beyond, effects + up + beyond])
    return Predicted((float(ends[0, 0]), float(ends[0, 1])), panel.years[~panel.before], ends[1:])


def weights_of(design: FollowsPath, panel: Panel, weights: Floats) -> WeightSet:
    """What the weights of comparison units were chosen by."""
    donors = Donors.of([panel], design.levels)
    kept = panel.compared
    cost = len(donors.path) * float(design.price(donors)[0]) * panel.size.mean() / panel.size
    return WeightSet(donors.path[:, kept], cost[kept], weights)


def _changes(panel: Panel, counted: Bools, design: FollowsPath) -> Floats:
    """What a weight adds to the mean over the counted years, then to each year from the start on."""
    figures = panel.controls
    if design.levels == "apart":
        figures = figures - figures[panel.before].mean(axis=0)
    return np.vstack([figures[counted].mean(axis=0), figures[~panel.before]])


def _largest_but(reached: Floats, share: float) -> Floats:
    """What is exceeded by a new draw with this probability at most; shape (n_directions,)."""
    rank = min(int(np.ceil((len(reached) + 1) * (1 - share) - 1e-9)), len(reached))
    return np.asarray(np.sort(reached, axis=0)[rank - 1])
