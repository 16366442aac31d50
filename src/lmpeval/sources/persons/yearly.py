"""Persons added up by region and year, where who is counted changes: an open cohort, or cross-sections.

The rule is held against the year before each year, as it is against the year before the start for a fixed
cohort: whoever is selected by the cost of the year that is counted is selected by the outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
from numpy.typing import NDArray

from lmpeval.contracts.counted import quoted
from lmpeval.disclosure import OF_NO_STUDY, Gate, Support
from lmpeval.panel import Floats
from lmpeval.sources.persons.asked import Asked
from lmpeval.sources.persons.contributors import supports_by_region
from lmpeval.sources.persons.delivered import PersonDelivery
from lmpeval.sources.persons.flow import Flow, Step
from lmpeval.sources.persons.national import amount_sql
from lmpeval.sources.persons.rule_sql import Condition, years_before


@dataclass(frozen=True, eq=False)
class Yearly:
    """Sums by region and year.

    Attributes
    ----------
    years : tuple of int
        In which somebody can be counted: the rule reads years before.
    persons : array of int, shape (n_years, n_regions)
    exposure : array, shape (n_years, n_regions)
        Insured years.
    amounts : mapping-like array, shape (n_columns, n_years, n_regions)
        Outcomes times exposure, in the order of the columns asked for.
    supports : tuple of mapping of (row, region) to Support
        Who stands behind these, one mapping a column; row is the position in `years`. Nobody counts in a
        region and year that is not there.
    covariates : array, shape (n_regions, n_covariates)
        Means in the year before the start.
    flow : Flow
    """

    years: tuple[int, ...]
    persons: NDArray[np.int64]
    exposure: Floats
    amounts: Floats
    supports: tuple[Mapping[tuple[int, int], Support], ...]
    covariates: Floats
    flow: Flow


def count_yearly(
    delivery: PersonDelivery,
    asked: Asked,
    years: Sequence[int],
    columns: Sequence[str],
    gate: Gate = OF_NO_STUDY,
    *,
    staying: bool,
) -> Yearly:
    """Select persons anew in every year and add them up.

    Parameters
    ----------
    delivery : PersonDelivery
    asked : Asked
    years : sequence of int
    columns : sequence of str
        Outcomes, as `amounts_of` knows them.
    gate : Gate
        Which organisations are looked at.
    staying : bool
        Whether somebody who was selected once counts in every year from then on (an open cohort).
    """
    back = max((0, *years_before(asked.rule))) + 1 if asked.rule is not None else 0
    known = [year for year in years if all(year - k in delivery.years for k in range(1, back + 1))]
    shape = (len(known), len(asked.region_names))
    persons, exposure = np.zeros(shape, np.int64), np.zeros(shape)
    amounts, steps = np.zeros((len(columns), *shape)), list[Step]()
    gates = {i: gate if i < asked.n_sites else gate.elsewhere for i in range(len(asked.region_names))}
    behind: list[dict[tuple[int, int], Support]] = [{} for _ in columns]
    with delivery.persons.opened() as connection:
        connection.register("homes", asked.homes(delivery.places))
        connection.execute("CREATE TEMP TABLE chosen (person_id BIGINT)")
        connection.execute("CREATE TEMP TABLE earlier (person_id BIGINT, site BOOLEAN)")
        sums = [amount_sql(delivery, column, known) for column in columns]
        for t, year in enumerate(known):
            _choose(connection, asked, year, staying=staying)
            for region, n, insured, *totals in _added_up(connection, asked, year, sums):
                persons[t, region], exposure[t, region] = n, insured
                amounts[:, t, region] = totals
            for of, column, amount in zip(behind, columns, sums, strict=True):
                found = supports_by_region(connection, _counted(asked, year), column, amount, gates)
                of.update({(t, region): support for region, support in found.items()})
            steps += _steps(connection, year, known[t - 1] if t else None)
        covariates = _covariates(connection, asked)
    return Yearly(tuple(known), persons, exposure, amounts, tuple(behind), covariates, Flow(tuple(steps)))


def _choose(connection: duckdb.DuckDBPyConnection, asked: Asked, year: int, *, staying: bool) -> None:
    """Fill ``chosen`` with those whom the rule selects for a year."""
    if asked.rule is None:
        return
    if not staying:
        connection.execute("DELETE FROM chosen")
    rule = asked.selected(year - 1)
    connection.execute(
        f"INSERT INTO chosen SELECT y0.person_id FROM person_year y0 {asked.earlier(year - 1)} "
        f"WHERE y0.year = {year - 1} AND {rule.sql} "
        "AND y0.person_id NOT IN (SELECT person_id FROM chosen)",
        list(rule.values),
    )


def _counted(asked: Asked, year: int) -> Condition:
    """Everybody who counts in a year, as a table of SQL: their rows ``y``, with the region ``h``."""
    covered = asked.covered("y")
    chosen = "" if asked.rule is None else "JOIN chosen c ON c.person_id = y.person_id"
    return Condition(
        f"person_year y JOIN homes h ON h.code = y.municipality {chosen} "
        f"WHERE y.year = {year} AND {covered.sql}",
        covered.values,
    )


def _added_up(
    connection: duckdb.DuckDBPyConnection, asked: Asked, year: int, sums: Sequence[str]
) -> list[tuple[int, ...]]:
    counted = _counted(asked, year)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE now AS SELECT y.person_id, h.site FROM {counted.sql}",
        list(counted.values),
    )
    totals = "".join(f", sum({amount})" for amount in sums)
    return connection.execute(
        f"SELECT h.region, count(*), sum(y.insured_years){totals} FROM {counted.sql} GROUP BY h.region",
        list(counted.values),
    ).fetchall()


def _steps(connection: duckdb.DuckDBPyConnection, year: int, before: int | None) -> list[Step]:
    """How many count in a year, and how many of them are new; then these are those of the year before."""
    counts = (
        "SELECT count_if(n.site), count_if(NOT n.site), count_if(n.site AND e.person_id IS NULL), "
        "count_if(NOT n.site AND e.person_id IS NULL) "
        "FROM now n LEFT JOIN earlier e ON e.person_id = n.person_id AND e.site = n.site"
    )
    # over no row at all the database counts nothing, not zero
    site, elsewhere, new_site, new_elsewhere = (n or 0 for n in connection.execute(counts).fetchall()[0])
    connection.execute("CREATE OR REPLACE TEMP TABLE earlier AS SELECT * FROM now")
    whole = Step(f"counted in {year}", "", site, elsewhere)
    if before is None:
        return [whole]
    return [
        whole,
        Step(f"counted in {before} too", whole.name, site - new_site, elsewhere - new_elsewhere),
        Step(
            f"not counted in {before}: born, moved here or selected since",
            whole.name,
            new_site,
            new_elsewhere,
        ),
    ]


def _covariates(connection: duckdb.DuckDBPyConnection, asked: Asked) -> Floats:
    """Means of the covariates by region, of those whom the rule selects in the year before the start."""
    covered, rule = asked.covered("y0"), asked.selected(asked.baseline)
    found = np.full((len(asked.region_names), len(asked.covariates)), np.nan)
    if not asked.covariates:
        return found
    means = ", ".join(f"avg(y0.{quoted(name)})" for name in asked.covariates)
    rows = connection.execute(
        f"SELECT h.region, {means} FROM person_year y0 JOIN homes h ON h.code = y0.municipality "
        f"{asked.earlier(asked.baseline)} WHERE y0.year = {asked.baseline} AND {covered.sql} AND {rule.sql} "
        "GROUP BY h.region",
        [*covered.values, *rule.values],
    ).fetchall()
    for region, *values in rows:
        found[region] = values
    return found
