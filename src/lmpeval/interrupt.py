"""Ctrl-C that is heard even where Python drops it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def heard() -> Iterator[Callable[[], None]]:
    """Remember an interrupt, and give a function that raises it again.

    A `KeyboardInterrupt` that falls into a callback (of a weak reference, say) is printed and lost. Whoever
    calls the function between two pieces of work still stops. Only in the main thread.
    """
    pressed = False

    def press(_: int, __: FrameType | None) -> None:
        nonlocal pressed
        pressed = True
        raise KeyboardInterrupt

    def stop_if_pressed() -> None:
        if pressed:
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, press)
    try:
        yield stop_if_pressed
    finally:
        signal.signal(signal.SIGINT, before)
