"""One page for one study: everything in it, nothing outside it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2

from lmpeval.ahead.calibration_file import Foreseen, Standing
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered
from lmpeval.report.calibration import foreseen_view
from lmpeval.report.causal_graph import graph_view
from lmpeval.report.cells import CellView, answered_cells, unanswered_cells
from lmpeval.report.delivered import delivered_view
from lmpeval.report.glance import at_the_start, design_words, glance
from lmpeval.report.language.numerals import MINUS
from lmpeval.report.other_language import Foreign, foreign_texts, in_their_language
from lmpeval.report.persons import level_table, person_flow_table
from lmpeval.report.protocol import protocol_view
from lmpeval.report.question import design_table, facts, flow_table, outcome_table, set_aside
from lmpeval.report.running_text import as_shown, running_text
from lmpeval.report.sheets.readability import readability
from lmpeval.report.starts import starts_of
from lmpeval.report.target_trial import target_trial
from lmpeval.report.together import together_view
from lmpeval.report.words import ALL, ENGLISH, Words
from lmpeval.study_files.docstrings import described, section
from lmpeval.whole_file import write_whole

HERE = Path(__file__).parent
OWNERS = ("vektis", "cbs")
"""Folders of files whose owners ask to be named."""


NOT_CALIBRATED = Foreseen(Standing.ABSENT)


@dataclass(frozen=True)
class OtherLanguage:
    """The same page in another language: its file, which stands beside this one."""

    language: str
    file: str
    text: str


def in_languages(path: Path, languages: Iterable[str]) -> dict[str, Path]:
    """Where a page stands in each language: the English one under its own name, others with theirs in it.

    >>> {k: v.name for k, v in in_languages(Path("kant.html"), ("nl", "en")).items()}
    {'nl': 'kant.nl.html', 'en': 'kant.html'}
    """
    return {
        each: path if each == ENGLISH.language else path.with_suffix(f".{each}{path.suffix}")
        for each in languages
    }


def others_of(language: str, files: Mapping[str, Path]) -> list[OtherLanguage]:
    """The same page in its other languages."""
    return [
        OtherLanguage(each, file.name, ALL[each].say("page.other-language"))
        for each, file in files.items()
        if each != language
    ]


def write_report(
    result: StudyResult,
    path: Path,
    calibration: Foreseen = NOT_CALIBRATED,
    languages: Iterable[str] = ALL,
) -> Path:
    """Write one study's report as a single page of HTML in each language; each leads to the others.

    The same findings give the same bytes: the page holds no clock time and no chance.

    Parameters
    ----------
    result : StudyResult
    path : Path
        File of the English page, which is always written; its folder is made where it does not exist. A page
        that is there is replaced at once, never seen half-written.
    calibration : Foreseen
        What was known beforehand of what the designs can see; it stands before the answers.
    languages : iterable of str
        Beside English.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OSError
        Where a page cannot be written.
    """
    written = report_files(result, path, calibration, languages)
    for name, page in written.items():
        write_whole(path.with_name(name), page)
    forget_others(path, written)
    return path


def forget_others(path: Path, written: Collection[str]) -> None:
    """Take pages of a report away that an earlier run left in another language: they tell other findings."""
    for file in in_languages(path, ALL).values():
        if file.name not in written:
            file.unlink(missing_ok=True)


def report_files(
    result: StudyResult,
    path: Path,
    calibration: Foreseen = NOT_CALIBRATED,
    languages: Iterable[str] = ALL,
) -> dict[str, str]:
    """The pages that `write_report` writes, by the name of their file."""
    files = in_languages(path, dict.fromkeys((*languages, ENGLISH.language)))
    return {
        file.name: render(result, ALL[language], calibration, others_of(language, files))
        for language, file in files.items()
    }


def render(
    result: StudyResult,
    words: Words,
    calibration: Foreseen = NOT_CALIBRATED,
    others: Sequence[OtherLanguage] = (),
) -> str:
    """Fill the page."""
    return fill(
        "page.html.j2",
        words,
        foreign_texts(result.study, words.language),
        **_parts(result, words),
        foreseen=foreseen_view(calibration, result.study, words),
        study=result.study,
        title=result.study.titled_in(words.language),
        result=result,
        others=others,
    )


def fill(template: str, words: Words, written: Foreign, /, **parts: Any) -> str:
    """Fill a template, say at its end how its running text reads, and of foreign texts what they are in."""
    page = (
        templates(words)
        .get_template(template)
        .render(**parts, version=version("lmpeval"), words=words, say=words.say, style=style())
    )
    return in_their_language(with_reading(page, words), written)


def with_reading(page: str, words: Words) -> str:
    """A page that ends with how its running text reads."""
    counted = readability(running_text(page), words.language)
    said = words.say(
        "page.reading",
        words=words.numerals.written(counted.words, 0),
        mean=words.numerals.written(counted.mean_sentence, 1),
        jargon=len(counted.jargon),
    )
    return page.replace("</main>", f'</main>\n<footer><p class="quiet">{said}</p></footer>', 1)


def templates(words: Words) -> jinja2.Environment:
    """The templates of all pages."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=as_shown,
    )
    made.filters["at_the_start"] = at_the_start
    made.filters["told"] = words.told
    return made


def style() -> str:
    """The style sheet of all pages."""
    return (HERE / "style.css").read_text(encoding="utf-8")


def _parts(result: StudyResult, words: Words) -> dict[str, Any]:
    cells = answered_cells(result, words)
    return {
        "glance": glance(result, words),
        "facts": facts(result.study, words),
        "outcomes": outcome_table(result.study, words),
        "designs": design_table(result.study, words),
        "causes": graph_view(result.study, words),
        "trial": target_trial(result, words),
        "protocol": protocol_view(result.protocol, result.study, words),
        "flow": flow_table(result.selection, words),
        "set_aside": set_aside(result.selection, words),
        "person_flow": person_flow_table(result.flow, words, result.study.gate.profile)
        if result.flow is not None
        else None,
        "levels": level_table(result, words),
        "delivered": delivered_view(result, words.catalogue),
        "together": together_view(result, words.catalogue),
        "starts": _starts(result, words),
        "several": len(starts_of(result.study)) > 1,
        "cells": [cell for cell in cells if not cell.appendix],
        "foreign": any(row.foreign for cell in cells for row in cell.ledger),
        "outcomes_shown": _side_by_side([cell for cell in cells if not cell.appendix]),
        "apart": [cell for cell in cells if cell.appendix],
        "unanswered": unanswered_cells(result, words),
        "drops": _grouped(
            [
                (words.called(f.cell.outcome), words.say("page.drop", unit=unit, why=words.told(why)))
                for f in result.findings
                for unit, why in f.dropped
            ]
        ),
        "remarks": _grouped(
            [(words.called(f.cell.outcome), words.told(note)) for f in result.findings for note in f.notes]
        ),
        "citations": citations(result, words),
        "methods": _methods(result, words),
        "sources": _sources(result, words),
    }


def _side_by_side(cells: list[CellView]) -> list[list[CellView]]:
    """The designs of an outcome in one row, the primary one first."""
    rows: dict[str, list[CellView]] = {}
    for cell in sorted(cells, key=lambda cell: not cell.primary):
        rows.setdefault(cell.outcome, []).append(cell)
    return [rows[name] for name in dict.fromkeys(cell.outcome for cell in cells)]


def _grouped(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Texts by outcome, each once: the designs of an outcome share its panel."""
    grouped: dict[str, list[str]] = {}
    for name, text in dict.fromkeys(pairs):
        grouped.setdefault(name, []).append(text)
    return grouped


def citations(result: StudyResult, words: Words) -> list[str]:
    """Name the owners of the data as they ask to be named."""
    folders = {part.lower() for name, _ in result.files for part in Path(name).parts}
    return [
        words.say("page.source", owner=words.say(f"owner.{owner}")) for owner in OWNERS if owner in folders
    ]


def _starts(result: StudyResult, words: Words) -> str:
    years = starts_of(result.study)
    return words.say("page.start" if len(years) == 1 else "page.starts", years=words.listed(years))


@dataclass(frozen=True)
class _Method:
    """A design as the page describes it: its own first sentence, its formula, its sources."""

    told: str
    formula: str
    sources: str


def _methods(result: StudyResult, words: Words) -> dict[str, _Method]:
    """Each design that is used, by its name in words."""
    found = {}
    for finding in result.findings:
        design = type(finding.cell.design)
        written = described(design)
        told = words.told(written.partition("\n")[0]) if written else ""
        method = _Method(
            told, getattr(design, "formula", "").replace("-", MINUS), section("References", written)
        )
        if method != _Method("", "", ""):
            found[design_words(finding.cell.label, words)] = method
    return found


def _sources(result: StudyResult, words: Words) -> dict[str, str]:
    """Where each assumption comes from."""
    found: dict[str, str] = {}
    for finding in result.findings:
        if isinstance(finding.result, Answered):
            for entry in finding.result.ledger.entries:
                name = entry.assumption.name
                told = words.catalogue.messages.get(f"assumption.{name}", name.replace("_", " "))
                found.setdefault(told, entry.assumption.source)
    return found
