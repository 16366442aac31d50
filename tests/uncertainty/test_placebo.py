from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmpeval.uncertainty.placebo import stand_ins
from worlds import World, draw, tiny


def names(panel, found):
    return {label: sorted(panel.units[i] for i in members) for label, members in found.items()}


def test_hand_example():
    # the site has size 10; north 12 + 6 + 5 + 4: the 12 alone, the rest (15, that is 1.5 sites, rounded to 2)
    # dealt out 6 | 5, then 4 to the smaller: 6 and 9; south 3 + 1 = 4 is less than half a site; west 21 is
    # more than twice; east 2 + 4 = 6 stands
    size = [10.0, 12, 6, 5, 4, 3, 1, 21, 2, 4]
    panel = tiny([[0.0] * 10] * 2, size=size)
    groups = ("site", "north", "north", "north", "north", "south", "south", "west", "east", "east")
    panel = replace(panel, groups=groups)
    assert names(panel, stand_ins(panel)) == {
        "north 1": ["b"],
        "north 2": ["c"],
        "north 3": ["d", "e"],
        "east": ["i", "j"],
    }


def test_half_and_twice_the_size_still_stand_in():
    panel = tiny([[0.0] * 5] * 2, size=[10.0, 5.0, 20.0, 4.99, 20.01])
    assert names(panel, stand_ins(panel)) == {"g1": ["b"], "g2": ["c"]}


def test_two_sites_ask_for_the_size_of_one():
    panel = tiny([[0.0] * 5] * 2, treated=2, size=[10.0, 10.0, 10.0, 4.0, 21.0])
    panel = replace(panel, groups=("site 1", "site 2", "x", "y", "z"))
    assert list(stand_ins(panel)) == ["x"]


def test_units_aside_stand_in_for_nobody():
    panel = replace(tiny([[0.0] * 3] * 2), aside=np.array([False, True, False]))
    assert list(stand_ins(panel)) == ["g2"]


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    spread=st.floats(0, 1.5),
    units=st.integers(1, 9),
    site_units=st.integers(1, 9),
)
def test_disjoint_like_in_size_within_one_neighbourhood_of_the_pool(seed, spread, units, site_units):
    world = World(
        neighbourhoods=12,
        units=units,
        site_units=min(site_units, units),
        size_spread=spread,
        years=3,
        before=2,
    )
    panel = draw(world, seed)
    found = stand_ins(panel)
    members = [int(i) for group in found.values() for i in group]
    assert len(members) == len(set(members))
    assert panel.compared[members].all()
    site = panel.size[panel.treated].sum()
    for label, group in found.items():
        assert site / 2 <= panel.size[group].sum() <= 2 * site
        (home,) = {panel.groups[i] for i in group}
        assert label.split()[0] == home


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("spread", [0.0, 0.8])
def test_independent_of_the_order_of_units(seed, spread):
    panel = draw(World(neighbourhoods=12, units=7, site_units=2, size_spread=spread), seed)
    order = np.random.default_rng(seed).permutation(len(panel.units))
    moved = panel.in_order(order)
    assert names(moved, stand_ins(moved)) == names(panel, stand_ins(panel))


def test_every_unit_of_a_neighbourhood_of_the_sites_size_takes_part():
    panel = draw(World(neighbourhoods=6, size_spread=0.0), 3)
    assert names(panel, stand_ins(panel)) == {
        f"g{g:02d}": [f"u{g:02d}{i}" for i in range(4)] for g in range(1, 6)
    }
