"""One page for one study: everything in it, nothing outside it."""

from __future__ import annotations

import os
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jinja2

from lmpeval.engine import StudyResult
from lmpeval.finding import Answered
from lmpeval.report.cells import CellView, answered_cells, unanswered_cells
from lmpeval.report.glance import glance
from lmpeval.report.question import design_table, facts, flow_table, outcome_table, set_aside
from lmpeval.report.starts import listed_years, starts_of
from lmpeval.report.words import ENGLISH, Words

HERE = Path(__file__).parent
CITATIONS = {"vektis": "Vektis", "cbs": "CBS Statistics Netherlands"}
"""Owner of the files in a folder, as the owner asks to be named."""


def write_report(result: StudyResult, path: Path) -> Path:
    """Write one study's report as a single page of HTML.

    The same findings give the same bytes: the page holds no clock time and no chance.

    Parameters
    ----------
    result : StudyResult
    path : Path
        File to write; its folder is made where it does not exist. A page that is there is replaced at once,
        never seen half-written.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OSError
        Where the page cannot be written.
    """
    text = render(result, ENGLISH)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(beside).chmod(0o644)
        Path(beside).replace(path)
    finally:
        Path(beside).unlink(missing_ok=True)
    return path


def render(result: StudyResult, words: Words) -> str:
    """Fill the page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(
        **_parts(result, words),
        study=result.study,
        result=result,
        version=version("lmpeval"),
        words=words,
        style=(HERE / "style.css").read_text(encoding="utf-8"),
    )


def _parts(result: StudyResult, words: Words) -> dict[str, Any]:
    cells = answered_cells(result, words)
    return {
        "glance": glance(result, words),
        "facts": facts(result.study),
        "outcomes": outcome_table(result.study, words),
        "designs": design_table(result.study),
        "flow": flow_table(result.selection, words),
        "set_aside": set_aside(result.selection),
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
        "citations": _citations(result),
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


def _citations(result: StudyResult) -> list[str]:
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
