"""Nearest persons on a score: pairs within a caliper, with or without replacement.

Without replacement, free persons of the pool are kept in two chains of next free neighbours to the left and
to the right on the sorted score, shortened as they are walked (union-find, Tarjan 1975): a match costs a
binary search, and the whole sorting.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from lmpeval.panel import Bools, Floats
from lmpeval.persons.strata import Positions, choosers_and_pools


@dataclass(frozen=True)
class Rule:
    """How pairs are formed.

    Parameters
    ----------
    matches : int
        For each treated person; fewer where no more are near enough.
    caliper : float
        Largest distance between two scores.
    replacement : bool
        Whether a person of the pool may serve several times.
    """

    matches: int = 1
    caliper: float = inf
    replacement: bool = False


def matched(
    score: Floats, treated: Bools, strata: Positions, order: Positions, rule: Rule
) -> tuple[Positions, Positions]:
    """Pair each treated person with the nearest of the pool in the same stratum.

    Without replacement the largest score goes first, as in MatchIt: it is the hardest to match. Everybody
    gets a first match before anybody gets a second.

    Parameters
    ----------
    score : array, shape (n_persons,)
    treated : array of bool, shape (n_persons,)
    strata : array of int, shape (n_persons,)
    order : array of int, shape (n_persons,)
        It decides between persons with one score.
    rule : Rule

    Returns
    -------
    pair of array of int, shape (n_pairs,)
        Positions of the treated and of their matches.
    """
    found = []
    for first, pool in choosers_and_pools(score, treated, strata, order):
        pair = _with_replacement if rule.replacement else _without_replacement
        found.append(pair(score[first], score[pool], rule, (first, pool)))
    if not found:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.intp)
    return np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])


def _without_replacement(
    ours: Floats, pool: Floats, rule: Rule, persons: tuple[Positions, Positions]
) -> tuple[Positions, Positions]:
    """Pairs of one stratum; `ours` in the order in which they choose, `pool` sorted."""
    n = len(pool)
    left, right = list(range(n + 1)), list(range(n + 1))  # next free: below, shifted by one; at or above
    scores, wanted = pool.tolist(), ours.tolist()
    begin = np.searchsorted(pool, ours).tolist()
    whose: list[int] = []
    which: list[int] = []
    still = list(range(len(wanted)))
    for _ in range(rule.matches):
        served = []
        for a in still:
            at, here = begin[a], wanted[a]
            above, below = _free(right, at), _free(left, at) - 1
            up = scores[above] - here if above < n else inf
            down = here - scores[below] if below >= 0 else inf
            chosen, apart = (below, down) if down <= up else (above, up)
            if apart == inf or apart > rule.caliper:
                continue
            right[chosen], left[chosen + 1] = chosen + 1, chosen
            whose.append(a)
            which.append(chosen)
            served.append(a)
        still = served
    return persons[0][np.array(whose, dtype=np.intp)], persons[1][np.array(which, dtype=np.intp)]


def _free(chain: list[int], at: int) -> int:
    """Where a chain of taken places ends; every place on the way is led there at once."""
    end = at
    while chain[end] != end:
        end = chain[end]
    while chain[at] != end:
        chain[at], at = end, chain[at]
    return end


def _with_replacement(
    ours: Floats, pool: Floats, rule: Rule, persons: tuple[Positions, Positions]
) -> tuple[Positions, Positions]:
    """Nearest of one stratum for each, whoever else has them; `pool` sorted."""
    k, n = min(rule.matches, len(pool)), len(pool)
    begin = np.searchsorted(pool, ours)
    window = np.clip(begin[:, None] + np.arange(-k, k), -1, n)
    inside = (window >= 0) & (window < n)
    # places that were clipped to the same end appear once
    inside[:, 1:] &= window[:, 1:] != window[:, :-1]
    at = np.clip(window, 0, n - 1)
    apart = np.where(inside, np.abs(pool[at] - ours[:, None]), inf)
    chosen = np.argsort(apart, axis=1, kind="stable")[:, :k]
    near = np.take_along_axis(apart, chosen, axis=1)
    rows, places = np.nonzero(np.isfinite(near) & (near <= rule.caliper))
    return persons[0][rows], persons[1][at[rows, chosen[rows, places]]]
