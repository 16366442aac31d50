"""Places by ratio of gaps as a source ranks them: among some states, the treated among their donors or not.

The command ranks by this ratio too, among all stand-ins and with the treated set aside (`other_rank` in its
results). A source that leaves out states, or lets the treated serve as a donor, ranks something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from lmpeval.design import Design, compare_all
from lmpeval.engine.answering import NoPanel
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.panel import Panel

NOT_RANKED = {"texas_prisons": ("Iowa", "Rhode Island", "Vermont", "West Virginia", "Wyoming")}
"""By study whose fits are ranked, the states that the source does not rank."""


def places_by_ratio(studies: Sequence[Path], folder: Path) -> pd.DataFrame:
    """Rank every cell of the studies; the columns are those of a table of results."""
    rows = []
    for task in (task for prepared in prepare(studies, folder) for task in plan(prepared).tasks):
        if isinstance(task.panels, NoPanel):
            raise LookupError(task.panels.reason)
        (panel,), cell = task.panels, task.cell
        ranked = [name for name in panel.control_names if name not in NOT_RANKED[cell.study]]
        for name, serves in (("rank_by_ratio", False), ("rank_by_ratio_treated_serve", True)):
            place = _rank_by_ratio(cell.design, panel, ranked, serves)
            row = {"study": cell.study, "outcome": cell.outcome.name, "design": cell.label}
            rows.append({**row, "start": panel.start, "quantity": name, "estimate": place})
    return pd.DataFrame(rows)


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
