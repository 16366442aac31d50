"""What it costs to write findings to a tracking store once they are found. See README.md beside this file."""

from __future__ import annotations

import argparse
import csv
import time
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from lmpeval.ahead.calibration_file import Foreseen, Standing
from lmpeval.cli.demonstration import lay_out
from lmpeval.cli.study_desk import in_words
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import StudyResult, run
from lmpeval.report import ToShow, study_pages
from lmpeval.tracking import Pages, track

HERE = Path(__file__).parent


def study_of(found: StudyResult, number: int, cells: int) -> StudyResult:
    """A study with as many cells, made of those of another under names of their own."""
    study = replace(found.study, study=f"study_{number}")
    findings = []
    for i in range(cells):
        each = found.findings[i % len(found.findings)]
        outcome = replace(each.cell.outcome, name=f"{each.cell.outcome.name}_{i}")
        findings.append(replace(each, cell=replace(each.cell, study=study.study, outcome=outcome)))
    return replace(found, study=study, findings=tuple(findings))


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--studies", type=int, default=8)
    asked.add_argument("--cells", type=int, default=36)
    given = asked.parse_args()
    with TemporaryDirectory() as name:
        folder = Path(name)
        begun = time.process_time()
        [found] = run([plan(each) for each in prepare([lay_out(folder, 3)], folder)], 1)
        finding = time.process_time() - begun
        made = study_pages(ToShow(found, Foreseen(Standing.ABSENT), ("nl", "en")))
        report, results = made.written(folder), folder / "demo.results.csv"
        sheets = tuple(folder / text for text in made.beside)
        store = f"sqlite:///{folder / 'runs.db'}"
        rows = []
        for number in range(given.studies + 1):
            study = study_of(found, number, given.cells if number else 1)
            drawn = {each.cell.name: next(iter(made.figures.values())) for each in study.findings}
            pages = Pages(
                report, results, sheets,
                figures=lambda drawn=drawn: drawn, words=lambda study=study: in_words(study, ("nl", "en")),
            )  # fmt: skip
            begun = time.process_time()
            track(study, pages, store)
            if number:  # the first makes the tables
                rows.append((number, given.cells, time.process_time() - begun))
    spent = sum(row[2] for row in rows) / sum(row[1] for row in rows)
    print(f"{1000 * spent:.1f} ms of CPU a finding, {1300 * spent:.0f} s for 1,300")
    print(f"finding {len(found.findings)} took {finding:.1f} s: a share of {spent / (finding / 4):.1%}")
    with (HERE / "result.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("study", "findings", "cpu_seconds"))
        writer.writerows((n, cells, f"{seconds:.3f}") for n, cells, seconds in rows)


if __name__ == "__main__":
    main()
