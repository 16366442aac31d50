"""What is known of persons at all: names that a study may use, and figures before a start."""

from __future__ import annotations

from lmpeval.contracts.counted import quoted
from lmpeval.sources.persons.person_table import PersonTable
from lmpeval.sources.persons.rule_sql import condition, rows_before
from lmpeval.study.selection_rule import Rule


def known_members(persons: PersonTable, column: str, year: int) -> set[str]:
    """Practices or insurers of a year, as text."""
    with persons.opened() as connection:
        rows = connection.execute(
            f"SELECT DISTINCT CAST({quoted(column)} AS VARCHAR) FROM person_year WHERE year = ?", [year]
        ).fetchall()
    return {str(row[0]) for row in rows}


def known_before(persons: PersonTable, names: tuple[str, ...], year: int) -> dict[str, int | None]:
    """Figures known of nobody in a year, each with the first year in which they are; None for never."""
    if not names:
        return {}
    counts = ", ".join(f"count({quoted(name)})" for name in names)
    with persons.opened() as connection:
        row = connection.execute(f"SELECT {counts} FROM person_year WHERE year = ?", [year]).fetchall()[0]
        absent = [name for name, n in zip(names, row, strict=True) if not n]
        first = {
            name: connection.execute(
                f"SELECT min(year) FROM person_year WHERE {quoted(name)} IS NOT NULL"
            ).fetchall()[0][0]
            for name in absent
        }
    return {name: None if year is None else int(year) for name, year in first.items()}


def anybody_in_both(persons: PersonTable, rules: tuple[Rule, Rule], year: int) -> bool:
    """Whether both rules hold of anybody in a year."""
    held = [condition(rule, year) for rule in rules]
    with persons.opened() as connection:
        found = connection.execute(
            f"SELECT 1 FROM person_year y0 {rows_before(rules, year)} "
            f"WHERE y0.year = {year} AND {held[0].sql} AND {held[1].sql} LIMIT 1",
            [*held[0].values, *held[1].values],
        ).fetchone()
    return found is not None
