"""`lmpeval judge`: what the data left open in a study's ledger, one by one, for somebody to judge."""

from __future__ import annotations

from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import Jobs, app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lmpeval.engine.planning import Prepared
    from lmpeval.finding import Finding
    from lmpeval.ledger import Entry

KEEP, STOP = "keep", "stop"


@app.command
def judge(
    study: Path,
    /,
    *,
    data: Annotated[Path, Parameter(help="Folder that holds the delivered files.")],
    by: Annotated[str, Parameter(help="Who judges, as reports are to name you.")],
    jobs: Jobs = -1,
) -> None:
    """Go through what the data could not settle, and say what you make of it.

    Asks about every assumption of the primary designs that is uncertain, not supported or not assessed and
    that nobody judged yet. Each answer is written to STUDY.judgements.yml beside the study at once, so that
    stopping half-way loses nothing; `lmpeval run` shows both words. Lowering needs no reason, raising does.

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
        for finding, entry in _open(prepared, jobs):
            asked += 1
            answer = _asked(finding, entry)
            if answer == STOP:
                break
            if answer != KEEP:
                _written(path, finding, entry, answer, by)
    print(f"{path}: judged so far" if path.exists() else f"{asked} open, none judged: no file was written")


def _open(prepared: Prepared, jobs: int) -> Iterator[tuple[Finding, Entry]]:
    from rich.progress import track

    from lmpeval.design import Status
    from lmpeval.engine.planning import plan
    from lmpeval.engine.running import run
    from lmpeval.finding import Answered

    with closing(run([plan(prepared)], jobs)) as results:
        [result] = track(results, description="estimating", total=1, transient=True)
    opened = (Status.UNCERTAIN, Status.NOT_SUPPORTED, Status.NOT_ASSESSED)
    for finding in result.findings:
        answered, primary = finding.result, finding.cell.primary
        if not isinstance(answered, Answered) or not primary or finding.cell.outcome.negative_control:
            continue
        for entry in answered.ledger.entries:
            if entry.judged is None and entry.evidence.status in opened:
                yield finding, entry


def _asked(finding: Finding, entry: Entry) -> str:
    """What somebody makes of an entry: a status, or to keep it, or to stop."""
    from rich.console import Console
    from rich.prompt import Prompt

    from lmpeval.study.judgements import Judged

    critical = ", critical" if entry.assumption.critical else ""
    console = Console(highlight=False, markup=False)
    console.print(f"\n{finding.cell.name}\n{entry.assumption.number}. {entry.assumption.name}{critical}")
    console.print(entry.assumption.claim)
    console.print(f"The data gave: {entry.evidence.status}. {entry.evidence.finding}")
    return Prompt.ask("You", choices=[*map(str, Judged), KEEP, STOP], default=KEEP, console=console)


def _written(path: Path, finding: Finding, entry: Entry, answer: str, by: str) -> None:
    from dataclasses import replace

    from rich.prompt import Prompt

    from lmpeval.human_verdicts import verdict_of
    from lmpeval.study.judgements import Judged, Judgement
    from lmpeval.study_files.judging import add_judgement

    said = Judgement(
        entry.assumption.name, Judged(answer), by, date.today(), finding.cell.outcome.name, finding.cell.label
    )
    raised = replace(entry, judged=verdict_of(said)).refused
    reason = ""
    while not reason:
        reason = Prompt.ask("Because" if raised else "Because (may be left out)", default="").strip()
        if not raised:
            break
    add_judgement(path, replace(said, reason=reason or None))
