"""Nearest persons by all covariates at once among those near on the propensity (Rubin and Thomas 2000).

The propensity says who could have been treated; among persons who are alike in that, the one who is alike in
age and cost too is the better match. Distances are Mahalanobis's with the covariance within the two sides
pooled, as in MatchIt.
"""

from __future__ import annotations

import numpy as np

from lmpeval.panel import Bools, Floats
from lmpeval.persons.nearest_neighbours import Rule
from lmpeval.persons.strata import Positions, choosers_and_pools

MOST = 1_000
"""Persons around a treated one on the score whose covariates are looked at: of a million nobody can look at
all within a caliper."""
SINGULAR = 1e-10
"""Share of the largest direction of the covariates below which one is left out."""


def whitened(covariates: Floats, treated: Bools) -> Floats:
    """Covariates turned so that plain distances between persons are Mahalanobis's; (n_persons, n_directions).

    Parameters
    ----------
    covariates : array, shape (n_persons, n_covariates)
    treated : array of bool, shape (n_persons,)
    """
    apart = covariates.copy()
    for side in (treated, ~treated):
        apart[side] -= apart[side].mean(axis=0)
    pooled = apart.T @ apart / max(len(apart) - 2, 1)
    spread = np.sqrt(np.diag(pooled))
    varies = spread > 0
    lengths, turned = np.linalg.eigh(
        pooled[np.ix_(varies, varies)] / np.outer(spread[varies], spread[varies])
    )
    kept = lengths > SINGULAR * lengths.max(initial=0.0)
    return np.asarray(covariates[:, varies] / spread[varies] @ turned[:, kept] / np.sqrt(lengths[kept]))


def matched_within(
    score: Floats, places: Floats, treated: Bools, strata: Positions, order: Positions, rule: Rule
) -> tuple[Positions, Positions]:
    """Pair each treated person with the nearest in all covariates within a caliper on the score.

    As `nearest_neighbours.matched` pairs, but for what is near: the largest score chooses first.

    Parameters
    ----------
    score : array, shape (n_persons,)
    places : array, shape (n_persons, n_directions)
        As `whitened` gives them.
    treated : array of bool, shape (n_persons,)
    strata : array of int, shape (n_persons,)
    order : array of int, shape (n_persons,)
    rule : Rule

    Returns
    -------
    pair of array of int, shape (n_pairs,)
        Positions of the treated and of their matches.
    """
    ours, theirs = [], []
    for choosing, pool in choosers_and_pools(score, treated, strata, order):
        for a, b in _pairs(score, places, (choosing, pool), rule):
            ours.append(a)
            theirs.append(b)
    return np.array(ours, dtype=np.intp), np.array(theirs, dtype=np.intp)


def _pairs(
    score: Floats, places: Floats, sides: tuple[Positions, Positions], rule: Rule
) -> list[tuple[int, int]]:
    """Pairs of one stratum; those who choose in their order, the pool sorted by the score."""
    choosing, pool = sides
    scores, there = score[pool], places[pool]
    free = np.ones(len(pool), dtype=bool)
    low = np.searchsorted(scores, score[choosing] - rule.caliper)
    high = np.searchsorted(scores, score[choosing] + rule.caliper, side="right")
    middle = np.searchsorted(scores, score[choosing])
    taken: dict[int, list[int]] = {a: [] for a in range(len(choosing))}
    found = []
    for _ in range(rule.matches):
        for a, mine in taken.items():
            near = low[a] + np.flatnonzero(free[low[a] : high[a]])
            near = near[~np.isin(near, mine)] if rule.replacement and mine else near
            if len(near) > MOST:
                begin = min(max(int(np.searchsorted(near, middle[a])) - MOST // 2, 0), len(near) - MOST)
                near = near[begin : begin + MOST]
            if len(near):
                apart = ((there[near] - places[choosing[a]]) ** 2).sum(axis=1)
                chosen = int(near[np.argmin(np.round(apart, 9))])  # rounded, so that equals tie
                free[chosen] = rule.replacement
                mine.append(chosen)
                found.append((int(choosing[a]), int(pool[chosen])))
    return found
