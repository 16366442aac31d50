"""Something in a study that cannot be so, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Contradiction:
    """Something in a study that cannot be so, given the rest of it."""

    path: tuple[str | int, ...]
    """Where it stands: keys and positions from the top of the study."""
    message: str

    def __str__(self) -> str:
        """Path and message on one line."""
        return f"{'.'.join(map(str, self.path))}: {self.message}"


Found = Iterator[Contradiction]
