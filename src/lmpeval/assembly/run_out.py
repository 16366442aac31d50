"""Whether the claims of a cost's last year are all in, as the delivery tells or as its own path shows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lmpeval.assembly.turned import by_year_and_unit
from lmpeval.comparators import Role, Selection
from lmpeval.completeness import Completeness, shown_by_path
from lmpeval.panel import Years
from lmpeval.study import Aim, Outcome

TOLD = "completeness"
"""Column of the region panel: share of the year's claims that is in, by unit and year."""


def completeness_of(
    outcome: Outcome, years: Years, breaks: tuple[int, ...], table: pd.DataFrame, selection: Selection
) -> Completeness | None:
    """Find the year of a cost that misses most of its claims, and how much.

    Parameters
    ----------
    outcome : Outcome
    years : array of int, shape (n_years,)
        Of the panel.
    breaks : tuple of int
    table : DataFrame
        Contract region_panel, in nominal euros.
    selection : Selection

    Returns
    -------
    Completeness or None
        None for outcomes that are no cost, and where nobody tells and the path is too short to show it.
    """
    if outcome.aim is not Aim.COST:
        return None
    asked, site, pool = years.tolist(), selection.units(Role.TREATED), selection.units(Role.COMPARED)
    size = by_year_and_unit(table, outcome.exposure, asked, pool)
    if TOLD in table:
        there, beside = (by_year_and_unit(table, TOLD, asked, units) for units in (site, pool))
        if there.notna().all(axis=None) and beside.notna().any(axis=None):
            return _told(
                _mean(there, by_year_and_unit(table, outcome.exposure, asked, site)), _mean(beside, size)
            )
    amount = by_year_and_unit(table, outcome.column or outcome.name, asked, pool)
    throughout = (amount.notna() & size.notna()).all()  # who delivers must not move the path
    path = _mean(amount.loc[:, throughout], size.loc[:, throughout])
    return shown_by_path(np.asarray(path, dtype=np.float64), years, breaks) if (path > 0).all() else None


def _told(site: pd.Series[float], pool: pd.Series[float]) -> Completeness:
    """The year of which most is missing, or in which site and pool differ most, whichever is more."""
    missing = 1 - pool
    apart = 1 - site - missing
    worst = np.maximum(missing, apart.abs())
    year = worst[worst == worst.max()].index.max()
    return Completeness(int(year), float(missing[year]), 0.0, float(apart[year]))


def _mean(figures: pd.DataFrame, size: pd.DataFrame) -> pd.Series[float]:
    """Mean by year, weighted by size, over the units that have the figure; nan where none has."""
    return (figures * size).sum(axis=1) / size.where(figures.notna()).sum(axis=1)
