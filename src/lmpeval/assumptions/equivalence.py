"""Showing that a violation is small, rather than failing to show that it is there.

A test that does not reject supports nothing by itself (Roth 2022): a premise is supported only where the
whole 90 % interval of the violation lies within the margin that matters (Bilinski and Hatfield 2018).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from lmpeval.design import Evidence, Status
from lmpeval.effect_scale import EffectScale
from lmpeval.inference import critical
from lmpeval.panel import Floats

EQUIVALENCE_LEVEL = 0.90
SEEN_FROM = 1.960  # two-sided 5 % test, in standard errors
POWER_QUANTILES = SEEN_FROM + 0.842  # with 80 % power


@dataclass(frozen=True)
class Violation:
    """How far a premise is off, and how far it is off by chance for the stand-ins.

    Attributes
    ----------
    size : float
        As the effect lies on its scale.
    chance : array, shape (n_placebos,)
        The same for every stand-in, for which the premise holds but for noise; without stand-ins the
        premise is neither supported nor contradicted.
    scale : EffectScale
        Of the effect. All that is asked and answered is in the unit of the outcome, or in percent.
    """

    size: float
    chance: Floats
    scale: EffectScale = EffectScale.DIFFERENCE

    @property
    def told(self) -> float:
        """Size as it is told."""
        return self.scale.told(self.size)

    @property
    def interval(self) -> tuple[float, float]:
        """90 % interval of the violation."""
        reach = critical(np.abs(self.chance), EQUIVALENCE_LEVEL)
        return self.scale.told(self.size - reach), self.scale.told(self.size + reach)

    @property
    def detectable(self) -> float:
        """Violation that the test would have seen four times in five."""
        return self.scale.told(POWER_QUANTILES * self._error)

    def power(self, size: float) -> float:
        """Probability that a test at 5 % would have seen a violation of this size (Roth 2022)."""
        if self._error == 0:
            return float(size != 0)
        working = self.scale.untold(size)
        seen = np.array([working, -working]) / self._error - SEEN_FROM
        return float(ndtr(seen).sum())

    @property
    def _error(self) -> float:
        return float(np.sqrt(np.mean(self.chance**2)))

    def status(self, margin: float) -> Status:
        """Supported within the margin; not supported beyond it and beyond chance; else uncertain."""
        low, high = self.interval
        if -margin < low and high < margin:
            return Status.SUPPORTED
        beyond_chance = abs(self.size) > critical(np.abs(self.chance), 0.95)
        return Status.NOT_SUPPORTED if beyond_chance and abs(self.told) > margin else Status.UNCERTAIN

    def evidence(self, what: str, margin: float, bias_if_wrong: str) -> Evidence:
        """Say what was found; `what` names the violation."""
        if not len(self.chance):
            return Evidence(
                status=Status.UNCERTAIN,
                finding=f"{what}: {said(self.told, self.scale)}, against a margin of "
                f"{said(margin, self.scale)}; "
                "without stand-ins nothing tells it from chance",
                number=self.told,
                threshold=margin,
                threshold_source="minimal important difference of the study",
                bias_if_wrong=bias_if_wrong,
            )
        low, high = self.interval
        return Evidence(
            status=self.status(margin),
            finding=f"{what}: {said(self.told, self.scale)} (90% interval {said(low, self.scale)} to "
            f"{said(high, self.scale)}), against a margin of {said(margin, self.scale)}",
            number=self.told,
            threshold=margin,
            threshold_source="minimal important difference of the study; equivalence as in "
            "Bilinski and Hatfield (2018)",
            detectable=self.detectable,
            bias_if_wrong=bias_if_wrong,
        )


def said(told: float, scale: EffectScale) -> str:
    """Write a number that is told, for the sentence of a finding.

    >>> said(-3.14159, EffectScale.RATIO), said(-60.0, EffectScale.DIFFERENCE)
    ('-3.14%', '-60')
    """
    return f"{three_digits(told)}{scale.sign}"


def three_digits(number: float) -> str:
    """Three digits, and all those before the point: a reader is not to work out powers of ten.

    >>> three_digits(-1234.5), three_digits(999.7), three_digits(0.03214), three_digits(float("inf"))
    ('-1234', '1000', '0.0321', 'inf')
    """
    return f"{number:.0f}" if abs(number) >= 999.5 else f"{number:.3g}"
