"""What a study said before its results were seen: written once, and every change since with its reason.

A study that was frozen can be held to what it said. `standing_of` tells what a reader may make of a result:
that of a plan laid down beforehand, of one that was changed in the open, or of one that nobody can know was
not made after the fact (TARGET 2025 and HARPER 2022 both ask for a protocol with its amendments).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from lmpeval.errors import UserError
from lmpeval.study import Study
from lmpeval.study.values import CLOSED
from lmpeval.study_files.changes import Change, changes_between
from lmpeval.study_files.reading import StudyFileError, study_in_text
from lmpeval.study_files.writing import as_shown, sha256, text_to_show
from lmpeval.whole_file import write_whole

SUFFIX = ".protocol.json"
Files = Sequence[tuple[str, str]]


class Standing(StrEnum):
    """What a study's plan was when it was run."""

    FROZEN = "frozen"
    AMENDED = "amended"
    EXPLORATORY = "exploratory"


@dataclass(frozen=True)
class Amendment:
    """A change of the plan after it was frozen.

    Attributes
    ----------
    on : date
    reason : str
        Why, in the words of whoever changed it.
    changes : tuple of Change
    """

    on: date
    reason: str
    changes: tuple[Change, ...]


@dataclass(frozen=True)
class Protocol:
    """A study as it is run, held against what it said when it was frozen.

    Attributes
    ----------
    frozen_on : date or None
        None where it never was.
    delivered_until : int or None
        Last year of the data that lay there when it was frozen.
    amendments : tuple of Amendment
    unexplained : tuple of Change
        Since the last of these, without a reason.
    other_files : tuple of str
        Data that are no longer what they were when the study was frozen or last amended.
    """

    frozen_on: date | None = None
    delivered_until: int | None = None
    amendments: tuple[Amendment, ...] = ()
    unexplained: tuple[Change, ...] = ()
    other_files: tuple[str, ...] = ()

    @property
    def standing(self) -> Standing:
        """A change that nobody gave a reason for makes a plan exploratory: it may follow the results."""
        if self.frozen_on is None or self.unexplained:
            return Standing.EXPLORATORY
        return Standing.AMENDED if self.amendments else Standing.FROZEN


NEVER_FROZEN = Protocol()


@checked(frozen=True, config=CLOSED)
class _Version:
    """The study on one day."""

    on: date
    reason: str | None
    made_with: str
    delivered_until: int
    files: list[tuple[str, str]]
    study_hash: str
    study_text: str


@checked(frozen=True, config=CLOSED)
class _Kept:
    """The whole file: the first version is the frozen one, each after it an amendment."""

    format: Literal[1]
    study: str
    versions: list[_Version]


_FILE = TypeAdapter(_Kept)


def protocol_path(study_file: Path) -> Path:
    """Where the protocol of a study lies: beside its file."""
    return study_file.with_name(study_file.stem + SUFFIX)


def frozen_again(
    study: Study, path: Path, files: Files, delivered_until: int, on: date, reason: str | None
) -> str:
    """Give the text of a protocol with this study as its first or its next version.

    Parameters
    ----------
    study : Study
    path : Path
        Of the protocol.
    files : sequence of (str, str)
        Name and SHA-256 of every file of the data.
    delivered_until : int
        Last year in them.
    on : date
    reason : str or None
        Why it is changed; None where it is frozen for the first time.

    Raises
    ------
    UserError
        Where it is frozen and no reason is given, where there is a reason and nothing that it could be for,
        and where the file is not what was written.
    """
    kept = _kept(path)
    said = _last(kept, path) if kept else None
    changes = changes_between(said, as_shown(study)) if said else ()
    if kept and reason is None:
        when, n = kept.versions[-1].on.isoformat(), len(changes)
        since = f"{n} key{'' if n == 1 else 's'} changed since" if n else "nothing was changed since"
        raise UserError(f"{path}: frozen on {when}, and {since}; a change needs --amend and a reason")
    if reason is not None and not kept:
        raise UserError(f"{path}: no such file, so that there is nothing to amend: freeze without --amend")
    if kept and not changes and list(files) == kept.versions[-1].files:
        raise UserError(f"{path}: neither the study nor its data changed, so that there is nothing to amend")
    text = text_to_show(study)
    made = _Version(on, reason, version("lmpeval"), delivered_until, list(files), sha256(text), text)
    whole = _Kept(1, study.study, [*(kept.versions if kept else ()), made])
    return json.dumps(_FILE.dump_python(whole, mode="json"), indent=1, ensure_ascii=False) + "\n"


def freeze(path: Path, text: str) -> Path:
    """Write a protocol.

    Raises
    ------
    UserError
        Where it cannot be written.
    """
    try:
        return write_whole(path, text)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error


def standing_of(study: Study, path: Path, files: Files) -> Protocol:
    """Hold a study that is to be run against its protocol.

    Files that are there now and were not when it was frozen are no change: later years are delivered later.

    Raises
    ------
    UserError
        Where the protocol cannot be read.
    """
    kept = _kept(path)
    if kept is None:
        return NEVER_FROZEN
    studies = [_read(each.study_text, path) for each in kept.versions]
    amendments = tuple(
        Amendment(each.on, each.reason or "", changes_between(before, after))
        for each, before, after in zip(kept.versions[1:], studies, studies[1:], strict=False)
    )
    now = dict(files)
    return Protocol(
        frozen_on=kept.versions[0].on,
        delivered_until=kept.versions[0].delivered_until,
        amendments=amendments,
        unexplained=changes_between(studies[-1], as_shown(study)),
        other_files=tuple(_others(kept.versions[-1].files, now)),
    )


def _others(then: Files, now: dict[str, str]) -> Iterable[str]:
    return (name for name, digest in then if now.get(name) != digest)


def _kept(path: Path) -> _Kept | None:
    try:
        kept = _FILE.validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "file"
        raise UserError(f"{path}: not what `lmpeval freeze` writes: {where}: {first['msg']}") from error
    wrong = [each.on.isoformat() for each in kept.versions if sha256(each.study_text) != each.study_hash]
    if wrong or not kept.versions:
        found = (
            f"the study of {wrong[0]} is not the one whose hash stands beside it" if wrong else "no version"
        )
        raise UserError(f"{path}: changed by hand: {found}")
    return kept


def _last(kept: _Kept, path: Path) -> Study:
    return _read(kept.versions[-1].study_text, path)


def _read(text: str, path: Path) -> Study:
    try:  # rounded once more does nothing, but to a file of before numbers were rounded
        return as_shown(study_in_text(text, path))
    except StudyFileError as error:
        raise UserError(f"{path}: the study in it cannot be read any more:\n{error}") from error
