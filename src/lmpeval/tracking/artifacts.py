"""A study and its findings as the files that runs keep."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from lmpeval.ahead.calibrating import Calibrated, StudyCalibration
from lmpeval.calibration import Calibration
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Failed, Finding, SeveralStarts
from lmpeval.ledger import Ledger
from lmpeval.persons.subgroups import SubgroupEffects
from lmpeval.tracking.records import figure_of


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
    """Write what a cell's run keeps: verdict, ledger, effect path, weights, leave-one-out, figure.

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
    found = finding.result.estimate
    ledger = ledger_rows(finding.result.ledger)
    _write_json(folder / "ledger.json", ledger)
    _write_csv(folder / "ledger.csv", tuple(ledger[0]), (tuple(row.values()) for row in ledger))
    told_path = found.told
    figures = np.column_stack(
        [told_path.observed, told_path.counterfactual, told_path.gap, told_path.path_interval]
    )
    path = (
        (year, *(figure_of(value, finding.result) for value in row), counted)
        for year, row, counted in zip(found.years, figures.tolist(), found.counted, strict=True)
    )
    columns = ("year", "observed", "counterfactual", "gap", "low", "high", "counted")
    numbers = folder / "withheld" if verdict.blocked or verdict.effect is None else folder
    numbers.mkdir(exist_ok=True)
    _write_csv(numbers / "effect_path.csv", columns, path)
    if finding.result.several is not None:
        rows = average_rows(finding.result.several)
        _write_csv(numbers / "averages.csv", AVERAGE_COLUMNS, rows)
    weighted = zip(found.control_names, found.comparison.weights, strict=True)
    by_weight = sorted((pair for pair in weighted if pair[1] > 0), key=lambda pair: (-pair[1], pair[0]))
    _write_csv(folder / "weights.csv", ("unit", "weight"), by_weight)
    left_out = [
        (row.unit, row.weight, figure_of(row.effect, finding.result))
        for row in finding.result.robustness.left_out
    ]
    _write_csv(numbers / "leave_one_out.csv", ("unit", "weight", "effect_without"), left_out)
    others = [
        (row.method, row.n_sites, row.effect, *(row.interval or (None, None)), row.p, row.reason, row.detail)
        for row in finding.result.others
    ]
    _write_csv(numbers / "other_methods.csv", OTHER_METHOD_COLUMNS, others)
    groups = finding.result.persons.subgroups if finding.result.persons is not None else ()
    if groups:
        _write_csv(numbers / "subgroups.csv", SUBGROUP_COLUMNS, subgroup_rows(groups))
    if finding.result.ranks:
        ranks = [
            (row.statistic, row.within if isfinite(row.within) else None, row.place, row.among, row.reason)
            for row in finding.result.ranks
        ]
        _write_csv(numbers / "other_ranks.csv", RANK_COLUMNS, ranks)


OTHER_METHOD_COLUMNS = ("method", "sites", "effect", "low", "high", "p", "reason", "detail")
RANK_COLUMNS = ("statistic", "misfit_within_times", "place", "among", "reason")

SUBGROUP_COLUMNS = (
    "by", "group", "effect", "low", "high", "less_others", "less_others_low", "less_others_high", "p",
    "p_holm", "withheld",
)  # fmt: skip


def subgroup_rows(found: Sequence[SubgroupEffects]) -> Iterator[Sequence[Any]]:
    """One row a group of persons, and one a characteristic for the test; counts of persons are in none."""
    for each in found:
        for group in each.groups:
            numbers = [(j.effect, j.low, j.high) if j else ("",) * 3 for j in (group.own, group.apart)]
            yield each.by, group.group, *numbers[0], *numbers[1], "", "", group.why
        if each.p is not None:
            yield each.by, "", *("",) * 6, each.p, each.adjusted, ""


AVERAGE_COLUMNS = (
    "by", "at", "effect", "standard_error", "low", "high", "band_low", "band_high", "starts",
)  # fmt: skip


def average_rows(several: SeveralStarts) -> Iterator[Sequence[Any]]:
    """One row an average of effects of several starts; `at` is empty for the one number of a kind."""
    for each in several.averages:
        for m, at in enumerate(each.at):
            starts = [f"{s} {w:.6g}" for s, w in zip(each.starts, each.weights[m], strict=True) if w > 0]
            yield (
                each.by, at, each.effect[m], each.standard_error[m], *each.interval[m], *each.band[m],
                "; ".join(starts),
            )  # fmt: skip
        whole = each.overall
        yield each.by, "", whole.effect, whole.standard_error, whole.low, whole.high, "", "", ""


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


def ledger_rows(ledger: Ledger) -> list[dict[str, Any]]:
    """One row an assumption, as tables and JSON carry it."""
    return [
        {
            "assumption_number": entry.assumption.number,  # evidence has a number of its own
            "assumption": entry.assumption.name,
            "critical": entry.assumption.critical,
            "claim": entry.assumption.claim,
            **asdict(entry.evidence),
            "argument": entry.argument,
            "judged": str(entry.status),
            "judged_by": entry.judged.by if entry.judged else None,
            "judged_on": entry.judged.on.isoformat() if entry.judged else None,
            "judged_because": entry.judged.reason if entry.judged else None,
            "source": entry.assumption.source,
        }
        for entry in ledger.entries
    ]


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
