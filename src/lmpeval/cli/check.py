"""`lmpeval check`: what can be known of a study before its results."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from lmpeval.cli.application import Jobs, app, folder
from lmpeval.errors import UserError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lmpeval.ahead.checking import Checked
    from lmpeval.engine.planning import Plan


@app.command
def check(
    studies: list[Path],
    /,
    *,
    data: Annotated[Path, Parameter(help="Folder that holds the delivered files.")],
    out: Annotated[Path, Parameter(help="Folder for the pages.")] = Path("results"),
    jobs: Jobs = -1,
) -> None:
    """Check all that needs no result: data, who is compared with whom, balance, assumptions, power.

    The site's own figures from its start on are taken out before any design runs: whoever looks here cannot
    have seen what happened. Then `lmpeval freeze` lays the plan down. Exit code 2 when a file or the data is
    wrong.

    Parameters
    ----------
    studies
        Study files (YAML).
    """
    from lmpeval.engine.batches import batches
    from lmpeval.engine.planning import plan_all
    from lmpeval.engine.preparation import prepare

    folder(out)
    for batch in batches(prepare(studies, data)):
        _check(plan_all(batch), out, jobs)


def _check(plans: Sequence[Plan], out: Path, jobs: int) -> None:
    from lmpeval.ahead.checking import check as checked
    from lmpeval.ahead.look_ahead import look_ahead
    from lmpeval.report import told_ahead, write_check_page

    for told, ahead in zip(checked(plans, jobs), look_ahead(plans, out, jobs), strict=True):
        page = out / f"{told.of.study.study}.check.html"
        try:
            write_check_page(told, page, ahead)
        except OSError as error:
            raise UserError(f"{page}: cannot be written: {error.strerror}") from error
        print(told.of.study.title)
        for cell in told.cells:
            print(f"  {cell.cell.name}: {_said(cell)}")
        if sight := told_ahead(told.of.study, ahead):
            print(sight)
        print(f"Page: {page}")


def _said(cell: Checked) -> str:
    """How many assumptions are in which state beforehand."""
    if cell.why_not:
        return cell.why_not
    counted = Counter(str(each.status or "waiting for the results") for each in cell.known)
    return ", ".join(f"{number} {status}" for status, number in counted.items())
