"""What is asked again and again while one question is being answered, worked out once.

A cell asks the same stand-ins, fits and years held out from many sides: for its estimate, its checks and what
stands beside it. What is remembered is what was worked out, to the last bit, and it is forgotten with the
cell, so that memory does not grow over a run.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

Given = TypeVar("Given")

# of each thread its own: workers of a cluster may answer several cells side by side
_known: ContextVar[dict[Hashable, tuple[Any, Any]] | None] = ContextVar("known", default=None)


@contextmanager
def remembering() -> Iterator[None]:
    """Remember in this context what `once` is asked."""
    before = _known.set({})
    try:
        yield
    finally:
        _known.reset(before)


def once(key: Hashable, work: Callable[[], Given], held: object = None) -> Given:
    """The answer of some work, which is not to be changed; outside `remembering` it is done every time.

    Parameters
    ----------
    key : hashable
        Tells the work, with all that its answer depends on, from all other work. It may hold places in
        memory.
    work : callable
        Pure.
    held : object
        What has its place in memory in the key: it is held, so that the place stays its own.
    """
    known = _known.get()
    if known is None:
        return work()
    if key not in known:
        known[key] = (work(), held)
    answer: Given = known[key][0]
    return answer
