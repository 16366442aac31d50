"""Wild cluster bootstrap of a difference between two weighted means, with the null imposed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import inf

import numpy as np

from lmpeval.panel import Floats
from lmpeval.uncertainty.clustered import Clusters

WEBB = np.sqrt([0.5, 1.0, 1.5])
"""Sizes of the six points; each with either sign, all equally likely (Webb 2023)."""

FARTHEST = 20.0
"""Cluster-robust errors from the estimate within which a test must be able to reject, and an end be found."""


class CannotReject(ValueError):
    """The bootstrap could not reject the null, however large the effect."""


@dataclass(frozen=True)
class WildBootstrap:
    """Shake every cluster's distance to the null at random (Cameron, Gelbach and Miller 2008).

    All draws together need the clusters' sums alone: the cost does not grow with the number of units
    (Roodman, MacKinnon, Nielsen and Webb 2019). Six points a cluster, all combinations of them where these
    are no more than the draws (Webb 2023). With few treated clusters the draws look as extreme as the truth
    whatever it is, so that nothing is ever rejected (MacKinnon and Webb 2018): that is refused.

    Parameters
    ----------
    level : float
        Of the interval.
    draws : int
    """

    level: float = 0.95
    draws: int = 9_999

    def __call__(self, clusters: Clusters, rng: np.random.Generator) -> Bootstrapped:
        """Test no effect, and every effect for the interval.

        Raises
        ------
        CannotReject
            Where no effect within `FARTHEST` errors of the estimate would be rejected; with the smallest p.
        """
        shaken = _shaken(clusters, self._multipliers(len(clusters.weight), rng))
        error = float(np.sqrt((clusters.score**2).sum()))
        away = np.r_[0.0, np.geomspace(0.5, FARTHEST, 24)] * error
        nulls = clusters.effect + np.array([-away, away])
        p = np.array([[shaken.p(null) for null in side] for side in nulls])
        attainable = float(p.min(axis=1).max())
        if attainable > 1 - self.level:
            raise CannotReject(
                f"with {clusters.n_treated} treated cluster{'s' * (clusters.n_treated > 1)} its p would not "
                f"go below {attainable:.2f}, however large the effect"
            )
        low, high = (_end(shaken, side, of, 1 - self.level) for side, of in zip(nulls, p, strict=True))
        return Bootstrapped(shaken.p(0.0), (low, high), attainable, shaken.estimate.shape[1])

    def _multipliers(self, n_clusters: int, rng: np.random.Generator) -> Floats:
        """One a draw and cluster, shape (n_draws, n_clusters); where drawn, ones come first for the truth."""
        points = np.concatenate([-WEBB, WEBB])
        if len(points) ** n_clusters <= self.draws:
            return np.array(list(product(points, repeat=n_clusters)))
        drawn = points[rng.integers(0, len(points), (self.draws, n_clusters))]
        return np.vstack([np.ones(n_clusters), drawn])


@dataclass(frozen=True)
class Bootstrapped:
    """What the bootstrap says.

    Attributes
    ----------
    p : float
        Of no effect.
    interval : pair of float
        Effects that are not rejected lie within; an end is infinite where none within reach is rejected.
    smallest_p : float
        That some effect within reach would have had, on the side where it is larger.
    n_draws : int
    """

    p: float
    interval: tuple[float, float]
    smallest_p: float
    n_draws: int


@dataclass(frozen=True, eq=False)
class _Shaken:
    """Redrawn estimates and variances as polynomials in the effect that the null says.

    Attributes
    ----------
    estimate : array, shape (2, n_draws)
        Constant and slope.
    variance : array, shape (3, n_draws)
        Constant, linear and quadratic term, before a factor that is the same for all.
    effect, error : float
        As estimated; the error without that factor.
    """

    estimate: Floats
    variance: Floats
    effect: float
    error: float

    def p(self, null: float) -> float:
        """Share of draws with at least as large a t as the estimate has against `null`."""
        estimate = self.estimate[0] + null * self.estimate[1]
        variance = self.variance[0] + null * (self.variance[1] + null * self.variance[2])
        own = (self.effect - null) ** 2 * (1 - 1e-9)  # a draw that leaves all as it is is no less extreme
        return float((estimate**2 * self.error**2 >= own * variance).mean())


def _shaken(clusters: Clusters, drawn: Floats) -> _Shaken:
    """Estimate and variance in every draw; drawn, shape (n_draws, n_clusters).

    Under a null of effect b the residual of a cluster of share w is ``total - w b d - w m(b)``, with d one
    for the treated and m(b) the mean of all: linear in b. Times its multiplier it moves its side's mean.
    """
    treated, weight = clusters.treated, clusters.weight
    mean = (
        clusters.mass * clusters.total[treated].sum() + (1 - clusters.mass) * clusters.total[~treated].sum()
    )
    residual = clusters.total - weight * mean, weight * (clusters.mass - treated)
    estimate, variance = np.zeros((2, len(drawn))), np.zeros((3, len(drawn)))
    for sign, side in ((1, treated), (-1, ~treated)):
        w, at, slope = weight[side], residual[0][side], residual[1][side]
        v = drawn[:, side]
        m0, m1, q0, q1 = (v @ np.column_stack([at, slope, at * w, slope * w])).T
        squares = (v**2 @ np.column_stack([at**2, 2 * at * slope, slope**2])).T
        estimate += sign * np.array([m0, m1])
        variance += squares + w @ w * np.array([m0**2, 2 * m0 * m1, m1**2])
        variance -= 2 * np.array([m0 * q0, m0 * q1 + m1 * q0, m1 * q1])
    return _Shaken(estimate, variance, clusters.effect, float(np.sqrt((clusters.score**2).sum())))


def _end(shaken: _Shaken, nulls: Floats, p: Floats, alpha: float) -> float:
    """Where the outermost null that is not rejected turns into one that is; both of shape (n_nulls,)."""
    last = int(np.flatnonzero(p > alpha)[-1])
    if last == len(nulls) - 1:
        return float(np.copysign(inf, nulls[-1] - nulls[0]))
    kept, rejected = float(nulls[last]), float(nulls[last + 1])
    for _ in range(40):
        between = (kept + rejected) / 2
        kept, rejected = (between, rejected) if shaken.p(between) > alpha else (kept, between)
    return rejected
