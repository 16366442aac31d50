"""Statistics of gap paths, by hand and against what they promise."""

from dataclasses import replace

import numpy as np
import pytest

from assumptions.cases import estimate_of
from lmpeval.uncertainty.gap_statistics import (
    FIT_RULES,
    NoRank,
    Statistic,
    error_ratio,
    mean_effect,
    misfit,
    over_shrunken_error,
    ranks,
)

BEFORE, AFTER = np.array([True, True, False, False]), np.array([False, False, True, True])


def test_statistics_by_hand():
    gaps = np.array([[1.0, -1.0, 3.0, 5.0], [3.0, 4.0, -2.0, 2.0]])
    assert misfit(gaps, BEFORE) == pytest.approx([1, np.sqrt(12.5)])
    assert mean_effect(gaps, AFTER) == pytest.approx([4, 0])
    assert error_ratio(gaps, BEFORE, AFTER) == pytest.approx([np.sqrt(17), 2 / np.sqrt(12.5)])
    # squared errors 1, 4 and 9: the median is 4
    found = over_shrunken_error(np.array([2.0, -3.0, 6.0]), np.array([1.0, 2.0, 3.0]))
    assert found == pytest.approx([2 / np.sqrt(2.5), 3 / 2, 6 / np.sqrt(6.5)])


def told(found, errors=None, exact=False):
    return {(each.statistic, each.within): each for each in ranks(found, errors, exact=exact)}


def test_ranks_and_what_dropping_bad_fits_makes_of_them():
    # misfits 1, 1, 2, 5; mean effects 4, 5, 6, 1
    found = estimate_of([1, -1, 4, 4], [[1, -1, 5, 5], [2, -2, -6, -6], [5, -5, 1, 1]], 2012)
    by = told(found, np.array([1.0, 10.0, 10.0, 1.0]))
    whole = by[Statistic.EFFECT, np.inf]
    assert (whole.place, whole.among, whole.share) == (3, 4, 0.75)
    assert by[Statistic.RATIO, np.inf].place == 2  # 4, 5, 3, 0.2
    assert by[Statistic.SHRUNKEN, np.inf].place == 1  # the two larger effects are noise by their own errors
    kept = {rule: (by[Statistic.EFFECT, rule].place, by[Statistic.EFFECT, rule].among) for rule in FIT_RULES}
    assert kept == {20.0: (3, 3), 5.0: (3, 3), 2.0: (2, 2)}


def test_no_ratio_where_a_fit_is_exact():
    found = estimate_of([0, 0, 4, 4], [[1, -1, 5, 5], [2, -2, 6, 6]], 2012)
    for by in (told(found), told(replace(found, observed=found.observed + 0.01), exact=True)):
        for key, each in by.items():
            if key == (Statistic.EFFECT, np.inf):
                assert each.place == 3
            elif key[0] is Statistic.SHRUNKEN:
                assert each.reason is NoRank.NO_HOLD_OUT
            else:
                assert (each.place, each.share, each.reason) == (None, None, NoRank.EXACT)
    other = estimate_of([1, -1, 4, 4], [[0, 0, 5, 5], [2, -2, 6, 6]], 2012)
    assert told(other)[Statistic.RATIO, np.inf].reason is NoRank.EXACT  # infinite for somebody else


@pytest.mark.parametrize("statistic", list(Statistic))
def test_a_site_like_its_stand_ins_is_as_likely_in_any_place(statistic):
    rng, places = np.random.default_rng(5), []
    for _ in range(400):
        noise = rng.lognormal(0, 0.6, 20)[:, None]
        gaps = noise * rng.normal(size=(20, 8))
        found = estimate_of(gaps[0], gaps[1:], 2015)
        errors = noise[:, 0] * np.sqrt(rng.chisquare(5, 20) / 5)
        places.append(told(found, errors)[statistic, np.inf].place)
    counts = np.bincount(np.subtract(places, 1) // 4, minlength=5)
    assert ((counts - 80) ** 2 / 80).sum() < 18.5  # chi-square, four degrees: one in a thousand


def test_shrinking_sees_more_where_noise_differs():
    rng, seen = np.random.default_rng(6), dict.fromkeys(Statistic, 0)
    for _ in range(400):
        noise = rng.lognormal(0, 0.9, 20)[:, None]
        gaps = noise * rng.normal(size=(20, 9))
        gaps[0, 7:] += 2
        errors = noise[:, 0] * np.sqrt(rng.chisquare(6, 20) / 6)
        by = told(estimate_of(gaps[0], gaps[1:], 2017), errors)
        for statistic in Statistic:
            seen[statistic] += by[statistic, np.inf].place == 1
    assert seen[Statistic.SHRUNKEN] > seen[Statistic.EFFECT] + 20
