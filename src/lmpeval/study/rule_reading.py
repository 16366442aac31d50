"""The text of a selection rule read into its tree, or what is wrong with it and where.

::

    rule       = all {"or" all}
    all        = part {"and" part}
    part       = "not" part | "(" rule ")" | term held
    held       = ("==" | "!=" | "<" | "<=" | ">" | ">=") value
               | ["not"] "in" "[" value {"," value} "]"
               | ["not"] "between" value "and" value
    term       = column ["(" "-" years ")"]
    value      = number | "text" | 'text' | "p" percent
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

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

DEEPEST = 20
"""Brackets and `not` within one another: nobody reads more."""
WORDS = ("and", "or", "not", "in", "between")
OPERATORS = ("==", "!=", "<=", ">=", "<", ">")
TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
  | (?P<text>"[^"]*"|'[^']*')
  | (?P<sign>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)
  | (?P<name>[A-Za-z_][\w.]*)
  | (?P<other>\S)
  )""",
    re.VERBOSE,
)
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d+)?)")


class UnreadableRule(ValueError):
    """A rule that cannot be read; the message says what was found, where, and what was expected."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int
    """Character of the rule, from 1 on."""


def read_rule(text: str) -> Rule:
    """Read a rule.

    >>> read_rule("diabetes == 1 and cost(-1) > p95")
    AllOf(rules=(Compared(term=Term(name='diabetes', shift=0), operator='==', value=1.0), \
Compared(term=Term(name='cost', shift=-1), operator='>', value=Percentile(percent=95.0))))

    Raises
    ------
    UnreadableRule
    """
    reading = _Reading(text)
    rule = reading.any_of(0)
    reading.expect("", "'and', 'or' or the end of the rule")
    return rule


class _Reading:
    """A walk along the tokens of a rule; every method reads one part of the grammar."""

    def __init__(self, text: str) -> None:
        self._tokens = [
            _Token(
                str(found.lastgroup), found.group(found.lastgroup or 0), found.start(found.lastgroup or 0) + 1
            )
            for found in TOKEN.finditer(text)
        ]
        self._tokens.append(_Token("end", "", len(text.rstrip()) + 1))
        self._next = 0

    def any_of(self, depth: int) -> Rule:
        rules = self._separated("or", lambda: self._all_of(depth))
        return rules[0] if len(rules) == 1 else AnyOf(rules)

    def expect(self, text: str, what: str) -> None:
        """Step over a token that must come next; an empty one is the end."""
        if self._now.text != text or self._now.kind == "text":
            raise self._unexpected(what)
        self._next += 1

    def _all_of(self, depth: int) -> Rule:
        rules = self._separated("and", lambda: self._part(depth))
        return rules[0] if len(rules) == 1 else AllOf(rules)

    def _separated(self, word: str, read: Callable[[], Rule]) -> tuple[Rule, ...]:
        rules = [read()]
        while self._steps_over(word):
            rules.append(read())
        return tuple(rules)

    def _part(self, depth: int) -> Rule:
        if depth > DEEPEST:
            raise UnreadableRule(
                f"brackets and `not` lie more than {DEEPEST} deep at character {self._now.at}"
            )
        if self._steps_over("not"):
            return Not(self._part(depth + 1))
        if self._steps_over("("):
            rule = self.any_of(depth + 1)
            self.expect(")", "'and', 'or' or ')'")
            return rule
        return self._held(self._term())

    def _term(self) -> Term:
        token = self._now
        if token.kind != "name" or token.text in WORDS:
            raise self._unexpected("a column")
        self._next += 1
        if not self._steps_over("("):
            return Term(token.text)
        years = self._now
        if not re.fullmatch(r"-[1-9]\d?", years.text):
            raise self._unexpected(
                f"a number of years before the baseline, as in {token.text}(-1): a rule reads nothing later"
            )
        self._next += 1
        self.expect(")", "')'")
        return Term(token.text, int(years.text))

    def _held(self, term: Term) -> Rule:
        if self._now.text in OPERATORS:
            operator = self._now.text
            self._next += 1
            return Compared(term, operator, self._value())
        denied = self._steps_over("not")
        if self._steps_over("in"):
            found: Rule = OneOf(term, self._list())
        elif self._steps_over("between"):
            low = self._value()
            self.expect("and", "'and' and the upper end")
            found = Between(term, low, self._value())
        else:
            raise self._unexpected(f"one of {', '.join(OPERATORS)}, 'in' or 'between' after {term.name}")
        return Not(found) if denied else found

    def _list(self) -> tuple[Value, ...]:
        self.expect("[", "'[' and values with commas between")
        values = [self._value()]
        while self._steps_over(","):
            values.append(self._value())
        self.expect("]", "',' or ']'")
        return tuple(values)

    def _value(self) -> Value:
        token = self._now
        percentile = PERCENTILE.fullmatch(token.text) if token.kind == "name" else None
        if token.kind == "number":
            value: Value = float(token.text)
        elif token.kind == "text":
            value = token.text[1:-1]
        elif percentile and 0 < float(percentile[1]) < 100:
            value = Percentile(float(percentile[1]))
        else:
            raise self._unexpected("a number, a text in quotes or a percentile such as p95")
        self._next += 1
        return value

    @property
    def _now(self) -> _Token:
        return self._tokens[self._next]

    def _steps_over(self, text: str) -> bool:
        here = self._now.text == text and self._now.kind in ("name", "sign")
        self._next += here
        return here

    def _unexpected(self, what: str) -> UnreadableRule:
        token = self._now
        found = f"'{token.text}'" if token.kind != "end" else "the end of the rule"
        hint = "; write == to compare" if token.text == "=" else ""
        return UnreadableRule(f"found {found} at character {token.at}, expected {what}{hint}")
