"""`lmpeval release`: what leaves, looked through before it does."""

from __future__ import annotations

import getpass
import shutil
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from lmpeval.cli.application import USER_ERROR, app
from lmpeval.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lmpeval.disclosure.scanning import Leak, Watch

MOST_LISTED = 200
FOR_PEOPLE = (
    "What no program can judge stays with a person who is named for it: how sensitive the figures are, what "
    "others know or have released before, and whether organisations agreed to be recognised."
)


@app.command
def release(
    out: Path,
    /,
    *,
    to: Annotated[
        Path | None, Parameter(help="New folder for what may leave; left out, it is looked at.")
    ] = None,
    profile: Annotated[Literal["cbs", "opensafely"], Parameter(help="Whose rules counts keep.")] = "cbs",
    keys: Annotated[
        Path | None,
        Parameter(help="File of texts that must stand nowhere, one a line, such as planted numbers."),
    ] = None,
    runs: Annotated[
        bool, Parameter(help="Look through the runs of the tracking store too.", negative="")
    ] = False,
) -> int:
    """Look through results for what must not leave, and copy them where nothing is found.

    Looked for are identifiers, counts of few persons and counts that are not rounded, smallest and largest
    values, paths and names of users, and files that may hold data. Answers that a run keeps for the next one
    stay where they are: they are looked through for all of it but counts. Exit code 0 where nothing is found,
    2 with a list where something is: then nothing is copied.

    Parameters
    ----------
    out
        Folder of results, or one file.
    """
    from lmpeval.disclosure import PROFILES
    from lmpeval.disclosure.scanning import Watch

    if not out.exists():
        raise UserError(f"{out}: no such file or folder")
    if to is not None and to.exists():
        raise UserError(f"{to}: is there already; name a new folder, so that nothing else leaves with it")
    found = _found(out, Watch(PROFILES[profile], _keys(keys), _user()), runs=runs)
    if found:
        return _listed(found)
    number = _copied(out, to) if to is not None else 0
    where = f"; {number} file(s) are in {to}" if to is not None else ""
    print(f"{out}: nothing was found that must not leave by the rules of '{profile}'{where}\n{FOR_PEOPLE}")
    return 0


def _found(out: Path, watch: Watch, *, runs: bool) -> list[Leak]:
    from lmpeval.disclosure.scanning import scan, scan_kept
    from lmpeval.engine.answer_store import answers_below

    try:
        found = list(scan(out, watch))
        for number, (path, name, text) in enumerate(answers_below(out), start=1):
            place = f"{path.relative_to(out)}, answer {number}"  # its name may say it too
            found += scan_kept(place, None if text is None else f"{name}\n{text}", watch)
    except OSError as error:
        raise UserError(f"{out}: cannot be looked through: {error.strerror}") from error
    if runs:
        from lmpeval.tracking import leaks_of_runs, tracking_store

        found += leaks_of_runs(tracking_store(), watch)
    return list(dict.fromkeys(found))


def _listed(found: Sequence[Leak]) -> int:
    for leak in found[:MOST_LISTED]:
        print(leak, file=sys.stderr)
    more = f", {len(found) - MOST_LISTED} of them not listed" if len(found) > MOST_LISTED else ""
    print(f"{len(found)} finding(s){more}: nothing leaves until they are mended", file=sys.stderr)
    return USER_ERROR


def _copied(out: Path, to: Path) -> int:
    from lmpeval.disclosure.scanning.walk import released_files

    files = released_files(out)
    for path in files:
        target = to / (path.relative_to(out) if out.is_dir() else path.name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)  # without who owns it and when it was made
    return len(files)


def _keys(path: Path | None) -> tuple[str, ...]:
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read as a list of texts ({type(error).__name__})") from error
    return tuple(line.strip() for line in lines if line.strip())


def _user() -> str:
    with suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return ""
