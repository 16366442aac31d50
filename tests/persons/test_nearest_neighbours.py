"""Pairs are those that a search through everybody finds, one at a time."""

import numpy as np
import pytest

from lmpeval.persons.nearest_neighbours import Rule, matched


def searched(score, treated, strata, order, rule):
    """Everybody is looked at for every match."""
    rank = np.empty(len(order), dtype=int)
    rank[order] = np.arange(len(order))
    free, pairs = ~treated, []
    for stratum in np.unique(strata):
        still = [i for i in np.flatnonzero(treated & (strata == stratum))]
        still.sort(key=lambda i: (-score[i], rank[i]))
        for _ in range(rule.matches):
            served = []
            for i in still:
                pool = np.flatnonzero(free & (strata == stratum))
                if rule.replacement:
                    pool = [j for j in pool if (i, j) not in pairs]
                best = min(
                    pool, key=lambda j: (abs(score[j] - score[i]), score[j] > score[i], rank[j]), default=None
                )
                if best is not None and abs(score[best] - score[i]) <= rule.caliper:
                    pairs.append((i, best))
                    served.append(i)
                    if not rule.replacement:
                        free[best] = False
            still = served
    return sorted(pairs)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("digits", [1, 12], ids=["ties", "no ties"])
@pytest.mark.parametrize(
    "rule", [Rule(), Rule(3), Rule(1, 0.05), Rule(2, 0.1), Rule(1, 0.3, True), Rule(3, 0.3, True)], ids=str
)
def test_pairs_are_those_of_a_full_search(seed, digits, rule):
    rng = np.random.default_rng(seed)
    n = 80
    treated = rng.random(n) < 0.3
    score = np.round(rng.normal(size=n) + 0.7 * treated, digits)
    strata, order = rng.integers(0, 3, n), rng.permutation(n)
    ours, theirs = matched(score, treated, strata, order, rule)
    found = sorted(zip(ours.tolist(), theirs.tolist(), strict=True))
    wanted = searched(score, treated, strata, order, rule)
    if digits == 1:  # persons with one score are interchangeable: their distances must agree
        apart = [
            sorted((i, round(abs(score[i] - score[j]), 9)) for i, j in pairs) for pairs in (found, wanted)
        ]
        assert apart[0] == apart[1]
    else:
        assert found == wanted
    if not rule.replacement:
        assert len(set(theirs.tolist())) == len(theirs)
    assert (strata[ours] == strata[theirs]).all()


def test_a_stratum_without_anybody_to_compare_with_gives_no_pair():
    treated = np.array([True, True, False])
    strata = np.array([0, 1, 0])
    ours, theirs = matched(np.zeros(3), treated, strata, np.arange(3), Rule())
    assert (ours.tolist(), theirs.tolist()) == ([0], [2])
    ours, theirs = matched(np.zeros(3), treated, np.array([0, 1, 2]), np.arange(3), Rule())
    assert len(ours) == len(theirs) == 0


def test_a_long_chain_of_taken_places_is_walked():
    n = 5_000
    treated = np.arange(2 * n) < n
    ours, theirs = matched(np.zeros(2 * n), treated, np.zeros(2 * n, int), np.arange(2 * n), Rule())
    assert sorted(ours) == list(range(n))
    assert sorted(theirs) == list(range(n, 2 * n))
