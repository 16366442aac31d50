"""A study's cells calibrated side by side, before anybody has seen what they say of the site."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from lmpeval.ahead.trying import Piece, PieceKeeping, Place, Tried, try_places
from lmpeval.calibration import Calibration, Sought, calibrate
from lmpeval.cohort import Cohort
from lmpeval.engine.answer_store import AnswerStore
from lmpeval.engine.answering import NoPanel, Task
from lmpeval.engine.planning import Plan
from lmpeval.engine.resuming import Worklist, answers, worklist
from lmpeval.engine.running import StudyResult, run
from lmpeval.finding import Cell, Failed, NotEstimable
from lmpeval.panel import Panel
from lmpeval.persons.design import of_units
from lmpeval.placebo_trial import NotCalibrated, blinded, placebo_sets
from lmpeval.starts.many_groups import ManyGroups
from lmpeval.starts.placebo import blinded_starts, placebo_starts
from lmpeval.study import Better, Outcome

NOT_FOR_PERSONS = (
    "a design that weighs persons is not tried on stand-ins: its persons would be weighed anew for each"
)
PLACES_A_PIECE = 15
"""Enough to be worth a worker's while, few enough that Ctrl-C need not wait."""


@dataclass(frozen=True, eq=False)
class Calibrated:
    """One cell and what its design could see, or why that cannot be told."""

    cell: Cell
    result: Calibration | NotEstimable | Failed
    site_size: float = float("nan")
    """Mean exposure of the site before the start."""
    seconds: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether the program broke on this cell."""
        return isinstance(self.result, Failed)


@dataclass(frozen=True, eq=False)
class StudyCalibration:
    """All cells of one study, calibrated.

    Attributes
    ----------
    of : StudyResult
        The study, its units and its files, without a finding.
    cells : tuple of Calibrated
        In the order of the study's outcomes and designs.
    """

    of: StudyResult
    cells: tuple[Calibrated, ...]


@dataclass(frozen=True, eq=False)
class Laid:
    """One cell with its pieces of work, or why there are none."""

    task: Task
    pieces: tuple[Piece, ...]
    why_none: str


@dataclass(frozen=True, eq=False)
class Places:
    """The cells of some studies with all places to try, and which of these were tried before.

    Attributes
    ----------
    laid : tuple of tuple of Laid
        Cells by study.
    pieces : Worklist
        Of all cells, in their order.
    """

    laid: tuple[tuple[Laid, ...], ...]
    pieces: Worklist[Piece, Tried]

    @property
    def n_there(self) -> int:
        """Cells of which every place was tried before."""
        there = iter(self.pieces.there)
        cells = [cell for study in self.laid for cell in study if cell.pieces]
        return sum(all(list(islice(there, len(cell.pieces)))) for cell in cells)


def sought_in(outcome: Outcome) -> Sought:
    """What the study looks for in an outcome."""
    return Sought(outcome.minimal_important_difference, outcome.better is Better.LOWER, outcome.scale)


def places_of(plans: Sequence[Plan], store: AnswerStore | None = None) -> Places:
    """Lay out what a calibration tries, and find what an earlier one has tried."""
    laid = tuple(tuple(_laid(task) for task in each.tasks) for each in plans)
    pieces = [piece for study in laid for cell in study for piece in cell.pieces]
    return Places(laid, worklist(try_places, pieces, PieceKeeping(), store))


def calibrate_studies(
    plans: Sequence[Plan],
    jobs: int,
    on_done: Callable[[Cell], None] = lambda cell: None,
    asked: Places | None = None,
) -> Generator[StudyCalibration, None, None]:
    """Calibrate every cell of every study; yield each study as soon as its cells are done.

    No effect on a site is computed, and no design gets to see one. What is found does not depend on the
    number of jobs: each place seeds itself from the study's seed, its cell's name and its own. Nor does it
    depend on what `asked`, the places of these plans, has from an earlier calibration.
    """
    places = asked or places_of(plans)
    with closing(answers(places.pieces, jobs)) as done:
        for each, study in zip(plans, places.laid, strict=True):
            cells = []
            for cell in study:
                cells.append(_summed(cell, list(islice(done, len(cell.pieces)))))
                on_done(cell.task.cell)
            yield StudyCalibration(without_findings(each), tuple(cells))


def _laid(task: Task) -> Laid:
    if isinstance(task.panels, NoPanel):
        return Laid(task, (), task.panels.reason)
    if isinstance(task.panels, Cohort):
        return Laid(task, (), NOT_FOR_PERSONS)
    design, rng = of_units(task.cell.design), np.random.default_rng(task.seed)
    if isinstance(design.inference, ManyGroups):
        return Laid(task, (), "errors come from influence functions; places are judged by permutation only")
    try:
        panels, places = _blinded(task.panels, rng)
    except NotCalibrated as reason:
        return Laid(task, (), str(reason))
    begins = range(0, len(places), PLACES_A_PIECE)
    some = (tuple(places[begin : begin + PLACES_A_PIECE]) for begin in begins)
    name = f"calibration of {task.cell.study}: {task.cell.name}"
    pieces = (
        Piece(f"{name}, piece {i}", design, panels, task.circumstances, task.seed, s, first=i == 0)
        for i, s in enumerate(some)
    )
    return Laid(task, tuple(pieces), "")


def _blinded(panels: tuple[Panel, ...], rng: np.random.Generator) -> tuple[tuple[Panel, ...], list[Place]]:
    """The panels without what happened to the sites, and the places to judge in their stead."""
    if len(panels) == 1:
        panel = blinded(panels[0])
        return (panel,), [(sites,) for sites in placebo_sets(panel, rng)]
    cohorts = blinded_starts(panels)
    return cohorts, [tuple(chosen) for chosen in placebo_starts(cohorts, rng)]


def _summed(laid: Laid, tried: Sequence[Tried]) -> Calibrated:
    task, seconds = laid.task, sum(each.seconds for each in tried)
    if not isinstance(task.panels, tuple) or not tried:
        return Calibrated(task.cell, NotEstimable(laid.why_none))
    size = float(sum(panel.size[panel.treated].sum() for panel in task.panels))
    found = Calibrated(task.cell, NotEstimable(""), size, seconds)
    if trouble := sorted((each.trouble for each in tried if each.trouble), key=_gravest_first):
        return replace(found, result=trouble[0])
    trials = [one for each in tried for one in each.trials]
    try:
        return replace(found, result=calibrate(trials, sought_in(task.cell.outcome)))
    except NotCalibrated as reason:
        return replace(found, result=NotEstimable(str(reason)))


def _gravest_first(trouble: NotEstimable | Failed) -> bool:
    return isinstance(trouble, NotEstimable)


def without_findings(plan: Plan) -> StudyResult:
    """The study as a run tells it, none of its cells answered."""
    return next(run([replace(plan, tasks=())], jobs=1))
