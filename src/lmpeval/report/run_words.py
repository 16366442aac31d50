"""What runs are called and what is said of them, the answer first: for whoever reads them in MLflow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Finding
from lmpeval.portfolio.members import leads
from lmpeval.report.glance import design_words, own_name
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import scale_of
from lmpeval.report.sentences import about, shown_code, tell
from lmpeval.report.sheets.headlines import Headline, differ, headlines, refers
from lmpeval.report.sheets.sure import doubts


@dataclass(frozen=True)
class RunWords:
    """A run in words.

    Attributes
    ----------
    name : str
        Told apart from those of all other studies of a portfolio.
    note : str
        Markdown, the answer first, once in each language.
    columns : tuple of (str, str)
        What stands in the table of runs, by the name of its column.
    """

    name: str
    note: str
    columns: tuple[tuple[str, str], ...]


def words_of_study(result: StudyResult, catalogues: Sequence[Catalogue]) -> RunWords:
    """Say what a study found on each aim; its columns are in the last of the languages."""
    last = catalogues[-1]
    columns = tuple((str(each.aim), _answer(each.finding, last)) for each in headlines(result, last))
    notes = [_note_of_study(result, each) for each in catalogues]
    return RunWords(study_name(result), "\n\n---\n\n".join(notes), columns)


def words_of_cell(finding: Finding, result: StudyResult, catalogues: Sequence[Catalogue]) -> RunWords:
    """Say what one finding says; its columns are in the last of the languages."""
    last = catalogues[-1]
    outcome, cell = finding.cell.outcome.called_in(last.language), finding.cell
    whom = last.say(f"run.{cell.level}")
    beside = "" if leads(finding, result) else f" ({design_words(cell.label)})"
    doubted = _doubts(finding, last)
    return RunWords(
        f"{study_name(result)}: {outcome}, {whom}{beside}",
        "\n\n---\n\n".join(_note_of_cell(finding, result, each) for each in catalogues),
        (
            ("whom", whom),
            ("difference", _answer(finding, last)),
            ("main doubt", doubted[0] if doubted else ""),
        ),
    )


def study_name(result: StudyResult) -> str:
    """The site, and what was done where that does not bear the name of the site."""
    done = result.study.intervention
    return done.site if done.name.startswith(done.site) else f"{done.site}, {own_name(done.site, done.name)}"


def _answer(finding: Finding | None, catalogue: Catalogue) -> str:
    """A finding's mark, with its difference and range where they may be stated."""
    if finding is None:
        return catalogue.say("mark.NOT-STUDIED")
    code, verdict = shown_code(finding.verdict), finding.verdict
    mark = catalogue.say(f"mark.{code}")
    if tell(verdict, about(finding), catalogue).range is None:
        return mark
    assert verdict.effect is not None
    assert verdict.low is not None
    assert verdict.high is not None
    scale = scale_of(finding.cell.outcome, catalogue)
    between = scale.interval(verdict.low, verdict.high)
    return f"{mark}: {scale.change(verdict.effect)} ({between}){scale.after}"


def _doubts(finding: Finding, catalogue: Catalogue) -> tuple[str, ...]:
    return doubts(finding.result, catalogue) if isinstance(finding.result, Answered) else ()


def _note_of_study(result: StudyResult, catalogue: Catalogue) -> str:
    say, found, name = catalogue.say, headlines(result, catalogue), result.study.study
    answers = [f"- **{say(f'aim.{each.aim}')}.** {each.sentence}" for each in found]
    parts = [
        f"## {result.study.titled_in(catalogue.language)}",
        "\n".join(answers),
        " ".join(filter(None, (differ(found, catalogue), say("sheet.never-averaged")))),
        " ".join(_sure(found, catalogue)),
        f"{say('sheet.plan')}: {say(f'standing.{result.protocol.standing}')}.",
        say("run.open", study=name, language=catalogue.language),
    ]
    return "\n\n".join(filter(None, parts))


def _sure(found: Sequence[Headline], catalogue: Catalogue) -> Iterator[str]:
    """How sure each answer is, and the doubts that weigh most, each once."""
    doubted: dict[str, None] = {}
    for each in found:
        if each.told is None or each.finding is None or not each.told.certainty:
            continue
        outcome = each.finding.cell.outcome.called_in(catalogue.language)
        certain = catalogue.say(f"certainty.{each.told.certainty}")
        yield catalogue.say("summary.certainty", outcome=outcome, certainty=certain)
        doubted |= dict.fromkeys(_doubts(each.finding, catalogue)[:1])
    yield from doubted


def _note_of_cell(finding: Finding, result: StudyResult, catalogue: Catalogue) -> str:
    told, cell = tell(finding.verdict, about(finding), catalogue), finding.cell
    control = cell.outcome.negative_control
    parts = [
        f"**{told.text}**" if not control else catalogue.say("run.control"),
        refers(finding, result, catalogue) if told.range is not None else "",
        "" if leads(finding, result) else catalogue.say("run.beside"),
        "" if told.certainty is None else _certainty(told.certainty, catalogue),
        " ".join(_doubts(finding, catalogue)),
        catalogue.say("run.withheld") if _withheld(finding) else "",
        f"{cell.study}: `{cell.name}`",
    ]
    return "\n\n".join(filter(None, parts))


def _certainty(certainty: str, catalogue: Catalogue) -> str:
    return f"{catalogue.say('sheet.certainty')}: {catalogue.say(f'certainty.{certainty}')}."


def _withheld(finding: Finding) -> bool:
    """Whether there are numbers that no sentence states."""
    silent = finding.verdict.blocked or finding.verdict.effect is None
    return silent and isinstance(finding.result, Answered)
