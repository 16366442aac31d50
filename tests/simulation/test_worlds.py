"""The worlds: what their fields say is in the panel that they draw, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import MISSING, fields, replace

import numpy as np
import pytest
from scipy import stats

from lmpeval.panel import Panel
from lmpeval.simulation.staggered_world import StaggeredWorld
from lmpeval.simulation.world import COMPANIONS, Drawn, World
from lmpeval.simulation.worlds import (
    WORLDS,
    WORLDS_OF_COMPANIONS,
    WORLDS_OF_PREDICTORS,
    WORLDS_OF_TWO_OUTCOMES,
)
from lmpeval.study.arguments import ASSUMPTIONS

SEED = 20240501
DEFAULTS = {each.name: each.default for each in fields(World) if each.default is not MISSING}
INTACT = [world for world in WORLDS if not world.breaks | world.unmatched]
PER_WORLD = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)


def draw(world: World, seed: int = SEED) -> Drawn:
    return world.draw(np.random.default_rng(seed))


def panel_of(world: World, seed: int = SEED) -> Panel:
    return draw(world, seed).panel


def homes(panel: Panel) -> np.ndarray:
    """Neighbourhood of each unit, as its name tells."""
    return np.array([int(name[5:7]) for name in panel.units])


def letters(panel: Panel) -> np.ndarray:
    return np.array([int(name[-2:]) for name in panel.units])


def others_alike(one: Panel, other: Panel) -> None:
    """Nothing but the outcome differs."""
    for name in ("exposure", "years", "treated", "covariates", "aside"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), err_msg=name)
    assert (one.units, one.groups, one.start) == (other.units, other.groups, other.start)


# Who is who


@PER_WORLD
def test_roles_are_as_many_as_the_fields_say(world):
    panel = panel_of(world)
    assert panel.outcome.shape == (world.before + world.after, world.groups * world.units)
    assert panel.before.sum() == world.before
    assert panel.start == world.start == panel.years[world.before]
    assert panel.treated.sum() == world.sites * min(world.site_units, world.units)
    left = world.sites * (world.units - world.site_units)
    assert panel.aside.sum() == left + len(world.cohorts) * world.units
    assert panel.compared.sum() == (world.groups - world.sites - len(world.cohorts)) * world.units
    assert len(panel.sites) == world.sites
    assert len(set(panel.units)) == len(panel.units)


@PER_WORLD
def test_sites_are_whole_neighbourhoods_or_part_of_one_and_share_no_group_with_others(world):
    panel = panel_of(world)
    home, letter = homes(panel), letters(panel)
    chosen = set(home[panel.treated])
    assert len(chosen) == world.sites
    np.testing.assert_array_equal(panel.treated, np.isin(home, list(chosen)) & (letter < world.site_units))
    if not world.chosen_high:
        assert chosen == set(range(world.sites))
    for i, group in enumerate(panel.groups):
        assert group == f"{'site' if panel.treated[i] else 'group'} {home[i]:02d}"


def test_other_programmes_are_set_aside_and_start_when_they_say():
    [world] = [world for world in WORLDS if world.cohorts]
    panel = panel_of(world)
    moved = panel.outcome - panel_of(replace(world, effect=0.0)).outcome
    home = homes(panel)
    assert not moved[:, panel.compared].any()
    for k, later in enumerate(world.cohorts):
        units = home == world.sites + k
        assert panel.aside[units].all()
        first = panel.years[np.abs(moved[:, units]).max(axis=1) > 1e-9][0]
        assert first == world.start + later


def test_chosen_sites_were_the_highest_in_the_year_before_the_start():
    for seed in range(20):
        world = World("chosen", chosen_high=True, sites=2, between=5.0, noise=40.0)
        panel = panel_of(world, seed)
        home, last = homes(panel), panel.outcome[world.before - 1]
        mean = [np.average(last[home == g], weights=panel.size[home == g]) for g in range(world.groups)]
        assert set(np.argsort(mean)[-2:]) == set(home[panel.treated])


def test_choosing_changes_who_is_treated_and_no_outcome():
    world = World("chosen", effect=0.0)
    chosen, plain = panel_of(replace(world, chosen_high=True)), panel_of(world)
    np.testing.assert_array_equal(chosen.outcome, plain.outcome)
    assert not (chosen.treated & plain.treated).any()  # in this draw the first is not the highest


# What a field adds to the outcome

Moved = Callable[[World, Panel], np.ndarray]


def late(world: World, panel: Panel, by: int = 0) -> np.ndarray:
    return (panel.years >= world.start + by).astype(float)


def by_effect(world: World, panel: Panel) -> np.ndarray:
    """By hand: a third, two thirds and all of it where it grows; at once elsewhere."""
    home, total = homes(panel), np.zeros(panel.outcome.shape)
    starts = {world.sites + k: world.start + later for k, later in enumerate(world.cohorts)}
    for t, year in enumerate(panel.years):
        for i in range(len(panel.units)):
            start = world.start if panel.treated[i] else starts.get(int(home[i]), 9999)
            since = int(year) - start
            share = {0: 1 / 3, 1: 2 / 3}.get(since, 1.0) if world.grows else 1.0
            if since >= -world.early:
                total[t, i] = share * world.effect
    near = ~panel.treated & ((home < world.sites) | (home >= world.groups - world.reached))
    return total + world.leak * world.effect * np.outer(late(world, panel), near)


def by_leak(world: World, panel: Panel) -> np.ndarray:
    return by_effect(world, panel) - by_effect(replace(world, leak=0.0), panel)


def by_own_trend(world: World, panel: Panel) -> np.ndarray:
    return world.own_trend * np.outer(np.arange(len(panel.years)), panel.treated)


def by_early(world: World, panel: Panel) -> np.ndarray:
    ahead = (panel.years < world.start) & (panel.years >= world.start - world.early)
    return world.effect * np.outer(ahead, panel.treated)


def by_composition(world: World, panel: Panel) -> np.ndarray:
    return world.composition * np.outer(late(world, panel), panel.treated)


def by_donor_shock(world: World, panel: Panel) -> np.ndarray:
    struck = np.isin(homes(panel), (world.sites, world.sites + 1))
    assert struck.sum() == 2 * world.units
    assert panel.compared[struck].all()
    return world.donor_shock * np.outer(late(world, panel), struck)


def by_common_break(world: World, panel: Panel) -> np.ndarray:
    return world.common_break * np.outer(late(world, panel, 1), np.ones(len(panel.units)))


def by_level_gap(world: World, panel: Panel) -> np.ndarray:
    return world.level_gap * np.outer(np.ones(len(panel.years)), homes(panel) < world.sites)


ADDED: dict[str, Moved] = {
    "effect": by_effect,
    "leak": by_leak,
    "own_trend": by_own_trend,
    "early": by_early,
    "composition": by_composition,
    "donor_shock": by_donor_shock,
    "common_break": by_common_break,
    "level_gap": by_level_gap,
}
SEVERAL = World("several", groups=30, units=4, sites=3, site_units=2, before=5, after=3)
PLANTED = {
    "effect": {"effect": 45.0},
    "leak": {"leak": 0.25, "reached": 5},
    "own_trend": {"own_trend": -3.0},
    "early": {"early": 3},
    "composition": {"composition": -7.0},
    "donor_shock": {"donor_shock": 80.0},
    "common_break": {"common_break": -11.0},
    "level_gap": {"level_gap": 200.0},
}
WITH_A_FIELD = [(world, name) for world in WORLDS for name in ADDED if getattr(world, name)] + [
    (replace(SEVERAL, name=f"several with {name}", **PLANTED[name]), name) for name in ADDED
]


@pytest.mark.parametrize(
    ("world", "name"), [pytest.param(w, n, id=f"{w.name}-{n}") for w, n in WITH_A_FIELD if not w.chosen_high]
)
def test_field_moves_what_it_says_and_nothing_else(world, name):
    with_, without = panel_of(world), panel_of(replace(world, **{name: DEFAULTS[name] * 0}))
    others_alike(with_, without)
    expected = ADDED[name](world, with_)
    assert expected.any()
    np.testing.assert_allclose(with_.outcome - without.outcome, expected, atol=1e-9)


def test_every_world_is_the_steady_one_with_what_its_fields_add():
    """Taken off again, what the fields add leaves the same draw of a world without them."""
    for world in WORLDS:
        if world.factor or world.chosen_high:  # looked at by themselves
            continue
        panel = panel_of(world)
        bare = panel_of(replace(world, **{name: DEFAULTS[name] * 0 for name in ADDED}))
        added = [f(world, panel) for name, f in ADDED.items() if name not in ("leak", "early", "donor_shock")]
        if world.donor_shock:
            added.append(by_donor_shock(world, panel))
        np.testing.assert_allclose(panel.outcome - bare.outcome, sum(added), atol=1e-9, err_msg=world.name)


def test_factor_moves_all_alike_over_the_years_and_sites_by_one_loading():
    [world] = [world for world in WORLDS if world.factor]
    for seed in range(5):
        with_, without = panel_of(world, seed), panel_of(replace(world, factor=0.0), seed)
        others_alike(with_, without)
        moved = with_.outcome - without.outcome
        assert not moved[0].any()
        path = moved[:, with_.treated].mean(axis=1)
        loading = moved[-1] / path[-1]
        np.testing.assert_allclose(moved, np.outer(path, loading), atol=1e-8)
        home = homes(with_)
        per_home = np.array([loading[home == g][0] for g in range(world.groups)])
        np.testing.assert_allclose(loading, per_home[home], atol=1e-9)
        much, little = per_home[2::2], per_home[1::2]
        assert per_home[0] == pytest.approx(1)
        assert ((much > 0.5) & (much < 1.5)).all()
        assert much.max() > 1 > much.min()
        assert (np.abs(little) < 0.5).all()


def test_factor_is_no_straight_line():
    """Else a design that carries each unit on along its own line would be right there."""
    [world] = [world for world in WORLDS if world.factor]
    moved = panel_of(world).outcome - panel_of(replace(world, factor=0.0)).outcome
    path = moved[:, 0]
    line = np.polyval(np.polyfit(np.arange(len(path)), path, 1), np.arange(len(path)))
    assert np.abs(path - line).max() > 0.1 * np.ptp(path)


# The truth


@PER_WORLD
def test_truth_is_what_the_effect_adds_to_the_treated_from_the_start_on_weighted_by_size(world):
    drawn = draw(world)
    without = panel_of(replace(world, effect=0.0))
    size = drawn.panel.size[drawn.panel.treated]
    mean = (drawn.panel.outcome - without.outcome)[:, drawn.panel.treated] @ size / size.sum()
    np.testing.assert_allclose(drawn.effect, np.where(drawn.panel.before, 0, mean), atol=1e-9)
    others_alike(drawn.panel, without)


@PER_WORLD
def test_truth_ends_at_the_stated_size(world):
    effect = draw(world).effect
    assert effect[-1] == world.effect
    steps = np.unique(np.diff(effect[world.before :]))
    assert steps == pytest.approx([world.effect / 3, 0] if world.grows else [0])


# What a study of it would say


@PER_WORLD
def test_circumstances_tell_what_was_announced_and_what_broke(world):
    told = world.circumstances
    assert told.margin == world.margin
    assert told.lag == world.lag
    assert told.announced == (world.start - world.early if world.early else None)
    moved = panel_of(world).outcome - panel_of(replace(world, common_break=0.0)).outcome
    changed = [
        int(y) for y, step in zip(panel_of(world).years[1:], np.diff(moved[:, -1]), strict=True) if step
    ]
    assert list(told.breaks) == changed


def test_names_are_unique_and_what_is_broken_is_an_assumption():
    assert len({world.name for world in WORLDS}) == len(WORLDS)
    for world in WORLDS:
        assert world.breaks <= set(ASSUMPTIONS), world.name
        assert world.visible <= world.breaks, world.name
    assert not [world.name for world in WORLDS[: len(INTACT)] if world.breaks]


BREAKING = {
    "parallel_trends": lambda w: bool(w.own_trend or w.factor),
    "donor_fit": lambda w: bool(w.own_trend),
    "no_anticipation": lambda w: bool(w.early),
    "no_spillover": lambda w: bool(w.leak and w.reached),
    "stable_composition": lambda w: bool(w.composition),
    "no_other_change": lambda w: bool(w.donor_shock),
    "selection_not_by_chance": lambda w: w.chosen_high,
}


@PER_WORLD
def test_world_names_all_that_its_fields_break_and_nothing_more(world):
    assert world.breaks == {name for name, broken in BREAKING.items() if broken(world)}


@PER_WORLD
def test_what_is_visible_moves_the_site_before_the_start_by_several_standard_deviations(world):
    """And a site whose breaks are not called visible is moved by its own fields after the start at most."""
    panel = panel_of(world)
    plain = panel_of(replace(world, own_trend=0.0, early=0, composition=0.0))
    moved = (panel.outcome - plain.outcome)[:, panel.treated][panel.before]
    if world.visible:
        assert np.ptp(moved) > 5 * np.hypot(world.shock, world.noise / np.sqrt(world.site_units))
    else:
        assert not moved.any()


# Chance


@PER_WORLD
def test_same_seed_same_draw_and_another_seed_another(world):
    one, again, other = draw(world), draw(world), draw(world, SEED + 1)
    others_alike(one.panel, again.panel)
    np.testing.assert_array_equal(one.panel.outcome, again.panel.outcome)
    np.testing.assert_array_equal(one.effect, again.effect)
    assert (one.panel.outcome != other.panel.outcome).all()
    assert (one.panel.covariates != other.panel.covariates).all()


def test_order_in_which_fields_are_given_does_not_matter():
    for world in [world for world in WORLDS if type(world) is World]:
        given = {name: getattr(world, name) for name in DEFAULTS if getattr(world, name) != DEFAULTS[name]}
        backwards = World(world.name, **dict(reversed(given.items())))
        step = World(world.name)
        for name, value in given.items():
            step = replace(step, **{name: value})
        assert backwards == step == world
        np.testing.assert_array_equal(panel_of(backwards).outcome, panel_of(world).outcome)


SAME_CHANCE = {
    **{name: 3.0 for name in ADDED if name != "early"},
    "early": 1,
    "grows": True,
    "sites": 2,
    "site_units": 1,
    "between": 3.0,
    "shock": 3.0,
    "noise": 3.0,
    "persistence": 0.9,
    "size_spread": 0.4,
    "factor": 3.0,
    "reached": 2,
    "chosen_high": True,
    "cohorts": (1, 2),
    "margin": 3.0,
    "lag": 2,
}
"""Another value of every field that changes neither the shape of the panel nor the law of the noise."""


@pytest.mark.parametrize("name", SAME_CHANCE)
def test_field_uses_the_same_chance_in_the_same_order(name):
    """Covariates are drawn last: they stay as they are where everything before took as much chance."""
    steady = World("steady")
    changed, rngs = replace(steady, **{name: SAME_CHANCE[name]}), [np.random.default_rng(1) for _ in range(2)]
    panels = [world.draw(rng).panel for world, rng in zip((steady, changed), rngs, strict=True)]
    np.testing.assert_array_equal(panels[0].covariates, panels[1].covariates)
    assert rngs[0].bit_generator.state == rngs[1].bit_generator.state


def test_every_field_is_looked_at():
    shape = {"groups", "units", "before", "after"}
    own = {"astray", "tails", "class_trend", "inflow", "alike", "touched", "shared_shocks", "predictors"}
    assert {*SAME_CHANCE, *shape, *own} == {*DEFAULTS} - {"breaks", "visible", "unmatched"}


def test_a_quarter_of_the_neighbourhoods_rises_with_the_site_and_the_covariate_tells_which():
    [world] = [world for world in WORLDS if world.class_trend]
    panel = panel_of(world)
    moved = panel.outcome - panel_of(replace(world, class_trend=0.0)).outcome
    since = panel.years - panel.years[0]
    kind = np.round(panel.covariates[:, 0])
    assert np.abs(panel.covariates - kind[:, None]).max() < 0.1
    np.testing.assert_allclose(moved, world.class_trend * np.outer(since, kind), atol=1e-9)
    assert (kind[panel.treated] == 1).all()
    assert [int((kind == k).sum()) for k in (-1, 0, 1, 2)] == [27] * 4


def test_exposure_grows_from_the_start_on_and_not_before():
    [world] = [world for world in WORLDS if world.inflow]
    panel = panel_of(world)
    steps = np.diff(panel.exposure, axis=0)
    at_start = panel.years[1:] == panel.start
    assert not steps[~at_start].any()
    assert (steps[at_start] > 0).all()


def test_spreads_scale_what_is_drawn():
    """Twice the standard deviation, twice each deviation of the very same draw."""
    calm = World("calm", between=0.0, shock=0.0, noise=0.0, effect=0.0)
    base = panel_of(calm).outcome
    for name in ("between", "shock", "noise"):
        once, twice = (panel_of(replace(calm, **{name: sd})).outcome - base for sd in (5.0, 10.0))
        np.testing.assert_allclose(twice, 2 * once, atol=1e-9)
    np.testing.assert_allclose(base, np.tile(base[:, :1], base.shape[1]), atol=1e-9)


MANY = World("many", groups=600, units=2, site_units=2, before=10, after=10, effect=0.0, between=0.0)


def deviations(world: World) -> np.ndarray:
    """Outcomes net of what all units share in a year, which is known without chance."""
    calm = panel_of(replace(world, between=0.0, shock=0.0, noise=0.0, groups=2)).outcome[:, :1]
    return panel_of(world).outcome - calm


@pytest.mark.parametrize("persistence", sorted({world.persistence for world in WORLDS}))
def test_shocks_are_shared_and_persist_as_stated(persistence):
    shock = deviations(replace(MANY, shock=8.0, noise=0.0, persistence=persistence))
    np.testing.assert_allclose(shock[:, ::2], shock[:, 1::2], atol=1e-9)
    shock = shock[:, ::2]
    years, homes_ = shock.shape
    # chains are independent: each year's correlation over neighbourhoods has error (1 - r^2) / root(n)
    for lag in (1, 2):
        found = [np.corrcoef(shock[t], shock[t + lag])[0, 1] for t in range(years - lag)]
        stated = persistence**lag
        assert np.mean(found) == pytest.approx(stated, abs=4 * (1 - stated**2) / np.sqrt(homes_))
    for t in (0, 1, years - 1):  # as wide from the first year on
        assert shock[t].std() == pytest.approx(8, abs=4 * 8 / np.sqrt(2 * homes_))


def test_level_is_lasting_and_as_wide_as_stated():
    level = deviations(replace(MANY, between=100.0, shock=0.0, noise=0.0))
    np.testing.assert_allclose(level, np.tile(level[:1], (len(level), 1)), atol=1e-9)
    n = level.shape[1]
    assert level[0].std() == pytest.approx(100, abs=4 * 100 / np.sqrt(2 * n))
    assert level[0].mean() == pytest.approx(0, abs=4 * 100 / np.sqrt(n))


@pytest.mark.parametrize("spread", sorted({world.size_spread for world in WORLDS}))
def test_exposure_spreads_as_stated_and_noise_falls_with_its_root(spread):
    world = replace(MANY, noise=10.0, shock=0.0, size_spread=spread)
    panel, noise = panel_of(world), deviations(world)
    log = np.log(panel.size / 1000)
    np.testing.assert_array_equal(panel.exposure, np.tile(panel.exposure[:1], (len(panel.years), 1)))
    assert np.abs(log).max() == pytest.approx(1.5 * spread)
    # a normal deviate beyond 1.5 standard deviations is cut off there in 13.4 % of units
    cut = np.isclose(np.abs(log), 1.5 * spread).mean()
    share = 2 * stats.norm.sf(1.5)
    assert cut == pytest.approx(share, abs=4 * np.sqrt(share * (1 - share) / len(log)))
    even = noise * np.sqrt(panel.size / panel.size.mean())
    for part in (panel.size < np.median(panel.size), panel.size >= np.median(panel.size)):
        n = even[:, part].size
        assert even[:, part].std() == pytest.approx(10, abs=4 * 10 / np.sqrt(2 * n))


@pytest.mark.parametrize("tails", sorted({world.tails for world in WORLDS}))
def test_noise_follows_the_stated_law(tails):
    """Distance to the stated distribution (Kolmogorov) within what one draw in a thousand exceeds."""
    world = replace(MANY, noise=1.0, shock=0.0, size_spread=0.0, tails=tails)
    noise = deviations(world).ravel()
    law = stats.norm() if np.isinf(tails) else stats.t(tails, scale=np.sqrt(1 - 2 / tails))
    assert law.std() == pytest.approx(1)
    assert stats.kstest(noise, law.cdf).statistic < 1.95 / np.sqrt(noise.size)
    other = stats.t(3, scale=np.sqrt(1 / 3)) if np.isinf(tails) else stats.norm()
    assert stats.kstest(noise, other.cdf).statistic > 1.95 / np.sqrt(noise.size)


def test_noise_of_units_and_years_is_independent():
    noise = deviations(replace(MANY, noise=1.0, shock=0.0, size_spread=0.0))
    between_units = np.corrcoef(noise[:, ::2].ravel(), noise[:, 1::2].ravel())[0, 1]
    between_years = np.corrcoef(noise[:-1].ravel(), noise[1:].ravel())[0, 1]
    assert max(abs(between_units), abs(between_years)) < 4 / np.sqrt(noise.size / 2)


@pytest.mark.parametrize("world", INTACT, ids=lambda world: world.name)
def test_sites_of_an_intact_world_are_drawn_like_the_others(world):
    """Without the effect, sites and others change alike: no difference beyond four Monte Carlo errors."""
    null = replace(world, effect=0.0)
    gaps, covariates = [], []
    for seed in range(150):
        panel = panel_of(null, seed)
        change = panel.outcome[~panel.before].mean(axis=0) - panel.outcome[panel.before].mean(axis=0)
        gaps.append(change[panel.treated].mean() - change[panel.compared].mean())
        covariates.append(
            panel.covariates[panel.treated].mean(axis=0) - panel.covariates[panel.compared].mean(axis=0)
        )
    for found in (np.array(gaps), *np.array(covariates).T):
        assert abs(found.mean()) <= 4 * found.std(ddof=1) / np.sqrt(len(found)) + 1e-9


# Starts that differ


@pytest.mark.parametrize(
    "world", [w for w in WORLDS if isinstance(w, StaggeredWorld)], ids=lambda world: world.name
)
def test_every_start_has_its_own_effect_and_nothing_else(world):
    """Without the effects it is one country, in which each site has them from its own start on."""
    truth = world.draw_starts(np.random.default_rng(3))
    plain = replace(world, effect=0.0).draw(np.random.default_rng(3)).panel
    assert [panel.start - world.start for panel in truth.panels] == sorted(set(world.starts))
    added = truth.panels[0].outcome - plain.outcome
    expected = np.zeros_like(added)
    for panel in truth.panels:
        since = panel.years - panel.start
        there = since >= 0
        expected[np.ix_(there, panel.treated)] += truth.effects[since[there]][:, None]
        np.testing.assert_array_equal(panel.outcome, truth.panels[0].outcome)
        assert not (panel.compared & plain.treated).any()
    np.testing.assert_allclose(added, expected, atol=1e-9)
    assert sum(panel.treated.sum() for panel in truth.panels) == plain.treated.sum()


@pytest.mark.parametrize("starts", [(0, 1), (1, 2, 3), (0, 1, 4)])
def test_starts_that_cannot_be_are_refused(starts):
    with pytest.raises(ValueError, match="expected 3, the first 0 and all below 4"):
        StaggeredWorld("wrong", sites=3, starts=starts)


# The untouched outcome


@PER_WORLD
def test_untouched_outcome_has_a_part_in_trends_and_factors_and_none_in_the_effect(world):
    """By chance and levels of its own, and nothing of what else befalls sites or others."""
    panel = panel_of(world)
    free = panel_of(replace(world, own_trend=0.0, class_trend=0.0, factor=0.0))
    moved = panel_of(replace(world, effect=0.0, composition=0.0, donor_shock=0.0)).outcome
    moved -= panel_of(
        replace(
            world, effect=0.0, composition=0.0, donor_shock=0.0, own_trend=0.0, class_trend=0.0, factor=0.0
        )
    ).outcome
    np.testing.assert_allclose(panel.untouched - free.untouched, moved, atol=1e-9)
    own = panel_of(replace(world, alike=0.0))
    np.testing.assert_allclose(own.untouched, free.untouched, atol=1e-9)
    np.testing.assert_array_equal(own.outcome, panel.outcome)
    if world.noise:
        assert abs(np.corrcoef(free.untouched[0], free.outcome[0])[0, 1]) < 0.6


def test_worlds_of_two_outcomes_break_what_their_fields_say():
    apart, touched = WORLDS_OF_TWO_OUTCOMES
    assert (apart.alike, apart.own_trend, touched.touched) == (0.0, 25.0, 0.5)
    truth = draw(touched)
    plain = panel_of(replace(touched, touched=0.0))
    expected = 0.5 * np.outer(truth.effect, truth.panel.treated)
    np.testing.assert_allclose(truth.panel.untouched - plain.untouched, expected, atol=1e-9)
    np.testing.assert_array_equal(truth.panel.outcome, plain.outcome)


def test_companions_move_as_the_outcome_does_unless_they_go_astray():
    [astray] = [world for world in WORLDS_OF_COMPANIONS if world.astray]
    shared = replace(astray, astray=0.0)
    still = panel_of(replace(shared, factor=0.0))
    together, apart = panel_of(shared), panel_of(astray)
    moved = together.outcome - still.outcome
    for name, unit in COMPANIONS.items():
        alike = together.companions[name] - still.companions[name]
        np.testing.assert_allclose(alike, unit * moved, atol=1e-9)
        own = (apart.companions[name] / unit)[-1] - (apart.companions[name] / unit)[0]
        assert own.std() > 100  # far above shocks and noise
        assert abs(np.corrcoef(own, moved[-1])[0, 1]) < 0.6
    np.testing.assert_array_equal(apart.outcome, together.outcome)


def test_shocks_that_last_are_those_of_companions_too_where_the_world_says_so():
    [world] = [world for world in WORLDS if world.shared_shocks]
    with_shocks, without = panel_of(world), panel_of(replace(world, shock=0.0))
    moved = with_shocks.outcome - without.outcome
    assert moved.std() > 10
    for name, unit in COMPANIONS.items():
        alike = with_shocks.companions[name] - without.companions[name]
        np.testing.assert_allclose(alike, unit * moved, atol=1e-9)
    own = panel_of(replace(world, shared_shocks=0.0))
    np.testing.assert_array_equal(own.outcome, with_shocks.outcome)
    for name, unit in COMPANIONS.items():
        apart = own.companions[name] / unit - panel_of(replace(world, shock=0.0)).companions[name] / unit
        assert abs(np.corrcoef(apart.ravel(), moved.ravel())[0, 1]) < 0.3


@pytest.mark.parametrize("world", WORLDS_OF_PREDICTORS, ids=lambda world: world.name)
def test_one_predictor_tells_what_a_unit_feels_of_the_factor_and_the_others_nothing(world):
    panel = panel_of(world)
    felt = (panel.outcome - panel_of(replace(world, factor=0.0)).outcome)[-1]
    for reading, of in zip(panel.predictors.readings, panel.predictors.of, strict=True):
        told = abs(np.corrcoef(reading, felt)[0, 1])
        assert told > 0.9 if world.predictors[of].column == "feels" else told < 0.5
    assert (panel.predictors.years < panel.start).all()
