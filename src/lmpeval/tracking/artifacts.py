"""A study and its findings as the files that runs keep."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path, PurePath
from typing import Any

from lmpeval.ahead.calibrating import Calibrated, StudyCalibration
from lmpeval.calibration import Calibration
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Failed, Finding
from lmpeval.tracking.cell_tables import by_weight, ledger_rows, tables_of_numbers


def write_study(folder: Path, result: StudyResult, texts: Sequence[Path], results: Path) -> None:
    """Write what a study's run keeps: study, report and short texts, flow of units, findings, all figures."""
    (folder / "study.yaml").write_text(result.study_text, encoding="utf-8")
    for text in texts:
        (folder / text.name).write_bytes(text.read_bytes())
    _write_csv(folder / "flow.csv", ("role", "reason", "units"), result.selection.flow())
    placements = [(p.unit, p.group, p.role, p.reason) for p in result.selection.placements]
    _write_csv(folder / "units.csv", ("unit", "group", "role", "reason"), placements)
    _write_csv(folder / "findings.csv", FINDING_COLUMNS, map(_finding_row, result.findings))
    (folder / "results.csv").write_bytes(results.read_bytes())


def in_every_language(page: Path) -> list[Path]:
    """A page, and the same in other languages where they stand beside it: `kant.html`, `kant.nl.html`."""
    return [page, *sorted(page.parent.glob(f"{page.stem}.[a-z][a-z].html"))]


def write_cell(folder: Path, finding: Finding, figure: str | None) -> None:
    """Write what a cell's run keeps: verdict, ledger, weights, tables of numbers, figure.

    Numbers of a result that is no answer, or of a headline that is blocked, lie in `withheld/`.
    """
    verdict = finding.told
    told = replace(verdict, effect=None, low=None, high=None) if verdict.blocked else verdict
    _write_json(folder / "verdict.json", {**asdict(told), "answer": verdict.answer})
    if figure and not verdict.blocked:
        (folder / "effect_path.svg").write_text(figure, encoding="utf-8")
    if isinstance(finding.result, Failed):
        (folder / "failure.txt").write_text(_places(finding.result.trace), encoding="utf-8")
    if not isinstance(finding.result, Answered):
        return
    ledger = ledger_rows(finding.result.ledger)
    _write_json(folder / "ledger.json", ledger)
    _write_csv(folder / "ledger.csv", tuple(ledger[0]), (tuple(row.values()) for row in ledger))
    _write_csv(folder / "weights.csv", ("unit", "weight"), by_weight(finding.result))
    numbers = folder / "withheld" if verdict.blocked or verdict.effect is None else folder
    numbers.mkdir(exist_ok=True)
    for table in tables_of_numbers(finding.result):
        _write_csv(numbers / table.file, table.columns, table.rows)


def write_calibrated(folder: Path, told: StudyCalibration, page: Path) -> None:
    """Write what a calibration's run keeps: the study, the page, a row a number of each cell."""
    name = told.of.study.study
    (folder / "study.yaml").write_text(told.of.study_text, encoding="utf-8")
    for each in in_every_language(page):
        (folder / f"{name}.calibration{each.name.removeprefix(page.stem)}").write_bytes(each.read_bytes())
    rows = [
        (each.cell.name, number, found.value, found.error)
        for each in told.cells
        if isinstance(each.result, Calibration)
        for number, found in each.result.numbers().items()
    ]
    _write_csv(folder / "calibration.csv", ("cell", "number", "value", "monte_carlo_error"), rows)
    without = [
        (each.cell.name, _why(each)) for each in told.cells if not isinstance(each.result, Calibration)
    ]
    _write_csv(folder / "not_calibrated.csv", ("cell", "why"), without)


def _why(each: Calibrated) -> str:
    return each.result.error if isinstance(each.result, Failed) else getattr(each.result, "reason", "")


def _places(trace: str) -> str:
    """Files, lines and functions of a trace: no message, which may quote data, and no folder of a machine."""
    found = re.findall(r'^ *\|? *File "(.+)", line (\d+), in (.+)$', trace, flags=re.MULTILINE)
    return "".join(f"{PurePath(path).name}, line {line}, in {name}\n" for path, line, name in found)


FINDING_COLUMNS = (
    "cell",
    "aim",
    "primary",
    "verdict",
    "answer",
    "certainty",
    "effect",
    "low",
    "high",
    "reasons",
)


def _finding_row(finding: Finding) -> Sequence[Any]:
    cell, verdict = finding.cell, finding.told
    shown = (None, None, None) if verdict.blocked else (verdict.effect, verdict.low, verdict.high)
    return (
        cell.name, cell.outcome.aim, cell.primary and cell.outcome.primary, verdict.state, verdict.answer,
        verdict.certainty, *shown, "; ".join(verdict.reasons),
    )  # fmt: skip


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)


def _write_json(path: Path, value: Any) -> None:
    text = json.dumps(_bounded(value), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text, encoding="utf-8")


def _bounded(value: Any) -> Any:
    """A value with null for every number that is not finite: JSON knows no infinity."""
    if isinstance(value, dict):
        return {key: _bounded(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_bounded(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
