"""One cell, answered: what a worker does, knowing nothing of files, tables or other cells."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from lmpeval.beside.other_methods import other_methods, other_ranks
from lmpeval.cohort import Cohort
from lmpeval.design import Case, Circumstances, estimate
from lmpeval.disclosure import Code, Refusal, Withheld
from lmpeval.economics import GrossOnly, Heads, NetEffect, Spent, heads_of_starts, net_effect
from lmpeval.effect_scale import EffectScale
from lmpeval.engine.twins import Beside, TwinResult, twin_effect
from lmpeval.estimate import Estimate
from lmpeval.finding import Answered, Cell, Failed, Finding, NotEstimable, PersonTables
from lmpeval.inference import NoReference
from lmpeval.ledger import Ledger, examine, examine_cohort
from lmpeval.once import remembering
from lmpeval.panel import Panel
from lmpeval.persons.causal_forest import explored
from lmpeval.persons.costs import cost_readings
from lmpeval.persons.design import CohortCase, of_persons, of_units
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.for_whom import effects_by_subgroup
from lmpeval.persons.refutation import refute
from lmpeval.persons.support import Behind, behind, refuse_what_may_not_leave
from lmpeval.robustness import probe
from lmpeval.several_starts import answer_together
from lmpeval.study import Aim
from lmpeval.telling import told
from lmpeval.verdict import State, Verdict, judge

Given = TypeVar("Given")
WORKER_KILLED = "Killed, twice, with the process that it ran in: is there enough memory?"


@dataclass(frozen=True)
class NoPanel:
    """Why there is nothing to estimate."""

    state: State
    reason: str
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, eq=False)
class Task:
    """One cell with all that a worker needs to answer it."""

    cell: Cell
    panels: tuple[Panel, ...] | Cohort | NoPanel
    """One panel a start; or the persons, for a design that weighs them."""
    dropped: tuple[tuple[str, str], ...]
    """Units without complete figures for this outcome, each with what is missing."""
    notes: tuple[str, ...]
    circumstances: Circumstances
    arguments: dict[str, str]
    seed: tuple[int, ...]
    twins: tuple[Beside, ...] = ()
    spent: Spent | GrossOnly | None = None
    """On the programme, in the outcome's prices; None where the outcome is no cost that is asked about."""
    private: bool = False
    """Whether it rests on persons: then no message of an error is kept, for it may quote one."""
    behind: Behind | None = None
    """Who stands behind panels that persons were added up to."""
    brief: bool = False
    """Whether to answer without what stands beside and no verdict rests on."""


def answer(task: Task) -> Finding:
    """Answer one cell; whatever goes wrong becomes its finding."""
    with remembering():
        return _answer(task)


def _answer(task: Task) -> Finding:
    begun = time.perf_counter()
    if isinstance(task.panels, NoPanel):
        return _without_answer(task, task.panels)
    panels = task.panels
    found = or_what_broke(lambda: _answered(task, panels), private=task.private)
    if isinstance(found, NotEstimable):
        state = State.WITHHELD if found.refusals else State.NOT_CREDIBLE
        return _without_answer(task, NoPanel(state, found.reason, found.refusals))
    if isinstance(found, Failed):
        return failed(task, found)
    twins = {beside.twin: _twin(task, i, beside) for i, beside in enumerate(task.twins)}
    return replace(found, twins=twins, seconds=time.perf_counter() - begun)


def failed(task: Task, why: Failed) -> Finding:
    """The finding of a cell that broke."""
    return Finding(task.cell, why, Verdict(State.FAILED, (why.error.partition(" ")[0],)))


def or_what_broke(asks: Callable[[], Given], *, private: bool) -> Given | NotEstimable | Failed:
    """What is asked, why it has no answer, or what broke on the way."""
    try:
        return asks()
    except Withheld as reason:
        return NotEstimable(str(reason), reason.refusals)
    except NoReference as reason:
        return NotEstimable(str(reason))
    except Exception as error:  # noqa: BLE001 - the one place where a cell may break without the rest
        return Failed(_where(error), _trace(error) if private else traceback.format_exc())


def _twin(task: Task, position: int, beside: Beside) -> TwinResult:
    rng = np.random.default_rng((*task.seed, position))
    return or_what_broke(
        lambda: twin_effect(beside, task.cell.design, task.circumstances, rng), private=task.private
    )


def _trace(error: Exception) -> str:
    """Where an error came about, line by line, without its message."""
    lines = "".join(traceback.format_tb(error.__traceback__))
    return f"{lines}{type(error).__name__}; its message is not shown, for it may quote persons\n"


def _where(error: Exception) -> str:
    """Kind of an error and its place in the code; its message may quote the data and is not repeated."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(place.filename).name}, line {place.lineno}"


def _answered(task: Task, panels: tuple[Panel, ...] | Cohort) -> Finding:
    cell = task.cell
    rng = np.random.default_rng(task.seed)
    if task.private and not isinstance(panels, Cohort) and task.behind is None:
        raise Withheld([Refusal(Code.NO_SUPPORT)])
    if isinstance(panels, Cohort):
        result = _answered_of_persons(task, panels, rng)
    elif len(panels) == 1:
        result = _answered_alone(task, panels[0], rng)
    else:
        result = answer_together(of_units(cell.design), panels, task.circumstances, task.arguments, rng)
        assert result.several is not None
        heads = heads_of_starts(result.several.years, result.several.counted, panels)
        result = replace(result, net=_net(task, result.estimate, heads))
    verdict = judge(result.estimate, result.ledger, cell.outcome)
    return Finding(cell, told(result), verdict, task.dropped, task.notes)


def _answered_alone(task: Task, panel: Panel, rng: np.random.Generator) -> Answered:
    design = of_units(task.cell.design)
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
        others=() if task.brief else other_methods(design, panel, found, rng),
        ranks=() if task.brief else other_ranks(design, panel, found),
        net=_net(task, found, _heads(found, panel)),
        behind=task.behind,
    )


def judged(task: Task, cohort: Cohort, rng: np.random.Generator) -> tuple[CohortCase, Ledger]:
    """Weigh persons for a task, hold what comes of it to what may leave, and test what its design claims.

    Raises
    ------
    NoReference, ValueError
        As `estimate_cohort` says.
    Withheld
        Where nothing of it may leave.
    """
    case = estimate_cohort(of_persons(task.cell.design), cohort, task.circumstances, rng)
    refuse_what_may_not_leave(case)
    return case, examine_cohort(case, task.arguments)


def _answered_of_persons(task: Task, cohort: Cohort, rng: np.random.Generator) -> Answered:
    """What persons say, as regions and tables of many people: no person leaves the worker."""
    case, ledger = judged(task, cohort, rng)
    design, found = case.design, case.answer
    panel, regions = found.panel, found.regions
    of_costs = task.cell.outcome.aim is Aim.COST
    return Answered(
        estimate=found.estimate,
        ledger=ledger,
        robustness=probe(regions, panel, found.estimate, rng),
        n_treated=int(panel.treated.sum()),
        n_compared=int(panel.compared.sum()),
        exposure=float(panel.size[panel.treated].sum()),
        n_sites=len(panel.sites),
        persons=PersonTables(
            found.balance,
            found.overlap,
            refute(design, cohort, task.circumstances.lag, rng),
            effects_by_subgroup(design, cohort, task.circumstances, rng),
            explored(design, cohort, task.circumstances, rng) if getattr(design, "forest", False) else None,
            cost_readings(design, cohort, task.circumstances, rng) if of_costs else (),
        ),
        net=_net(task, found.estimate, _heads(found.estimate, cohort)),
        behind=behind(cohort, case.matched.weights, task.circumstances.gate),
    )


def _heads(found: Estimate, of: Panel | Cohort) -> Heads:
    """All treated, kept by the design or not: the programme was paid for them all."""
    return Heads.of_one_start(found, of.exposure[:, of.treated].sum(axis=1))


def _net(task: Task, found: Estimate, heads: Heads) -> NetEffect | GrossOnly | None:
    if task.spent is None or isinstance(task.spent, GrossOnly):
        return task.spent
    if found.scale is not EffectScale.DIFFERENCE:
        return GrossOnly("the effect is a ratio: there are no euros to set the programme's cost against")
    return net_effect(found, heads, task.spent)


def _without_answer(task: Task, why: NoPanel) -> Finding:
    return Finding(
        task.cell,
        NotEstimable(why.reason, why.refusals),
        Verdict(why.state, (why.reason,)),
        task.dropped,
        task.notes,
    )
