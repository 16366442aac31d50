"""The one place where work is spread over cores and machines."""

from __future__ import annotations

import os
import platform
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from enum import StrEnum
from functools import cache
from importlib.metadata import version
from itertools import count
from typing import Any, TypeVar

from joblib import Parallel, cpu_count, delayed, parallel_config
from joblib.externals.loky.process_executor import BrokenProcessPool
from threadpoolctl import threadpool_limits

from lmpeval.errors import UserError

Task = TypeVar("Task")
Answer = TypeVar("Answer")

PATIENCE = "15s"
"""For a scheduler to answer."""
SAME_EVERYWHERE = ("lmpeval", "numpy", "scipy", "scikit-learn", "pandas", "matplotlib")
"""Packages that workers of a cluster must have in the version that is here."""

Step = tuple[Callable[[Any], Any], Any]
"""What is to be done, and what it is done with."""


class WorkersLost(UserError):
    """A piece of work kills whoever does it."""


class Backend(StrEnum):
    """Who does the work: processes of this machine, or those of a cluster."""

    LOKY = "loky"
    DASK = "dask"
    RAY = "ray"


@contextmanager
def spread_over(backend: Backend, address: str = "") -> Iterator[None]:
    """Have all work in this context done by a backend of joblib; answers do not depend on which.

    Parameters
    ----------
    backend : Backend
    address : str
        Of the cluster's scheduler.

    Raises
    ------
    UserError
        Its package is not installed, nobody answers at the address, or a worker there has other versions
        of the packages that numbers come from.
    """
    if (backend is Backend.LOKY) == bool(address):
        raise UserError(f"address '{address}' for {backend}: loky is this machine, a cluster has an address")
    if backend is Backend.LOKY:
        yield
        return
    try:
        with _dask(address) if backend is Backend.DASK else _ray(address), parallel_config(str(backend)):
            yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("distributed", "dask", "ray"):
            raise
        raise UserError(f"--backend {backend} needs a package that is not installed: {error.name}") from error


@contextmanager
def _dask(address: str) -> Iterator[None]:
    from distributed import Client  # noqa: PLC0415 - an optional package, and a heavy one

    try:
        client = Client(address, timeout=PATIENCE, set_as_default=True)
    except (OSError, ValueError) as error:
        raise UserError(f"{address}: no Dask scheduler answers there: {error}") from error
    with client:
        ours, theirs = _versions(), client.run(_versions)
        for worker, found in theirs.items():
            if wrong := [
                f"{name} {found[name]}, here {ours[name]}" for name in ours if found[name] != ours[name]
            ]:
                raise UserError(f"worker {worker} would give other numbers: it has {'; '.join(wrong)}")
        yield


@contextmanager
def _ray(address: str) -> Iterator[None]:
    import ray  # noqa: PLC0415 - as above
    from ray.util.joblib import register_ray  # noqa: PLC0415

    try:
        ray.init(address=address, log_to_driver=False)
    except (ConnectionError, ValueError) as error:
        raise UserError(f"{address}: no Ray cluster answers there: {error}") from error
    try:
        register_ray()
        yield
    finally:
        ray.shutdown()


def _versions() -> dict[str, str]:
    """Of what numbers come from."""
    return {"python": platform.python_version(), **{name: version(name) for name in SAME_EVERYWHERE}}


def in_order(
    work: Callable[[Task], Answer], tasks: Iterable[Task], jobs: int
) -> Generator[Answer, None, None]:
    """Do every task, `jobs` at a time; yield the answers in the order of the tasks.

    As `as_done`, but what is done early waits for what comes before it.
    """
    early: dict[int, Answer] = {}
    due = 0
    with closing(as_done(work, list(tasks), jobs)) as done:
        for at, answer in done:
            early[at] = answer
            while due in early:
                yield early.pop(due)
                due += 1


class Errands:
    """Work that comes up while tasks are being done: the same workers do it, before the tasks that wait."""

    def __init__(self) -> None:
        self.left: dict[int, Step] = {}
        """By number, which is below zero."""
        self.waiting: deque[int] = deque()
        self._on_done: dict[int, Callable[[Any], None]] = {}
        self._numbers = count(-1, -1)

    def send(self, work: Callable[[Task], Answer], task: Task, on_done: Callable[[Answer], None]) -> None:
        """Have something done; `on_done` is called with the answer, where answers are asked for."""
        number = next(self._numbers)
        self.left[number], self._on_done[number] = (work, task), on_done
        self.waiting.append(number)

    def finish(self, number: int, answer: Any) -> None:
        """Hand an answer over."""
        del self.left[number]
        self._on_done.pop(number)(answer)


def as_done(
    work: Callable[[Task], Answer],
    tasks: Sequence[Task],
    jobs: int,
    killed: Callable[[Task], Answer] | None = None,
    errands: Errands | None = None,
) -> Generator[tuple[int, Answer], None, None]:
    """Do every task, `jobs` at a time; yield each answer with its task's position as soon as it is there.

    Linear algebra runs on one thread in each worker, so that answers do not depend on `jobs`, to the last
    bit. Where a worker is killed, as by a machine that is short of memory, what was begun and not answered
    is begun again, one task at a time. Closing the generator gives up what is not done yet.

    Parameters
    ----------
    work : callable
        Importable, as are its tasks and answers: they go to other processes.
    tasks : sequence
    jobs : int
        Processes; -1 for one a core. A single one is this process, which is killed with its work.
    killed : callable, optional
        The answer to a task of which the worker is killed even when it does nothing else.
    errands : Errands, optional
        Done too, those that are sent meanwhile with them; each is yielded as it is finished, by its number
        and without its answer.

    Raises
    ------
    WorkersLost
        There is such a task, and no answer for it.
    """
    left, beside = dict(enumerate(tasks)), errands or Errands()
    waiting = deque(left)

    def step(at: int) -> Step:
        return beside.left[at] if at < 0 else (work, left[at])

    def handed_out(begun: set[int]) -> Iterator[tuple[int, Step]]:
        while beside.waiting or waiting:
            at = (beside.waiting or waiting).popleft()
            begun.add(at)
            yield at, step(at)

    def finished(at: int, answer: Any) -> tuple[int, Any]:
        if at < 0:
            beside.finish(at, answer)
            return at, None
        del left[at]
        return at, answer

    while left or beside.left:
        begun: set[int] = set()
        with suppress(*_killings()), closing(_at_once(handed_out(begun), jobs)) as done:
            for at, answer in done:
                yield finished(at, answer)
        for at in sorted(begun & (left.keys() | beside.left.keys())):
            yield finished(at, _alone(step(at), None if at < 0 else killed))


def _alone(step: Step, killed: Callable[[Any], Any] | None) -> Any:
    """Do one task in a process of its own."""
    try:
        ((_, answer),) = _at_once([(0, step)], 2)
    except _killings() as error:
        if killed is None:
            raise WorkersLost(
                "a worker was killed twice over the same work: is there enough memory?"
            ) from error
        return killed(step[1])
    return answer


def _killings() -> tuple[type[Exception], ...]:
    """What is raised where a worker was killed, by the backends that are in use."""
    dask = getattr(sys.modules.get("distributed"), "KilledWorker", None)
    return (BrokenProcessPool,) if dask is None else (BrokenProcessPool, dask)


def cores() -> int:
    """Processes that this machine runs at a time, by its cores and by what it is allowed of them."""
    return int(cpu_count())


def _at_once(steps: Iterable[tuple[int, Step]], jobs: int) -> Generator[tuple[int, Any], None, None]:
    """Do all steps, which are taken one by one as workers become free."""
    handed_out = (delayed(_on_one_thread)(at, step, os.getpid()) for at, step in steps)
    done = Parallel(n_jobs=jobs, return_as="generator_unordered")(handed_out)
    try:
        for answer in done:  # noqa: UP028 - `yield from` would close `done` outside the filter below
            yield answer
    finally:
        with warnings.catch_warnings():  # whoever closes early knows that tasks are lost
            warnings.filterwarnings("ignore", r"\d+ tasks", UserWarning)
            done.close()


def _on_one_thread(at: int, step: Step, parent: int) -> tuple[int, Any]:
    if os.getppid() == parent:
        _end_with(parent)
    work, task = step
    with threadpool_limits(1):
        return at, work(task)


@cache
def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone: else it would wait for work for minutes."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
