"""`lmpeval run` and `lmpeval demo`: studies in, reports and runs out."""

from __future__ import annotations

import shlex
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import FAILED, Jobs, app, folder
from lmpeval.errors import UserError
from lmpeval.interrupt import heard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lmpeval.ahead.calibration_file import Foreseen
    from lmpeval.engine.answer_store import AnswerStore
    from lmpeval.engine.running import Prepared, StudyResult
    from lmpeval.finding import Finding


@app.command
def run(
    studies: list[Path],
    /,
    *,
    data: Annotated[Path, Parameter(help="Folder that holds the delivered files.")],
    out: Annotated[Path, Parameter(help="Folder for the reports.")] = Path("results"),
    jobs: Jobs = -1,
    fresh: Annotated[bool, Parameter(help="Forget what earlier runs have finished.", negative="")] = False,
) -> int:
    """Run study files on delivered data: reports, and runs in MLflow.

    Cells that an earlier run with the same --out has finished are not computed again, unless what they
    rest on has changed. Exit code 0 when every cell gave a finding, 1 when a cell failed, 2 when a file or
    the data is wrong.

    Parameters
    ----------
    studies
        Study files (YAML).
    """
    from lmpeval.engine.answer_store import kept_answers
    from lmpeval.engine.preparation import prepare

    prepared = prepare(studies, data)
    with kept_answers(folder(out), fresh=fresh) as kept:
        return _run(prepared, out, jobs, kept)


@app.command
def demo(
    *,
    out: Annotated[Path, Parameter(help="Folder for the data, the study file and the report.")] = Path(
        "demo"
    ),
    seed: Annotated[int, Parameter(help="Draws another country.")] = 3,
    jobs: Jobs = 1,
) -> int:
    """Draw a small country of which the truth is known, see what a study of it can see, and run that."""
    from lmpeval.cli.calibrate import calibrate_prepared
    from lmpeval.cli.demonstration import lay_out, truth_beside
    from lmpeval.engine.answer_store import kept_answers
    from lmpeval.engine.preparation import prepare

    study = lay_out(folder(out), seed)
    prepared = prepare([study], out)
    code = calibrate_prepared(prepared, out, jobs)
    with kept_answers(out) as kept:
        code = _run(prepared, out, jobs, kept, tell=truth_beside) or code
    print(f"The study file is {study}, its data {out / 'panel.csv'}: change them and run\n  "
          + shlex.join(["lmpeval", "run", str(study), "--data", str(out), "--out", str(out)]))  # fmt: skip
    return code


def _run(
    prepared: Sequence[Prepared],
    out: Path,
    jobs: int,
    kept: AnswerStore,
    tell: Callable[[StudyResult], str] | None = None,
) -> int:
    from lmpeval.ahead.look_ahead import look_ahead
    from lmpeval.cli.console import Console
    from lmpeval.engine.running import cells_of, plan, run
    from lmpeval.report import told_ahead
    from lmpeval.tracking import tracking_store, without_password

    store, plans, failed = tracking_store(), [plan(each) for each in prepared], False
    untracked: UserError | None = None
    asked = cells_of(plans, kept)
    with heard() as stop_if_pressed, Console(len(asked.there), sum(asked.there)) as console:

        def done(finding: Finding) -> None:
            console.done(finding)
            stop_if_pressed()

        ahead = look_ahead(plans, out, jobs, kept)
        for each, known in zip(prepared, ahead, strict=True):
            if told := told_ahead(each.study, known):
                console.say(told)
        with closing(run(plans, jobs, done, asked)) as results:
            for result, known in zip(results, ahead, strict=True):
                report = _written(result, out / f"{result.study.study}.html", known)
                console.show(result, report)
                if tell:
                    console.say(tell(result))
                untracked = untracked or _untracked(result, report, known, store)
                failed |= any(finding.failed for finding in result.findings)
                stop_if_pressed()
        if kept.lost:
            console.say(f"{kept.path}: not every cell is kept for the next run: {kept.lost}")
        if untracked is None:
            console.where_to_look(without_password(store))
    if untracked:
        raise UserError(f"{untracked}\nThe reports in {out} are complete; runs are missing.")
    return FAILED if failed else 0


def _written(result: StudyResult, path: Path, known: Foreseen) -> Path:
    from lmpeval.report import write_report
    from lmpeval.results.file import write_results

    try:
        write_results(result, path.with_suffix(".results.csv"))
        return write_report(result, path, known)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error


def _untracked(result: StudyResult, report: Path, known: Foreseen, store: str) -> UserError | None:
    """Track a study; where the store cannot be used, why: the studies after it are still reported."""
    from lmpeval.report import figures_of
    from lmpeval.tracking import Pages, TrackingError, track

    try:
        track(result, Pages(report, figures_of(result), known.calibrations(), known.glimpsed()), store)
    except TrackingError as error:
        return error
    return None
