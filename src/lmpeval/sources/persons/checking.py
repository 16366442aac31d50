"""A table of person-years held to its contract by counting, in two passes over it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from lmpeval.contracts import Breach, ContractError, Violation, load_contract
from lmpeval.contracts.counted import column_violations, counted_rules
from lmpeval.contracts.violations import SHOWN
from lmpeval.sources.persons.person_table import CONTRACT, PersonTable, connected, placed

PER_PERSON = """
SELECT sum(n - n_years), sum(CASE WHEN first_born <> last_born THEN n END),
       sum(CASE WHEN women AND NOT all_women THEN n END)
FROM (SELECT count(*) AS n, {years} AS n_years,
             min(birth_year::SMALLINT) AS first_born, max(birth_year::SMALLINT) AS last_born,
             bool_or(sex = 'V') AS women, bool_and(sex = 'V') AS all_women
      FROM person_year GROUP BY person_id)
"""
"""Rows beyond one a year, and rows of persons with two years of birth or two sexes."""
BITS = 63
"""Years that a number has room for, one a bit: then the database keeps one short line a person."""


def checked_persons(path: Path, table: str | None) -> PersonTable:
    """Hold a table of person-years to its contract.

    Raises
    ------
    UserError
        It is not there or cannot be read.
    ContractError
        With every rule that is broken, the number of rows that break it and, in Parquet files, the first of
        these by file and row. Nothing of a row is shown.
    """
    with connected(path, table) as connection:
        described = connection.execute("DESCRIBE delivered").fetchall()
        types = {str(row[0]): str(row[1]) for row in described}
        violations = column_violations(load_contract(CONTRACT), types)
        if not violations:
            violations = _in_cells(connection, types, placed(path))
    found = PersonTable(path, table, tuple(types.items()))
    if not violations:
        violations = _between_rows(found)
    if violations:
        contract = load_contract(CONTRACT)
        name = f"{contract.name} {contract.version}"
        raise ContractError(Breach(name, str(path), tuple(violations), private=True))
    return found


def _in_cells(
    connection: duckdb.DuckDBPyConnection, types: dict[str, str], rows: str | None
) -> list[Violation]:
    """Count what breaks a rule in one pass, and look for the first of it where anything does."""
    rules = list(counted_rules(load_contract(CONTRACT), types))
    counts = ", ".join(f"count_if({rule.broken})" for rule in rules)
    n_rows, *broken = connection.execute(f"SELECT count(*), {counts} FROM delivered").fetchall()[0]
    if not n_rows:
        return [Violation("must have at least 1 row; it has 0", "table")]
    return [
        Violation(rule.words, rule.column, n, places=_first(connection, rows, rule.broken))
        for rule, n in zip(rules, broken, strict=True)
        if n
    ]


def _first(connection: duckdb.DuckDBPyConnection, rows: str | None, broken: str) -> tuple[str, ...]:
    """Where the first rows that break a rule are; never what is in them."""
    if rows is None:
        return ()
    found = connection.execute(
        f"SELECT parse_filename(filename), file_row_number + 1 FROM {rows} WHERE {broken} "
        f"ORDER BY ALL LIMIT {SHOWN}"
    ).fetchall()
    return tuple(f"row {number} of {file}" for file, number in found)


def _between_rows(persons: PersonTable) -> list[Violation]:
    with persons.opened() as connection:
        first, last = connection.execute("SELECT min(year), max(year) FROM person_year").fetchall()[0]
        bits = f"bit_count(bit_or(1::BIGINT << (year - {first})::INT))"
        years = bits if last - first < BITS else "count(DISTINCT year)"
        repeated, born, sex = connection.execute(PER_PERSON.format(years=years)).fetchall()[0]
    found = [
        ("must name one row; here it names another row again", "person_id, year", repeated),
        ("must be the same in all rows of one person_id", "birth_year", born),
        ("must be the same in all rows of one person_id", "sex", sex),
    ]
    return [Violation(words, column, int(n)) for words, column, n in found if n]
