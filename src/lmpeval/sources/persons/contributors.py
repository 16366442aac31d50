"""Who stands behind the sums of a region and a year: counted where the persons lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np

from lmpeval.contracts import load_contract
from lmpeval.contracts.counted import quoted
from lmpeval.disclosure import Contribution, Gate, Organisation, Support
from lmpeval.disclosure.contributions import LOOKED_AT, shares_of
from lmpeval.panel import Floats
from lmpeval.sources.persons.national import MORTALITY
from lmpeval.sources.persons.person_table import CONTRACT
from lmpeval.sources.persons.rule_sql import Condition

COLUMNS = {
    Organisation(kind): column.name
    for column in load_contract(CONTRACT).columns
    if (kind := column.custom.get("contributor")) in set(Organisation)
}
"""Columns that say whose people persons are, as the contract marks them."""


def supports_by_region(
    connection: duckdb.DuckDBPyConnection,
    counted: Condition,
    column: str,
    amount: str,
    gates: Mapping[int, Gate],
) -> dict[int, Support]:
    """Who stands behind each region's sum of one outcome in one year.

    Parameters
    ----------
    connection : DuckDBPyConnection
    counted : Condition
        Everybody who counts, as a table of SQL: their rows ``y``, with the region ``h``.
    column : str
        The outcome, as `amounts_of` knows it.
    amount : str
        The outcome times exposure as SQL about a row ``y``.
    gates : mapping of region to Gate
        Which organisations are looked at there.
    """
    holds = _holds(connection, counted, column)
    rows = connection.execute(
        f"SELECT h.region, count(*), max(abs({amount}), {LOOKED_AT}), sum(abs({amount})), "
        f"count_if({holds or 'FALSE'}) FROM {counted.sql} GROUP BY h.region",
        list(counted.values),
    ).fetchall()
    nobody = not any(row[4] for row in rows)
    shares = _of_organisations(connection, counted, None if holds else amount)
    found = {}
    for region, persons, largest, total, events in rows:
        of = {kind: each[region] for kind, each in shares.items() if gates[region].looks_at(kind)}
        told = tuple(map(float, np.cumsum(largest) / total)) if total and not holds else ()
        found[int(region)] = Support(
            persons=Contribution(int(persons), told),
            providers=of.get(Organisation.PROVIDER),
            insurers=of.get(Organisation.INSURER),
            events=int(events) if holds else None,
            structural=bool(holds) and nobody,
        )
    return found


def _holds(connection: duckdb.DuckDBPyConnection, counted: Condition, column: str) -> str:
    """Whether something holds of a person, as SQL; empty where the outcome is an amount."""
    if column == MORTALITY:
        return "y.died = 1"
    if column == "cost" or column.startswith("cost_"):
        return ""
    name = f"y.{quoted(column)}"
    [[either]] = connection.execute(
        f"SELECT bool_and({name} IN (0, 1)) FROM {counted.sql}", list(counted.values)
    ).fetchall()
    return f"{name} = 1" if either else ""


def _of_organisations(
    connection: duckdb.DuckDBPyConnection, counted: Condition, amount: str | None
) -> dict[Organisation, dict[int, Contribution]]:
    """How amounts and insured years of a region are divided, whichever is the more uneven."""
    totals = ["y.insured_years", *([amount] if amount else [])]
    sums = ", ".join(f"sum({each}) AS total_{i}" for i, each in enumerate(totals))
    found: dict[Organisation, dict[int, Contribution]] = {}
    for kind, column in COLUMNS.items():
        rows: Mapping[str, Any] = connection.execute(
            f"SELECT h.region AS region, {sums} FROM {counted.sql} GROUP BY h.region, y.{column}",
            list(counted.values),
        ).fetchnumpy()
        regions = np.asarray(rows["region"])
        found[kind] = {
            int(region): _worst([_figures(rows, i)[regions == region] for i in range(len(totals))])
            for region in np.unique(regions)
        }
    return found


def _figures(rows: Mapping[str, Any], number: int) -> Floats:
    return np.ma.filled(np.ma.asarray(rows[f"total_{number}"], float), 0.0)


def _worst(totals: list[Floats]) -> Contribution:
    found = [shares_of(each) for each in totals]
    return found[0].or_worse(found[-1])
