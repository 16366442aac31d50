"""How much of a cost lies beyond the 99th percentile, where it is delivered with its tail cut off too."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from lmpeval.comparators import Role, Selection
from lmpeval.study import Outcome


def tail_notes(outcome: Outcome, table: pd.DataFrame, selection: Selection, start: int) -> tuple[str, ...]:
    """Say the share of the site's cost and of the pool's beyond the cut, before the start and since.

    Parameters
    ----------
    outcome : Outcome
    table : DataFrame
        Contract region_panel, in nominal euros.
    selection : Selection
    start : int
        The first start.

    Returns
    -------
    tuple of str
        One note; none for an outcome without a cut cost, or without both costs on either side of the start.
    """
    if outcome.truncated is None:
        return ()
    said = []
    for whose, role in (("the site's cost", Role.TREATED), ("the pool's", Role.COMPARED)):
        rows = table[table["unit"].isin(selection.units(role))]
        since = share_beyond(outcome, rows[rows["year"] >= start])
        before = share_beyond(outcome, rows[rows["year"] < start])
        if since is None or before is None:
            return ()
        said.append(f"{100 * since:.1f} % of {whose} ({100 * before:.1f} % before the start)")
    return (f"beyond the 99th percentile lies {' and '.join(said)}",)


def share_beyond(outcome: Outcome, rows: pd.DataFrame) -> float | None:
    """Share of the cost of some rows that the cut takes off; None where none has both costs."""
    columns: Sequence[str] = [outcome.column or outcome.name, str(outcome.truncated), outcome.exposure]
    known = rows[columns].dropna()
    whole, cut = (float((known[name] * known[outcome.exposure]).sum()) for name in columns[:2])
    return 1 - cut / whole if whole > 0 else None
