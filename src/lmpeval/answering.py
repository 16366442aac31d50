"""One cell, answered: what a worker does, knowing nothing of files, tables or other cells."""

from __future__ import annotations

import time
import traceback
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lmpeval.design import Case, Circumstances, estimate
from lmpeval.finding import Answered, Cell, Failed, Finding, NotEstimable
from lmpeval.inference import NoReference
from lmpeval.ledger import examine
from lmpeval.other_methods import other_methods
from lmpeval.panel import Panel
from lmpeval.robustness import probe
from lmpeval.several_starts import answer_together
from lmpeval.verdict import State, Verdict, judge


@dataclass(frozen=True)
class NoPanel:
    """Why there is nothing to estimate."""

    state: State
    reason: str


@dataclass(frozen=True, eq=False)
class Task:
    """One cell with all that a worker needs to answer it."""

    cell: Cell
    panels: tuple[Panel, ...] | NoPanel
    """One a start."""
    dropped: tuple[tuple[str, str], ...]
    """Units without complete figures for this outcome, each with what is missing."""
    notes: tuple[str, ...]
    circumstances: Circumstances
    arguments: dict[str, str]
    seed: tuple[int, ...]


def answer(task: Task) -> Finding:
    """Answer one cell; whatever goes wrong becomes its finding."""
    begun = time.perf_counter()
    if isinstance(task.panels, NoPanel):
        return _without_answer(task, task.panels)
    try:
        found = _answered(task, task.panels)
    except NoReference as reason:
        return _without_answer(task, NoPanel(State.NOT_CREDIBLE, str(reason)))
    except Exception as error:  # noqa: BLE001 - the one place where a cell may break without the rest
        broke = Failed(_where(error), traceback.format_exc())
        return Finding(task.cell, broke, Verdict(State.FAILED, (type(error).__name__,)))
    return replace(found, seconds=time.perf_counter() - begun)


def _where(error: Exception) -> str:
    """Kind of an error and its place in the code; its message may quote the data and is not repeated."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"


def _answered(task: Task, panels: tuple[Panel, ...]) -> Finding:
    cell = task.cell
    rng = np.random.default_rng(task.seed)
    if len(panels) == 1:
        result = _answered_alone(task, panels[0], rng)
    else:
        result = answer_together(cell.design, panels, task.circumstances, task.arguments, rng)
    verdict = judge(result.estimate, result.ledger, cell.outcome)
    return Finding(cell, result, verdict, task.dropped, task.notes)


def _answered_alone(task: Task, panel: Panel, rng: np.random.Generator) -> Answered:
    design = task.cell.design
    found = estimate(design, panel, task.circumstances.lag, rng)
    ledger = examine(Case(design, panel, found, task.circumstances, rng), task.arguments)
    return Answered(
        estimate=found,
        ledger=ledger,
        robustness=probe(design, panel, found, rng),
        n_treated=int(panel.treated.sum()),
        n_compared=int(panel.compared.sum()),
        exposure=float(panel.size[panel.treated].sum()),
        n_sites=len(panel.sites),
        others=other_methods(design, panel, found, rng),
    )


def _without_answer(task: Task, why: NoPanel) -> Finding:
    return Finding(
        task.cell, NotEstimable(why.reason), Verdict(why.state, (why.reason,)), task.dropped, task.notes
    )
