"""Outcomes that are compared by ratios have means above zero in every unit and year, or are refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from lmpeval.comparators import named_out
from lmpeval.effect_scale import NO_LOGARITHM, EffectScale
from lmpeval.study import Contradiction

MOST_NAMED = 3


def without_ratios(parts: Mapping[str, Any], table: pd.DataFrame) -> Iterator[Contradiction]:
    """Find outcomes with `scale: ratio` of which a mean that the study may use is zero or less.

    Parameters
    ----------
    parts : mapping
        Those fields of a `Study` that could be read. Units that its comparator leaves out by name, and years
        that its window leaves out, are not looked at.
    table : DataFrame
        Contract region_panel.
    """
    if not {"outcomes", "window", "comparator"} <= parts.keys():
        return
    window, comparator = parts["window"], parts["comparator"]
    unused = [dated.year for dated in window.exclude]
    rows = table[table["year"].between(window.first, window.last) & ~table["year"].isin(unused)]
    left_out = {row["unit"] for row in _units(table) if named_out(comparator, row)}
    rows = rows[~rows["unit"].isin(left_out)]
    for position, outcome in enumerate(parts["outcomes"]):
        column = outcome.column or outcome.name
        if outcome.scale is not EffectScale.RATIO or column not in rows:
            continue
        low = rows[rows[column] <= 0].sort_values(["unit", "year"])
        if len(low):
            named = [f"{unit} in {year}" for unit, year in zip(low["unit"], low["year"], strict=True)]
            more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
            yield Contradiction(
                ("outcomes", position, "scale"),
                f"found ratio, with a mean of '{column}' of zero or less for "
                f"{', '.join(named[:MOST_NAMED])}{more}; expected means above zero: {NO_LOGARITHM}. "
                "Leave the line out to compare differences, or name the units in the comparator's `exclude`",
            )


def _units(table: pd.DataFrame) -> list[dict[Any, Any]]:
    columns = [name for name in ("unit", "group", "area") if name in table]
    return table[columns].drop_duplicates("unit").to_dict("records")
