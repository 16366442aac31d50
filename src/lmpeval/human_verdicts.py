"""What people make of assumptions, beside what the data said of them.

A machine sees what is in the data; that a practice stopped in March it does not see. People may lower what it
gave without more ado, and raise it with a reason. Both words are kept, and both are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmpeval.design import Status
from lmpeval.finding import Answered, Cell, Finding
from lmpeval.ledger import Entry, HumanVerdict, Ledger
from lmpeval.study.judgements import Judgement


def beside_judgements(findings: Sequence[Finding], said: Sequence[Judgement]) -> tuple[Finding, ...]:
    """Put the word of whoever judged an assumption beside what the data said, and judge the answers anew.

    Parameters
    ----------
    findings : sequence of Finding
        Of one study, negative controls heard.
    said : sequence of Judgement
        In the order of the file: the last on an assumption counts.
    """
    return tuple(_heard(finding, said) for finding in findings)


def _heard(finding: Finding, said: Sequence[Judgement]) -> Finding:
    meant = {each.assumption: each for each in said if concerns(each, finding.cell)}
    if not meant or not isinstance(finding.result, Answered) or finding.cell.outcome.negative_control:
        return finding
    return finding.with_ledger(Ledger(tuple(_with(e, meant) for e in finding.result.ledger.entries)))


def _with(entry: Entry, meant: dict[str, Judgement]) -> Entry:
    said = meant.get(entry.assumption.name)
    return entry if said is None else replace(entry, judged=verdict_of(said))


def verdict_of(said: Judgement) -> HumanVerdict:
    """Say in the ledger's words what stands in the file."""
    return HumanVerdict(Status(said.status), said.by, said.on, said.reason, said.blind)


def concerns(said: Judgement, cell: Cell) -> bool:
    """Whether somebody spoke of this outcome and this design, or of all."""
    return said.outcome in (None, cell.outcome.name) and said.design in (None, cell.label)
