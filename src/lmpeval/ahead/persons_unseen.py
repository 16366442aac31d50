"""Persons of a study before its results: what is known of them when nothing that came after the start is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.engine.answering import Task, judged, or_what_broke
from lmpeval.finding import Failed, NotEstimable, PersonTables
from lmpeval.ledger import Ledger
from lmpeval.panel import Floats
from lmpeval.persons.design import CohortCase
from lmpeval.persons.support import Behind, behind

STEP = 0.1
"""By which made-up figures drift from year to year, and made-up persons leave."""


@dataclass(frozen=True, eq=False)
class Unseen:
    """What persons show twice, with other results each time.

    Attributes
    ----------
    ledgers : tuple of Ledger, Ledger
    tables : PersonTables or None
        How alike both sides are before the start; None where who is weighed rests on results.
    behind : Behind
    """

    ledgers: tuple[Ledger, Ledger]
    tables: PersonTables | None
    behind: Behind


def unseen(task: Task, cohort: Cohort) -> Unseen | str:
    """Weigh and judge the persons of a task twice without their results; or say why that cannot be.

    Parameters
    ----------
    task : Task
    cohort : Cohort
        Of the task.
    """

    def asked() -> list[tuple[CohortCase, Ledger]]:
        return [judged(task, made, np.random.default_rng(task.seed)) for made in two_made_up_cohorts(cohort)]

    found = or_what_broke(asked, private=True)
    match found:
        case Failed(error):
            return error
        case NotEstimable(reason):
            return reason
        case [(one, ledger), (other, another)]:
            stands = behind(one.cohort, one.matched.weights, task.circumstances.gate)
            return Unseen((ledger, another), _tables(one, other), stands)
    raise AssertionError("two ledgers, or why there are none")


def _tables(one: CohortCase, other: CohortCase) -> PersonTables | None:
    if not np.array_equal(one.matched.weights, other.matched.weights):
        return None
    return PersonTables(one.answer.balance, one.answer.overlap)


def two_made_up_cohorts(cohort: Cohort) -> tuple[Cohort, Cohort]:
    """Put figures that nobody measured in place of those of the treated from the start on, in two ways.

    First everybody stays, and moves from the own mean before the start as those compared do, so that nothing
    happened. Then figures drift away from that mean, by a share of themselves and of what those compared
    have, and every year some of everybody's time is gone. So neither what was measured nor who stayed is
    alike in both.
    """
    pool, before = ~cohort.treated, cohort.before
    own = _mean_by_exposure(cohort.amounts[before], cohort.exposure[before])
    there = np.tile(cohort.exposure[before][-1], (int((~before).sum()), 1))
    mean = _mean_by_exposure(cohort.amounts[:, pool].T, cohort.exposure[:, pool].T)
    moved = (mean[~before] - mean[before].mean())[:, None]
    level = float(np.abs(mean).mean()) or 1.0
    year = np.arange(1, 1 + len(there))[:, None]
    return (
        _with_results(cohort, own + moved, there),
        _with_results(cohort, own + STEP * year * (own + level), there * (1 - STEP) ** year),
    )


def _mean_by_exposure(amounts: Floats, exposure: Floats) -> Floats:
    """Mean over the first axis by exposure; zero where there is none."""
    total = exposure.sum(axis=0)
    mean: Floats = np.divide(amounts.sum(axis=0), total, out=np.zeros_like(total), where=total > 0)
    return mean


def _with_results(cohort: Cohort, values: Floats, there: Floats) -> Cohort:
    """Give the treated other figures and other exposure since the start; (n_years since it, n_persons)."""
    since = np.ix_(~cohort.before, cohort.treated)
    outcome, exposure = cohort.outcome.copy(), cohort.exposure.copy()
    exposure[since] = there[:, cohort.treated]
    outcome[since] = np.where(exposure[since] > 0, values[:, cohort.treated], np.nan)
    return replace(cohort, outcome=outcome, exposure=exposure)
