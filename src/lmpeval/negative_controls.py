"""Outcomes that the intervention cannot move, as evidence on the others (Lipsitch and others 2010).

Where such an outcome moved at the site, something else did it, or site and comparison would have parted
anyway; either may have moved the other outcomes too. That it stood still supports nothing: another cause, or
another trend, could have left it alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lmpeval.assumptions.equivalence import said
from lmpeval.design import Evidence, Status
from lmpeval.finding import Answered, Finding
from lmpeval.ledger import Entry, Ledger
from lmpeval.persons.empirical_null import empirical_null
from lmpeval.verdict import State, Verdict

TOUCHED = 3
"""Number of the assumption that site and comparison would have moved alike, whatever a design calls it."""
REASON = "negative control"
LEVEL = 0.05
FEWEST_FOR_A_LAW = 5
"""Negative controls from which on what moved them is told as a law; OHDSI takes dozens."""


def beside_controls(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Let every finding's ledger hear what the negative controls of its design say, and judge it anew.

    A negative control keeps its numbers and gets no verdict: it is no answer to the study's question.

    Parameters
    ----------
    findings : sequence of Finding
        Of one study.
    """
    controls: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.cell.outcome.negative_control and isinstance(finding.result, Answered):
            controls.setdefault(finding.cell.label, []).append(finding)
    return tuple(_heard(finding, controls.get(finding.cell.label, [])) for finding in findings)


def _heard(finding: Finding, controls: Sequence[Finding]) -> Finding:
    result, outcome = finding.result, finding.cell.outcome
    if not isinstance(result, Answered):
        return finding
    if outcome.negative_control:
        return replace(finding, verdict=Verdict(State.NOT_STUDIED, (REASON,)))
    if not controls:
        return finding
    entries = tuple(
        replace(entry, evidence=_with(entry, controls)) if entry.assumption.number == TOUCHED else entry
        for entry in result.ledger.entries
    )
    return finding.with_ledger(Ledger(entries))


def _with(entry: Entry, controls: Sequence[Finding]) -> Evidence:
    """The entry's evidence with that of the controls; doubt is added, never taken away."""
    moved = [moved_by_more_than_chance(each, len(controls)) for each in controls]
    said = "; ".join(_told(each, beyond) for each, beyond in zip(controls, moved, strict=True))
    if len(controls) >= FEWEST_FOR_A_LAW:
        said += f"; {_systematic(controls)}"
    doubted = any(moved) and entry.status in (Status.SUPPORTED, Status.ARGUED)
    return replace(
        entry.evidence,
        status=Status.UNCERTAIN if doubted else entry.status,
        finding=f"{entry.evidence.finding}; {said}",
    )


def moved_by_more_than_chance(control: Finding, n_controls: int) -> bool:
    """Whether a control's p lies below 5 %, shared among all of them (Bonferroni)."""
    assert isinstance(control.result, Answered)
    return control.result.estimate.uncertainty.p <= LEVEL / n_controls + 1e-12  # 2/40 must count as 5 %


def _systematic(controls: Sequence[Finding]) -> str:
    """Law of what moved the controls beyond chance, in margins of each (Schuemie and others 2014)."""
    found = np.array([_in_margins(each) for each in controls])
    usable = found[np.isfinite(found).all(axis=1) & (found[:, 1] > 0)]
    if len(usable) < FEWEST_FOR_A_LAW:
        return "too few negative controls have an error for a law of what moved them"
    law = empirical_null(usable[:, 0], usable[:, 1])
    return (
        f"over {len(usable)} negative controls systematic error has a mean of {law.mean:.2f} and a standard "
        f"deviation of {law.deviation:.2f} margins; {law.expected_error:.2f} is to be expected"
    )


def _in_margins(control: Finding) -> tuple[float, float]:
    assert isinstance(control.result, Answered)
    found, margin = control.result.estimate.told, control.cell.outcome.minimal_important_difference
    return found.effect / margin, found.standard_error / margin


def _told(control: Finding, moved: bool) -> str:
    assert isinstance(control.result, Answered)
    found, outcome = control.result.estimate, control.cell.outcome
    effect, low, high = (said(end, outcome.scale) for end in (found.told.effect, *found.told.interval))
    margin = outcome.minimal_important_difference
    verdict = (
        "the intervention cannot have done that, so something else did"
        if moved
        else "that is too small to matter"
        if all(abs(end) < margin for end in found.told.interval)
        else "that is no more than chance, and a difference that matters would not have been ruled out"
    )
    return (
        f"negative control, {outcome.called}: {effect} ({low} to {high}), against a "
        f"margin of {said(margin, outcome.scale)}: {verdict}"
    )
