"""The path by year with its bands, and the effect if trends part: by hand, by chance, by invariance."""

import numpy as np
import pytest

from assumptions.cases import SYNTHETIC, case, estimate_of
from lmpeval.assumptions.robust import robust
from lmpeval.event_path import NoEventPath, lead_band
from lmpeval.event_study import BENDS, MBARS, event_study, lag_reach, parted, rests_on_trends
from lmpeval.ledger import examine
from worlds import World, draw


def noise(n, n_years, seed=0):
    return np.random.default_rng(seed).normal(size=(n, n_years))


def test_the_path_counts_from_the_last_year_before_and_every_year_has_both_bands():
    found = estimate_of([1, 3, 2, 5, 8], noise(39, 5), start=2013, lag=1)
    study = event_study(found)
    assert study.years.tolist() == [2010, 2011, 2012, 2013, 2014]
    assert (study.reference, study.start) == (2012, 2013)
    assert study.path.tolist() == [-1, 1, 0, 3, 6]
    assert study.counted.tolist() == [False] * 4 + [True]
    assert study.pointwise[2] == study.together[2] == 0
    # of 39 stand-ins the second largest is what a test at 5 % still holds
    chance = np.abs(found.uncertainty.placebo - found.uncertainty.placebo[:, [2]])
    assert study.pointwise[[0, 1, 3, 4]] == pytest.approx(np.sort(chance, axis=0)[-2][[0, 1, 3, 4]])


def test_before_the_start_the_band_is_that_of_the_ledger():
    found = estimate_of([9, 0, 1, 5, 8], noise(39, 5), start=2013)
    study, leads = event_study(found), lead_band(found)
    assert study.together[:2] == pytest.approx(leads.reach)
    outside = study.years[:2][np.abs(study.path[:2]) > study.together[:2]]
    assert tuple(outside) == leads.outside == (2010,)


def test_an_effect_does_not_widen_the_band_after_the_start():
    stand_ins = noise(39, 6)
    without, huge = (event_study(estimate_of([0, 0, 0, x, x, x], stand_ins, start=2013)) for x in (0.0, 1e6))
    assert huge.together == pytest.approx(without.together)
    assert huge.pointwise == pytest.approx(without.pointwise)


@pytest.mark.parametrize("n", [19, 39])
@pytest.mark.parametrize("walk", [False, True])
def test_the_treated_leave_the_band_after_the_start_in_one_of_twenty_at_most(n, walk):
    rng, draws = np.random.default_rng(n), 1500
    left = 0
    for _ in range(draws):
        paths = rng.standard_t(4, size=(n + 1, 5)) * [1, 4, 1, 1, 1]
        paths = paths.cumsum(axis=1) if walk else paths
        left += bool((np.abs(paths[0]) > lag_reach(paths[1:], 0.95)).any())
    assert left / draws < 0.05 + 3 * np.sqrt(0.05 * 0.95 / draws)
    assert left / draws > 0.02  # a band that holds everything would hold it too


def test_units_of_measure_and_order_of_stand_ins_do_not_matter():
    stand_ins = noise(39, 6)
    plain = event_study(estimate_of([1, 3, 2, 5, 8, 9], stand_ins, start=2013))
    turned = event_study(estimate_of([1, 3, 2, 5, 8, 9], stand_ins[::-1], start=2013))
    cents = event_study(estimate_of(100 * np.array([1, 3, 2, 5, 8, 9]), 100 * stand_ins, start=2013))
    for name in ("path", "pointwise", "together"):
        assert getattr(turned, name) == pytest.approx(getattr(plain, name))
        assert getattr(cents, name) == pytest.approx(100 * getattr(plain, name))


def test_stand_ins_that_do_not_move_and_too_few_of_them():
    still = event_study(estimate_of([0, 0, 0, 5], np.zeros((39, 4)), start=2013))
    assert still.together == pytest.approx(np.zeros(4), abs=1e-4)
    few = event_study(estimate_of([0, 1, 0, 5], noise(18, 4), start=2013))
    assert np.isinf(few.together[[0, 1, 3]]).all()
    assert np.isinf(lag_reach(noise(1, 3), 0.95)).all()
    with pytest.raises(NoEventPath, match="1 year before the start"):
        event_study(estimate_of([0, 5], noise(39, 2), start=2011))


def test_parted_intervals_are_those_of_the_ledger_and_grow_with_what_is_allowed():
    found = estimate_of([0, 1, 0, 20, 24], noise(39, 5), start=2013, interval=(15.0, 29.0))
    shown, told = parted(found, 10.0), robust(found, 10.0)
    steps, bends = dict(shown.by_steps), dict(shown.by_bends)
    assert tuple(steps) == MBARS
    assert steps[1.0] == told.as_before
    assert bends[told.bend] == told.bent
    assert [bend / told.bend for bend in bends] == pytest.approx(BENDS)
    assert (shown.falls_at_step, shown.falls_at_bend) == (told.breakdown, told.breakdown_bend)
    assert shown.estimate == pytest.approx(22)
    lengths = [high - low for low, high in steps.values()]
    assert lengths == sorted(lengths)


def test_the_interval_reaches_zero_where_it_is_said_to_fall():
    found = estimate_of([0, 1, 0, 20, 24], noise(39, 5), start=2013, interval=(15.0, 29.0))
    shown = parted(found, 10.0)
    inside = [low <= 0 <= high for _, (low, high) in shown.by_steps]
    assert inside == [mbar > shown.falls_at_step for mbar, _ in shown.by_steps]


def test_nothing_falls_where_nothing_is_claimed():
    shown = parted(estimate_of([0, 1, 0, 2, 1], noise(39, 5), start=2013), 10.0)
    assert (shown.falls_at_step, shown.falls_at_bend) == (None, None)


def test_only_designs_that_take_trends_for_granted_have_one():
    panel = draw(World(units=3, site_units=3, before=4, years=8, effect=0.0), 0)
    trends, fitted = case(panel), case(panel, SYNTHETIC)
    assert rests_on_trends(examine(trends, {}))
    assert not rests_on_trends(examine(fitted, {}))
