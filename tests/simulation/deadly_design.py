"""A design whose process is killed while it compares, once or always."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from lmpeval.assumptions import COMMON, PARALLEL_TRENDS
from lmpeval.design import Assumption, Inference
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel


@dataclass(frozen=True)
class DeadlyDesign:
    """Difference-in-differences, where it is left alive.

    Attributes
    ----------
    reprieve : str
        File that spares it: it is made before the first killing. None, and it is killed every time.
    """

    reprieve: str = ""
    inference: Inference = PlaceboGroups()
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, PARALLEL_TRENDS)

    def compare(self, panel: Panel) -> Comparison:
        """Compare, or be killed."""
        if not self.reprieve or not Path(self.reprieve).exists():
            if self.reprieve:
                Path(self.reprieve).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return DifferenceInDifferences().compare(panel)
