"""Whether treated and compared persons resemble each other, before and after weighing.

Conventions are those of cobalt (Greifer 2024) for an effect on the treated: differences are divided by the
standard deviation of all treated persons, variances are unbiased, distances between distributions are
weighted Kolmogorov-Smirnov statistics.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import nan

import numpy as np
from numpy.typing import NDArray

from lmpeval.disclosure import Refusal
from lmpeval.panel import Bools, Floats


@dataclass(frozen=True)
class Compared:
    """How far the two sides are apart in one covariate.

    Attributes
    ----------
    treated, compared : float
        Means.
    difference : float
        Of the means, in standard deviations of all treated.
    difference_of_squares : float
        The same for the covariate's square.
    variance_ratio : float
        Treated over compared; not a number for what takes two values only, or does not vary.
    distance : float
        Largest difference between the cumulative distributions, within 0 and 1.
    """

    treated: float
    compared: float
    difference: float
    difference_of_squares: float
    variance_ratio: float
    distance: float


@dataclass(frozen=True)
class Balance:
    """One covariate, before and after weighing.

    Attributes
    ----------
    covariate : str
    binary : bool
    before, after : Compared
    refused : tuple of Refusal
        What keeps the means from leaving; the differences may.
    """

    covariate: str
    binary: bool
    before: Compared
    after: Compared
    refused: tuple[Refusal, ...] = ()


def balance_of(
    covariates: Floats, names: tuple[str, ...], treated: Bools, weights: Floats
) -> tuple[Balance, ...]:
    """Lay the two sides beside each other in every covariate.

    Parameters
    ----------
    covariates : array, shape (n_persons, n_covariates)
    names : tuple of str, length n_covariates
    treated : array of bool, shape (n_persons,)
    weights : array, shape (n_persons,)
        After weighing; before it everybody counts once.
    """
    everybody = _Sides(np.flatnonzero(treated), np.flatnonzero(~treated))
    used = weights > 0
    kept = _Sides(np.flatnonzero(treated & used), np.flatnonzero(~treated & used), weights)
    return tuple(
        _balance(name, np.ascontiguousarray(covariates[:, k]), everybody, kept)
        for k, name in enumerate(names)
    )


@dataclass(frozen=True, eq=False)
class _Sides:
    """Positions of either side, and what each person counts for; None where all count once."""

    treated: NDArray[np.intp]
    compared: NDArray[np.intp]
    weights: Floats | None = None

    def of(self, values: Floats) -> tuple[_Sample, _Sample]:
        return self._sample(values, self.treated), self._sample(values, self.compared)

    def _sample(self, values: Floats, side: NDArray[np.intp]) -> _Sample:
        weights = None if self.weights is None else self.weights[side]
        alike = weights is None or (weights == weights[0]).all()
        return _Sample(values[side], None if alike else weights)


@dataclass(frozen=True, eq=False)
class _Sample:
    """One covariate on one side, with weights unless all count alike."""

    values: Floats
    weights: Floats | None

    @cached_property
    def mean(self) -> float:
        return float(np.average(self.values, weights=self.weights))

    @cached_property
    def variance(self) -> float:
        """Unbiased, reliability weights; zero where it differs by rounding alone."""
        apart = self.values - self.mean
        if self.weights is None:
            found = float(apart @ apart) / max(len(apart) - 1, 1)
        else:
            total = float(self.weights.sum())
            left = total - float(self.weights @ self.weights) / total
            found = float((self.weights * apart) @ apart) / left if left > 0 else 0.0
        return found if found > 1e-24 * self.mean**2 else 0.0

    @cached_property
    def squared(self) -> _Sample:
        return _Sample(self.values**2, self.weights)

    def below(self, at: Floats) -> tuple[Floats, Floats]:
        """Share of the weight below each of the points `at`, and of that at or below it."""
        if self.weights is None:
            ordered, cumulated = np.sort(self.values), np.arange(len(self.values) + 1) / len(self.values)
        else:
            order = np.argsort(self.values)
            ordered, cumulated = self.values[order], np.r_[0.0, np.cumsum(self.weights[order])]
            cumulated /= cumulated[-1]
        return cumulated[np.searchsorted(ordered, at)], cumulated[np.searchsorted(ordered, at, side="right")]


def _balance(name: str, values: Floats, everybody: _Sides, kept: _Sides) -> Balance:
    treated, compared = everybody.of(values)
    binary = _two_values(treated.values, compared.values)
    spread = _spread(treated, compared), _spread(treated.squared, compared.squared)
    return Balance(
        covariate=name,
        binary=binary,
        before=_compared(treated, compared, spread, binary=binary),
        after=_compared(*kept.of(values), spread, binary=binary),
    )


def _two_values(treated: Floats, compared: Floats) -> bool:
    low = min(treated.min(), compared.min())
    high = max(treated.max(), compared.max())
    return all(bool(((side == low) | (side == high)).all()) for side in (treated, compared))


def _spread(treated: _Sample, compared: _Sample) -> float:
    """Standard deviation of the treated; where they do not vary, the root of the mean variance."""
    return float(np.sqrt(treated.variance or (treated.variance + compared.variance) / 2))


def _compared(treated: _Sample, compared: _Sample, spread: tuple[float, float], *, binary: bool) -> Compared:
    flat = binary or not (treated.variance and compared.variance)
    return Compared(
        treated=treated.mean,
        compared=compared.mean,
        difference=over(treated.mean - compared.mean, spread[0]),
        difference_of_squares=over(treated.squared.mean - compared.squared.mean, spread[1]),
        variance_ratio=nan if flat else treated.variance / compared.variance,
        distance=_distance(treated, compared),
    )


def over(apart: float, spread: float) -> float:
    """A difference in standard deviations; 0 where nothing varies."""
    return apart / spread if spread > 0 else 0.0


def _distance(treated: _Sample, compared: _Sample) -> float:
    """Kolmogorov and Smirnov's, found just below and at the values of the treated alone.

    Between two of them the share of the treated does not change and that of the compared rises only, so that
    nowhere else it is larger.
    """
    points = np.unique(treated.values)
    here, there = treated.below(points), compared.below(points)
    return float(max(np.abs(a - b).max() for a, b in zip(here, there, strict=True)))
