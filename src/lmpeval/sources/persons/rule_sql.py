"""A selection rule as a condition of SQL, its values bound and never written into the text."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lmpeval.contracts.counted import quoted
from lmpeval.study.selection_rule import (
    AllOf,
    AnyOf,
    Between,
    Compared,
    Not,
    OneOf,
    Percentile,
    Rule,
    Term,
    Value,
    comparisons,
)

SIGNS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True)
class Condition:
    """A condition and the values of its question marks, in their order."""

    sql: str
    values: tuple[float | str | int, ...] = ()


def condition(rule: Rule | None, baseline: int) -> Condition:
    """Write a rule about the rows ``y0`` of the baseline year and ``y1``, ``y2`` of years before it.

    A figure that is not known makes a comparison unknown, and who is not known to fulfil a rule is not
    selected, be it by `not`.

    Parameters
    ----------
    rule : Rule or None
        None selects everybody.
    baseline : int
        Calendar year.
    """
    if rule is None:
        return Condition("TRUE")
    found = _of(rule, baseline)
    return Condition(f"coalesce({found.sql}, FALSE)", found.values)


def years_before(rule: Rule | None) -> tuple[int, ...]:
    """How many years before the baseline a rule looks back to, each once, rising; without the baseline."""
    terms = [] if rule is None else [term for term, _ in comparisons(rule)]
    return tuple(sorted({-term.shift for term in terms if term.shift}))


def rows_before(rules: Iterable[Rule | None], baseline: int) -> str:
    """Join to the rows ``y0`` those of the years before that any of the rules looks back to."""
    return " ".join(
        f"LEFT JOIN person_year y{k} ON y{k}.person_id = y0.person_id AND y{k}.year = {baseline - k}"
        for k in sorted({k for rule in rules for k in years_before(rule)})
    )


def _of(rule: Rule, baseline: int) -> Condition:
    match rule:
        case AllOf(rules):
            return _joined(" AND ", [_of(each, baseline) for each in rules])
        case AnyOf(rules):
            return _joined(" OR ", [_of(each, baseline) for each in rules])
        case Not(inner):
            found = _of(inner, baseline)
            return Condition(f"(NOT {found.sql})", found.values)
        case Compared(term, operator, value):
            held = _value(value, term, baseline)
            return Condition(f"({_column(term)} {SIGNS[operator]} {held.sql})", held.values)
        case OneOf(term, values):
            held = _joined(", ", [_value(value, term, baseline) for value in values])
            return Condition(f"({_column(term)} IN {held.sql})", held.values)
        case Between(term, low, high):
            held = _joined(" AND ", [_value(value, term, baseline) for value in (low, high)])
            return Condition(f"({_column(term)} BETWEEN {held.sql[1:-1]})", held.values)


def _joined(between: str, parts: list[Condition]) -> Condition:
    values = tuple(value for part in parts for value in part.values)
    return Condition(f"({between.join(part.sql for part in parts)})", values)


def _column(term: Term) -> str:
    return f"y{-term.shift}.{quoted(term.name)}"


def _value(value: Value, term: Term, baseline: int) -> Condition:
    if isinstance(value, Percentile):
        among = f"(SELECT quantile_cont({quoted(term.name)}, ?) FROM person_year WHERE year = ?)"
        return Condition(among, (value.percent / 100, baseline + term.shift))
    return Condition("?", (value,))
