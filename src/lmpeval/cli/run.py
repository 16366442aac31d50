"""`lmpeval run` and `lmpeval demo`: studies in, reports and runs out."""

from __future__ import annotations

import shlex
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import FAILED, HERE, Jobs, Where, app, folder
from lmpeval.cli.study_desk import Language, Outputs, StudyDesk
from lmpeval.errors import UserError
from lmpeval.interrupt import heard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lmpeval.disclosure.differences import Persons
    from lmpeval.engine.answer_store import AnswerStore
    from lmpeval.engine.planning import Prepared
    from lmpeval.engine.running import StudyResult
    from lmpeval.finding import Finding


@app.command
def run(  # noqa: PLR0913 - each is an option of the command
    studies: list[Path],
    /,
    *,
    data: Annotated[Path, Parameter(help="Folder that holds the delivered files.")],
    out: Annotated[Path, Parameter(help="Folder for the reports.")] = Path("results"),
    jobs: Jobs = -1,
    where: Where = HERE,
    fresh: Annotated[bool, Parameter(help="Forget what earlier runs have finished.", negative="")] = False,
    language: Annotated[Language, Parameter(help="Of the sheet and the summary beside a report.")] = "both",
    brief: Annotated[
        bool, Parameter(help="Verdicts and tables only: for many studies at once.", negative="")
    ] = False,
) -> int:
    """Run study files on delivered data: reports, and runs in MLflow.

    Beside each report stand a sheet at a glance and a public summary, as pages and for Word, in Dutch, in
    English or in both; the report itself is in English, and in Dutch too where Dutch is asked for.

    Cells that an earlier run with the same --out has finished are not computed again, unless what they
    rest on has changed. With --brief each study gets its table of figures and its runs, but no pages, and no
    cell what stands beside its answer (twins, other methods): whoever wants to read one of them runs it
    without. Exit code 0 when every cell gave a finding, 1 when a cell failed, 2 when a file or
    the data is wrong.

    Parameters
    ----------
    studies
        Study files (YAML).
    """
    from lmpeval.engine.answer_store import kept_answers
    from lmpeval.engine.preparation import prepare

    prepared = prepare(studies, data)
    where.refuse_persons(each.study.study for each in prepared if each.study.data.persons is not None)
    with where.spread(), kept_answers(folder(out), fresh=fresh) as kept:
        return _run(prepared, Outputs(out, language, brief=brief), jobs, kept)


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
    with kept_answers(out) as kept:
        code = calibrate_prepared(prepared, out, jobs, kept)
        code = _run(prepared, Outputs(out), jobs, kept, tell=truth_beside) or code
    print(f"The study file is {study}, its data {out / 'panel.csv'}: change them and run\n  "
          + shlex.join(["lmpeval", "run", str(study), "--data", str(out), "--out", str(out)]))  # fmt: skip
    return code


def _run(
    prepared: Sequence[Prepared],
    how: Outputs,
    jobs: int,
    kept: AnswerStore,
    tell: Callable[[StudyResult], str] | None = None,
) -> int:
    from lmpeval.ahead.look_ahead import look_ahead
    from lmpeval.cli.console import Console
    from lmpeval.engine.batches import batches
    from lmpeval.engine.planning import n_cells, plan_all
    from lmpeval.engine.running import cells_of, run
    from lmpeval.parallel import Errands
    from lmpeval.report import told_ahead
    from lmpeval.tracking import Outbox, tracking_store, without_password

    outbox, errands = Outbox(tracking_store()), Errands()
    earlier: list[Persons] = []
    with heard() as stop_if_pressed, Console(sum(n_cells(each.study) for each in prepared)) as console:
        desk = StudyDesk(how, errands, console, outbox, tell)

        def done(finding: Finding) -> None:
            console.done(finding)
            stop_if_pressed()

        def taken(batch: Sequence[Prepared]) -> None:
            plans = plan_all(batch, brief=how.brief)
            asked = cells_of(plans, kept)
            console.there(asked.there)
            ahead = look_ahead(plans, how.folder, jobs, kept)
            for each, known in zip(batch, ahead, strict=True):
                if not how.brief and (told := told_ahead(each.study, known)):
                    console.say(told)
            with closing(run(plans, jobs, done, asked, errands, earlier)) as results:
                for result, known in zip(results, ahead, strict=True):
                    desk.take(result, known)
                    stop_if_pressed()

        for batch in batches(prepared):
            taken(batch)
        if kept.lost:
            console.say(f"{kept.path}: not every cell is kept for the next run: {kept.lost}")
        outbox.flush(at_last=True)
        if outbox.trouble is None:
            console.where_to_look(without_password(outbox.store))
    if outbox.trouble:
        raise UserError(
            f"{outbox.trouble}\nThe reports in {how.folder} are complete; runs are missing. The same command "
            "logs them, and computes nothing again"
        )
    return FAILED if desk.failed else 0
