"""One catalogue of messages a language, read from TOML: keys are codes, and no text is made elsewhere.

What verdicts and the sheets say stands in `nl.toml` and `en.toml`; what one page says of its own, in a file
a page in the folders `nl` and `en`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from lmpeval.report.language.numerals import Numerals


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All messages of one language.

    Attributes
    ----------
    language : str
        ISO 639-1, as in the `lang` attribute of a page.
    messages : mapping of str to str
        By dotted key: `verdict.BETTER`, `changed.fall.low`.
    numerals : Numerals
    """

    language: str
    messages: Mapping[str, str]
    numerals: Numerals

    def say(self, key: str, **slots: object) -> str:
        """Fill one message.

        Raises
        ------
        KeyError
            Where the catalogue has no such message, or the message a slot that is not filled.
        """
        return self.messages[key].format(**slots)

    def column(self, name: str) -> str:
        """A column as readers are told it; one that the catalogue does not know by its own name, in words."""
        return self.messages.get(f"column.{name}", name.replace("_", " "))

    def unit(self, unit: str) -> str:
        """A unit as readers are told it; one that the catalogue does not know stays as the study has it."""
        return self.messages.get(f"unit.{unit}", unit)


def read(language: str) -> Catalogue:
    """Read the catalogue of a language.

    Raises
    ------
    FileNotFoundError
        Where there is none.
    ValueError
        Where two of its files have a message under the same key.
    """
    folder = files("lmpeval.report.language")
    tables = _tables(folder / f"{language}.toml")
    signs = {key.replace("-", "_"): value for key, value in tables.pop("numerals").items()}
    messages = dict(_flat(tables))
    for page in sorted((folder / language).iterdir(), key=lambda each: each.name):
        of_page = dict(_flat(_tables(page)))
        if twice := messages.keys() & of_page.keys():
            raise ValueError(f"{language}/{page.name}: {', '.join(sorted(twice))} stands elsewhere too")
        messages |= of_page
    return Catalogue(language, messages, Numerals(**signs))


def _tables(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        if isinstance(value, str):
            yield before + key, value
        else:
            yield from _flat(value, f"{before}{key}.")


ENGLISH = read("en")
DUTCH = read("nl")
LANGUAGES: Mapping[str, Catalogue] = {each.language: each for each in (DUTCH, ENGLISH)}
