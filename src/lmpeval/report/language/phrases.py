"""What the calculation says of its own, told in another language: phrases with open places, and their twins.

Reasons, findings and notes are made where the numbers are, in English, and are kept with them. A page in
another language looks them up here: an English phrase matches with what fills its places, and its twin is
filled with the same. What no phrase is known for stays as it is, between marks that the page turns into
`lang="en"`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from lmpeval.report.language.catalogue import LANGUAGES, Catalogue
from lmpeval.report.language.numerals import MINUS, Numerals

AS_IT_IS, UNTIL_HERE = "\ue000", "\ue001"
"""Around words in another language than the page's; of the private use area, so that no text has them."""
BETWEEN = "; "
"""Findings of one check stand one after the other."""
_NUMBER = re.compile(r"(?<![\w.,-])(-?)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(%?)(?![\w.]*\d)")


@dataclass(frozen=True)
class Phrase:
    """An English phrase with open places: what stands between them, and the whole as a pattern."""

    fixed: tuple[str, ...]
    pattern: re.Pattern[str]

    def filled(self, text: str) -> re.Match[str] | None:
        """What fills the places; looked for only where all that is fixed stands in the text."""
        return self.pattern.fullmatch(text) if all(part in text for part in self.fixed) else None


@dataclass(frozen=True)
class PhraseBook:
    """Twins of phrases.

    Attributes
    ----------
    twins : mapping of phrase to str
        The longest first, so that a phrase within another never takes its place.
    numerals : Numerals
        Of the language of the twins.
    """

    twins: Mapping[Phrase, str]
    numerals: Numerals

    def tell(self, text: str) -> str | None:
        """Tell a text that is made of known phrases or of numbers; None where one is not known."""
        return _Telling(self).told(text)

    def numbers(self, value: str) -> str:
        """A text with its numbers written as in this language."""
        return numbers_in(value, self.numerals)


@dataclass(frozen=True, eq=False)
class _Telling:
    """One text being told. What was tried is known: a list of n parts has its tails tried from n places."""

    book: PhraseBook
    known: dict[str, str | None] = field(default_factory=dict)

    def told(self, text: str) -> str | None:
        if text not in self.known:
            speaks = any(sign.isalpha() for sign in text)
            self.known[text] = self._in_parts(text.split(BETWEEN)) if speaks else self.book.numbers(text)
        return self.known[text]

    def _in_parts(self, parts: list[str]) -> str | None:
        """The longest run of parts that is one phrase, then what follows it."""
        for n in range(len(parts), 0, -1):
            first = self._as_one(BETWEEN.join(parts[:n]))
            rest = self.told(BETWEEN.join(parts[n:])) if first is not None and parts[n:] else ""
            if first is not None and rest is not None:
                return BETWEEN.join(filter(None, (first, rest)))
        return None

    def _as_one(self, text: str) -> str | None:
        for phrase, twin in self.book.twins.items():
            if found := phrase.filled(text):
                slots = {name: self._filling(value) for name, value in found.groupdict().items()}
                if None not in slots.values():
                    return twin.format(**slots)
        return None

    def _filling(self, value: str) -> str | None:
        """What fills a place: a phrase itself, or numbers and names; None for phrases that are not known."""
        told = self.told(value)
        return self.book.numbers(value) if told is None and BETWEEN not in value else told


def numbers_in(text: str, numerals: Numerals) -> str:
    """A text of the calculation with its numbers written as in a language; ranges of years stay as they are.

    >>> from lmpeval.report.language import DUTCH
    >>> numbers_in("-1,177.5 (2012-2014), 5%", DUTCH.numerals)
    '\u22121.177,5 (2012-2014), 5\u202f%'
    """
    signs = {ord(","): numerals.thousands, ord("."): numerals.decimal}

    def written(found: re.Match[str]) -> str:
        below, digits, rest, percent = found.groups()
        number = (digits + (rest or "")).translate(signs)
        return (MINUS if below else "") + (numerals.percent.format(number=number) if percent else number)

    return _NUMBER.sub(written, text)


def tell_phrase(text: str, catalogue: Catalogue) -> str:
    """Tell what the calculation says in the language of a catalogue.

    >>> from lmpeval.report.language import DUTCH
    >>> tell_phrase("in the pool", DUTCH)
    'in de vergelijkingsgroep'
    """
    if not text or catalogue.language == "en":
        return numbers_in(text, catalogue.numerals)
    told = phrase_book(catalogue).tell(text)
    return f"{AS_IT_IS}{text}{UNTIL_HERE}" if told is None else told


def without_marks(text: str) -> str:
    """A text for a place that cannot say which language it is in, such as a figure."""
    return text.replace(AS_IT_IS, "").replace(UNTIL_HERE, "")


def phrase_book(catalogue: Catalogue) -> PhraseBook:
    """The phrases of a language."""
    return _read(catalogue.language, catalogue.numerals)


def listed_phrases(language: str) -> Mapping[str, str]:
    """English phrases and their twins, as the file has them."""
    text = (files("lmpeval.report.language") / f"phrases.{language}.toml").read_text(encoding="utf-8")
    return {phrase: twin for part in tomllib.loads(text).values() for phrase, twin in part.items()}


@cache
def _read(language: str, numerals: Numerals) -> PhraseBook:
    known = {**_columns(LANGUAGES[language]), **listed_phrases(language)}
    listed = sorted(known.items(), key=lambda pair: -len(pair[0]))
    return PhraseBook({_phrase(phrase): twin for phrase, twin in listed}, numerals)


def _columns(catalogue: Catalogue) -> Mapping[str, str]:
    """Columns by the names that findings have them under."""
    before = "column."
    return {
        key.removeprefix(before): text for key, text in catalogue.messages.items() if key.startswith(before)
    }


def _phrase(phrase: str) -> Phrase:
    """A phrase with open places as a pattern; a place that stands twice holds the same both times.

    A place holds no more than one finding, but for one at the end: else every place would be tried with every
    stretch of a long list of findings.
    """
    parts, seen = re.split(r"\{(\w+)\}", phrase), set[str]()
    made = []
    for i, part in enumerate(parts):
        if i % 2 == 0:
            made.append(re.escape(part))
        else:
            held = ".+" if i == len(parts) - 2 and not parts[-1] else f"(?:(?!{BETWEEN}).)+?"
            made.append(f"(?P={part})" if part in seen else f"(?P<{part}>{held})")
            seen.add(part)
    return Phrase(tuple(filter(None, parts[::2])), re.compile("".join(made), re.DOTALL))
