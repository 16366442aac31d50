"""Trends may part by a multiple of the largest step apart that was seen before the start."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import log_ndtr, ndtr, ndtri, owens_t

from lmpeval.honesty.question import Question
from lmpeval.panel import Bools, Floats

FIRST_STAGE = 0.1
"""Part of the size that the first stage spends (Andrews, Roth and Pakes 2023)."""
GRID, ZOOM, ZOOMS = 101, 33, 3
"""Values tried between the first stage's ends; then, that often, within the step at either edge."""


def relative_magnitudes(
    path: Floats,
    covariance: Floats,
    n_before: int,
    weights: Floats,
    mbar: float,
    level: float = 0.95,
) -> tuple[float, float]:
    """Interval for an effect where trends diverge by at most `mbar` times what they did before the start.

    From the reference year on, the difference between treated and comparison that is not effect moves a
    year by no more than `mbar` times its largest move before. Which move was the largest, and its sign, is
    not known: the interval holds every effect that a hybrid of a conditional and a least-favourable test
    does not reject for one of them.

    Parameters
    ----------
    path, covariance, n_before, weights, level
        As in `Question`.
    mbar : float
        0: parallel trends, the usual interval. 1: no worse than before.

    Returns
    -------
    low, high : float

    Raises
    ------
    UnusableEventPath

    Notes
    -----
    Restriction: Rambachan and Roth (2023). Test: Andrews, Roth and Pakes (2023), on the moments of the years
    from the start on, R's default ("C-LF"). Its linear programme has a closed form, see `HybridTests`.

    >>> low, high = relative_magnitudes(np.array([0.1, 2.0]), np.eye(2) / 100, 1, np.ones(1), 0.0)
    >>> round(low, 3), round(high, 3)
    (1.804, 2.196)
    """
    asked = Question(path, covariance, n_before, weights, mbar, level)
    if mbar == 0:  # the tests below tend to this one, with moments that vanish
        spread = float(np.sqrt(weights @ covariance[n_before:, n_before:] @ weights))
        half = float(ndtri((1 + level) / 2)) * spread
        return asked.estimate - half, asked.estimate + half
    return _hull(_tests(asked))


@dataclass(frozen=True, eq=False)
class HybridTests:
    """One hybrid test for every step before the start and sign that it may have had as the largest.

    A test asks by how many of their standard errors all moments can be undercut together, over effects by
    year that add up to the one tested. With steps d_t after the reference, v the signed step before, and
    c_t the weight of years t and later, the estimate is ``sum(c_t d_t)`` and the moments are ``d_t - mbar v``
    and ``-d_t - mbar v``. Multipliers that leave no effect by year free put ``mu c_t`` on the moments of t,
    and may add equal parts to both of them. The extreme ones are mu > 0 alone, mu < 0 alone and one pair
    alone, so that the linear programme's value is the largest of

    * ``(estimate - effect - drift v) / up`` and ``(effect - estimate - drift v) / down``,
    * ``-2 mbar v / pair_t``, of which only the smallest and the largest pair can matter,

    where drift is mbar times the sum of ``|c_t|``; up, down and pair_t add the standard errors that go in.

    Attributes
    ----------
    estimate : float
    step : array, shape (n_tests,)
        v.
    loadings, gram : array, shape (n_tests, 4, 2) and (n_tests, 4, 4)
        Of the four statistics on (estimate - effect, v), and their covariance.
    critical : array, shape (n_tests,)
        Least-favourable, for the first stage.
    size : float
        Of the second stage.
    """

    estimate: float
    step: Floats
    loadings: Floats
    gram: Floats
    critical: Floats
    size: float


def _tests(asked: Question) -> HybridTests:
    n, mbar = asked.n_before, asked.bound
    steps = np.diff(np.insert(np.eye(len(asked.path)), n, 0.0, axis=0), axis=0)
    spread = steps @ asked.covariance @ steps.T
    later = np.r_[np.zeros(n), np.cumsum(asked.weights[::-1])[::-1]]
    before = np.eye(len(spread))[np.tile(np.arange(n), 2)] * np.repeat([1.0, -1.0], n)[:, None]
    alone = np.diag(spread) + mbar**2 * (before**2 @ np.diag(spread))[:, None]
    plus, minus = (np.sqrt(alone - part * mbar * (before @ spread))[:, n:] for part in (2, -2))
    size, pair = np.abs(later[n:]), plus + minus
    up, down = (np.where(later[n:] >= 0, *both) @ size for both in ((plus, minus), (minus, plus)))
    loadings = np.zeros((2 * n, 4, 2))
    loadings[:, :2, 0] = np.column_stack([1 / up, -1 / down])
    loadings[:, :2, 1] = -mbar * size.sum() / np.column_stack([up, down])
    loadings[:, 2:, 1] = -2 * mbar / np.column_stack([pair.min(axis=1), pair.max(axis=1)])
    moments = loadings @ np.stack([np.broadcast_to(later, before.shape), before], axis=1)
    gram = moments @ spread @ moments.transpose(0, 2, 1)
    kappa = FIRST_STAGE * (1 - asked.level)
    return HybridTests(
        estimate=asked.estimate,
        step=before @ steps @ asked.path,
        loadings=loadings,
        gram=gram,
        critical=_least_favourable(gram, kappa),
        size=(1 - asked.level - kappa) / (1 - kappa),
    )


def _least_favourable(gram: Floats, kappa: float) -> Floats:
    """Value, shape (n_tests,), that the largest of the statistics passes with probability `kappa`.

    The third is the larger pair where that is positive. It passes where the first two both do: times up and
    down these add up to ``-2 drift v``, and up + down is no less than the smallest pair at every c_t. So of
    inclusion and exclusion there remain the three alone less the third with either of the others.
    """
    spread = np.sqrt(np.diagonal(gram, axis1=1, axis2=2)[:, :3])
    with_third = gram[:, 2, :2] / (spread[:, 2:] * spread[:, :2])
    # the widest alone passes less often, four as wide that never coincide more often
    low, high = -ndtri(kappa) * spread.max(axis=1), -ndtri(kappa / 4) * spread.max(axis=1)
    for _ in range(30):
        middle = (low + high) / 2
        at = middle[:, None] / spread
        passes = ndtr(-at).sum(axis=1) - _both_above(at[:, :2], at[:, 2:], with_third).sum(axis=1)
        low, high = np.where(passes > kappa, middle, low), np.where(passes > kappa, high, middle)
    return np.asarray((low + high) / 2)


def _both_above(h: Floats, k: Floats, correlation: Floats) -> Floats:
    """Probability that two standard normals pass h > 0 and k > 0 (Owen 1956)."""
    root = np.sqrt(np.maximum(1 - correlation**2, 1e-30))
    owen = owens_t(h, (k / h - correlation) / root) + owens_t(k, (h / k - correlation) / root)
    return np.asarray((ndtr(-h) + ndtr(-k)) / 2 - owen)


def _accepted(tests: HybridTests, effect: Floats) -> Bools:
    """Whether each test keeps each effect; both of shape (n_effects, n_tests)."""
    apart = np.stack([tests.estimate - effect, np.broadcast_to(tests.step, effect.shape)], axis=-1)
    statistic = (tests.loadings @ apart[..., None])[..., 0]
    largest, value = statistic.argmax(axis=-1), statistic.max(axis=-1)
    row = tests.gram[np.arange(len(tests.step)), largest]
    variance = np.take_along_axis(row, largest[..., None], axis=-1)
    share = row / variance
    slack, rest = 1 - share, statistic - share * value[..., None]
    # the statistic stays the largest, given what it is not correlated with, between low and high
    ratio = rest / np.where(np.abs(slack) > 1e-9, slack, np.inf)
    low = np.where(slack > 1e-9, ratio, -np.inf).max(axis=-1)
    high = np.minimum(np.where(slack < -1e-9, ratio, np.inf).min(axis=-1), tests.critical)
    above = log_ndtr(-np.stack([value, low, high], axis=-1) / np.sqrt(variance))
    beyond, all_ = (_log_apart(above[..., part], above[..., 2]) for part in (0, 1))
    kept = (value <= tests.critical) & (beyond - all_ >= np.log(tests.size))
    return np.asarray(kept | (value <= 0))


def _log_apart(larger: Floats, smaller: Floats) -> Floats:
    """``log(exp(larger) - exp(smaller))``: far in a tail the difference itself is zero."""
    return np.asarray(larger + np.log1p(-np.exp(np.minimum(smaller - larger, -1e-15))))


def _hull(tests: HybridTests) -> tuple[float, float]:
    """Lowest and highest effect that any test keeps; the estimate itself always is one."""
    drift = -tests.loadings[:, 0, 1] / tests.loadings[:, 0, 0] * tests.step
    first = tests.estimate - drift - tests.critical / tests.loadings[:, 0, 0]
    last = tests.estimate + drift - tests.critical / tests.loadings[:, 1, 0]
    grid = np.linspace(first, last, GRID)
    kept = _accepted(tests, grid)
    low, high = _edge(tests, grid, kept), _edge(tests, grid[::-1], kept[::-1])
    return float(low[kept.any(axis=0)].min()), float(high[kept.any(axis=0)].max())


def _edge(tests: HybridTests, grid: Floats, kept: Bools) -> Floats:
    """First effect of each column of the grid that is kept, shape (n_tests,)."""
    column = np.arange(len(tests.step))
    for _ in range(ZOOMS):
        at = kept.argmax(axis=0)
        grid = np.linspace(grid[np.maximum(at - 1, 0), column], grid[at, column], ZOOM)
        kept = _accepted(tests, grid)
    return np.asarray(grid[kept.argmax(axis=0), column])
