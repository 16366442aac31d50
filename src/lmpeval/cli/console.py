"""What a run shows in the terminal: cells done, left and time; a table a study; where to look."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from math import isfinite
from pathlib import Path
from types import TracebackType

from rich import box
from rich.console import Console as Terminal
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from lmpeval.assumptions.equivalence import three_digits
from lmpeval.cli.span import span
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Failed, Finding, NotEstimable, not_studied
from lmpeval.report.protocol import told_protocol
from lmpeval.verdict import Answer, State

LOG_WIDTH = 110
"""Characters a line where the output goes to a file."""
TOLD_EVERY = 60.0
"""Seconds between two words on how far things are, where the output goes to a file."""


class Console:
    """Progress over `n_cells` cells; tables above it.

    Use it in a `with` statement.
    """

    def __init__(self, n_cells: int, terminal: Terminal | None = None) -> None:
        # titles, names and messages are text, be there brackets in them
        width = None if sys.stdout.isatty() else LOG_WIDTH
        self._terminal = terminal or Terminal(highlight=False, markup=False, emoji=False, width=width)
        self._progress = Progress(
            TextColumn("cells"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[rate]}"),
            TextColumn("{task.description}", markup=False),
            console=self._terminal,
            transient=True,
        )
        self._task = self._progress.add_task("", total=n_cells, rate="")
        self._n_cells, self._n_there, self._n_done = n_cells, 0, 0
        self._begun = self._told = time.monotonic()

    def __enter__(self) -> Console:
        """Start the progress line."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the progress line away."""
        self._progress.stop()

    def there(self, known: Sequence[bool]) -> None:
        """Say of how many cells that come next the answers are there, and need not be sought again."""
        if n_there := sum(known):
            all_there = "; nothing is computed again" if n_there == len(known) else ""
            self.say(f"{n_there} of {len(known)} cells were there already{all_there}")
            self._n_there += n_there
            self._progress.update(self._task, advance=n_there)

    def done(self, finding: Finding) -> None:
        """Count a cell; where the output goes to a file, say every minute how far things are."""
        self._n_done += 1
        now = time.monotonic()
        rate = self._n_done / max(now - self._begun, 1e-9)
        name = f"{finding.cell.study}: {finding.cell.name}"
        self._progress.update(self._task, advance=1, description=name, rate=f"{rate:.1f} a second")
        if not self._terminal.is_terminal and now - self._told >= TOLD_EVERY:
            self._told = now
            done = self._n_there + self._n_done
            left = span((self._n_cells - done) / rate)
            self.say(f"{done:,} of {self._n_cells:,} cells, {rate:.1f} a second, {left} left")

    def say(self, text: str) -> None:
        """Print a line or more."""
        self._terminal.print(text, soft_wrap=True)

    def show(self, result: StudyResult, written: Path, *, brief: bool = False) -> None:
        """Print a study's findings as a table, and where its report is; in brief, where its table is."""
        if not brief:
            self._terminal.print(_table(result))
        for finding in result.findings:
            if isinstance(finding.result, Failed):
                self.say(f"{finding.cell.name} failed:\n{finding.result.trace}")
        if brief:
            self.say(f"Figures of {result.study.study}: {written}")
            return
        self.say(f"Plan: {told_protocol(result.protocol, result.study)}")
        self.say(f"Report: {written}")

    def where_to_look(self, store: str) -> None:
        """Say how to open the runs."""
        self.say(f"Runs: {store}; `lmpeval ui` shows them")


def _table(result: StudyResult) -> Table:
    table = Table(title=result.study.title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("outcome", no_wrap=True)
    table.add_column("design", overflow="fold")
    table.add_column("effect (95% interval)", min_width=24)
    table.add_column("answer", no_wrap=True)
    table.add_column("certainty", no_wrap=True)
    for finding in result.findings:
        table.add_row(*_row(finding), style=None if finding.cell.primary else "dim")
    for aim in not_studied(result.study.outcomes):
        table.add_row(f"({aim})", "", "", "not studied", "")
    return table


def _row(finding: Finding) -> tuple[str, ...]:
    cell, verdict = finding.cell, finding.verdict
    certainty = "" if verdict.blocked else str(verdict.certainty or "")
    beside = "" if cell.primary else "beside: "
    wrong_way = verdict.answer is Answer.DID_NOT and verdict.state in (State.WORSE, State.LEAN_WORSE)
    answer = f"{verdict.answer}{', worse' if wrong_way else ''}"
    return (cell.outcome.name, f"{beside}{cell.label}", _numbers(finding), answer, certainty)


def _numbers(finding: Finding) -> str:
    """The effect and its interval, or why none is shown; a withheld number stays in the report's appendix."""
    verdict, sign = finding.verdict, finding.cell.outcome.scale.sign
    match finding.result:
        case NotEstimable(reason):
            return reason
        case Failed(error):
            return f"FAILED: {error}"
    if verdict.effect is None or verdict.low is None or verdict.high is None:
        return verdict.state
    if verdict.blocked:
        return "blocked: argue in the study file for " + ", ".join(_unassessed(finding))
    effect, low, high = (f"{three_digits(n)}{sign}" for n in (verdict.effect, verdict.low, verdict.high))
    if not isfinite(verdict.low) or not isfinite(verdict.high):
        return f"{effect} (cannot be bounded)"
    return f"{effect} ({low} to {high})"


def _unassessed(finding: Finding) -> list[str]:
    """Assumptions that block the headline, by the names that the study file's `arguments` take."""
    kind = "not assessed:"
    return [reason.removeprefix(kind) for reason in finding.verdict.reasons if reason.startswith(kind)]
