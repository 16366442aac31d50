"""How a text reads, by what can be counted: its sentences, its jargon, and what it may not say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Readability:
    """Counts over a text.

    Attributes
    ----------
    words, sentences : int
    jargon : tuple of str
        Words of the list of jargon, as often as they stand there.
    """

    words: int
    sentences: int
    jargon: tuple[str, ...]

    @property
    def mean_sentence(self) -> float:
        """Words a sentence; 0 of an empty text."""
        return self.words / self.sentences if self.sentences else 0.0


@dataclass(frozen=True)
class WordList:
    """Words of one language to keep out.

    Attributes
    ----------
    banned : mapping of str to str
        Pattern of a claim that figures cannot bear, and the codes of the verdicts under which it may stand
        all the same, separated by spaces.
    jargon : tuple of str
        Patterns of words that a lay reader need not know.
    bare, prices : str
        Patterns of a percentage that does not say what it is of, and of what says the year of amounts.
    """

    banned: dict[str, str]
    jargon: tuple[str, ...]
    bare: str
    prices: str


@cache
def word_list(language: str) -> WordList:
    """The list of a language (`language/words.toml`)."""
    text = (files("lmpeval.report.language") / "words.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)[language]
    return WordList(dict(table["banned"]), tuple(table["jargon"]), table["bare"], table["prices"])


def readability(texts: Iterable[str], language: str) -> Readability:
    """Count over texts that each end a sentence.

    >>> readability(["Costs fell by 1,234.5 euro. We cannot tell why."], "en").sentences
    2
    """
    sentences = [each for text in texts for each in _sentences(text)]
    counted = sum(len(each.split()) for each in sentences)
    jargon = _found(word_list(language).jargon, " ".join(sentences))
    return Readability(counted, len(sentences), jargon)


def banned(text: str, language: str, codes: Iterable[str] = ()) -> tuple[str, ...]:
    """What a text says that it may not, under the codes of the verdicts that it tells.

    >>> banned("It had no effect, as is proven.", "en")
    ('no effect', 'proven')
    >>> banned("It had no effect.", "en", ["NO-MATERIAL-DIFFERENCE"])
    ()
    """
    told = set(codes)
    listed = word_list(language).banned
    return _found((each for each, under in listed.items() if not told & set(under.split())), text)


def without_base(texts: Iterable[str], language: str) -> tuple[str, ...]:
    """Sentences of running text with a percentage that does not say what it is of.

    >>> without_base(["It reached 6\u202f% of the region. Costs fell by 3\u202f%."], "en")
    ('Costs fell by 3\u202f%.',)
    """
    bare = re.compile(word_list(language).bare)
    return tuple(each for text in texts for each in _sentences(text) if bare.search(each))


def without_prices(text: str, language: str) -> bool:
    """Whether a text has amounts of money and nowhere says of which year its euros are.

    >>> without_prices("Costs fell by €60.", "en"), without_prices("By €60, in prices of 2018.", "en")
    (True, False)
    """
    return "€" in text and re.search(word_list(language).prices, text) is None


def _found(patterns: Iterable[str], text: str) -> tuple[str, ...]:
    return tuple(
        found.group().lower() for each in patterns for found in re.finditer(each, text, re.IGNORECASE)
    )


def _sentences(text: str) -> list[str]:
    """Split where a stop is followed by a capital: neither `1.234` nor `1,234.5` ends a sentence."""
    return [each for each in re.split(r"(?<=[.?!])\s+(?=[A-ZÀ-Ý\"])", text.strip()) if each]
