"""What can be known of a study before its results: whoever looks here cannot have seen them.

Every figure of the site from its start on is taken out before any design runs, and made-up ones are put in
its place: twice, with different figures. What is said of an assumption both times in the same words does not
rest on them, and is what can be known beforehand. The rest waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np

from lmpeval.ahead.persons_unseen import unseen
from lmpeval.cohort import Cohort
from lmpeval.design import Assumption, Status
from lmpeval.engine.answering import NoPanel, Task, answer
from lmpeval.engine.planning import Plan
from lmpeval.engine.running import StudyResult, run
from lmpeval.finding import Answered, Cell, Failed, Finding, PersonTables
from lmpeval.ledger import Entry, Ledger
from lmpeval.panel import Panel
from lmpeval.parallel import in_order
from lmpeval.persons.support import Behind
from lmpeval.robustness import Balance
from lmpeval.starts.placebo import blinded_starts

SAME = 1e-9
"""Weights that lie no farther apart than this are the same, whatever happened since."""


@dataclass(frozen=True)
class Known:
    """What is known of one assumption beforehand.

    Attributes
    ----------
    assumption : Assumption
    status : Status or None
        None where it waits for the results.
    finding : str
        The clauses that do not rest on results; empty where the first does, to which the others refer.
    argument : str or None
    """

    assumption: Assumption
    status: Status | None
    finding: str
    argument: str | None


@dataclass(frozen=True, eq=False)
class Checked:
    """One cell before its results, or why nothing can be said of it.

    Attributes
    ----------
    cell : Cell
    known : tuple of Known
        In the ledger's order.
    balance : tuple of Balance
        Covariates before the start; empty where what is compared with rests on results.
    effective : float or None
        How many equal comparison units the weights are worth; None where they rest on results.
    n_compared : int
    dropped : tuple of (unit, reason)
    notes : tuple of str
    why_not : str
        Empty where something is known.
    persons : PersonTables or None
        How alike persons on both sides are; None where no persons are weighed, or by their results.
    behind : Behind or None
        Who stands behind that.
    """

    cell: Cell
    known: tuple[Known, ...] = ()
    balance: tuple[Balance, ...] = ()
    effective: float | None = None
    n_compared: int = 0
    dropped: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    why_not: str = ""
    persons: PersonTables | None = None
    behind: Behind | None = None


@dataclass(frozen=True, eq=False)
class StudyCheck:
    """A study, its units and its files without a finding, and its primary cells before their results."""

    of: StudyResult
    cells: tuple[Checked, ...]


def check(plans: Sequence[Plan], jobs: int) -> Iterator[StudyCheck]:
    """Say what can be known of the primary designs of every study, one study at a time."""
    tasks = [[task for task in each.tasks if task.cell.primary] for each in plans]
    seen = in_order(_checked, [task for of in tasks for task in of], jobs)
    for each, of in zip(plans, tasks, strict=True):
        yield StudyCheck(_unanswered(each), tuple(islice(seen, len(of))))


def _unanswered(plan: Plan) -> StudyResult:
    return next(run([replace(plan, tasks=())], jobs=1))


def _checked(task: Task) -> Checked:
    bare = Checked(task.cell, dropped=task.dropped, notes=task.notes)
    if isinstance(task.panels, NoPanel):
        return replace(bare, why_not=task.panels.reason)
    if isinstance(task.panels, Cohort):
        return _of_persons(bare, task, task.panels)
    one, other = (_answer_of(task, panels) for panels in two_made_up(task.panels))
    if isinstance(one, str) or isinstance(other, str):
        return replace(bare, why_not=one if isinstance(one, str) else str(other))
    same = np.allclose(one.estimate.comparison.weights, other.estimate.comparison.weights, rtol=0, atol=SAME)
    return replace(
        bare,
        known=_known(one.ledger, other.ledger),
        balance=one.robustness.balance if same else (),
        effective=one.estimate.effective_controls if same else None,
        n_compared=one.n_compared,
    )


def _of_persons(bare: Checked, task: Task, cohort: Cohort) -> Checked:
    found = unseen(task, cohort)
    if isinstance(found, str):
        return replace(bare, why_not=found)
    return replace(bare, known=_known(*found.ledgers), persons=found.tables, behind=found.behind)


def _known(one: Ledger, other: Ledger) -> tuple[Known, ...]:
    return tuple(known_of(*both) for both in zip(one.entries, other.entries, strict=True))


def two_made_up(panels: tuple[Panel, ...]) -> tuple[tuple[Panel, ...], tuple[Panel, ...]]:
    """Put figures that nobody measured in place of the sites' from their starts on, in two ways.

    First the sites move with the mean of those compared, so that nothing happened; then years drift away from
    the mean before the start. Whatever says how large an effect is, or how far ahead of others, differs.
    """
    still = blinded_starts(panels)
    along, drifting = still[0].outcome.copy(), still[0].outcome.copy()
    for panel in still:
        since = np.ix_(~panel.before, panel.treated)
        pool = panel.outcome[:, panel.compared].mean(axis=1)
        along[since] += (pool[~panel.before] - pool[panel.before].mean())[:, None]
        drifting[since] *= 1.1 + 0.2 * np.arange(int((~panel.before).sum()))[:, None]
    return (
        tuple(replace(panel, outcome=along) for panel in still),
        tuple(replace(panel, outcome=drifting) for panel in still),
    )


def _answer_of(task: Task, panels: tuple[Panel, ...]) -> Answered | str:
    found: Finding = answer(replace(task, panels=panels, twins=()))
    match found.result:
        case Answered():
            return found.result
        case Failed(error):
            return error
        case why:
            return why.reason


def known_of(one: Entry, other: Entry) -> Known:
    """What two ledgers of different results have in common of one assumption."""
    same = one.evidence == other.evidence
    clauses, others = (each.evidence.finding.split("; ") for each in (one, other))
    common = [clause for clause in clauses if clause in others] if clauses[0] == others[0] else []
    return Known(
        one.assumption,
        one.status if same else None,
        one.evidence.finding if same else "; ".join(common),
        one.argument,
    )
