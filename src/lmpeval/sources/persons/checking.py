"""A table of person-years held to its contract by counting, in two passes over it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from lmpeval.contracts import Breach, ContractError, Violation, load_contract
from lmpeval.contracts.counted import column_violations, counted_rules
from lmpeval.sources.persons.person_table import CONTRACT, PersonTable, connected

PER_PERSON = """
SELECT sum(n - bit_count(early) - bit_count(late)),
       sum(CASE WHEN first_born <> last_born THEN n END),
       sum(CASE WHEN first_sex <> last_sex THEN n END)
FROM (SELECT count(*) AS n,
             coalesce(bit_or(CASE WHEN year < 2000 THEN 1::HUGEINT << (year - 1900)::INT END), 0) AS early,
             coalesce(bit_or(CASE WHEN year >= 2000 THEN 1::HUGEINT << (year - 2000)::INT END), 0) AS late,
             min(birth_year) AS first_born, max(birth_year) AS last_born,
             min(sex) AS first_sex, max(sex) AS last_sex
      FROM person_year GROUP BY person_id)
"""
"""Rows beyond one a year, and rows of persons with two years of birth or two sexes: a year is a bit, so that
the database keeps one line a person and not one a row."""


def checked_persons(path: Path, table: str | None) -> PersonTable:
    """Hold a table of person-years to its contract.

    Raises
    ------
    UserError
        It is not there or cannot be read.
    ContractError
        With every rule that is broken and the number of rows that break it. Nothing of a row is shown.
    """
    with connected(path, table) as connection:
        described = connection.execute("DESCRIBE delivered").fetchall()
        types = {str(row[0]): str(row[1]) for row in described}
        violations = column_violations(load_contract(CONTRACT), types)
        if not violations:
            violations = _in_cells(connection, types)
    found = PersonTable(path, table, tuple(types.items()))
    if not violations:
        violations = _between_rows(found)
    if violations:
        contract = load_contract(CONTRACT)
        name = f"{contract.name} {contract.version}"
        raise ContractError(Breach(name, str(path), tuple(violations), private=True))
    return found


def _in_cells(connection: duckdb.DuckDBPyConnection, types: dict[str, str]) -> list[Violation]:
    rules = list(counted_rules(load_contract(CONTRACT), types))
    counts = ", ".join(f"count_if({rule.broken})" for rule in rules)
    n_rows, *broken = connection.execute(f"SELECT count(*), {counts} FROM delivered").fetchall()[0]
    if not n_rows:
        return [Violation("must have at least 1 row; it has 0", "table")]
    return [Violation(rule.words, rule.column, n) for rule, n in zip(rules, broken, strict=True) if n]


def _between_rows(persons: PersonTable) -> list[Violation]:
    with persons.opened() as connection:
        repeated, born, sex = connection.execute(PER_PERSON).fetchall()[0]
    found = [
        ("must name one row; here it names another row again", "person_id, year", repeated),
        ("must be the same in all rows of one person_id", "birth_year", born),
        ("must be the same in all rows of one person_id", "sex", sex),
    ]
    return [Violation(words, column, int(n)) for words, column, n in found if n]
