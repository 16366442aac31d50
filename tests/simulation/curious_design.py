"""A design that looks where it should not: at units that are set aside, the real site among them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from lmpeval.assumptions import COMMON, PARALLEL_TRENDS
from lmpeval.design import Assumption, Inference
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel


@dataclass(frozen=True)
class CuriousDesign:
    """Mean of the pool, and a hundredth of what is none of its business."""

    inference: Inference = PlaceboGroups()
    assumptions: ClassVar[tuple[Assumption, ...]] = (*COMMON, PARALLEL_TRENDS)

    def compare(self, panel: Panel) -> Comparison:
        """Peep."""
        weights = np.full(panel.compared.sum(), 1 / panel.compared.sum())
        seen = panel.outcome[:, panel.aside].mean(axis=1) if panel.aside.any() else 0.0
        return Comparison(panel.controls @ weights + 0.01 * seen, weights)
