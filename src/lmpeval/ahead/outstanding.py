"""What a run would have to do, and about how long that takes, by what earlier runs took."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from lmpeval.engine.answer_store import AnswerStore
from lmpeval.engine.answering import NoPanel, Task
from lmpeval.engine.running import Plan, cells_of


@dataclass(frozen=True)
class Outstanding:
    """Cells that a run would compute.

    Attributes
    ----------
    n_cells : int
        Of all studies.
    missing : tuple of str
        Names of those that no earlier run has finished as they are asked now.
    seconds : float or None
        What they take one after the other; None where nothing like them was ever finished.
    """

    n_cells: int
    missing: tuple[str, ...]
    seconds: float | None


def outstanding(plans: Sequence[Plan], store: AnswerStore | None) -> Outstanding:
    """Find what is missing; with no store that is all.

    A cell takes what it took when it was last finished, be it on other figures; one that never was takes
    the mean of those of its design, and where there are none of all. Cells without data take nothing.
    """
    asked = cells_of(plans, store)
    tasks = [task for task, there in zip(asked.tasks, asked.there, strict=True) if not there]
    known = store.seconds() if store else {}
    took = {asked.keeping.name(task): known.get(asked.keeping.name(task)) for task in asked.tasks}
    by_design: dict[str, list[float]] = {}
    for task in asked.tasks:
        if (seconds := took[asked.keeping.name(task)]) is not None and not isinstance(task.panels, NoPanel):
            by_design.setdefault(task.cell.label, []).append(seconds)
    names = [asked.keeping.name(task) for task in tasks]
    guesses = [_guess(task, took[name], by_design) for task, name in zip(tasks, names, strict=True)]
    told = [guess for guess in guesses if guess is not None]
    return Outstanding(len(asked.tasks), tuple(names), sum(told) if len(told) == len(guesses) else None)


def _guess(task: Task, took: float | None, by_design: Mapping[str, Sequence[float]]) -> float | None:
    if isinstance(task.panels, NoPanel):
        return 0.0
    if took is not None:
        return took
    like = by_design.get(task.cell.label) or [each for some in by_design.values() for each in some]
    return fmean(like) if like else None
