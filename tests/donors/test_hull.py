"""The nearest mixture of donors, and what all mixtures that fit exactly say of the effect."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from scipy.spatial import ConvexHull

from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.donors.hull import identified, nearest_mixture
from worlds import World, draw, tiny

LEVELS = pytest.mark.parametrize("levels", ["apart", "together"])


def bounds(panel, levels="apart", counted=None):
    counted = ~panel.before if counted is None else counted
    return identified(panel, levels, counted, nearest_mixture(panel, levels))


def test_distance_by_hand():
    # two years before: relative to its own mean the site moves by 3 up and down, the donors by 0, 1 and 2
    panel = tiny([[7.0, 5.0, 4.0, 3.0], [13.0, 5.0, 6.0, 7.0], [0.0, 0.0, 0.0, 0.0]], before=2)
    found = nearest_mixture(panel, "apart")
    assert found.distance == pytest.approx(1)
    assert found.weights == pytest.approx([0, 0, 1])
    assert not found.exact
    # as they stand, the nearest mixture is on the line from (5, 5) to (3, 7): no point nearer to (7, 13) than
    # its end in (3, 7), at a distance of (4, 6)
    together = nearest_mixture(panel, "together")
    assert together.distance == pytest.approx(np.sqrt((4**2 + 6**2) / 2))


@pytest.mark.parametrize("seed", range(20))
def test_inside_is_what_a_convex_hull_says(seed):
    rng = np.random.default_rng(seed)
    outcome = rng.normal(size=(4, 9))
    panel = tiny(outcome.tolist(), before=3)
    hull = ConvexHull(outcome[:3, 1:].T)
    inside = bool((hull.equations @ np.r_[outcome[:3, 0], 1] <= 1e-9).all())
    assert nearest_mixture(panel, "together").exact is inside


@pytest.mark.parametrize("seed", range(5))
def test_ends_are_those_of_all_pairs_of_donors(seed):
    # one direction before the start: an exact mixture at a vertex has two donors
    rng = np.random.default_rng(seed)
    d, moved = rng.normal(size=8), rng.normal(size=8)
    target = 0.1 * d.max()
    outcome = np.vstack([np.r_[-target, -d], np.r_[target, d], np.r_[5.0, moved]])
    panel = tiny(outcome.tolist(), before=2)
    effects = []
    for i, j in combinations(range(8), 2):
        share = (target - d[j]) / (d[i] - d[j])
        if 0 <= share <= 1:
            effects.append(5 - share * moved[i] - (1 - share) * moved[j])
    assert bounds(panel) == pytest.approx((min(effects), max(effects)))


@LEVELS
def test_every_exact_mixture_lies_between_the_ends(levels):
    rng = np.random.default_rng(3)
    panel = draw(World(neighbourhoods=20, units=3, site_units=3, effect=0.0), 3)
    inner = panel.controls @ rng.dirichlet(np.ones(panel.compared.sum()))
    outcome = panel.outcome.copy()
    outcome[np.ix_(panel.before, panel.treated)] = inner[panel.before, None]
    panel = replace(panel, outcome=outcome)
    low, high = bounds(panel, levels)
    assert nearest_mixture(panel, levels).exact
    assert high - low > 1
    design = SyntheticControl(levels=levels)
    for ridge in (1e-3, 1e-2):  # next to exact: their effects are those of exact mixtures
        gap = panel.treated_mean - replace(design, ridge=ridge).compare(panel).counterfactual
        assert np.abs(gap[panel.before]).max() < 0.5
        assert low - 0.5 <= gap[~panel.before].mean() <= high + 0.5
    lift = (panel.treated_mean - inner)[panel.before].mean() if levels == "apart" else 0.0
    assert low <= (panel.treated_mean - inner)[~panel.before].mean() - lift <= high


def test_outside_the_hull_one_mixture_has_it():
    panel = draw(World(neighbourhoods=10, units=1, site_units=1, years=12, before=9), 1)
    found = nearest_mixture(panel, "together")
    assert found.distance > 0
    low, high = bounds(panel, "together")
    assert high == pytest.approx(low, abs=1e-5)
    gap = panel.treated_mean - panel.controls @ found.weights
    assert low == pytest.approx(gap[~panel.before].mean(), abs=1e-5)


@LEVELS
def test_effect_moves_the_ends_and_nothing_else_does(levels):
    panel = draw(World(before=3), 4)
    plain, fit = bounds(panel, levels), nearest_mixture(panel, levels)
    assert bounds(panel.plus_effect(70.0), levels) == pytest.approx(np.add(plain, 70), abs=1e-4)
    assert bounds(panel.times(100), levels) == pytest.approx(np.multiply(plain, 100), rel=1e-5)
    order = np.random.default_rng(1).permutation(len(panel.units))
    assert bounds(panel.in_order(order), levels) == pytest.approx(plain, abs=1e-4)
    shaken = panel.plus_year_shocks(np.linspace(-300, 900, len(panel.years)) ** 2 / 1000)
    assert bounds(shaken, levels) == pytest.approx(plain, abs=1e-3)
    assert nearest_mixture(shaken, levels).distance == pytest.approx(fit.distance, abs=1e-5)


def test_figures_that_are_all_alike_are_fitted_exactly():
    panel = draw(World(shock=0, noise=0, between=100, effect=0), 5)
    found = nearest_mixture(panel, "apart")
    assert (found.exact, found.distance) == (True, 0.0)
    assert bounds(panel) == pytest.approx((0, 0), abs=1e-6)
