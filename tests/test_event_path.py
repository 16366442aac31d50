"""Paths, their covariance and their band: by hand, in large samples, and where they cannot be told."""

import numpy as np
import pytest

from assumptions.cases import estimate_of
from lmpeval.event_path import NoEventPath, event_path, lead_band, path_covariance
from lmpeval.honesty import relative_magnitudes, smoothness


def noise(n, n_years, seed=0):
    return np.random.default_rng(seed).normal(size=(n, n_years))


# Path


def test_a_path_counts_from_the_last_year_before_the_start():
    path = event_path(estimate_of([1, 3, 2, 5, 8], noise(19, 5), start=2013))
    assert path.years.tolist() == [2010, 2011, 2013, 2014]
    assert path.path.tolist() == [-1, 1, 3, 6]
    assert (path.n_before, path.weights.tolist()) == (2, [0.5, 0.5])
    assert path.covariance.shape == (4, 4)
    later = event_path(estimate_of([1, 3, 2, 5, 8], noise(19, 5), start=2013, lag=1))
    assert later.weights.tolist() == [0.0, 1.0]


def test_years_since_the_start_are_years():
    path = event_path(estimate_of([1, 3, 2, 5, 8], noise(19, 5), start=0, years=[-3, -2, -1, 0, 1]))
    assert path.years.tolist() == [-3, -2, 0, 1]


def test_what_cannot_be_told_is_refused_all_at_once():
    few = estimate_of([1, 3, 2], noise(18, 3), start=2012, years=[2011, 2013, 2016])
    with pytest.raises(NoEventPath) as error:
        event_path(few)
    assert str(error.value) == (
        "2011 and 2013 do not follow each other, and steps are steps of one year; "
        "2013 and 2016 do not follow each other, and steps are steps of one year; "
        "1 year before the start shows no step; 18 stand-ins are fewer than 19"
    )
    with pytest.raises(NoEventPath, match="1 year before the start"):
        lead_band(few)


# Covariance


def test_covariance_by_hand():
    # steps 1, 3 and -1, 1: squares 1 9 1 1, mean 3; over two years 4 and 0: squares 16 0, mean 8
    gaps = np.array([[0.0, 1.0, 4.0], [5.0, 4.0, 5.0]])
    # both ends against the middle: variance 3 each, and 3 + 3 - 2 cov = 8
    assert path_covariance(gaps, 1) == pytest.approx(np.array([[3.0, -1.0], [-1.0, 3.0]]))
    # from the first year: 3 and 8, and 3 + 8 - 2 cov = 3
    assert path_covariance(gaps, 0) == pytest.approx(np.array([[3.0, 4.0], [4.0, 8.0]]))


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (noise(20_000, 5), np.eye(4) + 1),  # each year's noise and the reference's
        (noise(20_000, 5).cumsum(axis=1), [[2, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 2]]),
    ],
    ids=["white noise", "random walk"],
)
def test_covariance_in_large_samples(paths, expected):
    assert path_covariance(paths, 2) == pytest.approx(np.asarray(expected, dtype=float), abs=0.06)


def test_levels_and_order_of_stand_ins_do_not_matter_and_units_do():
    paths = noise(25, 7).cumsum(axis=1)
    plain = path_covariance(paths, 4)
    rng = np.random.default_rng(1)
    assert path_covariance(paths + rng.normal(0, 1000, (25, 1)), 4) == pytest.approx(plain, rel=1e-6)
    assert path_covariance(rng.permutation(paths), 4) == pytest.approx(plain)
    assert path_covariance(100 * paths, 4) == pytest.approx(10_000 * plain)


@pytest.mark.parametrize("slope", [0.0, 100.0])
def test_covariance_can_be_used_with_fewer_stand_ins_than_years(slope):
    rng = np.random.default_rng(2)
    paths = rng.normal(size=(19, 25)) + slope * rng.normal(size=(19, 1)) * np.arange(25)
    path = event_path(estimate_of(noise(1, 25)[0], paths, start=2030))
    asked = (path.path, path.covariance, path.n_before, path.weights)
    for low, high in (relative_magnitudes(*asked, 1.0), smoothness(*asked, 0.0)):
        assert np.isfinite([low, high]).all()
        assert low < high


@pytest.mark.parametrize("gap", [[0, 0, 0, 0], [7, 7, 7, 3]])
def test_stand_ins_that_do_not_move_at_all_leave_rounding(gap):
    path = event_path(estimate_of(gap, np.zeros((19, 4)), start=2013))
    assert 0 < np.sqrt(path.covariance[0, 0]) < 1e-5
    low, high = relative_magnitudes(path.path, path.covariance, path.n_before, path.weights, 1.0)
    assert high - low < 1e-4


def test_intervals_cover_as_often_as_they_say():
    """With two dozen stand-ins and noise that lasts: a raw covariance of theirs covers in 86 of 100 here."""
    rng, n_years, draws = np.random.default_rng(3), 10, 300
    lasting = np.linalg.cholesky(0.5 ** np.abs(np.subtract.outer(np.arange(n_years), np.arange(n_years))))
    covered = 0
    for _ in range(draws):
        gaps = rng.normal(size=(26, n_years)) @ lasting.T
        path = event_path(
            estimate_of(gaps[0], gaps[1:] - gaps[1:, :7].mean(axis=1, keepdims=True), start=2017)
        )
        low, high = smoothness(path.path, path.covariance, path.n_before, path.weights, 0.0)
        covered += low <= 0 <= high
    # 95 % give or take three Monte Carlo errors of 1.3 points
    assert 0.912 * draws <= covered <= 0.988 * draws


# Band


def test_band_by_hand():
    # one lead; stand-ins at 1 to 39, the treated at 40: spread cancels, the second largest of 39 is 38
    leads = np.arange(1.0, 41.0)[::-1]
    band = lead_band(
        estimate_of([leads[0], 0, 0], np.column_stack([leads[1:], np.zeros((39, 2))]), start=2012)
    )
    assert band.years.tolist() == [2010]
    assert band.leads.tolist() == [40]
    assert band.reach == pytest.approx([38])
    assert band.outside == (2010,)


@pytest.mark.parametrize("n", [19, 25, 39, 90])
def test_the_band_holds_all_leads_of_nineteen_in_twenty(n):
    gaps = noise(n + 1, 7, seed=n) * [1, 9, 1, 5, 1, 1, 1]
    band = lead_band(estimate_of(gaps[0], gaps[1:], start=2015))
    inside = (np.abs(gaps[1:, :4] - gaps[1:, [4]]) <= band.reach * (1 + 1e-12)).all(axis=1)
    # so many that with the treated outside too one in twenty are
    assert inside.sum() == n + 1 - np.floor(0.05 * (n + 1) + 1e-9)
    assert band.outside == tuple(band.years[np.abs(band.leads) > band.reach])


def test_years_outside_are_named_each():
    gaps = noise(40, 6, seed=4)
    gaps[0, [1, 3]] += [30, -30]
    assert lead_band(estimate_of(gaps[0], gaps[1:], start=2015)).outside == (2011, 2013)


def test_the_treated_leave_the_band_in_one_of_twenty():
    """Whatever the distribution: here with heavy tails, in years that are correlated and unequally noisy."""
    rng, draws = np.random.default_rng(5), 2000
    left = 0
    for _ in range(draws):
        gaps = rng.standard_t(2, size=(20, 5)).cumsum(axis=1) * [1, 4, 1, 1, 1]
        left += bool(lead_band(estimate_of(gaps[0], gaps[1:], start=2014)).outside)
    assert abs(left / draws - 0.05) < 3 * np.sqrt(0.05 * 0.95 / draws)


def test_too_few_stand_ins_make_no_band_and_rounding_leaves_none():
    band = lead_band(estimate_of([1e6, 0, 0, 0], noise(18, 4), start=2013))
    assert np.isinf(band.reach).all()
    assert band.outside == ()
    assert lead_band(estimate_of([1e-9, 0, 0, 0], np.zeros((19, 4)), start=2013)).outside == ()
    assert lead_band(estimate_of([1e-2, 0, 0, 0], np.zeros((19, 4)), start=2013)).outside == (2010,)
