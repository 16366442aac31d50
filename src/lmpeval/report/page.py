"""One page for one study: everything in it, nothing outside it."""

from __future__ import annotations

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
from lmpeval.report.glance import at_the_start, glance
from lmpeval.report.persons import level_table, person_flow_table
from lmpeval.report.protocol import protocol_view
from lmpeval.report.question import design_table, facts, flow_table, outcome_table, set_aside
from lmpeval.report.starts import listed_years, starts_of
from lmpeval.report.together import together_view
from lmpeval.report.words import ENGLISH, Words
from lmpeval.whole_file import write_whole

HERE = Path(__file__).parent
CITATIONS = {"vektis": "Vektis", "cbs": "CBS Statistics Netherlands"}
"""Owner of the files in a folder, as the owner asks to be named."""


NOT_CALIBRATED = Foreseen(Standing.ABSENT)


def write_report(result: StudyResult, path: Path, calibration: Foreseen = NOT_CALIBRATED) -> Path:
    """Write one study's report as a single page of HTML.

    The same findings give the same bytes: the page holds no clock time and no chance.

    Parameters
    ----------
    result : StudyResult
    path : Path
        File to write; its folder is made where it does not exist. A page that is there is replaced at once,
        never seen half-written.
    calibration : Foreseen
        What was known beforehand of what the designs can see; it stands before the answers.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OSError
        Where the page cannot be written.
    """
    return write_whole(path, render(result, ENGLISH, calibration))


def render(result: StudyResult, words: Words, calibration: Foreseen = NOT_CALIBRATED) -> str:
    """Fill the page."""
    return (
        templates()
        .get_template("page.html.j2")
        .render(
            **_parts(result, words),
            foreseen=foreseen_view(calibration, result.study, words),
            study=result.study,
            result=result,
            version=version("lmpeval"),
            words=words,
            style=style(),
        )
    )


def templates() -> jinja2.Environment:
    """The templates of all pages."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["at_the_start"] = at_the_start
    return made


def style() -> str:
    """The style sheet of all pages."""
    return (HERE / "style.css").read_text(encoding="utf-8")


def _parts(result: StudyResult, words: Words) -> dict[str, Any]:
    cells = answered_cells(result, words)
    return {
        "glance": glance(result, words),
        "facts": facts(result.study),
        "outcomes": outcome_table(result.study, words),
        "designs": design_table(result.study),
        "causes": graph_view(result.study),
        "protocol": protocol_view(result.protocol, result.study),
        "flow": flow_table(result.selection, words),
        "set_aside": set_aside(result.selection),
        "person_flow": person_flow_table(result.flow) if result.flow is not None else None,
        "levels": level_table(result),
        "delivered": delivered_view(result, words.catalogue),
        "together": together_view(result, words.catalogue),
        "starts": _starts(result),
        "several": len(starts_of(result.study)) > 1,
        "cells": [cell for cell in cells if not cell.appendix],
        "outcomes_shown": _side_by_side([cell for cell in cells if not cell.appendix]),
        "apart": [cell for cell in cells if cell.appendix],
        "unanswered": unanswered_cells(result, words),
        "drops": _grouped(
            [(f.cell.outcome.name, f"{unit}: {why}") for f in result.findings for unit, why in f.dropped]
        ),
        "remarks": _grouped([(f.cell.outcome.name, note) for f in result.findings for note in f.notes]),
        "citations": citations(result),
        "methods": _methods(result),
        "sources": _sources(result),
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
        grouped.setdefault(name.replace("_", " "), []).append(text)
    return grouped


def citations(result: StudyResult) -> list[str]:
    """Name the owners of the data as they ask to be named."""
    folders = {part.lower() for name, _ in result.files for part in Path(name).parts}
    return [f"source: {owner}" for folder, owner in CITATIONS.items() if folder in folders]


def _starts(result: StudyResult) -> str:
    years = starts_of(result.study)
    return f"{'start' if len(years) == 1 else 'starts'} in {listed_years(years)}"


def _methods(result: StudyResult) -> dict[str, str]:
    """First sentence of each design's own description."""
    described = {}
    for finding in result.findings:
        design = finding.cell.design
        lines = (type(design).__doc__ or "").strip().splitlines()
        described[finding.cell.label] = lines[0] if lines else ""
    return {label.replace("_", " "): text for label, text in described.items() if text}


def _sources(result: StudyResult) -> dict[str, str]:
    """Where each assumption comes from."""
    found: dict[str, str] = {}
    for finding in result.findings:
        if isinstance(finding.result, Answered):
            for entry in finding.result.ledger.entries:
                found.setdefault(entry.assumption.name.replace("_", " "), entry.assumption.source)
    return found
