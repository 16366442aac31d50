"""`lmpeval run` and `lmpeval demo`: studies in, reports and runs out."""

from __future__ import annotations

import shlex
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from lmpeval.cli.application import FAILED, HERE, Jobs, Where, app, folder
from lmpeval.errors import UserError
from lmpeval.interrupt import heard

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from lmpeval.ahead.calibration_file import Foreseen
    from lmpeval.engine.answer_store import AnswerStore
    from lmpeval.engine.running import Prepared, StudyResult
    from lmpeval.finding import Finding
    from lmpeval.tracking import InWords, Pages


Language = Literal["nl", "en", "both"]


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
) -> int:
    """Run study files on delivered data: reports, and runs in MLflow.

    Beside each report stand a sheet at a glance and a public summary, as pages and for Word, in Dutch, in
    English or in both; the report itself is in English.

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
    where.refuse_persons(each.study.study for each in prepared if each.study.data.persons is not None)
    with where.spread(), kept_answers(folder(out), fresh=fresh) as kept:
        return _run(prepared, out, jobs, kept, language=language)


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
    language: Language = "both",
) -> int:
    from lmpeval.ahead.look_ahead import look_ahead
    from lmpeval.cli.console import Console
    from lmpeval.engine.running import cells_of, plan, run
    from lmpeval.report import told_ahead
    from lmpeval.report.language import LANGUAGES
    from lmpeval.tracking import Outbox, tracking_store, without_password

    outbox, plans, failed = Outbox(tracking_store()), [plan(each) for each in prepared], False
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
                languages = LANGUAGES if language == "both" else (language,)
                report, sheets = _written(result, out / f"{result.study.study}.html", known, languages)
                console.show(result, report)
                if tell:
                    console.say(tell(result))
                outbox.send(result, _pages(result, report, sheets, known, languages))
                failed |= any(finding.failed for finding in result.findings)
                stop_if_pressed()
        if kept.lost:
            console.say(f"{kept.path}: not every cell is kept for the next run: {kept.lost}")
        outbox.flush(at_last=True)
        if outbox.trouble is None:
            console.where_to_look(without_password(outbox.store))
    if outbox.trouble:
        raise UserError(
            f"{outbox.trouble}\nThe reports in {out} are complete; runs are missing. The same command logs "
            "them, and computes nothing again"
        )
    return FAILED if failed else 0


def _written(
    result: StudyResult, path: Path, known: Foreseen, languages: Collection[str]
) -> tuple[Path, tuple[Path, ...]]:
    from lmpeval.report import write_report, write_sheets
    from lmpeval.report.page import in_languages
    from lmpeval.results.file import write_results

    try:
        write_results(result, path.with_suffix(".results.csv"))
        sheets = write_sheets(result, path.parent, languages)
        report = write_report(result, path, known, languages)
        others = in_languages(path, languages)
        return report, (*(each for each in others.values() if each != report), *sheets)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}") from error


def _pages(
    result: StudyResult, report: Path, sheets: tuple[Path, ...], known: Foreseen, languages: Collection[str]
) -> Pages:
    from lmpeval.report import figures_of
    from lmpeval.tracking import Pages

    return Pages(
        report,
        results=report.with_suffix(".results.csv"),
        sheets=sheets,
        figures=partial(figures_of, result),
        words=partial(in_words, result, languages),
        calibrations=known.calibrations(),
        glimpses=known.glimpsed(),
    )


def in_words(result: StudyResult, languages: Collection[str]) -> InWords:
    """What is said of each run, in some languages."""
    from lmpeval.report.language import LANGUAGES
    from lmpeval.report.run_words import words_of_cell, words_of_study
    from lmpeval.tracking import InWords, Said

    spoken = [LANGUAGES[each] for each in languages]
    whole = words_of_study(result, spoken)
    cells = {each.cell.name: words_of_cell(each, result, spoken) for each in result.findings}
    return InWords(
        Said(whole.name, whole.note, dict(whole.columns)),
        {name: Said(said.name, said.note, dict(said.columns)) for name, said in cells.items()},
    )
