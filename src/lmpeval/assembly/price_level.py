"""Amounts of every year brought to the prices of one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from lmpeval.errors import CannotEstimate
from lmpeval.once import once
from lmpeval.panel import Floats
from lmpeval.study import Outcome, Study


def figures(values: pd.DataFrame, level: pd.Series[float]) -> Floats:
    """Amounts in the prices of the price year; shape (n_years, n_units)."""
    return np.ascontiguousarray(values.mul(level, axis="index").to_numpy(dtype=float))


def price_level(years: pd.Index[int], table: pd.DataFrame, outcome: Outcome) -> pd.Series[float]:
    """What brings an amount of each year to the prices of the price year.

    Raises
    ------
    CannotEstimate
        Where the index says nothing of a year, or of the price year.
    """
    return price_level_by(years, outcome, lambda asked: _national_mean(table, outcome, asked))


def price_level_by(
    years: pd.Index[int], outcome: Outcome, national_mean: Callable[[set[int]], pd.Series[float]]
) -> pd.Series[float]:
    """The same with the outcome's mean over the country given, for some years and indexed by year.

    Raises
    ------
    CannotEstimate
        As `price_level` says.
    """
    price = outcome.price
    if price is None or price.index == "none":
        return pd.Series(1.0, years)
    if isinstance(price.index, dict):
        index = pd.Series(price.index, dtype=float)
    else:
        index = national_mean({*years, price.year})
    if price.year not in index.index:
        raise CannotEstimate(f"no figures of {outcome.name} in its price year, {price.year}")
    # an index may know years that the panel leaves out
    level = (index[price.year] / index).reindex(years)
    if not (np.isfinite(level) & (level > 0)).all():
        raise CannotEstimate(f"the price index of {outcome.name} is zero or missing in a year")
    return level


def price_level_of_column(
    column: str, study: Study, years: pd.Index[int], table: pd.DataFrame
) -> pd.Series[float]:
    """The price level of an outcome of the study in this column; other columns stay as delivered."""
    for outcome in study.outcomes:
        if column == (outcome.column or outcome.name):
            return price_level(years, table, outcome)
    return pd.Series(1.0, years)


def _national_mean(table: pd.DataFrame, outcome: Outcome, years: set[int]) -> pd.Series[float]:
    """Mean by year over the units with figures in all `years`: who delivers must not move the level."""
    own = outcome.column or outcome.name
    column = (outcome.price and outcome.price.column) or own
    key = ("national mean", id(table), column, outcome.exposure, frozenset(years))
    return once(key, lambda: _mean_by_year(table, column, outcome.exposure, years), table)


def _mean_by_year(table: pd.DataFrame, column: str, exposure: str, years: set[int]) -> pd.Series[float]:
    known = table[table["year"].isin(years) & table[column].notna() & table[exposure].notna()]
    known = known[known.groupby("unit")["year"].transform("nunique") == known["year"].nunique()]
    amount = (known[column] * known[exposure]).groupby(known["year"]).sum()
    return amount / known.groupby("year")[exposure].sum()
