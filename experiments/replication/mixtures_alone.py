"""Mixtures of study files alone: what the command would compare with, without its hundreds of placebo fits.

A study file is read, held against its data and laid out by the code that `lmpeval run` calls; the design then
answers once a cell. That is all that the published figures of weights and fit ask for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lmpeval.design import Design, compare_all
from lmpeval.engine.answering import NoPanel, Task
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import plan
from lmpeval.estimate import Comparison
from lmpeval.panel import Panel

TAKES_PART = 1e-3
"""Weight from which on the sources count a donor."""
NOT_RANKED = {"texas_prisons": ("Iowa", "Rhode Island", "Vermont", "West Virginia", "Wyoming")}
"""By study whose fits are ranked, the states that the source does not rank."""


def mixtures_alone(studies: Sequence[Path], folder: Path) -> pd.DataFrame:
    """Answer every cell of the studies once; the columns are those of a table of results."""
    tasks = [task for prepared in prepare(studies, folder) for task in plan(prepared).tasks]
    return pd.DataFrame([row for task in tasks for row in _rows(task)])


def _rows(task: Task) -> Iterator[dict[str, object]]:
    if isinstance(task.panels, NoPanel):
        raise LookupError(task.panels.reason)
    (panel,) = task.panels
    cell, answer = task.cell, task.cell.design.compare(panel)
    row = {"study": cell.study, "outcome": cell.outcome.name, "design": cell.label, "start": panel.start}
    gap = panel.treated_mean - answer.counterfactual
    yield {**row, "quantity": "effect", "estimate": gap[~panel.before].mean()}
    for year, of_year in zip(panel.years, gap, strict=True):
        yield {**row, "quantity": "difference", "year": int(year), "estimate": of_year}
    yield from ({**row, **each} for each in _of_mixture(panel, answer, gap[panel.before]))
    if cell.study in NOT_RANKED:
        ranked = [name for name in panel.control_names if name not in NOT_RANKED[cell.study]]
        for name, serves in (("rank_by_ratio", False), ("rank_by_ratio_treated_serve", True)):
            rank = _rank_by_ratio(cell.design, panel, ranked, serves)
            yield {**row, "quantity": name, "estimate": rank}


def _of_mixture(panel: Panel, answer: Comparison, early: np.ndarray) -> Iterator[dict[str, object]]:
    for name, weight in zip(panel.control_names, answer.weights, strict=True):
        yield {"quantity": "weight", "by": name, "estimate": weight}
    used = answer.weights[answer.weights > TAKES_PART]
    yield {"quantity": "mean_squared_gap_before", "estimate": (early**2).mean()}
    yield {"quantity": "imbalance", "estimate": np.sqrt((early**2).sum())}
    yield {"quantity": "donors", "estimate": len(used)}
    yield {"quantity": "largest_weight", "estimate": used.max()}
    yield {"quantity": "smallest_weight", "estimate": used.min()}


def _rank_by_ratio(design: Design, panel: Panel, ranked: Sequence[str], treated_serve: bool) -> int:
    """Place of the treated by root mean squared gap after the start over that before it.

    Whether the treated are among the donors of the others: where they are, an effect in them raises the
    others' gaps.
    """
    own = {name: panel.placebo_sites({name: np.array([panel.units.index(name)])}) for name in ranked}
    if treated_serve:
        own = {name: each.with_aside(each.aside & ~panel.treated) for name, each in own.items()}
    panels = [panel, *own.values()]
    answers = compare_all(design, panels)
    gaps = np.array([p.treated_mean - a.counterfactual for p, a in zip(panels, answers, strict=True)])
    after, before = ((gaps[:, side] ** 2).mean(axis=1) for side in (~panel.before, panel.before))
    ratio = after / before
    return int((ratio >= ratio[0]).sum())
