"""Work that goes on where an earlier run left off: what is finished is read, the rest is done and kept."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from lmpeval.engine.answer_store import AnswerStore
from lmpeval.engine.identity import NoIdentity, Seen, identity
from lmpeval.engine.written_down import NotAsWritten
from lmpeval.parallel import Errands, as_done, cores

MOST_ERRANDS = 4
"""A worker, that may wait."""

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
    of: Worklist[Task, Answer],
    jobs: int,
    on_done: Callable[[Answer], None] = lambda answer: None,
    errands: Errands | None = None,
) -> Generator[Answer, None, None]:
    """Yield all answers in the order of the tasks; those that come about now are kept at once.

    Parameters
    ----------
    of : Worklist
    jobs : int
    on_done : callable
        Called with every answer that was not there, once it is kept.
    errands : Errands, optional
        What whoever takes the answers has done with them by the same workers; all are done at the end. So
        that they do not pile up where answers come faster, no answer is yielded while many are waiting.
    """
    missing = [i for i, there in enumerate(of.there) if not there]
    early: dict[int, Answer] = {}
    most = MOST_ERRANDS * (cores() if jobs == -1 else jobs)
    with _Working(of, [of.tasks[i] for i in missing], jobs, errands or Errands()) as working:

        def take() -> bool:
            """Wait for the next answer or errand; False where nothing is left to do."""
            if (found := working.next()) is None:
                return False
            at, answer = found
            if at >= 0:
                early[missing[at]] = answer
                _keep(of, missing[at], answer)
                on_done(answer)
            return True

        for i in range(len(of.tasks)):
            while working.n_errands > most or (i not in early and not of.there[i]):
                take()
            yield _read(of, i) if of.there[i] else early.pop(i)
        while take():
            pass


class _Working(Generic[Task, Answer]):
    """Tasks and errands that are being done; errands may come after the last task."""

    def __init__(
        self, of: Worklist[Task, Answer], tasks: Sequence[Task], jobs: int, errands: Errands
    ) -> None:
        self._of, self._jobs, self._errands = of, jobs, errands
        self._done = as_done(of.work, tasks, jobs, of.keeping.killed, errands)

    def __enter__(self) -> _Working[Task, Answer]:
        return self

    def __exit__(self, *_: object) -> None:
        self._done.close()

    @property
    def n_errands(self) -> int:
        return len(self._errands.left)

    def next(self) -> tuple[int, Answer] | None:
        """What is done next; None where nothing is left."""
        found = next(self._done, None)
        if found is None and self._errands.left:
            self._done = as_done(self._of.work, [], self._jobs, errands=self._errands)
            found = next(self._done)
        return found


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
