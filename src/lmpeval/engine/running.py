"""A study's cells (outcome x design) run side by side; one failure never takes the others down."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice

import pandas as pd

from lmpeval.assembly.boundary_jumps import jump_notes
from lmpeval.assembly.cost_breaks import break_notes, break_years
from lmpeval.assembly.costly_tail import tail_notes
from lmpeval.assembly.panels import assemble
from lmpeval.assembly.programme_cost import spent_on
from lmpeval.assembly.run_out import completeness_of
from lmpeval.cohort import Cohort
from lmpeval.comparators import Selection, select
from lmpeval.completeness import Completeness
from lmpeval.design import AlsoRead, Circumstances, Design, ReadsCompanions
from lmpeval.designs_apart import beside_other_designs
from lmpeval.disclosure import Code, Profile, Refusal
from lmpeval.disclosure.differences import Persons
from lmpeval.engine.answer_store import AnswerStore
from lmpeval.engine.answering import NoPanel, Task
from lmpeval.engine.graph_evidence import beside_graph
from lmpeval.engine.kept_findings import Cells, cells
from lmpeval.engine.person_cells import OfPersons, level_of, over_persons, persons_of
from lmpeval.engine.resuming import answers
from lmpeval.engine.told_beside import too_alike, withheld, withheld_beside
from lmpeval.engine.twins import Beside, Panels, designs_of, twins_of
from lmpeval.errors import CannotEstimate
from lmpeval.finding import Cell, Finding, NotEstimable
from lmpeval.human_verdicts import beside_judgements
from lmpeval.negative_controls import beside_controls
from lmpeval.parallel import Errands
from lmpeval.persons.design import AnyDesign, CohortDesign, of_units
from lmpeval.segments import Together
from lmpeval.sources import Delivery
from lmpeval.sources.persons.flow import Flow
from lmpeval.study import NOT_STARTED, LaterStarts, Outcome, Study, YearsSinceStart
from lmpeval.study.judgements import Judgement
from lmpeval.study_files.designs import build_design
from lmpeval.study_files.frozen import NEVER_FROZEN, Protocol
from lmpeval.study_files.writing import sha256, text_to_show
from lmpeval.verdict import State


@dataclass(frozen=True, eq=False)
class Prepared:
    """A study with the data that it needs, ready to run."""

    study: Study
    delivery: Delivery
    register: pd.DataFrame
    """Contract initiative_register."""
    borders: pd.DataFrame | None = None
    """Contract municipality_neighbours, where the study names it."""
    protocol: Protocol = NEVER_FROZEN
    judgements: tuple[Judgement, ...] = ()
    """What people said of its assumptions."""


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


@dataclass(frozen=True, eq=False)
class Plan:
    """A study's units in their places and its cells as tasks."""

    study: Prepared
    selection: Selection
    tasks: tuple[Task, ...]
    flow: Flow | None = None
    persons: Persons | None = None
    """Numbers of the persons of its sites, where these are fixed: they stay in this process."""


def n_cells(study: Study) -> int:
    """How many cells a study has, before anything is laid out."""
    designs = [
        designs_of(choice, build_design(choice, study.comparator, study.treated_groups))
        for choice in study.designs
    ]
    return len(study.outcomes) * sum(map(len, designs))


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


def plan(prepared: Prepared, *, brief: bool = False) -> Plan:
    """Place the units and lay out a study's cells, each with its panel.

    Parameters
    ----------
    prepared : Prepared
    brief : bool
        Leave away what stands beside an answer and no verdict rests on: twins, intervals by other methods,
        ranks by other statistics. It is most of the work.
    """
    study = prepared.study
    persons = _persons(prepared)
    selection = select(study, prepared.delivery.table, prepared.register, prepared.borders)
    if study.data.reads_units:
        prepared = _with_jumps(prepared, selection)
    tasks = [task for outcome in study.outcomes for task in _tasks(prepared, outcome, selection, persons)]
    if brief:
        tasks = [replace(task, brief=True, twins=()) for task in tasks]
    return Plan(
        prepared,
        selection,
        tuple(tasks),
        persons.persons.flow if persons else None,
        persons.of_sites if persons else None,
    )


def _persons(prepared: Prepared) -> OfPersons | None:
    """The persons of a study that reads them; of an intervention that never started there are none."""
    study, delivered = prepared.study, prepared.delivery.persons
    if delivered is None or study.intervention.status in NOT_STARTED:
        return None
    selection = select(study, delivered.units, prepared.register, prepared.borders)
    return OfPersons(persons_of(study, delivered, selection))


def _with_jumps(prepared: Prepared, selection: Selection) -> Prepared:
    """The delivery's notes and those on units that jump in size."""
    exposures, delivery = [outcome.exposure for outcome in prepared.study.outcomes], prepared.delivery
    notes = (*delivery.notes, *jump_notes(delivery.table, exposures, selection))
    return replace(prepared, delivery=replace(delivery, notes=notes))


def _tasks(
    prepared: Prepared, outcome: Outcome, selection: Selection, persons: OfPersons | None
) -> Iterator[Task]:
    """The cells of one outcome; designs that read the same columns share their panels."""
    study, made = prepared.study, dict[AlsoRead, _Made]()
    for choice in study.designs:
        built = build_design(choice, study.comparator, study.treated_groups)
        for twin, (label, design) in enumerate(designs_of(choice, built)):
            of_persons = over_persons(choice, design, study)
            if of_persons:
                found = _of_persons(prepared, outcome, persons, design)
                stands = persons.behind(outcome, design) if persons else None
            else:
                read = _also_read(of_units(design), outcome, study)
                if read not in made:
                    made[read] = _made(prepared, outcome, selection, read)
                found, stands = made[read], None
            panels, dropped, notes, circumstances, twins = found
            primary = choice.primary and not twin
            level = level_of(study, persons=of_persons)
            cell = Cell(study.study, level, outcome, label, design, primary)
            seed = _seed(study, cell)
            delivered = prepared.delivery
            spent = spent_on(study, outcome, delivered.persons if of_persons else delivered.table)
            yield Task(
                cell,
                panels,
                dropped,
                notes,
                circumstances,
                study.arguments,
                seed,
                twins,
                spent=spent,
                private=of_persons,
                behind=stands,
            )


def _also_read(design: Design, outcome: Outcome, study: Study) -> AlsoRead:
    """What a design reads besides; its companions are never the outcome itself."""
    read = AlsoRead.by(design)
    if not isinstance(design, ReadsCompanions):
        return read
    named = read.companions or [each.column or each.name for each in study.outcomes]
    own = outcome.column or outcome.name
    return replace(read, companions=tuple(name for name in named if name != own))


_Made = tuple[
    Panels | Cohort | NoPanel, tuple[tuple[str, str], ...], tuple[str, ...], Circumstances, tuple[Beside, ...]
]
"""Panels of an outcome, units and years that are not in them, its circumstances, and what stands beside."""


def _of_persons(prepared: Prepared, outcome: Outcome, persons: OfPersons | None, design: AnyDesign) -> _Made:
    study = prepared.study
    if persons is None:
        return _not_started(study), (), (), _circumstances(study, outcome, (), None), ()
    weighed = isinstance(design, CohortDesign)
    if not weighed and AlsoRead.by(of_units(design)) != AlsoRead():
        beside = NoPanel(
            State.NO_DATA, "the design reads other outcomes beside this one; of persons there are none"
        )
        return beside, (), (), _circumstances(study, outcome, (), None), ()
    data = persons.data(outcome, weighed=weighed)
    return data.found, (), data.notes, _circumstances(study, outcome, data.breaks, data.whole), data.twins


def _made(prepared: Prepared, outcome: Outcome, selection: Selection, read: AlsoRead) -> _Made:
    study = prepared.study
    panels, dropped, notes = _assembled(prepared, outcome, selection, read)
    if isinstance(panels, NoPanel):
        return panels, dropped, notes, _circumstances(study, outcome, (), None), ()
    breaks = break_years(outcome, study.window, panels[0].years)
    whole = completeness_of(outcome, panels[0].years, breaks, prepared.delivery.table, selection)
    circumstances = _circumstances(study, outcome, breaks, whole)

    def assembled(other: Outcome) -> Panels | NotEstimable:
        found, _, _ = _assembled(prepared, other, selection, read)
        return NotEstimable(found.reason) if isinstance(found, NoPanel) else found

    return panels, dropped, notes, circumstances, twins_of(outcome, panels, assembled)


def _assembled(
    prepared: Prepared, outcome: Outcome, selection: Selection, read: AlsoRead
) -> tuple[Panels | NoPanel, tuple[tuple[str, str], ...], tuple[str, ...]]:
    study = prepared.study
    if study.intervention.status in NOT_STARTED:
        return _not_started(study), (), ()
    try:
        assembled = assemble(study, outcome, prepared.delivery.table, selection, read)
    except CannotEstimate as reason:
        return NoPanel(State.NO_DATA, str(reason)), (), ()
    tail = tail_notes(outcome, prepared.delivery.table, selection, study.intervention.start)
    breaks = break_notes(outcome, study.window, assembled.panel.years)
    return assembled.panels, assembled.dropped, (*assembled.notes, *breaks, *tail)


def _not_started(study: Study) -> NoPanel:
    return NoPanel(State.NOT_DELIVERED, f"the intervention is {study.intervention.status}")


def _circumstances(
    study: Study, outcome: Outcome, breaks: tuple[int, ...], whole: Completeness | None
) -> Circumstances:
    announced = study.intervention.announced
    return Circumstances(
        margin=outcome.minimal_important_difference,
        lag=outcome.expected_lag,
        announced=announced.year if announced else None,
        breaks=breaks,
        together=Together(
            study.comparator.later_starts is LaterStarts.UNTIL_THEY_START,
            study.window.years_since_start is YearsSinceStart.ALL,
        ),
        completeness=whole,
        gate=study.gate,
    )


def _seed(study: Study, cell: Cell) -> tuple[int, ...]:
    """One seed for all outcomes of a design: what chance does to them is then drawn together."""
    name = hashlib.sha256(f"{study.study}/{cell.level}/{cell.label}".encode()).digest()
    return (study.seed, int.from_bytes(name[:8], "big"))
