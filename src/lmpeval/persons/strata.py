"""Persons of each stratum by rising score, and who of them chooses first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Bools, Floats

Positions = NDArray[np.intp]


def members_by_score(score: Floats, strata: Positions, order: Positions) -> list[Positions]:
    """Positions of each stratum's persons by rising score.

    Parameters
    ----------
    score : array, shape (n_persons,)
    strata : array of int, shape (n_persons,)
    order : array of int, shape (n_persons,)
        Positions; it decides between persons with one score.
    """
    by_score = np.lexsort((_rank(order), score, strata))
    return np.split(by_score, np.flatnonzero(np.diff(strata[by_score])) + 1)


def choosers_and_pools(
    score: Floats, treated: Bools, strata: Positions, order: Positions
) -> Iterator[tuple[Positions, Positions]]:
    """The treated of each stratum in the order in which they choose, and its pool by rising score.

    The largest score goes first, as in MatchIt: it is the hardest to match. Strata without one of the two
    sides are left out.
    """
    rank = _rank(order)
    for members in members_by_score(score, strata, order):
        ours, pool = members[treated[members]], members[~treated[members]]
        if len(ours) and len(pool):
            yield ours[np.lexsort((rank[ours], -score[ours]))], pool


def _rank(order: Positions) -> Positions:
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    return rank
