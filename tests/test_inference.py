from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmpeval.design import estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups, Reference, critical, placed_among
from lmpeval.once import remembering
from lmpeval.uncertainty.stand_in_sets import sets_of_groups
from worlds import World, draw

RNG = np.random.default_rng


@dataclass(frozen=True)
class AgainstNothing:
    """The change of the treated itself: its stand-ins are exactly exchangeable with it."""

    inference: PlaceboGroups = PlaceboGroups()
    assumptions = ()

    def compare(self, panel):
        level = panel.treated_mean[panel.before].mean()
        weights = np.full(panel.compared.sum(), 1 / panel.compared.sum())
        return Comparison(np.full(len(panel.years), level), weights)


@dataclass(frozen=True)
class AgainstPool:
    """The change of the treated minus that of the mean comparison unit."""

    inference: PlaceboGroups = PlaceboGroups()
    assumptions = ()

    def compare(self, panel):
        mean = panel.controls.mean(axis=1)
        lift = (panel.treated_mean - mean)[panel.before].mean()
        return Comparison(mean + lift, np.full(panel.compared.sum(), 1 / panel.compared.sum()))


def placed(gap, others, shares=None, level=0.95, exposed=None):
    gap, others = np.atleast_1d(gap).astype(float), np.asarray(others, dtype=float)
    others = others.reshape(len(others), -1)
    found = Reference(
        gap,
        others,
        np.outer(
            np.zeros(len(others)) if shares is None else np.asarray(shares, dtype=float),
            np.ones(len(gap), bool) if exposed is None else exposed,
        ),
        tuple(map(str, range(len(others)))),
    )
    return placed_among(found, np.ones(len(gap), bool), level)


def p_of(effect, effects):
    return (1 + sum(abs(e) >= abs(effect) for e in effects)) / (1 + len(effects))


def test_hand_example():
    # 39 stand-ins with effects 1..39: 5 of them at least 35 in size, so p = 6/40; reach: the 2nd largest, 38
    sure = placed(-35.0, np.arange(1, 40))
    assert sure.p == pytest.approx(6 / 40)
    assert sure.rank == 6
    assert sure.smallest_p == pytest.approx(1 / 40)
    assert sure.interval == pytest.approx((-73.0, 3.0))
    assert sure.standard_error == pytest.approx(np.sqrt(np.mean(np.arange(1.0, 40) ** 2)))


@pytest.mark.parametrize(("n", "rank"), [(18, 0), (19, 1), (38, 1), (39, 2), (59, 3), (99, 5), (199, 10)])
def test_critical_is_the_kth_largest_of_n(n, rank):
    # k = floor(0.05 (n + 1)); none for fewer than 19
    sizes = RNG(n).permutation(np.arange(1.0, n + 1))
    assert critical(sizes, 0.95) == (n + 1 - rank if rank else float("inf"))


@settings(max_examples=100, deadline=None)
@given(
    n=st.integers(1, 70),
    seed=st.integers(0, 9999),
    effect=st.floats(-4, 4),
    level=st.sampled_from([0.9, 0.95]),
)
def test_interval_is_what_the_test_does_not_reject(n, seed, effect, level):
    effects = RNG(seed).normal(size=n)
    sure = placed(effect, effects, level=level)
    low, high = sure.interval
    for x in np.linspace(effect - 5, effect + 5, 401):
        rejected = p_of(effect - x, effects) <= 1 - level + 1e-12
        assert rejected == (not low <= x <= high)
    assert (sure.p <= 1 - level + 1e-12) == (not low <= 0 <= high)
    assert sure.p >= sure.smallest_p > 0


@settings(max_examples=60, deadline=None)
@given(n=st.integers(1, 90), seed=st.integers(0, 9999), effect=st.floats(-4, 4))
def test_interval_of_several_sites_is_what_the_test_does_not_reject(n, seed, effect):
    effects, shares = RNG(seed).normal(size=n), RNG(seed + 1).choice([0, 0.3, 0.5, 0.9], n)
    shares[0] = 0
    low, high = placed(effect, effects, shares).interval
    for x in np.linspace(effect - 8, effect + 8, 401):
        rejected = p_of(effect - x, effects - shares * x) <= 0.05 + 1e-12
        assert rejected == (not low <= x <= high)


def test_fewer_than_nineteen_stand_ins_bound_nothing():
    assert placed(99.0, np.arange(18)).interval == (-np.inf, np.inf)
    assert np.isfinite(placed(99.0, np.arange(19)).interval).all()


def test_path_interval_is_the_interval_of_each_year():
    gap, others = np.array([1.0, -2.0, 5.0]), RNG(0).normal(size=(45, 3))
    sure = placed(gap, others)
    for year in range(3):
        assert sure.path_interval[year] == pytest.approx(placed(gap[year], others[:, year]).interval)


def test_error_and_drawn_gaps_are_of_stand_ins_alone():
    sure = placed(1.0, [1.0, 2.0] * 10 + [100.0], [0] * 20 + [0.5])
    assert sure.standard_error == pytest.approx(np.sqrt(2.5))
    assert sure.placebo.tolist() == [[1.0], [2.0]] * 10
    assert sure.placebo_labels == tuple(map(str, range(20)))
    assert sure.smallest_p == 1 / 22


@pytest.mark.parametrize("design", [DifferenceInDifferences(matches=6), SyntheticControl(), AgainstNothing()])
def test_stand_ins_are_the_design_run_for_each_group(design):
    panel = draw(World(neighbourhoods=22, size_spread=0.1), 5)
    found = estimate(design, panel, 0, RNG(0))
    assert found.uncertainty.placebo_labels == tuple(f"g{g:02d}" for g in range(1, 22))
    for g, gap in zip(range(1, 22), found.uncertainty.placebo, strict=True):
        swapped = panel.placebo_sites({"x": np.arange(4 * g, 4 * g + 4)})
        assert gap == pytest.approx(swapped.treated_mean - design.compare(swapped).counterfactual)


def test_effect_of_the_site_does_not_reach_its_stand_ins():
    panel = draw(World(effect=0), 6)
    for design in (DifferenceInDifferences(match_on_outcome=True), SyntheticControl()):
        plain = estimate(design, panel, 0, RNG(0)).uncertainty
        moved = estimate(design, panel.plus_effect(-500), 0, RNG(0)).uncertainty
        assert (moved.placebo == plain.placebo).all()
        assert np.array(moved.interval) == pytest.approx(np.array(plain.interval) - 500)


def said_without_a_place(sure, why):
    """No interval, no error, nothing to rank among, and the reason."""
    assert sure.method.startswith("none: ")
    assert why in sure.method
    assert sure.interval == (-np.inf, np.inf)
    assert np.isinf(sure.path_interval).all()
    assert np.isnan(sure.standard_error)
    assert (sure.p, sure.smallest_p, sure.rank, len(sure.placebo)) == (1.0, 1.0, 1, 0)


def test_without_anybody_of_the_sites_size_there_is_no_interval():
    panel = draw(World(neighbourhoods=5), 1)
    small = np.where(panel.treated, 100.0, 1.0) * panel.exposure
    sure = PlaceboGroups()(AgainstNothing(), replace(panel, exposure=small), panel.before, RNG(0))
    said_without_a_place(sure, "0 groups of neighbours in the pool are of the site's size; 1 needed")


@pytest.mark.parametrize(("kept", "neighbourhoods", "sites"), [(False, 2, 1), (True, 2, 1)])
def test_stand_ins_that_would_have_nobody_to_be_compared_with_stand_in_for_nobody(
    kept, neighbourhoods, sites
):
    world = World(neighbourhoods=neighbourhoods, sites=sites, size_spread=0, kept_neighbours=kept)
    found = estimate(AgainstNothing(), draw(world, 1), 0, RNG(0))
    said_without_a_place(found.uncertainty, "nobody to be compared with")
    assert np.isfinite(found.effect)
    larger = replace(world, neighbourhoods=neighbourhoods + 1)
    assert estimate(AgainstNothing(), draw(larger, 1), 0, RNG(0)).uncertainty.placebo_labels


def test_several_sites_are_placed_among_all_sets():
    panel = draw(World(neighbourhoods=7, sites=2, size_spread=0.0, effect=0), 3)
    sure = estimate(AgainstPool(), panel, 0, RNG(0)).uncertainty
    change = panel.outcome[5:].mean(axis=0) - panel.outcome[:5].mean(axis=0)
    sites = change.reshape(7, 4).mean(axis=1)
    pairs = {
        pair: np.mean([sites[g] for g in pair]) - np.mean([sites[g] for g in range(7) if g not in pair])
        for pair in combinations(range(7), 2)
    }
    own = pairs.pop((0, 1))
    assert sure.smallest_p == pytest.approx(1 / 21)
    assert sure.p == pytest.approx((1 + sum(abs(x) >= abs(own) for x in pairs.values())) / 21)
    assert sure.p_error == 0
    # two of the five that a clean pair is compared with are the sites: what they changed by is taken off;
    # and so few pairs are clean that the others join them, the sites' share in them taken off as well
    taken_off = [
        x - (len({0, 1} & set(pair)) / 2 - len({0, 1} - set(pair)) / 5) * own for pair, x in pairs.items()
    ]
    assert sure.placebo_labels[0] == "g02 + g03"
    assert np.sort(sure.placebo[:, 5:].mean(axis=1)) == pytest.approx(np.sort(taken_off))
    assert sure.standard_error == pytest.approx(np.sqrt(np.mean(np.square(taken_off))))


def test_several_sites_draw_sets_where_there_are_too_many():
    panel = draw(World(neighbourhoods=14, sites=3), 3)
    design = AgainstNothing(PlaceboGroups(draws=50))
    one, two, other = (estimate(design, panel, 0, RNG(seed)).uncertainty for seed in (1, 1, 2))
    assert 1 / 51 <= one.smallest_p <= 1 / 40  # fifty draws, some of them twice
    assert one.placebo_labels == two.placebo_labels != other.placebo_labels
    n = round(1 / one.smallest_p)
    assert one.p_error == pytest.approx(np.sqrt(one.p * (1 - one.p) / n))
    assert one.interval == two.interval


def test_effect_of_several_sites_moves_their_interval_with_it():
    panel = draw(World(neighbourhoods=14, sites=2, effect=0), 4)
    for design in (AgainstPool(), DifferenceInDifferences(), SyntheticControl()):
        plain = estimate(design, panel, 0, RNG(0)).uncertainty
        moved = estimate(design, panel.plus_effect(-70), 0, RNG(0)).uncertainty
        assert np.array(moved.interval) == pytest.approx(np.array(plain.interval) - 70, abs=1e-6)
        assert moved.path_interval[~panel.before] == pytest.approx(plain.path_interval[~panel.before] - 70)
        assert moved.placebo == pytest.approx(plain.placebo)
        assert moved.standard_error == pytest.approx(plain.standard_error)


def test_interval_of_several_sites_holds_each_effect_that_taken_off_is_not_rejected():
    panel = draw(World(neighbourhoods=12, sites=3, effect=-40), 8)
    low, high = estimate(AgainstPool(), panel, 0, RNG(1)).uncertainty.interval
    for effect in np.linspace(low - 30, high + 30, 25):
        left = estimate(AgainstPool(), panel.plus_effect(-effect), 0, RNG(1)).uncertainty
        assert (left.p <= 0.05 + 1e-12) == (not low <= effect <= high)


def test_sites_are_in_the_pool_of_sets_without_them():
    panel = draw(World(neighbourhoods=9, sites=3), 2)
    sets = sets_of_groups(panel, 20, RNG(0))
    assert sets.drawn
    for each, share in zip(sets.panels, sets.shares, strict=True):
        assert each.treated.sum() == panel.treated.sum()
        assert each.compared.sum() == panel.compared.sum()
        assert (each.compared | each.treated)[panel.treated].all()
        assert (each.treated & panel.treated).any() == (share > 0)
    one = sets_of_groups(draw(World(neighbourhoods=9), 2), 20, RNG(0))
    assert not one.drawn
    assert all((each.aside & panel.treated)[:4].all() for each in one.panels)


def test_sets_with_sites_stand_in_where_hardly_any_is_free_of_them():
    # nine sites, eleven stand-ins: 55 of 167,960 sets are free of the sites
    world = World(neighbourhoods=20, sites=9, units=1, site_units=1, size_spread=0)
    panel = draw(world, 1)
    plain = estimate(AgainstPool(), panel, 0, RNG(0)).uncertainty
    assert len(plain.placebo_labels) == round(1 / plain.smallest_p) - 1 > 900
    moved = estimate(AgainstPool(), panel.plus_effect(-500), 0, RNG(0)).uncertainty
    assert moved.placebo == pytest.approx(plain.placebo)
    assert moved.standard_error == pytest.approx(plain.standard_error)


@pytest.mark.parametrize(
    ("neighbourhoods", "sites", "draws", "design"),
    [
        (20, 1, 600, AgainstNothing()),
        (41, 1, 400, AgainstNothing()),
        (9, 3, 250, AgainstNothing()),
        (9, 3, 250, AgainstPool()),
    ],
)
def test_size_is_what_the_number_of_sets_allows(neighbourhoods, sites, draws, design):
    # equal sizes: sites and stand-ins are exactly exchangeable, and several sites are so against the pool too
    world = World(
        neighbourhoods=neighbourhoods, sites=sites, units=1, site_units=1, effect=0, size_spread=0, shock=0,
        years=3, before=1,
    )  # fmt: skip
    found = [estimate(design, draw(world, seed), 0, RNG(seed)).uncertainty for seed in range(draws)]
    n = round(1 / found[0].smallest_p)
    for alpha in (0.05, 0.25):
        expected = np.floor(alpha * n + 1e-9) / n
        rejected = np.mean([sure.p <= alpha + 1e-12 for sure in found])
        assert abs(rejected - expected) < 3 * np.sqrt(expected * (1 - expected) / draws)


@dataclass(frozen=True, eq=False)
class Asked:
    """A design that keeps count of the panels that it is asked about."""

    panels: list
    inference: PlaceboGroups = PlaceboGroups()
    assumptions = ()

    def compare(self, panel):
        self.panels.append(panel)
        return AgainstPool().compare(panel)


def test_what_two_checks_ask_of_a_start_that_never_was_is_compared_once():
    panel = draw(World(), 3)
    year = int(panel.years[panel.before][-1])

    def twice(design):
        return [estimate(design, panel.placebo_start(year), 0, RNG(1)) for _ in range(2)]

    apart = Asked([])
    first, _ = twice(apart)
    within = Asked([])
    with remembering():
        again = twice(within)
    stand_ins = len(first.uncertainty.placebo)
    assert len(within.panels) == 1 + stand_ins
    assert len(apart.panels) == 2 * (2 + stand_ins)
    for each in again:
        np.testing.assert_array_equal(each.uncertainty.placebo, first.uncertainty.placebo)
        assert each.effect == first.effect
