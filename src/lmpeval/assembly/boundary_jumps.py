"""Units that grow or shrink in a year as no unit of their size does: perhaps another area, same name."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from lmpeval.comparators import Role, Selection

LEAST = 0.05
"""Share of a unit's size; smaller takeovers than this change its mean by little."""
BEYOND = 8.0
"""Robust standard deviations: one of 355 municipalities in seven years goes as far on one map."""

MOST_NAMED = 20
"""Where more jump at once, as when a survey asks more people, their number says enough."""


def jump_notes(table: pd.DataFrame, exposures: Iterable[str], selection: Selection) -> tuple[str, ...]:
    """Name the units of a study whose size jumps between two years, a note a year.

    Parameters
    ----------
    table : DataFrame
        Contract region_panel.
    exposures : iterable of str
        Columns that count people.
    selection : Selection
        Units that are left out are not looked at.
    """
    used = {placed.unit for placed in selection.placements if placed.role is not Role.LEFT_OUT}
    rows = table[table["unit"].isin(used)]
    return tuple(
        f"{name.replace('_', ' ')} jump from {year - 1} to {year}: {_listed(units)}. No other unit of "
        "that size changes as much in a year; is it the same area before and after?"
        for name in dict.fromkeys(exposures)
        for year, units in sorted(jumps(rows, name).items())
    )


def _listed(units: list[str]) -> str:
    more = len(units) - MOST_NAMED
    return ", ".join(units[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def jumps(rows: pd.DataFrame, exposure: str) -> dict[int, list[str]]:
    """Units that jump, each with its change, by year.

    The growth of a unit is held against the median of the year. The fewer people, the more it varies by
    itself, so it counts in units of one over the root of its size; of that the spread is taken from the
    median absolute deviation, which jumps do not move (Hampel 1974).
    """
    size = rows.pivot(index="year", columns="unit", values=exposure)
    size = size.where(size > 0).reindex(range(int(size.index.min()), int(size.index.max()) + 1))
    growth = size.apply(np.log).diff()
    apart = growth.sub(growth.median(axis=1), axis="index")
    smaller = size.where(size < size.shift(), size.shift())
    scaled = (apart * np.sqrt(smaller)).to_numpy()
    if np.isnan(scaled).all():
        return {}
    spread = 1.4826 * np.nanmedian(np.abs(scaled))
    change = 100 * np.expm1(growth.to_numpy())
    far = (np.abs(np.expm1(apart.to_numpy())) > LEAST) & (np.abs(scaled) > BEYOND * spread)
    found: dict[int, list[str]] = {}
    for at, unit in zip(*np.nonzero(far), strict=True):
        named = f"{size.columns[unit]} by {change[at, unit]:+.0f} %"
        found.setdefault(int(size.index[at]), []).append(named)
    return found
