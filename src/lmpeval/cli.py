"""The command line: `lmpeval run`, `demo`, `schema`, `check-table`.

Heavy packages are imported by the command that needs them, so that `--help` answers at once.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import App, CycloptsError, Parameter

from lmpeval.errors import UserError
from lmpeval.interrupt import heard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lmpeval.engine import Prepared, StudyResult
    from lmpeval.finding import Finding

USER_ERROR, CELL_FAILED, INTERRUPTED = 2, 1, 130


def _one_or_more(_: object, jobs: int) -> None:
    if jobs < 1 and jobs != -1:
        raise ValueError(f"{jobs} found, expected 1 or more, or -1 for one a core")


Jobs = Annotated[int, Parameter(help="Cells at a time; -1 for one a core.", validator=_one_or_more)]

app = App(
    name="lmpeval",
    help="Judge regional health-care programmes on the Triple Aim.",
    version=lambda: version("lmpeval"),
    suppress_keyboard_interrupt=False,
)


@app.command
def run(
    studies: list[Path],
    /,
    *,
    data: Annotated[Path, Parameter(help="Folder that holds the delivered files.")],
    out: Annotated[Path, Parameter(help="Folder for the reports.")] = Path("results"),
    jobs: Jobs = -1,
) -> int:
    """Run study files on delivered data: reports, and runs in MLflow.

    Exit code 0 when every cell gave a finding, 1 when a cell failed, 2 when a file or the data is wrong.

    Parameters
    ----------
    studies
        Study files (YAML).
    """
    from lmpeval.preparation import prepare

    return _run(prepare(studies, data), _folder(out), jobs)


@app.command
def demo(
    *,
    out: Annotated[Path, Parameter(help="Folder for the data, the study file and the report.")] = Path(
        "demo"
    ),
    seed: Annotated[int, Parameter(help="Draws another country.")] = 3,
    jobs: Jobs = 1,
) -> int:
    """Draw a small country of which the truth is known, and run a study on it."""
    from lmpeval.demonstration import lay_out, truth_beside
    from lmpeval.preparation import prepare

    study = lay_out(_folder(out), seed)
    prepared = prepare([study], out)
    code = _run(prepared, out, jobs, tell=truth_beside)
    print(f"The study file is {study}, its data {out / 'panel.csv'}: change them and run\n  "
          + shlex.join(["lmpeval", "run", str(study), "--data", str(out), "--out", str(out)]))  # fmt: skip
    return code


@app.command
def schema() -> None:
    """Print the JSON Schema of study files, for editors."""
    from lmpeval.study_file import study_schema

    print(json.dumps(study_schema(), indent=2, ensure_ascii=False))


@app.command
def check_table(contract: str, file: Path, /, *, table: str | None = None) -> None:
    """Hold a table against its contract and list all that is wrong with it.

    Parameters
    ----------
    contract
        Name of the contract, such as region_panel.
    file
        CSV, Parquet or DuckDB file.
    table
        Table of a DuckDB file.
    """
    from lmpeval.contracts import load_contract
    from lmpeval.sources.tables import read_table

    checked = load_contract(contract).check(read_table(file, table), str(file))
    print(f"{file}: {len(checked)} rows keep contract {contract}")


def _run(
    prepared: Sequence[Prepared], out: Path, jobs: int, tell: Callable[[StudyResult], str] | None = None
) -> int:
    from lmpeval.console import Console
    from lmpeval.engine import plan, run
    from lmpeval.tracking import tracking_store, without_password

    store, plans, failed = tracking_store(), [plan(each) for each in prepared], False
    untracked: UserError | None = None
    n_cells = sum(len(each.tasks) for each in plans)
    with heard() as stop_if_pressed, Console(n_cells) as console:

        def done(finding: Finding) -> None:
            stop_if_pressed()
            console.done(finding)

        with closing(run(plans, jobs, done)) as results:
            for result in results:
                report = _written(result, out / f"{result.study.study}.html")
                console.show(result, report)
                if tell:
                    console.say(tell(result))
                untracked = untracked or _untracked(result, report, store)
                failed |= any(finding.failed for finding in result.findings)
                stop_if_pressed()
        if untracked is None:
            console.where_to_look(without_password(store))
    if untracked:
        raise UserError(f"{untracked}\nThe reports in {out} are complete; runs are missing.")
    return CELL_FAILED if failed else 0


def _written(result: StudyResult, path: Path) -> Path:
    from lmpeval.report import write_report

    try:
        return write_report(result, path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error


def _untracked(result: StudyResult, report: Path, store: str) -> UserError | None:
    """Track a study; where the store cannot be used, why: the studies after it are still reported."""
    from lmpeval.report import figures_of
    from lmpeval.tracking import Pages, TrackingError, track

    try:
        track(result, Pages(report, figures_of(result)), store)
    except TrackingError as error:
        return error
    return None


def _folder(path: Path) -> Path:
    """Make the folder of the results before anything is calculated."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{path}: cannot be made a folder for the results: {error.strerror}") from error
    return path


def main() -> None:
    """Run the command line; a user's error is a message and exit code 2, never a traceback."""
    try:
        code = app(exit_on_error=False, result_action="return_value") or 0
    except CycloptsError:  # its message is printed already
        code = USER_ERROR
    except UserError as error:
        print(error, file=sys.stderr)
        code = USER_ERROR
    except BrokenPipeError:  # whoever read the output has gone: `lmpeval schema | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except KeyboardInterrupt:
        print("interrupted: studies that were finished keep their reports and runs", file=sys.stderr)
        code = INTERRUPTED
    sys.exit(code)


if __name__ == "__main__":
    main()
