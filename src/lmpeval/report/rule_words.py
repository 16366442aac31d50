"""A selection rule as a reader is told it: words in place of the signs of the study file."""

from __future__ import annotations

from lmpeval.report.numbers import plain
from lmpeval.report.words import Words
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

HELD = {"==": "is", "!=": "is-not", "<": "below", "<=": "at-most", ">": "above", ">=": "at-least"}


def rule_words(rule: Rule, words: Words) -> str:
    """Say whom a rule selects.

    >>> from lmpeval.report.words import DUTCH, ENGLISH
    >>> from lmpeval.study.rule_reading import read_rule
    >>> rule = read_rule("age >= 40 and (frail(-1) > p90 or not sex == 'V')")
    >>> rule_words(rule, ENGLISH)
    'age is at least 40, and either frail a year earlier is above percentile 90 or not: sex is V'
    >>> rule_words(rule, DUTCH)
    'leeftijd is minstens 40, en of kwetsbaar een jaar eerder is hoger dan percentiel 90 of niet: sex is V'
    """
    say = words.say
    match rule:
        case Compared(term, operator, value):
            return say(f"rule.{HELD[operator]}", term=_term(term, words), value=_value(value, words))
        case OneOf(term, values):
            listed = ", ".join(_value(value, words) for value in values)
            return say("rule.one-of", term=_term(term, words), values=listed)
        case Between(term, low, high):
            ends = {"low": _value(low, words), "high": _value(high, words)}
            return say("rule.between", term=_term(term, words), **ends)
        case Not(inner):
            return say("rule.not", rule=rule_words(inner, words))
        case AllOf(rules):
            return say("rule.and").join(rule_words(each, words) for each in rules)
        case AnyOf(rules):
            return say("rule.either", rules=say("rule.or").join(rule_words(each, words) for each in rules))


def _term(term: Term, words: Words) -> str:
    name = words.catalogue.column(term.name)
    if not term.shift:
        return name
    return words.say("rule.year" if term.shift == -1 else "rule.years", term=name, n=-term.shift)


def _value(value: Value, words: Words) -> str:
    match value:
        case Percentile(percent):
            return words.say("rule.percentile", percent=f"{percent:g}")
        case str():
            return value
        case _:
            return plain(value, 0 if float(value).is_integer() else 2, words.numerals)
