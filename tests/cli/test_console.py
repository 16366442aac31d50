"""What a run shows in the terminal."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console as Terminal

from lmpeval.cli.console import Console
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.study import DesignChoice, Status
from simulation.small_country import FEW, prepared, study, table


def shown(asked, data=None, width=160):
    out = StringIO()
    terminal = Terminal(file=out, width=width, highlight=False, markup=False, emoji=False)
    (found,) = run([plan(prepared(asked, data))], 1)
    with Console(len(found.findings), terminal=terminal) as console:
        for finding in found.findings:
            console.done(finding)
        console.show(found, Path("results/demo.html"))
        console.where_to_look("sqlite:///mlflow.db")
    return out.getvalue(), found


def test_every_cell_has_a_row_with_its_numbers_and_its_verdict():
    text, found = shown(study())
    for finding in found.findings:
        low, high = finding.result.estimate.uncertainty.interval
        numbers = f"{finding.result.estimate.effect:.3g} ({low:.3g} to {high:.3g})"
        (line,) = [each for each in text.splitlines() if numbers in each]
        beside = [] if finding.cell.primary else ["beside:"]
        assert line.split()[: 2 + len(beside)] == [finding.cell.outcome.name, *beside, finding.cell.label]
        assert finding.verdict.answer in line
        assert finding.verdict.certainty in line


def test_number_that_is_withheld_is_not_shown():
    """Nobody argued for what no data can test: there is a number and no headline."""
    text, found = shown(study(arguments={}))
    assert all(finding.verdict.blocked for finding in found.findings)
    assert text.count("blocked: argue in the study file") == 4
    assert text.count("stable_composition") == 4
    assert "moderate" not in text
    assert " low" not in text
    assert all(f"{finding.result.estimate.effect:.3g} (" not in text for finding in found.findings)


def test_result_that_comes_too_early_shows_no_number():
    late = tuple(replace(outcome, expected_lag=9) for outcome in study().outcomes)
    text, found = shown(study(outcomes=late))
    assert text.count("TOO-EARLY") == 4
    assert all(f"{finding.result.estimate.effect:.3g} (" not in text for finding in found.findings)


def test_aim_without_an_outcome_is_said_to_be_not_studied():
    text, _ = shown(study())
    (line,) = [each for each in text.splitlines() if "(experience)" in each]
    assert "not studied" in line


def test_report_and_runs_are_named():
    text, _ = shown(study())
    assert "Report: results/demo.html" in text
    assert "Runs: sqlite:///mlflow.db; `lmpeval ui` shows them" in text


def test_unbounded_interval_is_said_in_words():
    text, _ = shown(study(), table(FEW))
    assert "cannot be bounded" in text
    assert "inf" not in text


def test_refusal_shows_its_reason_and_no_number():
    text, _ = shown(study("intervention", status=Status.PLANNED))
    assert text.count("the intervention is planned") == 4
    assert text.count("not studied") == 5


def test_failure_is_shown_with_its_trace_and_never_as_zero():
    asked = study(designs=(*study().designs, DesignChoice("simulation.broken_design")))
    text, _ = shown(asked)
    rows = [line for line in text.splitlines() if "FAILED" in line]
    assert len(rows) == 2
    assert all(" 0 " not in row and "0.0" not in row for row in rows)
    assert text.count("Traceback (most recent call last)") == 2
    assert "ArithmeticError: cannot divide" in text


@pytest.mark.parametrize("title", ["A pilot [2014]", "Ends [/b] here", "Smile :smile: [red]now"])
def test_titles_are_shown_as_they_are_written(title):
    text, _ = shown(study(title=title))
    assert title in text


def test_nothing_is_cut_off_in_a_narrow_terminal():
    text, _ = shown(study(), width=80)
    assert "…" not in text
    assert max(map(len, text.splitlines())) <= 80


def test_progress_line_takes_names_with_brackets():
    out = StringIO()
    terminal = Terminal(file=out, force_terminal=True, width=100, highlight=False, markup=False)
    (found,) = run([plan(prepared(study()))], 1)
    finding = found.findings[0]
    odd = replace(finding, cell=replace(finding.cell, label="did [/x]"))
    with Console(1, terminal=terminal) as console:
        console.done(odd)
    assert "did [/x]" in out.getvalue()
