"""How the findings of cells are kept from one run to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmpeval.design import Assumption
from lmpeval.engine.answer_store import AnswerStore
from lmpeval.engine.answering import WORKER_KILLED, Task, answer, failed
from lmpeval.engine.resuming import Worklist, worklist
from lmpeval.engine.written_down import read_back, written
from lmpeval.finding import Answered, Failed, Finding, NotEstimable, Twin, TwinEffect
from lmpeval.persons.design import AnyDesign, CohortDesign
from lmpeval.verdict import Verdict

Cells = Worklist[Task, Finding]


@dataclass(frozen=True, eq=False)
class _Kept:
    """What is kept of a finding: all that its task does not say itself."""

    result: Answered | NotEstimable
    verdict: Verdict
    seconds: float
    twins: Mapping[Twin, TwinEffect | NotEstimable]


@dataclass(frozen=True)
class FindingKeeping:
    """Findings by study and cell. One in which something broke is not kept: the next run tries it again."""

    def name(self, task: Task) -> str:
        """The study and the cell."""
        return f"{task.cell.study}: {task.cell.name}"

    def killed(self, task: Task) -> Finding:
        """A cell that failed, as for want of memory."""
        return failed(task, Failed(WORKER_KILLED, ""))

    def seconds(self, finding: Finding) -> float:
        """How long the cell took."""
        return finding.seconds

    def down(self, task: Task, finding: Finding) -> str | None:
        """The finding but for its task; no trace of an error, which may quote the data, is written."""
        twins = {twin: found for twin, found in finding.twins.items() if not isinstance(found, Failed)}
        if isinstance(finding.result, Failed) or len(twins) < len(finding.twins):
            return None
        kept = _Kept(finding.result, finding.verdict, finding.seconds, twins)
        return written(kept, assumptions_of(task.cell.design))

    def up(self, task: Task, text: str) -> Finding:
        """The finding with its task's cell, units left out and notes."""
        kept: _Kept = read_back(text, _Kept, assumptions_of(task.cell.design))
        return Finding(
            task.cell, kept.result, kept.verdict, task.dropped, task.notes, kept.seconds, kept.twins
        )


def cells(tasks: Sequence[Task], store: AnswerStore | None = None) -> Cells:
    """The cells of a run, and which of them an earlier one has answered."""
    return worklist(answer, tasks, FindingKeeping(), store)


def assumptions_of(design: AnyDesign) -> tuple[Assumption, ...]:
    """What a design claims, whatever it weighs."""
    if isinstance(design, CohortDesign):
        return tuple(each.statement for each in design.assumptions)
    return design.assumptions
