"""What is compared: a file that names studies, and what else of their programme no study asks about."""

from __future__ import annotations

from dataclasses import dataclass as plain
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from lmpeval.study import Contradiction, Status, Theme
from lmpeval.study.values import CLOSED, Name, Text
from lmpeval.study_files.problems import StudyFileError
from lmpeval.study_files.reading import read_keys


class Family(StrEnum):
    """Which estimates of an aim are tested together."""

    HEADLINES = "headlines"
    EVERY_OUTCOME = "every outcome"


@dataclass(frozen=True, config=CLOSED)
class Compared:
    """One study that takes part."""

    file: Text
    """The study file, from the folder of this file on."""
    variant: Text | None = None
    """In what way the site developed, where sites are described by it; nothing is tested on it."""


@dataclass(frozen=True, config=CLOSED)
class Unstudied:
    """An intervention of the same programme that no study asks about: it stays visible, with the reason."""

    name: Text
    site: Text
    theme: Theme
    status: Status
    reason: Text
    """Why it is not studied."""
    variant: Text | None = None
    name_nl: Text | None = None
    reason_nl: Text | None = None
    """Name and reason in Dutch, for the Dutch page; without them it has these in the language of the file."""

    def named_in(self, language: str) -> str:
        """Its name for readers of a language."""
        return self.name_nl if language == "nl" and self.name_nl else self.name

    def reason_in(self, language: str) -> str:
        """Why it is not studied, for readers of a language."""
        return self.reason_nl if language == "nl" and self.reason_nl else self.reason


@dataclass(frozen=True, config=CLOSED)
class Portfolio:
    """Studies that are read side by side."""

    comparison: Name
    """Identifier: the page, the table and the run carry it."""
    title: Text
    studies: Annotated[tuple[Compared, ...], Field(min_length=2)]
    unstudied: tuple[Unstudied, ...] = ()
    families: Family = Family.HEADLINES
    """Of each aim, the headline outcome of each study, or every outcome: these are corrected together."""
    seed: Annotated[int, Field(ge=0, lt=2**63, strict=True)] = 20130401
    """Where the chance of the correction and of the rank intervals starts."""
    title_nl: Text | None = None

    def titled_in(self, language: str) -> str:
        """The title for readers of a language."""
        return self.title_nl if language == "nl" and self.title_nl else self.title


@plain(frozen=True)
class ComparisonFile:
    """A comparison as its file has it, with the study files that it names."""

    portfolio: Portfolio
    studies: tuple[Path, ...]
    text: str


def read_comparison(path: Path) -> ComparisonFile:
    """Read a comparison file.

    Raises
    ------
    StudyFileError
        With everything that is wrong with it, each with its line and column: study files that are not there
        and files named twice included.
    """
    draft = read_keys(path, Portfolio, "comparison")
    named = draft.parts.get("studies", ())
    files = tuple(path.parent / each.file for each in named)
    draft = draft.with_contradictions(_unusable(files, named))
    if draft.problems:
        raise StudyFileError(draft.problems)
    return ComparisonFile(Portfolio(**draft.parts), files, draft.text)


def _unusable(files: tuple[Path, ...], named: tuple[Compared, ...]) -> list[Contradiction]:
    found, seen = [], dict[Path, int]()
    for i, (file, each) in enumerate(zip(files, named, strict=True)):
        first = seen.setdefault(file.resolve(), i)
        if not file.is_file():
            beside = f"no study file '{each.file}' beside this file"
            found.append(Contradiction(("studies", i, "file"), beside))
        elif first != i:
            twice = f"'{each.file}' is studies[{first}] already"
            found.append(Contradiction(("studies", i, "file"), twice))
    return found
