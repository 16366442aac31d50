"""Whether the claims of a cost's last year are all in, as the delivery tells or as its own path shows."""

from __future__ import annotations

import numpy as np
import pandas as pd

from lmpeval.comparators import Role, Selection
from lmpeval.completeness import Completeness, shown_by_path
from lmpeval.panel import Years
from lmpeval.study import Aim, Outcome

TOLD = "completeness"
"""Column of the region panel: share of the year's claims that is in, by unit and year."""


def completeness_of(
    outcome: Outcome, years: Years, breaks: tuple[int, ...], rows: pd.DataFrame, selection: Selection
) -> Completeness | None:
    """Find the year of a cost that misses most of its claims, and how much.

    Parameters
    ----------
    outcome : Outcome
    years : array of int, shape (n_years,)
        Of the panel.
    breaks : tuple of int
    rows : DataFrame
        Contract region_panel, in nominal euros.
    selection : Selection

    Returns
    -------
    Completeness or None
        None for outcomes that are no cost, and where nobody tells and the path is too short to show it.
    """
    if outcome.aim is not Aim.COST:
        return None
    used = rows[rows["year"].isin(years)]
    site, pool = (used[used["unit"].isin(selection.units(role))] for role in (Role.TREATED, Role.COMPARED))
    if TOLD in used and site[TOLD].notna().all() and pool[TOLD].notna().any():
        return _told(site, pool, outcome.exposure)
    path = _mean(_complete(pool, outcome, len(years)), outcome.column or outcome.name, outcome.exposure)
    if len(path) < len(years) or not (path > 0).all():
        return None
    return shown_by_path(np.asarray(path, dtype=np.float64), years, breaks)


def _told(site: pd.DataFrame, pool: pd.DataFrame, exposure: str) -> Completeness:
    """The year of which most is missing, or in which site and pool differ most, whichever is more."""
    missing = 1 - _mean(pool, TOLD, exposure)
    apart = (1 - _mean(site, TOLD, exposure)).reindex(missing.index) - missing
    worst = np.maximum(missing, apart.abs())
    year = worst[worst == worst.max()].index.max()
    return Completeness(int(year), float(missing[year]), 0.0, float(apart[year]))


def _complete(rows: pd.DataFrame, outcome: Outcome, n_years: int) -> pd.DataFrame:
    """Units with figures in all years: who delivers must not move the path."""
    known = rows.dropna(subset=[outcome.column or outcome.name, outcome.exposure])
    return known[known.groupby("unit")["year"].transform("nunique") == n_years]


def _mean(rows: pd.DataFrame, column: str, exposure: str) -> pd.Series[float]:
    """Mean by year, weighted by exposure, over the rows that have the figure."""
    known = rows.dropna(subset=[column, exposure])
    total = (known[column] * known[exposure]).groupby(known["year"]).sum()
    return total / known.groupby("year")[exposure].sum()
