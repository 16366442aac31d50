"""`lmpeval judge`: what the data left open in a study's ledger, one by one, for somebody to judge."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import Jobs, app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lmpeval.design import Assumption, Status
    from lmpeval.engine.planning import Prepared
    from lmpeval.finding import Cell

KEEP, STOP = "keep", "stop"
WAITS = "nothing yet, for it rests on the results"


@dataclass(frozen=True)
class Open:
    """An assumption that somebody must judge, and what the data gave.

    Attributes
    ----------
    cell : Cell
    assumption : Assumption
    status : Status or None
        None where it waits for the results.
    finding : str
    """

    cell: Cell
    assumption: Assumption
    status: Status | None
    finding: str


@app.command
def judge(
    study: Path,
    /,
    *,
    data: Annotated[Path, Parameter(help="Folder that holds the delivered files.")],
    by: Annotated[str, Parameter(help="Who judges, as reports are to name you.")],
    blind: Annotated[
        bool, Parameter(help="Before the results: show nothing that rests on them.", negative="")
    ] = False,
    jobs: Jobs = -1,
) -> None:
    """Go through what the data could not settle, and say what you make of it.

    Asks about every assumption of the primary designs that is uncertain, not supported or not assessed and
    that nobody judged yet. Each answer is written to STUDY.judgements.yml beside the study at once, so that
    stopping half-way loses nothing; `lmpeval run` shows both words. Lowering needs no reason, raising does.
    With `--blind` the site's own figures from its start on are taken out first, as in `lmpeval check`, and
    reports say of your word that it came before the results; what waits for them is asked about too.

    Parameters
    ----------
    study
        Study file (YAML).
    """
    from lmpeval.engine.preparation import prepare
    from lmpeval.study_files.judging import judgements_path

    [prepared] = prepare([study], data)
    path, asked = judgements_path(study), 0
    with suppress(EOFError):  # whoever ends the input stops
        for each in (_beforehand if blind else _afterwards)(prepared, jobs):
            asked += 1
            answer = _asked(each)
            if answer == STOP:
                break
            if answer != KEEP:
                _written(path, each, answer, by, blind=blind)
    print(f"{path}: judged so far" if path.exists() else f"{asked} open, none judged: no file was written")


def _afterwards(prepared: Prepared, jobs: int) -> Iterator[Open]:
    from rich.progress import track

    from lmpeval.engine.planning import plan
    from lmpeval.engine.running import run
    from lmpeval.finding import Answered

    with closing(run([plan(prepared)], jobs)) as results:
        [result] = track(results, description="estimating", total=1, transient=True)
    for finding in result.findings:
        answered, primary = finding.result, finding.cell.primary
        if not isinstance(answered, Answered) or not primary or finding.cell.outcome.negative_control:
            continue
        for entry in answered.ledger.entries:
            if entry.judged is None and _is_open(entry.evidence.status):
                yield Open(finding.cell, entry.assumption, entry.evidence.status, entry.evidence.finding)


def _beforehand(prepared: Prepared, jobs: int) -> Iterator[Open]:
    """The same without the results: two made-up worlds are answered, and what both say alike is shown."""
    from rich.progress import track

    from lmpeval.ahead.checking import check
    from lmpeval.engine.planning import plan
    from lmpeval.human_verdicts import concerns

    [told] = track(check([plan(prepared)], jobs), description="checking", total=1, transient=True)
    for each in told.cells:
        if each.cell.outcome.negative_control:
            continue
        if each.why_not:
            print(f"{each.cell.name}: nothing to judge beforehand: {each.why_not}")
        judged = {said.assumption for said in prepared.judgements if concerns(said, each.cell)}
        for known in each.known:
            if known.assumption.name not in judged and _is_open(known.status):
                yield Open(each.cell, known.assumption, known.status, known.finding)


def _is_open(status: Status | None) -> bool:
    from lmpeval.design import Status

    return status in (None, Status.UNCERTAIN, Status.NOT_SUPPORTED, Status.NOT_ASSESSED)


def _asked(each: Open) -> str:
    """What somebody makes of an assumption: a status, or to keep what was given, or to stop."""
    from rich.console import Console
    from rich.prompt import Prompt

    from lmpeval.study.judgements import Judged

    critical = ", critical" if each.assumption.critical else ""
    console = Console(highlight=False, markup=False)
    console.print(f"\n{each.cell.name}\n{each.assumption.number}. {each.assumption.name}{critical}")
    console.print(each.assumption.claim)
    console.print(f"The data gave: {each.status or WAITS}. {each.finding}".rstrip())
    return Prompt.ask("You", choices=[*map(str, Judged), KEEP, STOP], default=KEEP, console=console)


def _written(path: Path, each: Open, answer: str, by: str, *, blind: bool) -> None:
    from rich.prompt import Prompt

    from lmpeval.design import Status
    from lmpeval.ledger import goes_up
    from lmpeval.study.judgements import Judged, Judgement
    from lmpeval.study_files.judging import add_judgement

    raised = goes_up(Status(answer), each.status)
    reason = ""
    while not reason:
        reason = Prompt.ask("Because" if raised else "Because (may be left out)", default="").strip()
        if not raised:
            break
    said = Judgement(
        each.assumption.name, Judged(answer), by, date.today(),
        each.cell.outcome.name, each.cell.label, reason or None, blind,
    )  # fmt: skip
    add_judgement(path, said)
