"""A study's cells calibrated side by side, before anybody has seen what they say of the site."""

from __future__ import annotations

import hashlib
import time
import traceback
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from lmpeval.calibration import Calibration, Sought, calibrate
from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances, Design
from lmpeval.engine.answering import NoPanel, Task
from lmpeval.engine.running import Plan, StudyResult, run
from lmpeval.finding import Cell, Failed, NotEstimable
from lmpeval.panel import Panel
from lmpeval.parallel import in_order
from lmpeval.persons.design import of_units
from lmpeval.placebo_trial import (
    NotCalibrated,
    Sites,
    Trial,
    blinded,
    placebo_sets,
    refuse_unmoved,
    trial,
)
from lmpeval.starts.many_groups import ManyGroups
from lmpeval.starts.placebo import (
    blinded_starts,
    placebo_starts,
    refuse_unmoved_starts,
    trial_of_starts,
)
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


Place = tuple[Sites, ...]
"""What stands in for the sites of every start."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Some of the places that one cell's design is tried on; the first piece of a cell tries the design too.

    Its panels, one a start, are blinded: no worker holds what happened to the sites.
    """

    design: Design
    panels: tuple[Panel, ...]
    circumstances: Circumstances
    seed: tuple[int, ...]
    places: tuple[Place, ...]
    first: bool


@dataclass(frozen=True, eq=False)
class Laid:
    """One cell with its pieces of work, or why there are none."""

    task: Task
    pieces: tuple[Piece, ...]
    why_none: str


@dataclass(frozen=True, eq=False)
class Tried:
    """What became of one piece."""

    trials: tuple[Trial, ...]
    trouble: NotEstimable | Failed | None
    seconds: float


def sought_in(outcome: Outcome) -> Sought:
    """What the study looks for in an outcome."""
    return Sought(outcome.minimal_important_difference, outcome.better is Better.LOWER, outcome.scale)


def calibrate_studies(
    plans: Sequence[Plan], jobs: int, on_done: Callable[[Cell], None] = lambda cell: None
) -> Generator[StudyCalibration, None, None]:
    """Calibrate every cell of every study; yield each study as soon as its cells are done.

    No effect on a site is computed, and no design gets to see one. What is found does not depend on the
    number of jobs: each place seeds itself from the study's seed, its cell's name and its own.
    """
    laid = [[_laid(task) for task in each.tasks] for each in plans]
    pieces = [piece for study in laid for cell in study for piece in cell.pieces]
    with closing(in_order(_try, pieces, jobs)) as done:
        for each, study in zip(plans, laid, strict=True):
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
    pieces = (Piece(design, panels, task.circumstances, task.seed, s, i == 0) for i, s in enumerate(some))
    return Laid(task, tuple(pieces), "")


def _blinded(panels: tuple[Panel, ...], rng: np.random.Generator) -> tuple[tuple[Panel, ...], list[Place]]:
    """The panels without what happened to the sites, and the places to judge in their stead."""
    if len(panels) == 1:
        panel = blinded(panels[0])
        return (panel,), [(sites,) for sites in placebo_sets(panel, rng)]
    cohorts = blinded_starts(panels)
    return cohorts, [tuple(chosen) for chosen in placebo_starts(cohorts, rng)]


def _refuse_unmoved(piece: Piece) -> None:
    design, panels, place, seen = piece.design, piece.panels, piece.places[0], piece.circumstances
    if len(panels) == 1:
        refuse_unmoved(design, panels[0], place[0], seen.lag, piece.seed)
    else:
        refuse_unmoved_starts(design, panels, place, seen, piece.seed)


def _trial(piece: Piece, place: Place) -> Trial:
    rng = np.random.default_rng((*piece.seed, _number(place)))
    if len(piece.panels) == 1:
        return trial(piece.design, piece.panels[0], place[0], piece.circumstances.lag, rng)
    return trial_of_starts(piece.design, piece.panels, place, piece.circumstances, rng)


def _try(piece: Piece) -> Tried:
    """Judge the places of one piece; whatever goes wrong is told and stays in its cell."""
    begun = time.perf_counter()
    try:
        if piece.first:
            _refuse_unmoved(piece)
        trials = tuple(_trial(piece, place) for place in piece.places)
    except NotCalibrated as reason:
        return Tried((), NotEstimable(str(reason)), time.perf_counter() - begun)
    except Exception as error:  # noqa: BLE001 - the one place where a cell may break without the rest
        return Tried((), broken(error), time.perf_counter() - begun)
    return Tried(trials, None, time.perf_counter() - begun)


def _number(place: Place) -> int:
    """A number of a place's name, for its seed."""
    name = " | ".join(" + ".join(sorted(sites)) for sites in place)
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")


def broken(error: Exception) -> Failed:
    """Kind of an error and its place in the code; its message may quote the data and is not repeated."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"
    return Failed(where, traceback.format_exc())


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
