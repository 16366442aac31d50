"""Studies on their way to the tracking store, which may be gone for a while."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from lmpeval.engine.running import StudyResult
from lmpeval.tracking.connection import TrackingError
from lmpeval.tracking.pages import Pages
from lmpeval.tracking.store import track

PATIENCE = 30.0
"""Seconds after which a store that could not be used is tried again."""


@dataclass(eq=False)
class Outbox:
    """Logs studies in their order; those that the store does not take wait until it does.

    Attributes
    ----------
    store : str
    patience : float
    trouble : TrackingError or None
        Why the first of those that wait could not be logged.
    """

    store: str
    patience: float = PATIENCE
    trouble: TrackingError | None = None
    _waiting: list[tuple[StudyResult, Pages]] = field(default_factory=list)
    _not_before: float = 0.0

    def send(self, result: StudyResult, pages: Pages) -> None:
        """Log a study, and those that wait for it; raises nothing where the store cannot be used."""
        self._waiting.append((result, pages))
        self.flush()

    def flush(self, *, at_last: bool = False) -> None:
        """Log those that wait, unless the store could not be used a moment ago; at last in any case."""
        if time.monotonic() < self._not_before and not at_last:
            return
        try:
            while self._waiting:
                track(*self._waiting[0], self.store)
                self._waiting.pop(0)
        except TrackingError as error:
            self.trouble, self._not_before = error, time.monotonic() + self.patience
        else:
            self.trouble = None
