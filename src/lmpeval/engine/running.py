"""A study's cells (outcome x design) run side by side; one failure never takes the others down."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

from lmpeval.comparators import Selection
from lmpeval.designs_apart import beside_other_designs
from lmpeval.disclosure import Code, Profile, Refusal
from lmpeval.disclosure.differences import Persons
from lmpeval.engine.answer_store import AnswerStore
from lmpeval.engine.graph_evidence import beside_graph
from lmpeval.engine.kept_findings import Cells, cells
from lmpeval.engine.planning import Plan
from lmpeval.engine.resuming import answers
from lmpeval.engine.told_beside import too_alike, withheld, withheld_beside
from lmpeval.finding import Finding
from lmpeval.human_verdicts import beside_judgements
from lmpeval.negative_controls import beside_controls
from lmpeval.parallel import Errands
from lmpeval.sources.persons.flow import Flow
from lmpeval.study import Study
from lmpeval.study_files.frozen import NEVER_FROZEN, Protocol
from lmpeval.study_files.writing import sha256, text_to_show


@dataclass(frozen=True, eq=False)
class StudyResult:
    """All findings of one study, in the order of its outcomes and designs."""

    study: Study
    selection: Selection
    findings: tuple[Finding, ...]
    notes: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    flow: Flow | None = None
    """What became of the persons, where the study reads persons."""
    protocol: Protocol = NEVER_FROZEN

    @cached_property
    def study_text(self) -> str:
        """The study as a file that may be shown."""
        return text_to_show(self.study)

    @property
    def study_hash(self) -> str:
        """SHA-256 of `study_text`."""
        return sha256(self.study_text)


def cells_of(plans: Sequence[Plan], store: AnswerStore | None = None) -> Cells:
    """The cells of all studies, and which of them an earlier run has answered."""
    return cells([task for each in plans for task in each.tasks], store)


def run(
    plans: Sequence[Plan],
    jobs: int,
    on_done: Callable[[Finding], None] = lambda finding: None,
    asked: Cells | None = None,
    errands: Errands | None = None,
    earlier: list[Persons] | None = None,
) -> Generator[StudyResult, None, None]:
    """Run every cell of every study; yield each study's result as soon as its cells are done.

    The findings do not depend on the number of jobs: each cell seeds itself from the study's seed and
    its design's name, and linear algebra runs on one thread in every worker. Nor do they depend on what
    `asked`, the cells of these plans, has from an earlier run; `on_done` is told of the others, each as soon
    as it is done.

    Whoever takes the results may send `errands`, such as pages to be drawn: the workers that answer cells do
    them, and all are done at the end. Who runs studies in `batches` hands `earlier` from one to the next:
    persons of studies told so far, beside which nearly the same are not told.
    """
    told = [] if earlier is None else earlier
    with closing(answers(asked or cells_of(plans), jobs, on_done, errands)) as done:
        for each in plans:
            findings = list(islice(done, len(each.tasks)))
            if each.persons is not None:
                findings = _may_leave(findings, each.persons, told, each.study.study.gate.profile)
            delivery = each.study.delivery
            heard = beside_graph(beside_controls(findings), each.study.study)
            heard = beside_other_designs(beside_judgements(heard, each.study.judgements))
            yield StudyResult(
                study=each.study.study,
                selection=each.selection,
                findings=heard,
                notes=delivery.notes,
                files=delivery.shown_files,
                flow=each.flow,
                protocol=each.study.protocol,
            )
        for _ in done:  # what is left of the errands
            raise AssertionError("a finding that no study asked for")


def _may_leave(
    findings: list[Finding], persons: Persons, told: list[Persons], profile: Profile
) -> list[Finding]:
    """The findings of a study of persons without those that would tell of the few who set two apart."""
    if too_alike(persons, told, profile):
        refusal = Refusal(Code.TOO_ALIKE, profile.least)
        return [withheld(f, refusal) if getattr(f.result, "behind", None) else f for f in findings]
    told.append(persons)
    return withheld_beside(findings, profile)
