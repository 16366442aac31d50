"""What a design compares the treated with, and what the engine makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import inf, isfinite

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.effect_scale import EffectScale
from lmpeval.panel import Bools, Floats, Panel, Years


@dataclass(frozen=True, eq=False)
class Comparison:
    """What a design answers: the treated as they would have been without exposure.

    Attributes
    ----------
    counterfactual : array, shape (n_years,)
        Mean outcome of the treated without exposure, in the unit of the outcome.
    weights : array, shape (n_controls,)
        What each comparison unit counts for; summing to one, so that what all share cancels.
    extrapolates : bool
        Whether the design's model reaches beyond its comparison units, as a regression does: only then may
        weights be below zero, and the check of overlap says what share of them is. Elsewhere a weight below
        zero is a fault and is refused.
    reads_after : bool
        Whether years of the comparison units from the start on help to find their weights or the level, as
        factors and weights on years do: then what one of them does after the start moves these too.
    """

    counterfactual: Floats
    weights: Floats
    extrapolates: bool = False
    reads_after: bool = False


def refuse_unsound(comparison: Comparison, panel: Panel, design: str) -> None:
    """Refuse an answer of the design so named that is no comparison.

    Raises
    ------
    ValueError
        Shape, missing figures, weights with another sum than one, or below zero in an answer that does not
        say that it extrapolates.
    """
    weights, n_controls = comparison.weights, int(panel.compared.sum())
    if comparison.counterfactual.shape != panel.years.shape:
        shape = comparison.counterfactual.shape
        raise ValueError(f"{design} answers a counterfactual of shape {shape}, not one figure a year")
    if weights.shape != (n_controls,):
        raise ValueError(f"{design} answers weights of shape {weights.shape}, not one for {n_controls} units")
    if not (np.isfinite(comparison.counterfactual).all() and np.isfinite(weights).all()):
        raise ValueError(f"{design} answers figures that are not finite")
    below = (weights < 0).any() and not comparison.extrapolates
    if below or abs(weights.sum() - 1) > 1e-6:
        raise ValueError(f"{design} answers weights below zero or with another sum than one")


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """How sure an effect is, and by which method.

    Attributes
    ----------
    method : str
        In a few words, for reports.
    level : float
        Of the intervals: 0.95 for 95 %.
    standard_error : float
        Of the mean effect, in the unit of the outcome; not a number where nothing tells it.
    interval : pair of float
        Of the mean effect; infinite where the method cannot bound it at this level.
    path_interval : array, shape (n_years, 2)
        The same for every year's gap.
    p : float
        Of no effect at all; never below `smallest_p`.
    smallest_p : float
        What the method could reach at best; 1 where there was nothing to rank the treated with.
    rank : int
        Place of the treated by size of effect among all that it was ranked with, 1 for the largest; with
        several sites these are all sets of sites and stand-ins. 0 where the method ranks nothing.
    placebo : array, shape (n_placebos, n_years)
        Gaps that chance alone gives: of the stand-ins for the treated, or drawn; empty where the method has
        none.
    placebo_labels : tuple of str, length n_placebos
        Names of the stand-ins; empty where the gaps are drawn.
    placebo_places : tuple of str, length n_placebos
        What tells stand-ins of other units apart, be their names alike; empty where their names do.
    p_error : float
        Monte Carlo error of `p`; 0 where nothing was drawn.
    path_covariance : array, shape (n_years, n_years), or None
        Of the gaps, where the method knows it; else it is read off `placebo`.
    """

    method: str
    level: float
    standard_error: float
    interval: tuple[float, float]
    path_interval: Floats
    p: float
    smallest_p: float
    rank: int
    placebo: Floats
    placebo_labels: tuple[str, ...]
    placebo_places: tuple[str, ...] = ()
    p_error: float = 0.0
    path_covariance: Floats | None = None


@dataclass(frozen=True, eq=False)
class Told:
    """The figures of an estimate as a reader is told them.

    Attributes
    ----------
    observed, counterfactual : array, shape (n_years,)
        Levels in the unit of the outcome; geometric means of the units where ratios are compared.
    counterfactual_mean : float
        Over the counted years.
    gap, path_interval, placebo : array, shapes (n_years,), (n_years, 2) and (n_placebos, n_years)
        In the unit of the outcome, or in percent where ratios are compared, as all that follow.
    effect : float
    interval : pair of float
    standard_error, misfit : float
        Sizes; of a logarithm s, the percentage is that of a rise by s.
    """

    observed: Floats
    counterfactual: Floats
    counterfactual_mean: float
    gap: Floats
    path_interval: Floats
    placebo: Floats
    effect: float
    interval: tuple[float, float]
    standard_error: float
    misfit: float


def counted_years(panel: Panel | Cohort, lag: int) -> Bools:
    """Years over which the mean effect is taken: from `lag` years after the start on; shape (n_years,).

    Where follow-up is shorter than the lag, all years from the start on.
    """
    late = panel.years >= panel.start + lag
    return np.asarray(late if late.any() else ~panel.before)


@dataclass(frozen=True, eq=False)
class Estimate:
    """Effect on the treated by year and on average, with its uncertainty.

    Attributes
    ----------
    years : array of int, shape (n_years,)
    start : int
        First year of exposure.
    counted : array of bool, shape (n_years,)
        Years over which the mean effect is taken: from the start plus the expected lag on.
    observed : array, shape (n_years,)
        Mean outcome of the treated.
    comparison : Comparison
    control_names : tuple of str, length n_controls
    uncertainty : Uncertainty
    scale : EffectScale
        That of the panel. All figures lie on it; `told` holds those that a reader is told.
    """

    years: Years
    start: int
    counted: Bools
    observed: Floats
    comparison: Comparison
    control_names: tuple[str, ...]
    uncertainty: Uncertainty
    scale: EffectScale = EffectScale.DIFFERENCE

    @cached_property
    def gap(self) -> Floats:
        """Observed minus counterfactual; shape (n_years,)."""
        return np.asarray(self.observed - self.comparison.counterfactual)

    @property
    def effect(self) -> float:
        """Mean gap over the counted years."""
        return float(self.gap[self.counted].mean())

    @property
    def counterfactual_mean(self) -> float:
        """Mean of the counterfactual over the counted years."""
        return float(self.comparison.counterfactual[self.counted].mean())

    @property
    def misfit(self) -> float:
        """Root mean squared gap before the start."""
        return float(np.sqrt(np.mean(self.gap[self.years < self.start] ** 2)))

    @cached_property
    def told(self) -> Told:
        """The figures as a reader is told them."""
        sure, of = self.uncertainty, self.scale
        low, high = sure.interval
        return Told(
            observed=of.level(self.observed),
            counterfactual=of.level(self.comparison.counterfactual),
            counterfactual_mean=of.level(self.counterfactual_mean),
            gap=of.told(self.gap),
            path_interval=of.told(sure.path_interval),
            placebo=of.told(sure.placebo),
            effect=of.told(self.effect),
            interval=(of.told(low), of.told(high)),
            standard_error=of.told(sure.standard_error),
            misfit=of.told(self.misfit),
        )

    def moved_to(self, effect: float) -> float:
        """How far another `effect` is from this one, in standard errors; infinite where there is no error."""
        apart = abs(effect - self.effect)
        error = self.uncertainty.standard_error
        return apart / error if error > 0 else (inf if apart > 0 else 0.0)

    def apart_words(self, effect: float) -> str:
        """How far another `effect` is from this one, for a sentence."""
        apart = self.moved_to(effect)
        return (
            f"{apart:.2f} standard errors" if isfinite(apart) else "without a standard error to measure it by"
        )

    @property
    def effective_controls(self) -> float:
        """Number of equally weighted comparison units that would be as noisy (Kish 1965)."""
        return float(1 / (self.comparison.weights**2).sum())
