"""The application that all commands are added to, and what they share."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, Parameter

from lmpeval.errors import UserError

USER_ERROR, FAILED, INTERRUPTED = 2, 1, 130
LOG_WIDTH = 1000
"""Characters a line where the output goes to a file: enough for any table, so that nothing is cut off."""


def _one_or_more(_: object, jobs: int) -> None:
    if jobs < 1 and jobs != -1:
        raise ValueError(f"{jobs} found, expected 1 or more, or -1 for one a core")


Jobs = Annotated[int, Parameter(help="Processes at a time; -1 for one a core.", validator=_one_or_more)]


@Parameter(name="*")
@dataclass(frozen=True)
class Where:
    """Who does the work.

    Attributes
    ----------
    backend : str
    address : str
    """

    backend: Annotated[Literal["loky", "dask", "ray"], Parameter(help="loky is this machine.")] = "loky"
    address: Annotated[
        str, Parameter(help="Scheduler of a dask or ray cluster, such as tcp://10.0.0.1:8786.")
    ] = ""

    def refuse_persons(self, studies: Iterable[str]) -> None:
        """Refuse to send the persons that some studies read over a line that others can listen to.

        Raises
        ------
        UserError
            There are such studies, and the work is not done here nor behind an address with encryption.
        """
        if self.address and not self.address.startswith("tls://") and (named := sorted(studies)):
            raise UserError(
                f"--address {self.address}: {named[0]} reads persons, who are not sent in the open; "
                "expected an address that begins with tls://, or no cluster"
            )

    def spread(self) -> AbstractContextManager[None]:
        """Have the work in this context done there."""
        from lmpeval.parallel import Backend, spread_over

        return spread_over(Backend(self.backend), self.address)


HERE = Where()

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
