"""The words of a report, keyed by code.

They stand in the catalogues of `lmpeval.report.language`, in every language; here are the signs beside them,
which are the same in all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from lmpeval.comparators import Role
from lmpeval.design import Status
from lmpeval.ledger import Certainty
from lmpeval.report import language
from lmpeval.report.language import Catalogue, Numerals
from lmpeval.report.language.phrases import tell_phrase
from lmpeval.study import Aim, Outcome
from lmpeval.verdict import Answer, State

BLOCKED = "BLOCKED"
"""Shown in place of a state: the numbers exist, but a critical assumption was not assessed."""
VERY_UNCERTAIN = "VERY-UNCERTAIN"
"""Shown in place of a state: the interval says something, but hardly anything is certain."""


@dataclass(frozen=True)
class Mark:
    """A sign that does without colour, and the word beside it."""

    symbol: str
    word: str


@dataclass(frozen=True, eq=False)
class Words:
    """All that a page says in one language, and how it writes numbers."""

    catalogue: Catalogue

    @property
    def language(self) -> str:
        """ISO 639-1."""
        return self.catalogue.language

    @property
    def numerals(self) -> Numerals:
        """How numbers are written."""
        return self.catalogue.numerals

    def say(self, key: str, **slots: object) -> str:
        """Fill one message; as `Catalogue.say`."""
        return self.catalogue.say(key, **slots)

    def called(self, outcome: Outcome) -> str:
        """An outcome as readers of this language are told it."""
        return outcome.called_in(self.language)

    def unit(self, outcome: Outcome) -> str:
        """The unit of an outcome's levels; amounts with the name of the money."""
        head, _, rest = outcome.unit.partition(" ")
        if head.lower() in ("euro", "eur", "€"):
            return f"euro {self.catalogue.unit(rest)}".rstrip()
        return self.catalogue.unit(outcome.unit)

    def listed(self, names: Iterable[object]) -> str:
        """Names as they stand in a sentence; empty where there are none.

        >>> ENGLISH.listed([2013, 2014, 2016]), ENGLISH.listed([2013])
        ('2013, 2014 and 2016', '2013')
        """
        *first, last = [str(name) for name in names] or [""]
        return self.say("list.and", first=", ".join(first), last=last) if first else last

    def told(self, text: str) -> str:
        """What the calculation says, in this language; marked as English where no phrase is known for it."""
        return tell_phrase(text, self.catalogue)

    @cached_property
    def answers(self) -> Mapping[Answer, str]:
        """Word of every answer."""
        return {answer: self.catalogue.say(f"answer.{answer}") for answer in Answer}

    @cached_property
    def marks(self) -> Mapping[str, Mark]:
        """Mark of every code that a reader is shown."""
        return {code: Mark(sign, self.catalogue.say(f"mark.{code}")) for code, sign in SIGNS.items()}

    @cached_property
    def certainty(self) -> Mapping[Certainty, Mark]:
        """Mark of every level of certainty."""
        return {each: Mark(sign, self.catalogue.say(f"certainty.{each}")) for each, sign in DOTS.items()}

    @cached_property
    def statuses(self) -> Mapping[Status, Mark]:
        """Mark of what is known of an assumption."""
        return {each: Mark(sign, self.catalogue.say(f"status.{each}")) for each, sign in KNOWN.items()}

    @cached_property
    def roles(self) -> Mapping[Role, str]:
        """What became of a delivered unit."""
        return {role: self.catalogue.say(f"role.{role}") for role in Role}

    @cached_property
    def aims(self) -> Mapping[Aim, str]:
        """Name of every aim."""
        return {aim: self.catalogue.say(f"aim.{aim}") for aim in Aim}


SIGNS: Mapping[str, str] = {
    State.BETTER: "▲▲",
    State.LEAN_BETTER: "▲",
    State.NO_MATERIAL_DIFFERENCE: "●",
    State.INCONCLUSIVE: "?",
    State.LEAN_WORSE: "▼",
    State.WORSE: "▼▼",
    State.NOT_CREDIBLE: "⊘",
    State.TOO_EARLY: "◷",
    State.NOT_STUDIED: "\u2013",
    State.NO_DATA: "∅",
    State.NOT_DELIVERED: "○",
    State.FAILED: "✕",
    State.WITHHELD: "■",
    BLOCKED: "‖",
    VERY_UNCERTAIN: "??",
}
"""A sign for every code that a reader is shown, the same in all languages."""
DOTS = {
    Certainty.HIGH: "●●●●",
    Certainty.MODERATE: "●●●○",
    Certainty.LOW: "●●○○",
    Certainty.VERY_LOW: "●○○○",
}
KNOWN = {
    Status.SUPPORTED: "●",
    Status.UNCERTAIN: "◐",
    Status.NOT_SUPPORTED: "✕",
    Status.ARGUED: "◇",
    Status.NOT_ASSESSED: "○",
}

ENGLISH, DUTCH = Words(language.ENGLISH), Words(language.DUTCH)
ALL: Mapping[str, Words] = {each.language: each for each in (ENGLISH, DUTCH)}


def day_words(on: date, words: Words) -> str:
    """A day as it is written."""
    return words.say("day.written", day=on.day, month=words.say(f"day.{on.month}"), year=on.year)
