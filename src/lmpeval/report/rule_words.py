"""A selection rule as a reader is told it: words in place of the signs of the study file."""

from __future__ import annotations

from lmpeval.report.numbers import plain
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
)

HELD = {
    "==": "is",
    "!=": "is not",
    "<": "is below",
    "<=": "is at most",
    ">": "is above",
    ">=": "is at least",
}


def rule_words(rule: Rule) -> str:
    """Say whom a rule selects.

    >>> from lmpeval.study.rule_reading import read_rule
    >>> rule_words(read_rule("age >= 40 and (cost(-1) > p90 or not sex == 'V')"))
    'age is at least 40, and either cost a year earlier is above percentile 90 or not: sex is V'
    """
    match rule:
        case Compared(term, operator, value):
            return f"{_term(term)} {HELD[operator]} {_value(value)}"
        case OneOf(term, values):
            return f"{_term(term)} is one of {', '.join(map(_value, values))}"
        case Between(term, low, high):
            return f"{_term(term)} is from {_value(low)} to {_value(high)}"
        case Not(inner):
            return f"not: {rule_words(inner)}"
        case AllOf(rules):
            return ", and ".join(map(rule_words, rules))
        case AnyOf(rules):
            return "either " + " or ".join(map(rule_words, rules))


def _term(term: Term) -> str:
    name = term.name.replace("_", " ")
    if not term.shift:
        return name
    return f"{name} a year earlier" if term.shift == -1 else f"{name} {-term.shift} years earlier"


def _value(value: Value) -> str:
    match value:
        case Percentile(percent):
            return f"percentile {percent:g}"
        case str():
            return value
        case _:
            return plain(value, 0 if float(value).is_integer() else 2)
