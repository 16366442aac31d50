"""What a design could see on a panel: it is run on places where nothing happened.

Places that never were sites are the stand-ins of the panel's own site, each in turn judged as the site
would be. Their effects are errors, so bias, spread, size and coverage can be read off; and since an effect
that is injected moves a sound answer by itself, so can power, without another run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from lmpeval.effect_scale import EffectScale
from lmpeval.panel import Floats
from lmpeval.placebo_trial import NotCalibrated, Trial

ALPHA = 0.05
POWER = 0.8
SHARES = (0.01, 0.02, 0.05)
"""Effects at which power is told, as shares of the outcome's mean."""
COVERAGE_ALLOWED = (0.85, 0.99)


@dataclass(frozen=True)
class Sought:
    """What a study looks for: the smallest difference that matters, whether less is better, on what scale."""

    margin: float
    less_is_better: bool
    scale: EffectScale = EffectScale.DIFFERENCE

    def needed(self, low: Floats, high: Floats) -> Floats:
        """Improvement beyond which each interval lies on the better side of zero; shape (n_trials,).

        A fall by a percentage is undone by a rise by another one, so it is reckoned on the working scale.
        """
        if self.less_is_better:
            return -self.scale.told(-self.scale.untold(high))
        return self.scale.told(-self.scale.untold(low))


@dataclass(frozen=True)
class Measured:
    """A number and its Monte Carlo error.

    Places share donors and each other, so errors taken as if they were independent are lower bounds.
    """

    value: float
    error: float


@dataclass(frozen=True, eq=False)
class Calibration:
    """What one design does on places where nothing happened, and what it could see there.

    Attributes
    ----------
    sought : Sought
    level : float
        Of the intervals.
    mean : float
        Mean counterfactual of the places, in the unit of the outcome.
    effects, low, high, p : array, shape (n_trials,)
        As in `Trial`, by rising effect and without names; in the unit of the outcome, or in percent.
    bias : Measured
        Mean effect.
    spread : Measured
        Standard deviation of the effects.
    size : Measured
        Share with p at or below 5 %. Permutation over the same places holds it near its step whatever
        the data: each is ranked among the others. It tells more of a design that judges another way.
    coverage : Measured
        Share of intervals that hold zero.
    detectable : Measured
        Smallest improvement found in at least 80 % of the places; infinite where there is none.
    """

    sought: Sought
    level: float
    mean: float
    effects: Floats
    low: Floats
    high: Floats
    p: Floats
    bias: Measured
    spread: Measured
    size: Measured
    coverage: Measured
    detectable: Measured

    def power(self, improvement: float) -> Measured:
        """Share of places in which an improvement of this size would be found.

        Found means that the interval, moved by the improvement, lies wholly on the better side of zero.
        One wholly on the worse side leaves zero out too, but finds nothing.
        """
        return _share(self.sought.needed(self.low, self.high) < improvement)

    def relative(self, amount: float) -> float:
        """An amount as a share of the outcome's mean; NaN where that is zero."""
        return self.sought.scale.share(amount, self.mean)

    def amount(self, share: float) -> float:
        """A share of the outcome's mean as an amount."""
        return self.sought.scale.amount(share, self.mean)

    def numbers(self) -> dict[str, Measured]:
        """Every number by the name that files and runs give it; in the outcome's unit, shares of 1."""
        known = {
            "mde": self.detectable,
            "placebo_bias": self.bias,
            "placebo_sd": self.spread,
            "size": self.size,
            "coverage": self.coverage,
            "power_at_margin": self.power(self.sought.margin),
        }
        shares = {f"power_{100 * share:.0f}_percent": self.power(self.amount(share)) for share in SHARES}
        return known | shares

    @property
    def covers(self) -> bool:
        """Whether coverage lies where it may."""
        return COVERAGE_ALLOWED[0] <= self.coverage.value <= COVERAGE_ALLOWED[1]

    @property
    def answers(self) -> bool:
        """Whether the smallest difference that matters would be found often enough."""
        return self.detectable.value <= self.sought.margin


def calibrate(trials: Sequence[Trial], sought: Sought) -> Calibration:
    """Read off what a design does where nothing happened, and what it could see.

    Monte Carlo errors: of shares by the binomial formula, with a share kept half a place off none and
    all; of the mean by ``sd / sqrt(n)``; of the standard deviation by ``sd / sqrt(2 (n - 1))``; of the
    detectable improvement by the order statistics one binomial error to either side (David and Nagaraja
    2003, Order Statistics, section 7.1). All take the places as independent, which they are not: they
    share donors, and each is among the others' stand-ins. So the errors are lower bounds.

    Raises
    ------
    NotCalibrated
        Where fewer than two places have an effect.
    """
    known = sorted((each for each in trials if isfinite(each.effect)), key=lambda each: each.effect)
    if len(known) < 2:
        raise NotCalibrated(f"{len(known)} stand-ins could be judged; calibration needs 2 or more")
    every = [*known, *(each for each in trials if not isfinite(each.effect))]
    effects, low, high, p = (
        np.array([getattr(each, name) for each in every], dtype=float)
        for name in ("effect", "low", "high", "p")
    )
    judged = effects[: len(known)]
    spread = float(judged.std(ddof=1))
    return Calibration(
        sought=sought,
        level=known[0].level,
        mean=float(np.mean([each.counterfactual for each in known])),
        effects=effects,
        low=low,
        high=high,
        p=p,
        bias=Measured(float(judged.mean()), spread / sqrt(len(known))),
        spread=Measured(spread, spread / sqrt(2 * (len(known) - 1))),
        size=_share(p <= ALPHA + 1e-12),  # a p that is 2/40 must count as 5 %
        coverage=_share((low <= 0) & (high >= 0)),
        detectable=_detectable(sought.needed(low, high)),
    )


def _detectable(needed: Floats) -> Measured:
    ordered, n = np.sort(needed), len(needed)
    rank = ceil(POWER * n - 1e-9)  # 0.8 * 35 must count as 28
    off = sqrt(n * POWER * (1 - POWER))
    below, above = ordered[max(0, round(rank - off) - 1)], ordered[min(n, round(rank + off)) - 1]
    error = float(above - below) / 2 if isfinite(above) else float("inf")
    return Measured(max(0.0, float(ordered[rank - 1])), error)


def _share(held: NDArray[np.bool_]) -> Measured:
    n, share = len(held), float(held.mean())
    kept = min(max(share, 1 / (2 * n)), 1 - 1 / (2 * n))
    return Measured(share, sqrt(kept * (1 - kept) / n))
