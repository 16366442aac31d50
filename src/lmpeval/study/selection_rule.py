"""A rule that selects persons, as a tree of what it compares; made by `rule_reading`, never evaluated here.

A rule speaks of one year, the baseline: the last year before the start. `cost(-1)` is the cost of the year
before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Term:
    """A column in the baseline year, or so many years before it (`shift` -1: the year before)."""

    name: str
    shift: int = 0


@dataclass(frozen=True)
class Percentile:
    """A percentile of a column among all who are insured in the same year."""

    percent: float


Value = float | str | Percentile


@dataclass(frozen=True)
class Compared:
    """`term operator value`; operator is one of ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``."""

    term: Term
    operator: str
    value: Value


@dataclass(frozen=True)
class OneOf:
    """`term in [value, ...]`."""

    term: Term
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Between:
    """`term between low and high`, both ends included."""

    term: Term
    low: Value
    high: Value


@dataclass(frozen=True)
class Not:
    """What does not hold; nothing is said of a person whose figure is not known."""

    rule: Rule


@dataclass(frozen=True)
class AllOf:
    """Rules that must hold together."""

    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class AnyOf:
    """Rules of which one must hold."""

    rules: tuple[Rule, ...]


Rule = Compared | OneOf | Between | Not | AllOf | AnyOf


def comparisons(rule: Rule) -> Iterator[tuple[Term, tuple[Value, ...]]]:
    """Every column that a rule reads, with the values that it is held against, in the order of the text."""
    match rule:
        case AllOf(rules) | AnyOf(rules):
            for each in rules:
                yield from comparisons(each)
        case Not(inner):
            yield from comparisons(inner)
        case Compared(term, _, value):
            yield term, (value,)
        case OneOf(term, values):
            yield term, values
        case Between(term, low, high):
            yield term, (low, high)


def reads_costs(rule: Rule) -> bool:
    """Whether a rule selects by what somebody cost: a high year is followed by a lower one."""
    return any(term.name == "cost" or term.name.startswith("cost_") for term, _ in comparisons(rule))
