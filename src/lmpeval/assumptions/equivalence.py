"""Showing that a violation is small, rather than failing to show that it is there.

A test that does not reject supports nothing by itself (Roth 2022): a premise is supported only where the
whole 90 % interval of the violation lies within the margin that matters (Bilinski and Hatfield 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.design import Evidence, Status
from lmpeval.inference import critical
from lmpeval.panel import Floats

EQUIVALENCE_LEVEL = 0.90
POWER_QUANTILES = 1.960 + 0.842  # two-sided 5 % test with 80 % power, in standard errors


@dataclass(frozen=True)
class Violation:
    """How far a premise is off, and how far it is off by chance for the stand-ins.

    Attributes
    ----------
    size : float
        In the unit of the outcome, on the scale of the effect.
    chance : array, shape (n_placebos,)
        The same for every stand-in, for which the premise holds but for noise.
    """

    size: float
    chance: Floats

    @property
    def interval(self) -> tuple[float, float]:
        """90 % interval of the violation."""
        reach = critical(np.abs(self.chance), EQUIVALENCE_LEVEL)
        return self.size - reach, self.size + reach

    @property
    def detectable(self) -> float:
        """Violation that the test would have seen four times in five."""
        return float(POWER_QUANTILES * np.sqrt(np.mean(self.chance**2)))

    def status(self, margin: float) -> Status:
        """Supported within the margin; not supported beyond it and beyond chance; else uncertain."""
        low, high = self.interval
        if -margin < low and high < margin:
            return Status.SUPPORTED
        beyond_chance = abs(self.size) > critical(np.abs(self.chance), 0.95)
        return Status.NOT_SUPPORTED if beyond_chance and abs(self.size) > margin else Status.UNCERTAIN

    def evidence(self, what: str, margin: float, bias_if_wrong: str) -> Evidence:
        """Say what was found; `what` names the violation."""
        low, high = self.interval
        return Evidence(
            status=self.status(margin),
            finding=f"{what}: {self.size:.3g} (90% interval {low:.3g} to {high:.3g}), "
            f"against a margin of {margin:.3g}",
            number=self.size,
            threshold=margin,
            threshold_source="minimal important difference of the study; equivalence as in "
            "Bilinski and Hatfield (2018)",
            detectable=self.detectable,
            bias_if_wrong=bias_if_wrong,
        )
