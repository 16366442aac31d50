"""Work that goes on where an earlier run left off: what is finished is read, the rest is done and kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from lmpeval.engine.answer_store import AnswerStore
from lmpeval.engine.identity import NoIdentity, Seen, identity
from lmpeval.engine.written_down import NotAsWritten
from lmpeval.parallel import as_done

Task = TypeVar("Task")
Answer = TypeVar("Answer")
Given_contra = TypeVar("Given_contra", contravariant=True)


class Keeping(Protocol[Given_contra, Answer]):
    """How answers of one kind are named, written down and read back, and what is said without one."""

    def name(self, task: Given_contra) -> str:
        """What the answer is kept under, in place of an earlier one."""
        ...

    def killed(self, task: Given_contra) -> Answer:
        """What is said of a task that kills its worker."""
        ...

    def seconds(self, answer: Answer) -> float:
        """How long it took."""
        ...

    def down(self, task: Given_contra, answer: Answer) -> str | None:
        """The answer as text; None for one that the next run should seek again."""
        ...

    def up(self, task: Given_contra, text: str) -> Answer:
        """The answer that a text holds; raises `NotAsWritten` where it holds none."""
        ...


@dataclass(frozen=True, eq=False)
class Worklist(Generic[Task, Answer]):
    """Tasks, what is to be done with them, and which of them an earlier run has done.

    Attributes
    ----------
    work : callable
    tasks : sequence
    keeping : Keeping
    store : AnswerStore or None
        None where nothing is kept.
    identities : tuple of str
        One a task; empty for a task that has none and is done in every run.
    there : tuple of bool
        Whether an earlier run has done the task.
    """

    work: Callable[[Task], Answer]
    tasks: Sequence[Task]
    keeping: Keeping[Task, Answer]
    store: AnswerStore | None
    identities: tuple[str, ...]
    there: tuple[bool, ...]


def worklist(
    work: Callable[[Task], Answer],
    tasks: Sequence[Task],
    keeping: Keeping[Task, Answer],
    store: AnswerStore | None,
) -> Worklist[Task, Answer]:
    """Find out which tasks an earlier run has done; without a store none."""
    if store is None:
        return Worklist(work, tasks, keeping, store, ("",) * len(tasks), (False,) * len(tasks))
    seen, known = Seen(), store.known()
    identities = tuple(_identity_or_none(work, task, seen) for task in tasks)
    return Worklist(work, tasks, keeping, store, identities, tuple(each in known for each in identities))


def _identity_or_none(work: Callable[[Task], Answer], task: Task, seen: Seen) -> str:
    try:
        return identity(work, task, seen)
    except NoIdentity:  # somebody's design with a setting that no other run can be known to share
        return ""


def answers(
    of: Worklist[Task, Answer], jobs: int, on_done: Callable[[Answer], None] = lambda answer: None
) -> Generator[Answer, None, None]:
    """Yield all answers in the order of the tasks; those that come about now are kept at once.

    Parameters
    ----------
    of : Worklist
    jobs : int
    on_done : callable
        Called with every answer that was not there, once it is kept.
    """
    missing = [i for i, there in enumerate(of.there) if not there]
    early: dict[int, Answer] = {}
    tasks = [of.tasks[i] for i in missing]
    with closing(as_done(of.work, tasks, jobs, of.keeping.killed)) as new:
        for i in range(len(of.tasks)):
            if of.there[i]:
                yield _read(of, i)
                continue
            while i not in early:
                at, answer = next(new)
                early[missing[at]] = answer
                _keep(of, missing[at], answer)
                on_done(answer)
            yield early.pop(i)


def _read(of: Worklist[Task, Answer], i: int) -> Answer:
    """What an earlier run answered; what was damaged since is answered again, here."""
    text = of.store.text(of.identities[i]) if of.store is not None else None
    if text is not None:
        with suppress(NotAsWritten):
            return of.keeping.up(of.tasks[i], text)
    ((_, answer),) = as_done(of.work, [of.tasks[i]], 1)
    _keep(of, i, answer)
    return answer


def _keep(of: Worklist[Task, Answer], i: int, answer: Answer) -> None:
    task, keeping = of.tasks[i], of.keeping
    if of.store is None or not of.identities[i]:
        return
    try:
        text = keeping.down(task, answer)
    except NotAsWritten:  # an answer of somebody's own kind: found anew in every run
        return
    if text is not None:
        of.store.keep(keeping.name(task), of.identities[i], keeping.seconds(answer), text)
