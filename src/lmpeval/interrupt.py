"""Ctrl-C that stops between two pieces of work, and is heard wherever it falls."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def heard() -> Iterator[Callable[[], None]]:
    """Note an interrupt, and give a function that raises it as `KeyboardInterrupt`.

    Raised at once it could fall into a callback, where Python prints and drops it. So it waits for whoever
    calls the function between two pieces of work; a second one does not wait. What fails after an
    interrupt, such as a worker that got it too, counts as interrupted. Only in the main thread.
    """
    pressed = False

    def press(_: int, __: FrameType | None) -> None:
        nonlocal pressed
        if pressed:
            raise KeyboardInterrupt
        pressed = True

    def stop_if_pressed() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield stop_if_pressed
    except Exception:
        stop_if_pressed()
        raise
    finally:
        signal.signal(signal.SIGINT, before)
