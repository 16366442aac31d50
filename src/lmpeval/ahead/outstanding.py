"""What a run would have to do, and about how long that takes, by what earlier runs took."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from lmpeval.engine.answer_store import AnswerStore
from lmpeval.engine.answering import NoPanel
from lmpeval.engine.planning import Plan
from lmpeval.engine.running import cells_of


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


@dataclass(frozen=True)
class _Asked:
    """What is known of a cell without its data; `took` where it was ever finished."""

    name: str
    label: str
    there: bool
    nothing: bool
    took: float | None


def outstanding(plans: Iterable[Plan], store: AnswerStore | None) -> Outstanding:
    """Find what is missing; with no store that is all. Plans are looked at one by one, and not kept.

    A cell takes what it took when it was last finished, be it on other figures; one that never was takes
    the mean of those of its design, and where there are none of all. Cells without data take nothing.
    """
    known = store.seconds() if store else {}
    asked = [each for one in plans for each in _asked(one, store, known)]
    by_design: dict[str, list[float]] = {}
    for each in asked:
        if each.took is not None and not each.nothing:
            by_design.setdefault(each.label, []).append(each.took)
    missing = [each for each in asked if not each.there]
    guesses = [_guess(each, by_design) for each in missing]
    told = [guess for guess in guesses if guess is not None]
    names = tuple(each.name for each in missing)
    return Outstanding(len(asked), names, sum(told) if len(told) == len(guesses) else None)


def _asked(plan: Plan, store: AnswerStore | None, known: Mapping[str, float]) -> Iterator[_Asked]:
    cells = cells_of([plan], store)
    for task, there in zip(cells.tasks, cells.there, strict=True):
        name = cells.keeping.name(task)
        yield _Asked(name, task.cell.label, there, isinstance(task.panels, NoPanel), known.get(name))


def _guess(asked: _Asked, by_design: Mapping[str, Sequence[float]]) -> float | None:
    if asked.nothing:
        return 0.0
    if asked.took is not None:
        return asked.took
    like = by_design.get(asked.label) or [each for some in by_design.values() for each in some]
    return fmean(like) if like else None
