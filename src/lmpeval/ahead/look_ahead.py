"""What a study could see, told in a moment and before any answer, for the design that carries the headline.

One estimate a cell, the site's figures after the start taken out of it, gives the gaps of its stand-ins. Each
of them is then judged among the others, as `lmpeval calibrate` judges it, but without letting every stand-in
choose its own stand-ins: a glimpse costs one fit of them all, a calibration as many as there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np

from lmpeval.ahead.calibrating import NOT_FOR_PERSONS, Calibrated, sought_in, without_findings
from lmpeval.ahead.calibration_file import Foreseen, Standing, calibration_path, foreseen_of
from lmpeval.ahead.trying import broken
from lmpeval.calibration import Calibration, Sought, calibrate
from lmpeval.cohort import Cohort
from lmpeval.design import estimate
from lmpeval.engine.answer_store import AnswerStore
from lmpeval.engine.answering import WORKER_KILLED, NoPanel, Task
from lmpeval.engine.planning import Plan
from lmpeval.engine.resuming import answers, worklist
from lmpeval.engine.written_down import read_back, written
from lmpeval.estimate import Estimate
from lmpeval.finding import Failed, NotEstimable
from lmpeval.inference import NoReference, critical
from lmpeval.persons.design import of_units
from lmpeval.placebo_trial import NotCalibrated, Trial, blinded
from lmpeval.starts.placebo import blinded_starts
from lmpeval.starts.staggered import pool


@dataclass(frozen=True)
class _Glimpse:
    """What is kept of a glimpse: all that its task does not say itself."""

    result: Calibration | NotEstimable
    site_size: float


@dataclass(frozen=True)
class GlimpseKeeping:
    """Glimpses by study and cell; one that broke is not kept."""

    def name(self, task: Task) -> str:
        """The study and the cell."""
        return f"glimpse of {task.cell.study}: {task.cell.name}"

    def killed(self, task: Task) -> Calibrated:
        """A glimpse that broke, as for want of memory."""
        return Calibrated(task.cell, Failed(WORKER_KILLED, ""))

    def seconds(self, seen: Calibrated) -> float:
        """How long it took."""
        return seen.seconds

    def down(self, task: Task, seen: Calibrated) -> str | None:
        """What was seen."""
        return None if isinstance(seen.result, Failed) else written(_Glimpse(seen.result, seen.site_size), ())

    def up(self, task: Task, text: str) -> Calibrated:
        """What was seen, with the cell that it was seen of."""
        kept: _Glimpse = read_back(text, _Glimpse, ())
        return Calibrated(task.cell, kept.result, kept.site_size)


def look_ahead(
    plans: Sequence[Plan], folder: Path, jobs: int, store: AnswerStore | None = None
) -> tuple[Foreseen, ...]:
    """Find what is known of each study's sight: its calibration, or where that is not current a glimpse.

    A brief plan shows none before its answers, so it gets no glimpse.

    Parameters
    ----------
    plans : sequence of Plan
    folder : Path
        Where calibrations lie.
    jobs : int
        What is found does not depend on it.
    store : AnswerStore, optional
        Where glimpses are kept for the next run.

    Returns
    -------
    tuple of Foreseen
        One a study.
    """
    known = [_kept(each, folder) for each in plans]
    blank = [
        [task for task in each.tasks if _asked(task)] if one.standing is not Standing.CURRENT else []
        for each, one in zip(plans, known, strict=True)
    ]
    tasks = [task for each in blank for task in each]
    seen = answers(worklist(_glimpsed, tasks, GlimpseKeeping(), store), jobs)
    return tuple(
        replace(one, glimpses=tuple(islice(seen, len(its)))) for one, its in zip(known, blank, strict=True)
    )


def _asked(task: Task) -> bool:
    return task.cell.primary and not task.cell.outcome.negative_control and not task.brief


def _kept(plan: Plan, folder: Path) -> Foreseen:
    path = calibration_path(folder, plan.study.study.study)
    return foreseen_of(without_findings(plan), [task.cell for task in plan.tasks], path)


def _glimpsed(task: Task) -> Calibrated:
    """One cell; whatever goes wrong is told and stays in it."""
    if isinstance(task.panels, NoPanel):
        return Calibrated(task.cell, NotEstimable(task.panels.reason))
    if isinstance(task.panels, Cohort):
        return Calibrated(task.cell, NotEstimable(NOT_FOR_PERSONS))
    size = float(sum(panel.size[panel.treated].sum() for panel in task.panels))
    try:
        return Calibrated(task.cell, glimpse(_blind_estimate(task), sought_in(task.cell.outcome)), size)
    except (NoReference, NotCalibrated) as reason:
        return Calibrated(task.cell, NotEstimable(str(reason)), size)
    except Exception as error:  # noqa: BLE001 - a cell may break without the rest
        return Calibrated(task.cell, broken(error), size)


def _blind_estimate(task: Task) -> Estimate:
    assert isinstance(task.panels, tuple)
    design, lag, rng = of_units(task.cell.design), task.circumstances.lag, np.random.default_rng(task.seed)
    if len(task.panels) > 1:
        # sites serve in the pools of each other's stand-ins: no panel may hold what happened to any of them
        cohorts = blinded_starts(task.panels)
        return pool(design, cohorts, lag, rng, task.circumstances.together).estimate
    return estimate(design, blinded(task.panels[0]), lag, rng)


def glimpse(found: Estimate, sought: Sought) -> Calibration:
    """Read off the gaps of stand-ins what a design could see.

    Every stand-in's effect is error. Its interval at the level of the estimate is by permutation among the
    other stand-ins, whatever way the design judges the site itself.

    Parameters
    ----------
    found : Estimate
        Of its own effect nothing is used.
    sought : Sought

    Raises
    ------
    NotCalibrated
        Where there are fewer than two stand-ins.
    """
    sure, scale = found.uncertainty, found.scale
    effects = sure.placebo[:, found.counted].mean(axis=1) if len(sure.placebo) else np.empty(0)
    sizes, trials = np.abs(effects), []
    for i, (effect, size) in enumerate(zip(effects.tolist(), sizes.tolist(), strict=True)):
        others = np.delete(sizes, i)
        reach = critical(others, sure.level)
        p = (1 + int((others >= size).sum())) / (1 + len(others))
        told, low, high = map(scale.told, (effect, effect - reach, effect + reach))
        trials.append(Trial("", told, low, high, p, sure.level, found.told.counterfactual_mean))
    return calibrate(trials, sought)
