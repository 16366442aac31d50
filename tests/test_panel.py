import pickle
from dataclasses import replace

import numpy as np
import pytest

from lmpeval.effect_scale import EffectScale
from worlds import World, draw, tiny

BASE = tiny([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], before=1)


def test_treated_mean_weighs_by_exposure_before_the_start_only():
    panel = replace(
        tiny([[10.0, 20.0, 0.0], [30.0, 40.0, 0.0]], treated=2),
        exposure=np.array([[1.0, 3.0, 1.0], [100.0, 1.0, 1.0]]),
    )
    assert panel.treated_mean.tolist() == [17.5, 37.5]  # (10 + 3 * 20) / 4, (30 + 3 * 40) / 4


def test_compared_are_neither_treated_nor_aside():
    panel = replace(BASE, aside=np.array([False, True, False]))
    assert panel.control_names == ("c",)
    assert panel.controls.tolist() == [[3.0], [6.0], [9.0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcome": np.ones((2, 3))}, "outcome is"),
        ({"exposure": np.ones((3, 2))}, "exposure is"),
        ({"treated": np.array([True])}, "treated has length 1, not 3"),
        ({"groups": ("x",)}, "groups has length 1, not 3"),
        ({"covariates": np.ones((3, 1))}, "covariates are"),
        ({"outcome": np.full((3, 3), np.nan)}, "missing cells"),
        ({"covariates": np.full((3, 1), np.inf), "covariate_names": ("x",)}, "missing cells"),
        ({"exposure": np.zeros((3, 3))}, "exposure must be positive"),
        ({"exposure": np.full((3, 3), np.nan)}, "exposure must be positive"),
        ({"years": np.array([2001, 2001, 2002])}, "years must rise"),
        ({"start": 2001}, "no year before"),
        ({"start": 2004}, "no year before or none from it on"),
        ({"treated": np.zeros(3, bool)}, "needs treated units"),
        ({"treated": np.ones(3, bool)}, "needs treated units"),
        ({"aside": np.array([True, False, False])}, "no treated unit aside"),
    ],
)
def test_refuses_what_cannot_be(change, message):
    with pytest.raises(ValueError, match=message):
        replace(BASE, **change)


def test_years_may_have_gaps_and_the_start_may_lie_in_one():
    panel = replace(BASE, years=np.array([2001, 2003, 2007]), start=2005)
    assert panel.before.tolist() == [True, True, False]


def test_effect_is_added_to_the_treated_from_the_start_on():
    moved = BASE.plus_effect(10.0)
    assert (moved.outcome - BASE.outcome).tolist() == [[0, 0, 0], [10, 0, 0], [10, 0, 0]]


def test_year_shocks_move_every_unit_and_times_every_cell():
    assert (BASE.plus_year_shocks(np.array([1.0, 2.0, 3.0])).outcome - BASE.outcome).tolist() == [
        [1, 1, 1],
        [2, 2, 2],
        [3, 3, 3],
    ]
    assert BASE.times(100).outcome.tolist() == (BASE.outcome * 100).tolist()


def test_order_moves_everything_of_a_unit_along():
    panel = draw(World(neighbourhoods=3, site_units=2), 1)
    order = np.random.default_rng(0).permutation(len(panel.units))
    moved = panel.in_order(order)
    for position, old in enumerate(order):
        assert moved.units[position] == panel.units[old]
        assert moved.groups[position] == panel.groups[old]
        assert moved.treated[position] == panel.treated[old]
        assert moved.aside[position] == panel.aside[old]
        assert (moved.outcome[:, position] == panel.outcome[:, old]).all()
        assert (moved.exposure[:, position] == panel.exposure[:, old]).all()
        assert (moved.covariates[position] == panel.covariates[old]).all()


def test_placebo_start_sees_no_year_of_exposure():
    panel = draw(World(), 1)
    placebo = panel.placebo_start(2013)
    assert placebo.years.tolist() == [2010, 2011, 2012, 2013, 2014]
    assert placebo.start == 2013
    assert (placebo.outcome == panel.outcome[:5]).all()


def test_held_out_year_comes_last_and_alone_after_the_start():
    panel = draw(World(), 1)
    held = panel.held_out(1)
    assert (held.outcome == panel.outcome[[0, 2, 3, 4, 1]]).all()
    assert (held.exposure == panel.exposure[[0, 2, 3, 4, 1]]).all()
    assert held.before.tolist() == [True, True, True, True, False]


def test_without_years_leaves_the_rest_as_it_was():
    panel = draw(World(), 1)
    rest = panel.without_years([2012, 2016, 1999])
    assert rest.years.tolist() == [2010, 2011, 2013, 2014, 2015, 2017]
    assert (rest.outcome == panel.outcome[[0, 1, 3, 4, 5, 7]]).all()
    assert rest.start == panel.start


def test_stand_in_gets_the_sites_role_and_shares_the_outcomes():
    panel = draw(World(neighbourhoods=5, site_units=2), 1)
    members = np.array([8, 9])  # half of neighbourhood g02
    placebo = panel.placebo_sites({"g02": members})
    assert placebo.outcome is panel.outcome
    assert np.flatnonzero(placebo.treated).tolist() == [8, 9]
    # the real site and its neighbours stay out, and so does the rest of the stand-in's neighbourhood
    assert np.flatnonzero(placebo.aside).tolist() == [0, 1, 2, 3, 10, 11]
    assert placebo.sites == ("g02",)


def test_neighbours_of_a_stand_in_stay_where_those_of_the_site_do():
    panel = draw(World(neighbourhoods=5, site_units=2, kept_neighbours=True), 1)
    placebo = panel.placebo_sites({"g02": np.array([8, 9])})
    assert panel.compared[[2, 3]].all()
    assert np.flatnonzero(placebo.aside).tolist() == [0, 1]


def test_a_treated_site_may_be_one_of_a_set():
    panel = draw(World(neighbourhoods=5, sites=2, units=2, site_units=1), 1)
    placebo = panel.placebo_sites({"site 0": np.array([0]), "g03": np.array([6])})
    assert np.flatnonzero(placebo.treated).tolist() == [0, 6]
    assert placebo.aside[[1, 2, 3, 7]].all()  # the other site, and all neighbours
    assert placebo.sites == ("g03", "site 0")


def test_pickles():
    panel = draw(World(), 1)
    again = pickle.loads(pickle.dumps(panel))
    assert (again.outcome == panel.outcome).all()
    assert again.groups == panel.groups


TRANSFORMED = {
    "times": lambda p: p.times(3.0),
    "on_scale": lambda p: p.on_scale(EffectScale.RATIO),
    "in_order": lambda p: p.in_order(np.arange(len(p.units))[::-1]),
    "placebo_start": lambda p: p.placebo_start(int(p.years[1])),
    "held_out": lambda p: p.held_out(1),
    "without_years": lambda p: p.without_years([int(p.years[0])]),
    "units_alike": lambda p: p.units_alike(),
    "placebo_sites": lambda p: p.placebo_sites({"other": np.flatnonzero(p.compared)[:2]}),
}


@pytest.mark.parametrize("change", TRANSFORMED.values(), ids=TRANSFORMED)
def test_an_untouched_outcome_goes_wherever_the_outcome_goes(change):
    panel = draw(World(), 1)
    found = change(replace(panel, untouched=panel.outcome.copy()))
    np.testing.assert_array_equal(found.untouched, found.outcome)
    assert change(panel).untouched is None


def test_an_effect_and_shocks_of_the_outcome_leave_the_untouched_one_alone():
    panel = draw(World(), 1)
    panel = replace(panel, untouched=panel.outcome.copy())
    for found in (panel.plus_effect(5.0), panel.plus_year_shocks(np.ones(len(panel.years)))):
        np.testing.assert_array_equal(found.untouched, panel.untouched)
    assert panel.can_lie_on(EffectScale.RATIO)
    assert not replace(panel, untouched=0 * panel.untouched).can_lie_on(EffectScale.RATIO)


def with_companion(panel):
    """A companion equal to the outcome before the start, which nobody may read from it on."""
    return replace(panel, companions={"gp": np.where(panel.before[:, None], panel.outcome, np.nan)})


KEEPS_THEIR_UNIT = {"times", "on_scale"}


@pytest.mark.parametrize("change", TRANSFORMED.items(), ids=TRANSFORMED)
def test_companions_go_wherever_units_and_years_go_and_keep_their_unit(change):
    name, transform = change
    panel = draw(World(), 1)
    found = transform(with_companion(panel))
    same = panel if name in KEEPS_THEIR_UNIT else transform(panel)
    early = np.isin(found.years, panel.years[panel.before]) if name != "held_out" else slice(None)
    np.testing.assert_array_equal(found.companions["gp"][early], same.outcome[early])
    assert transform(panel).companions == {}


def test_stand_ins_share_companions_with_the_panel_and_another_panel_s_do_not_pass_for_them():
    panel = with_companion(draw(World(), 1))
    other = panel.placebo_sites({"other": np.flatnonzero(panel.compared)[:2]})
    assert other.shares_figures(panel)
    assert not replace(panel, companions={"gp": panel.outcome}).shares_figures(panel)


@pytest.mark.parametrize(
    ("figures", "message"),
    [
        (np.ones((2, 3)), r"companion gp is \(2, 3\), not \(years, units\)"),
        (np.full((3, 3), np.nan), "companion gp has missing cells before the start"),
    ],
)
def test_companions_that_do_not_fit_are_refused_by_name(figures, message):
    with pytest.raises(ValueError, match=message):
        replace(BASE, companions={"gp": figures})
