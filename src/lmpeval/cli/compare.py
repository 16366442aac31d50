"""`lmpeval compare`: studies side by side on one page."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import FAILED, Jobs, app, folder
from lmpeval.errors import UserError
from lmpeval.interrupt import heard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lmpeval.disclosure.differences import Persons
    from lmpeval.engine.answer_store import AnswerStore
    from lmpeval.engine.planning import Prepared
    from lmpeval.engine.running import StudyResult
    from lmpeval.finding import Finding
    from lmpeval.portfolio.comparing import SideBySide


@app.command
def compare(
    comparison: Path,
    /,
    *,
    data: Annotated[Path, Parameter(help="Folder that holds the delivered files.")],
    out: Annotated[Path, Parameter(help="Folder for the page and its table.")] = Path("results"),
    jobs: Jobs = -1,
    fresh: Annotated[bool, Parameter(help="Forget what earlier runs have finished.", negative="")] = False,
    brief: Annotated[bool, Parameter(help="Cells as of `lmpeval run --brief`.", negative="")] = False,
) -> int:
    """Run the studies of a comparison and hold them against each other: a page, its table, a run in MLflow.

    Cells that `lmpeval run` or an earlier comparison with the same --out has finished are read and not
    computed again, unless what they rest on has changed.

    Exit code 0 when every cell gave a finding, 1 when a cell failed, 2 when a file or the data is wrong.

    Parameters
    ----------
    comparison
        Comparison file (YAML): which studies, and which interventions nobody studied.
    """
    from lmpeval.engine.answer_store import kept_answers
    from lmpeval.engine.preparation import prepare
    from lmpeval.portfolio.comparing import side_by_side
    from lmpeval.portfolio.comparison_file import read_comparison
    from lmpeval.portfolio.table import write_comparison_table
    from lmpeval.report.comparison_page import write_comparison_page

    asked = read_comparison(comparison)
    prepared = prepare(asked.studies, data)
    with kept_answers(folder(out), fresh=fresh) as kept:
        results = _answered(prepared, jobs, kept, brief=brief)
    compared = side_by_side(asked, results)
    page = out / f"{asked.portfolio.comparison}.html"
    table = page.with_suffix(".comparison.csv")
    try:
        write_comparison_page(compared, page)
        write_comparison_table(compared, table)
    except OSError as error:
        raise UserError(f"{page}: cannot be written: {error.strerror}") from error
    print(f"Comparison: {page}\nIts table:  {table}")
    _track(compared, page, table)
    return FAILED if any(finding.failed for each in results for finding in each.findings) else 0


def _track(compared: SideBySide, page: Path, table: Path) -> None:
    from lmpeval.report.comparison_note import comparison_note
    from lmpeval.report.words import ALL
    from lmpeval.tracking import ComparisonPages, TrackingError, track_comparison, tracking_store

    note = "\n\n---\n\n".join(comparison_note(compared, words) for words in ALL.values())
    try:
        track_comparison(compared, ComparisonPages(page, table, note), tracking_store())
    except TrackingError as error:
        raise UserError(
            f"{error}\nThe page and its table in {page.parent} are complete; the run is missing."
        ) from error


def _answered(prepared: list[Prepared], jobs: int, kept: AnswerStore, *, brief: bool) -> list[StudyResult]:
    from lmpeval.cli.console import Console
    from lmpeval.engine.batches import batches
    from lmpeval.engine.planning import n_cells, plan_all
    from lmpeval.engine.running import cells_of, run

    earlier: list[Persons] = []
    with heard() as stop_if_pressed, Console(sum(n_cells(each.study) for each in prepared)) as console:

        def done(finding: Finding) -> None:
            stop_if_pressed()
            console.done(finding)

        def results_of(batch: Sequence[Prepared]) -> list[StudyResult]:
            plans = plan_all(batch, brief=brief)
            asked = cells_of(plans, kept)
            console.there(asked.there)
            with closing(run(plans, jobs, done, asked, earlier=earlier)) as found:
                return list(found)

        results = [each for batch in batches(prepared) for each in results_of(batch)]
        if kept.lost:
            console.say(f"{kept.path}: not every cell is kept for the next run: {kept.lost}")
        return results
