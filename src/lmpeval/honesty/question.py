"""What an honest interval is asked for, refused as a whole where it cannot be answered."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Floats

SINGULAR_BELOW = 1e-10
"""Smallest eigenvalue of a correlation matrix that is told from rounding."""


class UnusableEventPath(ValueError):
    """A path, its covariance or what is asked of them do not fit; the message lists all that is wrong."""


@dataclass(frozen=True, eq=False)
class Question:
    """An effect, and how far from parallel the trends may have been.

    Attributes
    ----------
    path : array, shape (n_before + n_after,)
        Difference between treated and comparison in every year, less that in the reference year, which is
        left out: the last year before the start. Years follow each other without a gap.
    covariance : array, shape (n_before + n_after, n_before + n_after)
        Of the path, in the square of its unit; positive definite.
    n_before : int
        Years before the reference year.
    weights : array, shape (n_after,)
        The effect asked for is their product with the effects in the years from the start on.
    bound : float
        Mbar (a ratio) or M (in the unit of the path); not negative.
    level : float
        Of the interval, between 0 and 1.

    Raises
    ------
    UnusableEventPath
    """

    path: Floats
    covariance: Floats
    n_before: int
    weights: Floats
    bound: float
    level: float

    def __post_init__(self) -> None:
        """Refuse what cannot be answered, all of it at once."""
        wrong = [*_misshapen(self), *_out_of_range(self)] or _not_a_covariance(self.covariance)
        if wrong:
            raise UnusableEventPath("; ".join(wrong))

    @property
    def estimate(self) -> float:
        """The effect if trends were parallel."""
        return float(self.weights @ self.path[self.n_before :])


def _misshapen(asked: Question) -> list[str]:
    n = asked.n_before + len(asked.weights)
    wrong = []
    if asked.n_before < 1:
        wrong.append(f"{asked.n_before} years before the reference year; at least 1 needed")
    if not len(asked.weights):
        wrong.append("no weights; one needed for every year from the start on")
    if asked.path.shape != (n,):
        wrong.append(
            f"path has shape {asked.path.shape}, expected ({n},): "
            f"{asked.n_before} years before and {len(asked.weights)} weights"
        )
    if asked.covariance.shape != (n, n):
        wrong.append(f"covariance has shape {asked.covariance.shape}, expected {(n, n)}")
    return wrong


def _out_of_range(asked: Question) -> list[str]:
    named = (("path", asked.path), ("covariance", asked.covariance), ("weights", asked.weights))
    wrong = [f"{name} has figures that are not finite" for name, it in named if not np.isfinite(it).all()]
    if not asked.weights.any():
        wrong.append("weights are all zero; no effect is asked for")
    if not (np.isfinite(asked.bound) and asked.bound >= 0):
        wrong.append(f"bound on the violation is {asked.bound}, expected a number of at least 0")
    if not 0 < asked.level < 1:
        wrong.append(f"level is {asked.level}, expected between 0 and 1")
    return wrong


def _not_a_covariance(covariance: Floats) -> list[str]:
    variance = np.diag(covariance)
    if (variance <= 0).any():
        at = np.flatnonzero(variance <= 0).tolist()
        return [f"covariance has variances that are not positive, at {at} (counted from 0)"]
    correlation = covariance / np.sqrt(np.outer(variance, variance))
    apart = float(np.abs(correlation - correlation.T).max())
    if apart > 1e-8:
        return [f"covariance is not symmetric: correlations differ by up to {apart:.2g}"]
    smallest = float(np.linalg.eigvalsh(correlation)[0])
    if smallest < SINGULAR_BELOW:
        return [
            "covariance is not positive definite: the smallest eigenvalue of its correlations is "
            f"{smallest:.2g}; one made from fewer draws than years is always singular, shrink it first"
        ]
    return []
