"""`lmpeval doctor`: whether everything is there for a run, and what it would have to do."""

from __future__ import annotations

import os
import platform
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from lmpeval.cli.application import USER_ERROR, app
from lmpeval.cli.span import span
from lmpeval.errors import UserError

PACKAGES = (
    "lmpeval",
    "numpy",
    "scipy",
    "pandas",
    "scikit-learn",
    "linearmodels",
    "econml",
    "dowhy",
    "mlflow",
)
GIB = 2**30
LEAST_SPACE, LEAST_MEMORY = 0.2, 1.0
"""GiB free on the disk of the results, and of memory for a process, below which a run is in danger."""
NAMED = 5
"""Missing cells that are named."""


@dataclass(frozen=True)
class Found:
    """What was found of one thing, and whether a run would stumble over it."""

    thing: str
    told: str
    wrong: bool = False

    def __str__(self) -> str:
        """One line or more, what is wrong marked in front."""
        return f"{'WRONG' if self.wrong else 'ok':5}  {self.thing}: {self.told}"


@app.command
def doctor(
    studies: list[Path] | None = None,
    /,
    *,
    data: Annotated[Path | None, Parameter(help="Folder that holds the delivered files.")] = None,
    out: Annotated[Path, Parameter(help="Folder for the reports.")] = Path("results"),
    brief: Annotated[bool, Parameter(help="Of a run with --brief.", negative="")] = False,
) -> int:
    """Look whether all is there for a run: packages, machine, stores, data, and what is left to compute.

    Nothing is computed and nothing is written. Exit code 0 when a run could begin, 2 when something is wrong.

    Parameters
    ----------
    studies
        Study files (YAML) that are meant to run; without them data are not looked at.
    """
    wrong = False
    for found in _examined(studies or [], data, out, brief=brief):
        print(found, flush=True)
        wrong |= found.wrong
    return USER_ERROR if wrong else 0


def _examined(studies: list[Path], data: Path | None, out: Path, *, brief: bool) -> Iterator[Found]:
    yield _packages()
    yield _machine()
    yield _tried("results", lambda: _results(out))
    yield _tried("tracking", _tracking)
    if not studies:
        return
    if data is None:
        yield Found("data", "--data names the folder that holds the delivered files", wrong=True)
    else:
        yield _tried("studies", lambda: _studies(studies, data, out, brief=brief))


def _tried(thing: str, look: Callable[[], str]) -> Found:
    try:
        return Found(thing, look())
    except UserError as error:
        return Found(thing, str(error), wrong=True)


def _packages() -> Found:
    told, missing = [f"python {platform.python_version()}"], []
    for name in PACKAGES:
        try:
            told.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        return Found("packages", f"{', '.join(missing)} not installed", wrong=True)
    return Found("packages", ", ".join(told))


def _machine() -> Found:
    from lmpeval.parallel import cores

    n, free = cores(), _free_memory()
    if free is None:
        return Found("machine", f"{n} cores; memory cannot be told")
    told = f"{n} cores, {free:.1f} GiB of memory free"
    if free < n * LEAST_MEMORY:
        fewer = max(int(free / LEAST_MEMORY), 1)
        return Found("machine", f"{told}: less than {LEAST_MEMORY:g} a process, so run with --jobs {fewer}")
    return Found("machine", told)


def _free_memory() -> float | None:
    """GiB that could be had, where the system tells it: less is left to a process in a container."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        known = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        free = known["MemAvailable"] * 1024 / GIB
    except (OSError, KeyError, ValueError, IndexError):
        return None
    try:
        limit = Path("/sys/fs/cgroup/memory.max").read_text(encoding="ascii").strip()
        used = int(Path("/sys/fs/cgroup/memory.current").read_text(encoding="ascii"))
        return min(free, (int(limit) - used) / GIB) if limit != "max" else free
    except (OSError, ValueError):
        return free


def _results(out: Path) -> str:
    """Whether the folder of results, or the one that it would be made in, can be written."""
    folder = next(each for each in (out, *out.absolute().parents) if each.exists())
    if not folder.is_dir():
        raise UserError(f"{folder} is no folder")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise UserError(f"{out} cannot be written: {error.strerror}") from error
    free = shutil.disk_usage(folder).free / GIB
    if free < LEAST_SPACE:
        raise UserError(f"{free:.2f} GiB of disk free for {out}, expected {LEAST_SPACE:g} or more")
    return f"{out} can be written, {free:.1f} GiB of disk free"


def _tracking() -> str:
    from lmpeval.tracking import refuse_unreachable, tracking_store, without_password

    store = tracking_store()
    file = Path(store.removeprefix("sqlite:///"))
    if store.startswith("sqlite:///") and not file.exists():  # to ask it would make it
        if not os.access(file.absolute().parent, os.W_OK):
            raise UserError(f"{without_password(store)} cannot be made: its folder cannot be written")
        return f"{without_password(store)} will be made"
    refuse_unreachable(store)
    return f"{without_password(store)} answers"


def _studies(studies: list[Path], data: Path, out: Path, *, brief: bool) -> str:
    from lmpeval.ahead.outstanding import outstanding
    from lmpeval.engine.answer_store import FILE, FOLDER, kept_answers
    from lmpeval.engine.batches import batches
    from lmpeval.engine.planning import plan_all
    from lmpeval.engine.preparation import prepare
    from lmpeval.parallel import cores

    prepared = prepare(studies, data)
    kept = kept_answers(out) if (out / FOLDER / FILE).exists() else nullcontext()
    with kept as store:
        left = outstanding(
            (each for batch in batches(prepared) for each in plan_all(batch, brief=brief)), store
        )
    told = f"{len(prepared)} with valid data, {left.n_cells} cells, {len(left.missing)} of them to compute"
    if not left.missing:
        return told
    takes = "for how long cannot be told before some like them are finished"
    if left.seconds is not None:
        takes = f"about {span(left.seconds / min(cores(), len(left.missing)))} on {cores()} cores"
    more = len(left.missing) - NAMED
    names = [*left.missing[:NAMED], *([f"and {more} more"] if more > 0 else [])]
    return "\n       ".join([f"{told}, {takes}:", *names])
