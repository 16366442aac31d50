"""What a run shows in the terminal: cells done, left and time; a table a study; where to look."""

from __future__ import annotations

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

from lmpeval.engine import StudyResult
from lmpeval.finding import Answered, Failed, Finding, NotEstimable, not_studied


class Console:
    """Progress over `n_cells` cells, and tables above it; use it in a `with` statement."""

    def __init__(self, n_cells: int, terminal: Terminal | None = None) -> None:
        self._terminal = terminal or Terminal(highlight=False)
        self._progress = Progress(
            TextColumn("cells"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.description}"),
            console=self._terminal,
            transient=True,
        )
        self._task = self._progress.add_task("", total=n_cells)

    def __enter__(self) -> Console:
        """Start the progress line."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the progress line away."""
        self._progress.stop()

    def done(self, finding: Finding) -> None:
        """Count a cell."""
        name = f"{finding.cell.study}: {finding.cell.name}"
        self._progress.update(self._task, advance=1, description=name)

    def say(self, text: str) -> None:
        """Print a line or more."""
        self._terminal.print(text, soft_wrap=True)

    def show(self, result: StudyResult, report: Path) -> None:
        """Print a study's findings as a table, and where its report is."""
        table = Table(title=result.study.title, title_justify="left", box=box.SIMPLE_HEAD)
        for column in (
            "outcome",
            "design",
            "effect",
            "95% interval",
            "rank",
            "answer",
            "verdict",
            "certainty",
        ):
            table.add_column(
                column, justify="right" if column in ("effect", "95% interval", "rank") else "left"
            )
        for finding in result.findings:
            table.add_row(*_row(finding))
        for aim in not_studied(result.study.outcomes):
            table.add_row(f"({aim})", "", "", "", "", "not studied", "NOT-STUDIED", "")
        self._terminal.print(table)
        self.say(f"Report: {report}")

    def where_to_look(self, store: str) -> None:
        """Say how to open the runs."""
        look = f"mlflow ui --backend-store-uri {store}" if store.startswith("sqlite:") else store
        self.say(f"Runs: {look}")


def _row(finding: Finding) -> tuple[str, ...]:
    cell, verdict = finding.cell, finding.verdict
    star = "" if cell.primary else " (beside)"
    said = (verdict.answer, verdict.state + (", blocked" if verdict.blocked else ""), verdict.certainty or "")
    match finding.result:
        case Answered(estimate=found):
            low, high = found.uncertainty.interval
            bounds = f"{low:.4g} to {high:.4g}" if isfinite(low) and isfinite(high) else "cannot be bounded"
            rank = f"{found.uncertainty.rank} of {len(found.uncertainty.placebo_labels) + 1}"
            numbers = (f"{found.effect:.4g}", bounds, rank)
        case NotEstimable(reason):
            numbers = ("-", reason, "-")
        case Failed(error):
            numbers = ("-", error, "-")
    return (cell.outcome.name, f"{cell.label}{star}", *numbers, *said)
