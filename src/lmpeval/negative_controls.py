"""Outcomes that the intervention cannot move, as evidence on the others (Lipsitch and others 2010).

Where such an outcome moved at the site, something else did it, or site and comparison would have parted
anyway; either may have moved the other outcomes too. That it stood still supports nothing: another cause, or
another trend, could have left it alone. Of several a law of what moved them is fitted, and by it the others
are calibrated (Schuemie and others 2014, 2018).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lmpeval.assumptions.equivalence import said
from lmpeval.beside.other_methods import Method, OtherMethod, Reason
from lmpeval.design import Evidence, Status
from lmpeval.finding import Answered, Finding
from lmpeval.ledger import Entry, Ledger
from lmpeval.persons.empirical_null import EmpiricalNull, empirical_null
from lmpeval.study import Better
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
    law = law_of(controls)
    beside = _beside(finding, law)
    entries = tuple(
        replace(entry, evidence=_with(entry, finding, controls, beside))
        if entry.assumption.number == TOUCHED
        else entry
        for entry in result.ledger.entries
    )
    heard = replace(result, others=(*result.others, beside), systematic=law)
    return replace(finding, result=heard).with_ledger(Ledger(entries))


def _with(entry: Entry, finding: Finding, controls: Sequence[Finding], beside: OtherMethod) -> Evidence:
    """The entry's evidence with that of the controls; doubt is added, never taken away.

    Doubt comes of a control that moved, and of an effect whose interval holds zero once it is calibrated and
    did not before.
    """
    moved = [moved_by_more_than_chance(each, len(controls)) for each in controls]
    said = [entry.evidence.finding]
    said += [_told(each, beyond) for each, beyond in zip(controls, moved, strict=True)]
    said += [_told_of_calibrated(finding, beside)] if beside.interval else []
    doubted = (any(moved) or _explained(finding, beside)) and entry.status in (
        Status.SUPPORTED,
        Status.ARGUED,
    )
    return replace(
        entry.evidence, status=Status.UNCERTAIN if doubted else entry.status, finding="; ".join(said)
    )


def _explained(finding: Finding, beside: OtherMethod) -> bool:
    """Whether an effect that was told from zero no longer is."""
    assert isinstance(finding.result, Answered)
    low, high = finding.result.estimate.told.interval
    return (
        beside.interval is not None and not low <= 0 <= high and beside.interval[0] <= 0 <= beside.interval[1]
    )


def moved_by_more_than_chance(control: Finding, n_controls: int) -> bool:
    """Whether a control's p lies below 5 %, shared among all of them (Bonferroni)."""
    assert isinstance(control.result, Answered)
    return control.result.estimate.uncertainty.p <= LEVEL / n_controls + 1e-12  # 2/40 must count as 5 %


def law_of(controls: Sequence[Finding]) -> EmpiricalNull | None:
    """Law of what moved the controls beyond chance, in margins towards better; None with too few of them.

    Towards better, so that it does not matter whether survival or mortality is told.
    """
    found = np.array([_in_margins(each) for each in controls])
    usable = found[np.isfinite(found).all(axis=1) & (found[:, 1] > 0)]
    return empirical_null(usable[:, 0], usable[:, 1]) if len(usable) >= FEWEST_FOR_A_LAW else None


def _beside(finding: Finding, law: EmpiricalNull | None) -> OtherMethod:
    """A finding's effect as the law of its controls leaves it, as told; or why there is none.

    Of one site that was ranked no p is told, here as elsewhere.
    """
    assert isinstance(finding.result, Answered)
    found, sure = finding.result.estimate, finding.result.estimate.uncertainty
    none = OtherMethod(Method.CONTROLS, finding.result.n_sites, sure.level)
    if law is None:
        return replace(none, reason=Reason.FEW_CONTROLS, detail=str(FEWEST_FOR_A_LAW))
    effect, error = _in_margins(finding)
    half = (sure.interval[1] - sure.interval[0]) / 2
    if not (np.isfinite([effect, error, half]).all() and error > 0):
        return replace(none, reason=Reason.NO_ERROR)
    told, margin = law.calibrated(effect, error, half / sure.standard_error, sure.level), _margin(finding)
    low, high = sorted(found.scale.told(end * margin) for end in (told.low, told.high))
    return replace(
        none,
        interval=(low, high),
        effect=found.scale.told(told.effect * margin),
        p=None if sure.rank and none.n_sites == 1 else told.p,
        detail=f"over {law.n_controls} negative controls systematic error has a mean of {law.mean:.2f} and a "
        f"standard deviation of {law.deviation:.2f} margins, above zero for better; "
        f"{law.expected_error:.2f} is to be expected",
    )


def _in_margins(finding: Finding) -> tuple[float, float]:
    """Effect and error on the scale that was worked on, in margins; an effect above zero is better."""
    assert isinstance(finding.result, Answered)
    found, margin = finding.result.estimate, _margin(finding)
    return found.effect / margin, found.uncertainty.standard_error / abs(margin)


def _margin(finding: Finding) -> float:
    """Smallest difference that matters on the scale that was worked on; below zero where lower is better."""
    assert isinstance(finding.result, Answered)
    outcome = finding.cell.outcome
    sign = 1.0 if outcome.better is Better.HIGHER else -1.0
    return sign * finding.result.estimate.scale.untold(outcome.minimal_important_difference)


def _told_of_calibrated(finding: Finding, beside: OtherMethod) -> str:
    """The law, and the effect by it, for the ledger."""
    assert beside.effect is not None
    assert beside.interval is not None
    outcome = finding.cell.outcome
    effect, low, high = (said(each, outcome.scale) for each in (beside.effect, *beside.interval))
    told = f"{beside.detail}; {outcome.called}, calibrated by them: {effect} ({low} to {high})"
    if beside.p is not None:
        told += f", p {beside.p:.3f}"
    return told + (
        ": what moved them may have done it all, for zero is no longer left out"
        if _explained(finding, beside)
        else ""
    )


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
