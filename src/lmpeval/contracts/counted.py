"""The rules of a contract as counts in SQL, for tables that are too large to be looked at row by row.

What comes back is how many rows break each rule. No row is named, so no person is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lmpeval.contracts.contract import Column, Contract
from lmpeval.contracts.violations import Violation

BOUNDS = (
    ("minimum", "must be at least", "<"),
    ("maximum", "must be at most", ">"),
    ("exclusiveMinimum", "must be more than", "<="),
    ("exclusiveMaximum", "must be less than", ">="),
)
TEXT = ("VARCHAR", "ENUM")
WHOLE = (
    "TINYINT",
    "SMALLINT",
    "INTEGER",
    "BIGINT",
    "HUGEINT",
    "UTINYINT",
    "USMALLINT",
    "UINTEGER",
    "UBIGINT",
    "UHUGEINT",
)
"""Types in which every value is a whole number: nothing has to be looked at to know that."""
FLOATING = ("FLOAT", "DOUBLE")


@dataclass(frozen=True)
class CountedRule:
    """One rule about a column: its words, and a condition in SQL that a row which breaks it fulfils."""

    column: str
    words: str
    broken: str


def quoted(name: str) -> str:
    """Write a name as SQL wants it."""
    return '"' + name.replace('"', '""') + '"'


def column_violations(contract: Contract, types: Mapping[str, str]) -> list[Violation]:
    """What is wrong with the columns that are there, before any row is read."""
    known = {column.name for column in contract.columns}
    found = [
        Violation("the column must be present", column.name)
        for column in contract.columns
        if column.name not in types and not column.optional
    ]
    if contract.custom.get("otherColumns") == "forbidden":
        found += [Violation("is not a column of this contract", name) for name in types if name not in known]
    if pattern := contract.custom.get("otherColumnNames"):
        misnamed = [name for name in types if name not in known and not re.fullmatch(pattern, name)]
        found += [Violation(f"the column name must match {pattern}", name) for name in misnamed]
    return found


def counted_rules(contract: Contract, types: Mapping[str, str]) -> Iterator[CountedRule]:
    """Rules of a contract about single cells of the columns that are there.

    Parameters
    ----------
    contract : Contract
    types : mapping of column to its type in the database
    """
    for column in contract.columns:
        if column.name not in types:
            continue
        name, kind = quoted(column.name), types[column.name]
        if column.required:
            yield CountedRule(column.name, "must not be empty", f"{name} IS NULL")
        if column.type == "string":
            yield from _of_text(column, name, kind)
        else:
            yield from _of_number(column, name, kind)
    if contract.custom.get("otherColumns") == "number":
        for other in types.keys() - {column.name for column in contract.columns}:
            yield from _of_number(Column(other, "number"), quoted(other), types[other])


def _of_text(column: Column, name: str, kind: str) -> Iterator[CountedRule]:
    if not kind.startswith(TEXT):
        yield CountedRule(column.name, "must be text", f"{name} IS NOT NULL")
        return
    if least := column.options.get("minLength"):
        words = f"must have at least {least} character(s)"
        yield CountedRule(column.name, words, f"length(trim({name})) < {int(least)}")
    if column.valid_values:
        allowed = ", ".join("'" + value.replace("'", "''") + "'" for value in column.valid_values)
        yield CountedRule(
            column.name, f"must be one of {', '.join(column.valid_values)}", f"{name} NOT IN ({allowed})"
        )


def _of_number(column: Column, name: str, kind: str) -> Iterator[CountedRule]:
    if kind in WHOLE:
        yield from _of_bounds(column, "{0} {1} {2}", name)
        return
    number = name if kind in FLOATING else f"TRY_CAST({name} AS DOUBLE)"
    broken = f"{name} IS NOT NULL AND coalesce(NOT isfinite({number}), TRUE)"
    words = "must be a number (decimal point)"
    if column.type == "integer":
        broken, words = f"({broken}) OR {number} <> trunc({number})", "must be a whole number"
    yield CountedRule(column.name, words, broken)
    # a bound without a type is a decimal, which is slow to compare with
    yield from _of_bounds(column, "isfinite({0}) AND {0} {1} {2}::DOUBLE", number)


def _of_bounds(column: Column, broken: str, number: str) -> Iterator[CountedRule]:
    for option, comparison, sign in BOUNDS:
        if option in column.options:
            bound = column.options[option]
            yield CountedRule(column.name, f"{comparison} {bound}", broken.format(number, sign, bound))
