"""What the study's causal graph says of what a cell is matched on, as evidence in its ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmpeval.design import Evidence, Status
from lmpeval.finding import Answered, Cell, Finding
from lmpeval.ledger import Entry, Ledger
from lmpeval.negative_controls import TOUCHED
from lmpeval.persons.design import CohortDesign
from lmpeval.study import CausalGraph, Study
from lmpeval.study_files.identification import Identification, identify
from lmpeval.study_files.plain_words import listed


def beside_graph(findings: Sequence[Finding], study: Study) -> tuple[Finding, ...]:
    """Let every answer's ledger hear which covariates the graph asks for and whether they are matched on.

    Where they leave a way open by which exposure and outcome go together, the entry is in doubt: a comparison
    over time takes away what does not change, and no more. That they close all ways supports nothing, for no
    data can show that the graph is right.

    Parameters
    ----------
    findings : sequence of Finding
        Of one study.
    study : Study
    """
    graph = study.causal_graph
    if graph is None:
        return tuple(findings)
    known: dict[tuple[str, ...], Identification] = {}
    heard = []
    for finding in findings:
        if not isinstance(finding.result, Answered) or finding.cell.outcome.negative_control:
            heard.append(finding)
            continue
        matched = matched_by(finding.cell, study)
        if matched not in known:
            known[matched] = identify(graph, matched)
        heard.append(_heard(finding, finding.result.ledger, (graph, matched, known[matched])))
    return tuple(heard)


def matched_by(cell: Cell, study: Study) -> tuple[str, ...]:
    """What a cell is matched on: covariates of persons where it reads persons, else those of units."""
    of_persons = study.data.persons is not None and (
        isinstance(cell.design, CohortDesign)
        or not study.data.reads_units
        or cell.level is not study.population.level
    )
    return study.comparator.match_persons_on if of_persons else study.comparator.match_on


_Asked = tuple[CausalGraph, tuple[str, ...], Identification]


def _heard(finding: Finding, ledger: Ledger, asked: _Asked) -> Finding:
    entries = tuple(
        replace(entry, evidence=_with(entry, asked)) if entry.assumption.number == TOUCHED else entry
        for entry in ledger.entries
    )
    return finding.with_ledger(Ledger(entries))


def _with(entry: Entry, asked: _Asked) -> Evidence:
    doubted = not asked[2].closed and entry.status in (Status.SUPPORTED, Status.ARGUED)
    return replace(
        entry.evidence,
        status=Status.UNCERTAIN if doubted else entry.status,
        finding=f"{entry.evidence.finding}; {told_of_graph(*asked)}",
    )


def told_of_graph(graph: CausalGraph, matched: tuple[str, ...], found: Identification) -> str:
    """Say what the graph asks for and what becomes of it."""
    held = listed(matched) if matched else "nothing"
    if found.adjustable is None:
        return (
            "by the causal graph no measured variables close all ways by which exposure and outcome go "
            f"together (unmeasured: {listed(graph.unmeasured) or 'none named'}); matched on: {held}"
        )
    may = listed(found.adjustable) if found.adjustable else "nothing"
    told = f"by the causal graph {may} may be held constant (dowhy, the largest set); matched on: {held}, "
    told += (
        "which closes all ways by which exposure and outcome go together but the intervention's own"
        if found.closed
        else f"which leaves a way open that {listed(found.missing)} would close"
    )
    return told + (f"; the intervention moves {listed(found.moved)}" if found.moved else "")
