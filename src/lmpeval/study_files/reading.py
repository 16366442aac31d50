"""Study files: YAML in, a `Study` out, or everything that is wrong with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from lmpeval.study import Contradiction, Study, contradictions
from lmpeval.study_files.designs import design_contradictions
from lmpeval.study_files.identification import graph_contradictions
from lmpeval.study_files.misfits import misfits, settable
from lmpeval.study_files.plain_words import found
from lmpeval.study_files.problems import Problem, StudyFileError, in_file_order, problem_at
from lmpeval.study_files.yaml_positions import Document, read_yaml

__all__ = [
    "Draft",
    "StudyFileError",
    "load_study",
    "read_draft",
    "read_drafts",
    "read_keys",
    "study_in_text",
]


@dataclass(frozen=True)
class Draft:
    """A study file as far as it could be read.

    Attributes
    ----------
    path : Path
    text : str
        Empty where the file could not be read.
    parts : mapping of field name to value
        The top-level fields of `Study` that are in order by themselves, each of its own type.
    problems : tuple of Problem
        In file order.
    """

    path: Path
    text: str
    parts: Mapping[str, Any]
    problems: tuple[Problem, ...]
    document: Document = field(repr=False)

    def with_contradictions(self, found: Iterable[Contradiction]) -> Draft:
        """Add contradictions, each where its path stands in the file or at its nearest parent."""
        placed = {
            problem_at(self.path, self.document.place(each.path), each.path, each.message) for each in found
        }
        return replace(self, problems=in_file_order(placed.union(self.problems)))

    def study(self) -> Study:
        """Make the study.

        Raises
        ------
        StudyFileError
            With all problems, contradictions among the parts included.
        """
        whole = self.with_contradictions(contradictions(self.parts))
        if whole.problems:
            raise StudyFileError(whole.problems)
        return Study(**self.parts)


def read_draft(path: Path) -> Draft:
    """Read a study file as far as it goes, each top-level field by itself.

    What is wrong (no such file, not UTF-8, not YAML, misspelt keys, wrong values) is in the draft's
    problems; nothing is raised for it.
    """
    return read_keys(path, Study, "study")


def read_keys(path: Path, of: type, kind: str) -> Draft:
    """Read a file with the keys of a dataclass at its top, as `read_draft` does; `kind` is its first key."""
    text, problem = _text(path, kind)
    if problem:
        return Draft(path, text, {}, (problem,), Document(None, {}, ()))
    return _draft(path, text, of, kind)


def study_in_text(text: str, path: Path) -> Study:
    """Read a study from a text that was taken out of the file at `path`.

    Raises
    ------
    StudyFileError
        With everything that is wrong with it; places are those in the text.
    """
    return _judged(_draft(path, text, Study, "study")).study()


def _draft(path: Path, text: str, of: type, kind: str) -> Draft:
    document = read_yaml(text)
    unreadable = [problem_at(path, each.place, each.path, each.message) for each in document.unreadable]
    if not isinstance(document.value, dict):
        if not unreadable:
            wrong = f"found {found(document.value)}, expected the keys of a {kind} at the top (`{kind}: ...`)"
            unreadable = [problem_at(path, document.place(()), (), wrong)]
        return Draft(path, text, {}, tuple(unreadable), document)
    said = {problem.path for problem in unreadable}
    written = {at: place.written for at, place in document.places.items()}
    wrong_values = [
        problem_at(path, document.place(each.path), each.path, each.message)
        for each in misfits(of, document.value, (), written)
        if each.path not in said
    ]
    problems = in_file_order([*unreadable, *wrong_values])
    return Draft(path, text, _parts(document.value, problems, of), problems, document)


def load_study(path: Path) -> Study:
    """Read a study.

    Raises
    ------
    StudyFileError
        With everything that is wrong with the file, the study and its designs' settings, at once.
    """
    return _judged(read_draft(path)).study()


def read_drafts(paths: Iterable[Path]) -> tuple[Draft, ...]:
    """Read studies that belong together as far as they go; what is wrong is in each draft's problems."""
    seen: dict[tuple[Any, Any], Path] = {}
    drafts = []
    for path in paths:
        draft = _judged(read_draft(path))
        twice: list[Contradiction] = []
        if "study" in draft.parts and "portfolio" in draft.parts:
            name, portfolio = draft.parts["study"], draft.parts["portfolio"]
            if (name, portfolio) in seen:
                other = f"portfolio '{portfolio}' has a study '{name}' already, in {seen[name, portfolio]}"
                twice = [Contradiction(("study",), other)]
            seen.setdefault((name, portfolio), draft.path)
        drafts.append(draft.with_contradictions(twice))
    return tuple(drafts)


def _judged(draft: Draft) -> Draft:
    found = contradictions(draft.parts) + design_contradictions(draft.parts)
    return draft.with_contradictions(found + graph_contradictions(draft.parts))


def _parts(value: Mapping[str, Any], problems: Iterable[Problem], of: type) -> dict[str, Any]:
    """Top-level fields without a problem, made into their types."""
    wrong = {problem.path[0] for problem in problems if problem.path}
    types = settable(of)
    return {
        name: TypeAdapter(types[name]).validate_python(value[name])
        for name in types
        if name in value and name not in wrong
    }


def _text(path: Path, kind: str) -> tuple[str, Problem | None]:
    """Text of a file, or why there is none."""
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return "", Problem(path, 1, 1, (), "no such file")
    except IsADirectoryError:
        return "", Problem(path, 1, 1, (), f"this is a folder, expected a {kind} file (.yaml)")
    except OSError as error:
        return "", Problem(path, 1, 1, (), f"cannot be read: {error.strerror}")
    try:
        return raw.decode("utf-8-sig"), None
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8-sig")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        wrong = f"not UTF-8: byte 0x{raw[error.start]:02X} cannot stand here; save the file as UTF-8"
        return "", Problem(path, line, column, (), wrong)
