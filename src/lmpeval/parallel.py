"""The one place where work is spread over cores."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator, Iterable
from typing import TypeVar

from joblib import Parallel, delayed
from threadpoolctl import threadpool_limits

Task = TypeVar("Task")
Answer = TypeVar("Answer")


def in_order(
    work: Callable[[Task], Answer], tasks: Iterable[Task], jobs: int
) -> Generator[Answer, None, None]:
    """Do every task, `jobs` at a time; yield the answers in the order of the tasks.

    Linear algebra runs on one thread in each worker, so that answers do not depend on `jobs`, to the last
    bit. Closing the generator gives up what is not done yet.

    Parameters
    ----------
    work : callable
        Importable, as are its tasks and answers: they go to other processes.
    tasks : iterable
    jobs : int
        Processes; -1 for one a core.
    """
    done = Parallel(n_jobs=jobs, return_as="generator")(delayed(_on_one_thread)(work, task) for task in tasks)
    try:
        for answer in done:  # noqa: UP028 - `yield from` would close `done` outside the filter below
            yield answer
    finally:
        with warnings.catch_warnings():  # whoever closes early knows that tasks are lost
            warnings.filterwarnings("ignore", r"\d+ tasks", UserWarning)
            done.close()


def _on_one_thread(work: Callable[[Task], Answer], task: Task) -> Answer:
    with threadpool_limits(1):
        return work(task)
