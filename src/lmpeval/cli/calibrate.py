"""`lmpeval calibrate`: what a study's designs can see, before anybody looks at the answer."""

from __future__ import annotations

import sys
from contextlib import closing
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import FAILED, HERE, LOG_WIDTH, Jobs, Where, app, folder
from lmpeval.errors import UserError
from lmpeval.interrupt import heard

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from rich.table import Table

    from lmpeval.ahead.calibrating import Calibrated, StudyCalibration
    from lmpeval.engine.answer_store import AnswerStore
    from lmpeval.engine.planning import Prepared
    from lmpeval.finding import Cell


@app.command
def calibrate(
    studies: list[Path],
    /,
    *,
    data: Annotated[Path, Parameter(help="Folder that holds the delivered files.")],
    out: Annotated[Path, Parameter(help="Folder for the pages.")] = Path("results"),
    jobs: Jobs = -1,
    where: Where = HERE,
    fresh: Annotated[bool, Parameter(help="Forget what earlier runs have finished.", negative="")] = False,
) -> int:
    """Measure what each design of a study can see on the study's own panel, without looking at the site.

    Every design is run on places where nothing happened. `lmpeval run` with the same --out shows what was
    found before its answers. Places that an earlier calibration with the same --out has tried are not tried
    again, unless what they rest on has changed. Exit code 0 when every cell was calibrated or cannot be, 1
    when a cell failed, 2 when a file or the data is wrong.

    Parameters
    ----------
    studies
        Study files (YAML).
    """
    from lmpeval.engine.answer_store import kept_answers
    from lmpeval.engine.preparation import prepare

    prepared = prepare(studies, data)
    with where.spread(), kept_answers(folder(out), fresh=fresh) as kept:
        return calibrate_prepared(prepared, out, jobs, kept)


def calibrate_prepared(prepared: Sequence[Prepared], out: Path, jobs: int, kept: AnswerStore) -> int:
    """Calibrate studies that are ready to run: a table, a page, a file and a run each."""
    from rich.console import Console
    from rich.progress import Progress

    from lmpeval.ahead.calibrating import calibrate_studies, places_of
    from lmpeval.engine.batches import batches
    from lmpeval.engine.planning import n_cells, plan_all
    from lmpeval.tracking import tracking_store

    terminal = Console(
        highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else LOG_WIDTH
    )
    store, failed = tracking_store(), False
    untracked: UserError | None = None
    with heard() as stop_if_pressed, Progress(console=terminal, transient=True) as progress:
        bar = progress.add_task("calibrating", total=sum(n_cells(each.study) for each in prepared))

        def done(_: Cell) -> None:
            stop_if_pressed()
            progress.advance(bar)

        def told_of(batch: Sequence[Prepared]) -> Generator[StudyCalibration, None, None]:
            plans = plan_all(batch)
            asked = places_of(plans, kept)
            if asked.n_there:
                n_asked = sum(len(each.tasks) for each in plans)
                terminal.print(f"{asked.n_there} of {n_asked} cells were there already")
            with closing(calibrate_studies(plans, jobs, done, asked)) as calibrated:
                yield from calibrated

        def all_told() -> Generator[StudyCalibration, None, None]:
            for batch in batches(prepared):
                yield from told_of(batch)

        with closing(all_told()) as told:
            for each in told:
                page = _written(each, out)
                terminal.print(_table(each))
                for line in _said(each, page):
                    terminal.print(line, soft_wrap=True)
                untracked = untracked or _untracked(each, page, store)
                failed |= any(cell.failed for cell in each.cells)
                stop_if_pressed()
    if untracked:
        raise UserError(f"{untracked}\nThe pages in {out} are complete; runs are missing.")
    return FAILED if failed else 0


def _written(told: StudyCalibration, out: Path) -> Path:
    """Write the page and the numbers; the numbers last: a run that finds them finds the page too."""
    from lmpeval.ahead.calibration_file import calibration_path, write_calibration
    from lmpeval.report import write_calibration_page

    path = calibration_path(out, told.of.study.study)
    page = path.with_suffix(".html")
    try:
        write_calibration_page(told, page)
        write_calibration(told, path)
    except OSError as error:
        raise UserError(f"{error.filename or path}: cannot be written: {error.strerror}") from error
    return page


def _untracked(told: StudyCalibration, page: Path, store: str) -> UserError | None:
    """Track a calibration; where the store cannot be used, why."""
    from lmpeval.tracking import TrackingError, track_calibration

    try:
        track_calibration(told, page, store)
    except TrackingError as error:
        return error
    return None


def _table(told: StudyCalibration) -> Table:
    from rich import box
    from rich.table import Table

    title = f"What can be seen: {told.of.study.title}"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("outcome", no_wrap=True)
    table.add_column("design", no_wrap=True)
    for name in ("seen 4 in 5", "matters", "chance to see it", "covers", "sees what matters"):
        table.add_column(name)
    for each in told.cells:
        table.add_row(*_row(each), style=None if each.cell.primary else "dim")
    return table


def _row(each: Calibrated) -> tuple[str, ...]:
    from lmpeval.calibration import Calibration

    found, beside = each.result, "" if each.cell.primary else "beside: "
    named = (each.cell.outcome.name, f"{beside}{each.cell.label}")
    if not isinstance(found, Calibration):
        return (*named, "FAILED" if each.failed else "cannot be calibrated")
    at = found.detectable.value
    sign = found.sought.scale.sign
    share = "" if sign else f" ({found.relative(at):.1%})"
    seen = f"{at:.3g}{sign}{share}" if isfinite(at) else "nothing, at any size"
    covers = f"{found.coverage.value:.0%}" + ("" if found.covers else " (!)")
    chance = f"{found.power(found.sought.margin).value:.0%}"
    return (
        *named,
        seen,
        f"{found.sought.margin:.3g}{sign}",
        chance,
        covers,
        "yes" if found.answers else "no",
    )


def _said(told: StudyCalibration, page: Path) -> list[str]:
    """Why cells are not calibrated, and where the page is."""
    from lmpeval.finding import Failed, NotEstimable

    said = []
    for each in told.cells:
        match each.result:
            case NotEstimable(reason):
                said.append(f"{each.cell.name}: {reason}")
            case Failed(_, trace):
                said.append(f"{each.cell.name} failed:\n{trace}")
    return [*said, f"Page: {page}"]
