"""Jackknife+ over the years before the start: how far a design is off in a year that it has not seen."""

from __future__ import annotations

import numpy as np

from lmpeval.beside.conformal import TooFewYears
from lmpeval.design import Design
from lmpeval.donors.held_out import own_errors
from lmpeval.panel import Bools, Panel


def jackknife_plus(design: Design, panel: Panel, counted: Bools, level: float) -> tuple[float, float]:
    """Interval of the mean effect over the counted years.

    Each year before the start is held out in turn: the effect that the others give, less and plus the
    error in that year. The interval runs from the floor(a (n + 1))-th smallest of the one to the same of
    the largest of the other, a = 1 - `level`, n years (Barber, Candes, Ramdas and Tibshirani 2021, equation
    1.2). If years are alike it covers 2 `level` - 1 at least, and about `level` as a rule. The error of a
    year stands for that of the mean over the counted years.

    Raises
    ------
    TooFewYears
        Where no order statistic reaches the level.
    """
    before = np.flatnonzero(panel.before)
    n = len(before)
    rank = int(np.floor((1 - level) * (n + 1) + 1e-9))
    if rank < 1:
        raise TooFewYears(f"{n} years before the start bound an effect at {n / (n + 1):.0%} at most")
    effects, errors = [], np.abs(own_errors(design, panel))
    for row in before:
        without = panel.without_years([panel.years[row]])
        gap = without.treated_mean - design.compare(without).counterfactual
        effects.append(gap[np.delete(counted, row)].mean())
    low, high = np.sort(np.subtract(effects, errors)), np.sort(np.add(effects, errors))
    return float(low[rank - 1]), float(high[-rank])
