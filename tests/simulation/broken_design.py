"""A design that breaks on every panel, with figures of the data in its message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lmpeval.assumptions import COMMON, PARALLEL_TRENDS
from lmpeval.design import Assumption, Inference
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel

ROW = "person 900123, born 1931, euro 48211.07"


@dataclass(frozen=True)
class BrokenDesign:
    """Breaks."""

    inference: Inference = PlaceboGroups()
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, PARALLEL_TRENDS)

    def compare(self, panel: Panel) -> Comparison:
        """Break."""
        raise ArithmeticError(f"cannot divide {ROW} among {len(panel.units)}")
