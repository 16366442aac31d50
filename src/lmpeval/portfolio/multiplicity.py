"""Many tests together: how many stand out by chance alone, and which still do when that is allowed for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Floats

TOLERANCE = 1e-9
"""Two sizes that differ by less than this share are one: ties count against the effect."""


@dataclass(frozen=True)
class ByChance:
    """What chance alone gives where nothing changed.

    Attributes
    ----------
    tests : int
    expected : float
        Number of tests that would stand out on average, whatever the tests share.
    any : float
        Chance that one or more do, were the tests independent.
    """

    tests: int
    expected: float
    any: float


def by_chance(tests: int, level: float = 0.95) -> ByChance:
    """What intervals at `level` would leave out by chance where every effect is zero.

    >>> by_chance(30).expected, round(by_chance(30).any, 2)
    (1.5, 0.79)
    """
    return ByChance(tests, round(tests * (1 - level), 12), 1 - level**tests)


def holm(p: Floats) -> Floats:
    """Adjust p-values for their number; the chance of any false find is held whatever the tests share.

    Step-down Bonferroni (Holm 1979): the smallest of m is multiplied by m, the next by m - 1, and none
    comes out below one before it.

    Parameters
    ----------
    p : array, shape (n_tests,)

    Returns
    -------
    array, shape (n_tests,)
        In the order given, at most one.

    Raises
    ------
    ValueError
        Where a p-value does not lie within 0 and 1.
    """
    if not ((p >= 0) & (p <= 1)).all():
        raise ValueError("p-values lie within 0 and 1")
    order = np.argsort(p, kind="stable")
    scaled = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return _unsorted(np.minimum(scaled, 1.0), order)


def step_down(sizes: Floats, draws: Floats) -> Floats:
    """Adjust for the number of tests by draws in which nothing happened, all tests drawn together.

    Romano and Wolf (2005, Econometrica 73; 2016, Statistics and Probability Letters 113, algorithm 4.1):
    the largest size is placed among the largest of each draw, the next among the largest of what is left,
    and none comes out below one before it. What tests share is in the draws, so that tests that say the
    same count once.

    Parameters
    ----------
    sizes : array, shape (n_tests,)
        Statistics of which large ones speak against the null; on one scale (studentised, or minus p).
    draws : array, shape (n_draws, n_tests)
        The same where nothing happened.

    Returns
    -------
    array, shape (n_tests,)
        Never below 1 / (n_draws + 1).
    """
    order = np.argsort(-sizes, kind="stable")
    # largest of the tests that are still in, for each draw: from the least of all upwards
    left = np.maximum.accumulate(draws[:, order[::-1]], axis=1)[:, ::-1]
    slack = TOLERANCE * np.maximum(1.0, np.abs(sizes[order]))
    larger = (left >= sizes[order] - slack).sum(axis=0)
    return _unsorted(np.maximum.accumulate((1 + larger) / (1 + len(draws))), order)


def _unsorted(ordered: Floats, order: np.ndarray[tuple[int], np.dtype[np.intp]]) -> Floats:
    found = np.empty(len(ordered))
    found[order] = ordered
    return found
