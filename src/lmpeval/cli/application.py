"""The application that all commands are added to, and what they share."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from lmpeval.errors import UserError

USER_ERROR, FAILED, INTERRUPTED = 2, 1, 130
LOG_WIDTH = 1000
"""Characters a line where the output goes to a file: enough for any table, so that nothing is cut off."""


def _one_or_more(_: object, jobs: int) -> None:
    if jobs < 1 and jobs != -1:
        raise ValueError(f"{jobs} found, expected 1 or more, or -1 for one a core")


Jobs = Annotated[int, Parameter(help="Processes at a time; -1 for one a core.", validator=_one_or_more)]

app = App(
    name="lmpeval",
    help="Judge regional health-care programmes on the Triple Aim.",
    version=lambda: version("lmpeval"),
    suppress_keyboard_interrupt=False,
)


def folder(path: Path) -> Path:
    """Make the folder of the results before anything is calculated."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be made a folder for the results: {error.strerror}") from error
    return path
