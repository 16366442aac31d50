"""Optimal full matching on a score: everybody in a class with somebody of the other side, and all near.

A full matching puts everybody into classes of one treated and some compared persons, or the reverse
(Rosenbaum 1991). One with the smallest sum of distances is a set of edges between the sides that covers
everybody at the least cost, and on a line such a cover joins neighbouring runs of one side alone (Colannino,
Damian, Hurtado, Iacono, Meijer, Ramaswami and Toussaint 2006): one pass over the sorted scores finds it. In
more dimensions it takes a flow over all pairs, which no machine has for a million persons.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from lmpeval.panel import Bools, Floats
from lmpeval.persons.strata import Positions, members_by_score

Edges = tuple[Positions, Positions]


def full_classes(
    score: Floats, treated: Bools, strata: Positions, order: Positions, caliper: float
) -> Positions:
    """Class of everybody; -1 for whoever has nobody of the other side so near in the same stratum.

    An edge is no longer than what its two ends are away from their nearest, or two others were cheaper: no
    longer than two calipers.

    Parameters
    ----------
    score : array, shape (n_persons,)
    treated : array of bool, shape (n_persons,)
    strata : array of int, shape (n_persons,)
    order : array of int, shape (n_persons,)
        It decides between persons with one score.
    caliper : float

    Returns
    -------
    array of int, shape (n_persons,)
    """
    edges = []
    for stratum in members_by_score(score, strata, order):
        members = stratum[_within(score[stratum], treated[stratum], caliper)]
        if len(members):
            one, other = _cover(score[members], treated[members])
            edges.append((members[one], members[other]))
    if not edges:
        return np.full(len(score), -1, dtype=np.intp)
    ours, theirs = (np.concatenate([each[side] for each in edges]) for side in (0, 1))
    joined = coo_array((np.ones(len(ours)), (ours, theirs)), shape=(len(score), len(score)))
    classes = np.asarray(connected_components(joined, directed=False)[1], dtype=np.intp)
    covered = np.zeros(len(score), dtype=bool)
    covered[ours], covered[theirs] = True, True
    return np.where(covered, classes, -1)


def _within(score: Floats, treated: Bools, caliper: float) -> Bools:
    """Whether somebody of the other side is so near, for sorted scores."""
    near = np.zeros(len(score), dtype=bool)
    for side in (treated, ~treated):
        other = score[~side]
        if not len(other):
            continue
        at = np.searchsorted(other, score[side])
        below, above = other[np.maximum(at - 1, 0)], other[np.minimum(at, len(other) - 1)]
        near[side] = np.minimum(np.abs(score[side] - below), np.abs(above - score[side])) <= caliper
    return near


def _cover(score: Floats, treated: Bools) -> Edges:
    """The cheapest edges that cover everybody, for sorted scores with both sides."""
    begins = np.flatnonzero(np.r_[True, treated[1:] != treated[:-1]])
    bounds = np.r_[begins, len(score)]
    cost = np.full(len(score) + 1, np.inf)  # of covering the first so many, by edges among them alone
    cost[0] = 0.0
    taken = np.zeros(len(score), dtype=np.intp)  # how many of the run before each is joined with
    for run in range(1, len(begins)):
        first, middle, last = bounds[run - 1], bounds[run], bounds[run + 1]
        cost[middle + 1 : last + 1], taken[middle:last] = _run_costs(score, cost, (first, middle, last))
    return _traced(bounds, taken)


def _run_costs(score: Floats, cost: Floats, bounds: tuple[int, int, int]) -> tuple[Floats, Positions]:
    """Cost of covering up to each of a run, and how many of the run before it is joined with.

    The last j of the run before, at distances e from this run's first, and the first i of this run, at
    distances f from it, are joined by max(i, j) edges; what is over goes to the nearest of the other run.
    They cost the sums of e and of f, and as often as i is larger the smallest e.
    """
    first, middle, last = bounds
    e = score[middle] - score[first:middle][::-1]
    f = np.cumsum(score[middle:last] - score[middle])
    joined = np.r_[0.0, np.cumsum(e)] + cost[first : middle + 1][::-1]  # j = 0 to all of the run before
    number = np.arange(1, last - middle + 1)
    from_above, at_above = _running_least(joined[::-1])
    from_above, at_above = from_above[::-1], len(joined) - 1 - at_above[::-1]
    from_below, at_below = _running_least(joined - np.arange(len(joined)) * e[0])
    many = np.minimum(number, len(joined))
    below = number * e[0] + from_below[many - 1]  # j < i
    above = np.where(number < len(joined), from_above[np.minimum(number, len(joined) - 1)], np.inf)  # j >= i
    nearer = below < above
    which = np.where(nearer, at_below[many - 1], at_above[np.minimum(number, len(joined) - 1)])
    return f + np.where(nearer, below, above), which


def _running_least(values: Floats) -> tuple[Floats, Positions]:
    """The least so far, and where it first stood."""
    least = np.minimum.accumulate(values)
    new = np.r_[True, least[1:] < least[:-1]]
    return least, np.maximum.accumulate(np.where(new, np.arange(len(values)), 0))


def _traced(bounds: Positions, taken: Positions) -> Edges:
    """The edges behind the cost of covering everybody, from the last to the first."""
    ours: list[Positions] = []
    theirs: list[Positions] = []
    end, run = int(bounds[-1]), len(bounds) - 2
    while end > 0:
        while bounds[run] >= end:
            run -= 1
        middle = int(bounds[run])
        i, j = end - middle, int(taken[end - 1])
        before, here = np.arange(middle - max(j, 1), middle), np.arange(middle, end)
        # what is over is joined with the nearest of the other side, the rest in order
        one = np.r_[before, np.full(max(0, i - len(before)), middle - 1)]
        other = np.r_[np.full(max(0, len(before) - i), middle), here]
        ours.append(one)
        theirs.append(np.sort(other))
        end = middle - j
    return np.concatenate(ours), np.concatenate(theirs)
