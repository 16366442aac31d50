"""What is wrong with study files, with file, line and column."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lmpeval.errors import UserError
from lmpeval.study_files.yaml_positions import KeyPath, Place


@dataclass(frozen=True)
class Problem:
    """Something in a study file that its author can mend.

    Attributes
    ----------
    file : Path
        As it was asked for.
    line, column : int
        From 1 on. A key's column is where the key starts; what is missing stands at what lacks it.
    path : tuple of str and int
        Keys and positions from the top of the file.
    message : str
        What was found and what was expected.
    """

    file: Path
    line: int
    column: int
    path: KeyPath
    message: str

    def __str__(self) -> str:
        """File, line, column, path and message on one line."""
        path = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in self.path)
        return (
            f"{self.file}:{self.line}:{self.column}: "
            + (f"{path.lstrip('.')}: " if path else "")
            + self.message
        )


class StudyFileError(UserError):
    """Study files that cannot be used; `problems` has all that is wrong with them, in file order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        """Hold the problems; the text has one a line."""
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


def problem_at(file: Path, place: Place, path: KeyPath, message: str) -> Problem:
    """Make a problem of a place in a file."""
    return Problem(file, place.line, place.column, path, message)


def in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Sort the problems of one file by line and column."""
    return tuple(sorted(problems, key=lambda each: (each.line, each.column, str(each))))
