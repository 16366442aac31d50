"""A delivered table turned, so that a column's figures stand by year and unit: once for all who ask."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from lmpeval.once import once


def by_year_and_unit(
    table: pd.DataFrame, column: str, years: Sequence[int], units: Iterable[str]
) -> pd.DataFrame:
    """A column by year and unit; a unit or year without any row is there, and empty.

    The studies of a portfolio ask the same columns of the same table again and again: within `remembering` a
    table is turned once, and each takes its own years and units out of it.

    Parameters
    ----------
    table : DataFrame
        Contract region_panel.
    column : str
    years : sequence of int
    units : iterable of str
    """
    return _turned(table, column).reindex(index=list(years), columns=list(units))


def _turned(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """A column by year and unit, of all that were delivered; not to be changed."""
    key = ("turned", id(table), column)
    return once(key, lambda: table.pivot(index="year", columns="unit", values=column), table)


def years_with_figures(table: pd.DataFrame, column: str) -> set[int]:
    """Years in which some unit has a figure."""
    figures = _turned(table, column)
    return set(figures.index[figures.notna().any(axis=1)])
