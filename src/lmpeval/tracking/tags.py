"""What a study and its findings say in words, as the tags that runs are found by."""

from __future__ import annotations

import hashlib
from contextlib import suppress

from lmpeval.engine.identity import NoIdentity, identity
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Failed, Finding, NotEstimable
from lmpeval.portfolio.members import leads
from lmpeval.study import Aim, Intervention, Level, Theme


def study_tags(result: StudyResult) -> dict[str, str]:
    """What a study is about, for every run of it."""
    done = result.study.intervention
    return {
        "study": result.study.study,
        "site": done.site,
        "intervention": done.name,
        "theme": done.theme,
        "life_cycle": done.status,
        "protocol": result.protocol.standing,
        "frozen_on": str(result.protocol.frozen_on or "never"),
        "place": place(result.study.intervention),
    }


def place(done: Intervention, *then: int) -> str:
    """Where a run stands in a table: by kind of change, then by name, never by result.

    >>> from lmpeval.study import Status
    >>> place(Intervention("Care nearby", "Kant", Theme.PREVENTION, Status.RUNNING, 2014), 1, 0)
    '2 kant care nearby 1 0'
    """
    return " ".join(map(str, (list(Theme).index(done.theme), done.site.lower(), done.name.lower(), *then)))


def cell_tags(finding: Finding, result: StudyResult) -> dict[str, str]:
    """What a cell says, with one tag an assumption."""
    cell, verdict, outcome = finding.cell, finding.verdict, finding.cell.outcome
    headline = outcome.primary and leads(finding, result)
    then = (list(Aim).index(outcome.aim), list(Level).index(cell.level))
    tags = {
        "outcome": cell.outcome.name,
        "aim": cell.outcome.aim,
        "level": cell.level,
        "design": cell.label,
        "negative_control": str(cell.outcome.negative_control).lower(),
        "primary": str(cell.primary and cell.outcome.primary).lower(),
        "headline_outcome": str(headline).lower(),
        "place": place(result.study.intervention, *then),
        "verdict": verdict.state,
        "answer": verdict.answer,
        "certainty": verdict.certainty or "none",
        "headline": "blocked" if verdict.blocked else "open",
        "reasons": "; ".join(verdict.reasons),
    }
    match finding.result:
        case Answered(ledger=ledger):
            tags |= {f"assumption.{e.assumption.name}": str(e.status) for e in ledger.entries}
        case NotEstimable(reason):
            tags["not_estimable"] = reason
        case Failed(error):
            tags["error"] = error
    return tags


def mark_of(result: StudyResult, report: bytes) -> str:
    """Hash of the findings and of what is told of them; empty where they cannot be told from others.

    Findings that were computed again have another, be their numbers the same: they took another time.
    """
    with suppress(NoIdentity):
        return identity(mark_of, (hashlib.sha256(report).hexdigest(), result.files, result.findings))
    return ""
