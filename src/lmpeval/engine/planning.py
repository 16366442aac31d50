"""A study's cells (outcome x design) laid out as tasks: units in their places, a panel for each cell."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

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
from lmpeval.disclosure.differences import Persons
from lmpeval.engine.answering import NoPanel, Task
from lmpeval.engine.person_cells import OfPersons, level_of, over_persons, persons_of
from lmpeval.engine.twins import Beside, Panels, designs_of, twins_of
from lmpeval.errors import CannotEstimate
from lmpeval.finding import Cell, NotEstimable
from lmpeval.once import remembering
from lmpeval.persons.design import AnyDesign, CohortDesign, of_units
from lmpeval.segments import Together
from lmpeval.sources import Delivery
from lmpeval.sources.persons.flow import Flow
from lmpeval.study import NOT_STARTED, LaterStarts, Outcome, Study, YearsSinceStart
from lmpeval.study.judgements import Judgement
from lmpeval.study_files.designs import build_design
from lmpeval.study_files.frozen import NEVER_FROZEN, Protocol
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


def plan_all(prepared: Iterable[Prepared], *, brief: bool = False) -> list[Plan]:
    """Lay out several studies, as `plan` says; what they ask of the same delivery is worked out once."""
    with remembering():
        return [plan(each, brief=brief) for each in prepared]


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
    persons = _persons(prepared, brief=brief)
    selection = select(study, prepared.delivery.table, prepared.register, prepared.borders)
    if study.data.reads_units:
        prepared = _with_jumps(prepared, selection)
    ground = _Ground(prepared, selection, persons, brief)
    return Plan(
        prepared,
        selection,
        tuple(task for outcome in study.outcomes for task in _tasks(ground, outcome)),
        persons.persons.flow if persons else None,
        persons.of_sites if persons else None,
    )


@dataclass(frozen=True, eq=False)
class _Ground:
    """What all cells of a study are laid out on."""

    prepared: Prepared
    selection: Selection
    persons: OfPersons | None
    brief: bool

    @property
    def study(self) -> Study:
        return self.prepared.study

    @property
    def table(self) -> pd.DataFrame:
        """Contract region_panel."""
        return self.prepared.delivery.table


def _persons(prepared: Prepared, *, brief: bool) -> OfPersons | None:
    """The persons of a study that reads them; of an intervention that never started there are none."""
    study, delivered = prepared.study, prepared.delivery.persons
    if delivered is None or study.intervention.status in NOT_STARTED:
        return None
    selection = select(study, delivered.units, prepared.register, prepared.borders)
    return OfPersons(persons_of(study, delivered, selection), brief)


def _with_jumps(prepared: Prepared, selection: Selection) -> Prepared:
    """The delivery's notes and those on units that jump in size."""
    exposures, delivery = [outcome.exposure for outcome in prepared.study.outcomes], prepared.delivery
    notes = (*delivery.notes, *jump_notes(delivery.table, exposures, selection))
    return replace(prepared, delivery=replace(delivery, notes=notes))


def _tasks(ground: _Ground, outcome: Outcome) -> Iterator[Task]:
    """The cells of one outcome; designs that read the same columns share their panels."""
    study, persons, made = ground.study, ground.persons, dict[AlsoRead, _Made]()
    for choice in study.designs:
        built = build_design(choice, study.comparator, study.treated_groups)
        for twin, (label, design) in enumerate(designs_of(choice, built)):
            of_persons = over_persons(choice, design, study)
            if of_persons:
                found = _of_persons(ground, outcome, design)
                stands = persons.behind(outcome, design) if persons else None
            else:
                read = _also_read(of_units(design), outcome, study)
                if read not in made:
                    made[read] = _made(ground, outcome, read)
                found, stands = made[read], None
            panels, dropped, notes, circumstances, twins = found
            primary = choice.primary and not twin
            level = level_of(study, persons=of_persons)
            cell = Cell(study.study, level, outcome, label, design, primary)
            seed = _seed(study, cell)
            delivered = ground.prepared.delivery
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
                brief=ground.brief,
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


def _of_persons(ground: _Ground, outcome: Outcome, design: AnyDesign) -> _Made:
    study, persons = ground.study, ground.persons
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


def _made(ground: _Ground, outcome: Outcome, read: AlsoRead) -> _Made:
    study = ground.study
    panels, dropped, notes = _assembled(ground, outcome, read)
    if isinstance(panels, NoPanel):
        return panels, dropped, notes, _circumstances(study, outcome, (), None), ()
    breaks = break_years(outcome, study.window, panels[0].years)
    whole = completeness_of(outcome, panels[0].years, breaks, ground.table, ground.selection)
    circumstances = _circumstances(study, outcome, breaks, whole)

    def assembled(other: Outcome) -> Panels | NotEstimable:
        found, _, _ = _assembled(ground, other, read)
        return NotEstimable(found.reason) if isinstance(found, NoPanel) else found

    twins = () if ground.brief else twins_of(outcome, panels, assembled)
    return panels, dropped, notes, circumstances, twins


def _assembled(
    ground: _Ground, outcome: Outcome, read: AlsoRead
) -> tuple[Panels | NoPanel, tuple[tuple[str, str], ...], tuple[str, ...]]:
    study = ground.study
    if study.intervention.status in NOT_STARTED:
        return _not_started(study), (), ()
    try:
        assembled = assemble(study, outcome, ground.table, ground.selection, read)
    except CannotEstimate as reason:
        return NoPanel(State.NO_DATA, str(reason)), (), ()
    tail = tail_notes(outcome, ground.table, ground.selection, study.intervention.start)
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
