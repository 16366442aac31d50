"""A design for tests of study files: settings of many kinds, and not a number in it that matters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Literal


class Kind(StrEnum):
    LEVEL = "level"
    TREND = "trend"


@dataclass(frozen=True)
class Fit:
    """No design: it cannot compare."""

    misfit: float


@dataclass(frozen=True)
class WeightedChange:
    share: float
    years: tuple[int, ...] = ()
    kind: Kind = Kind.LEVEL
    matches: int = 3
    scale: Literal["level", "log"] = "level"
    loss: Callable[[float], float] | None = None
    inference: str = "placebo"
    assumptions: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError(f"share is {self.share}, expected 0 to 1")

    def compare(self, panel: object) -> object:
        return panel
