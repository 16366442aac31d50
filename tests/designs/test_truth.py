"""Bias, coverage and size where the truth is known, within three Monte Carlo errors."""

import numpy as np
import pytest

from lmpeval.design import estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from worlds import World, draw

EFFECT = -25.0
DESIGNS = [DifferenceInDifferences(), SyntheticControl()]
WORLDS = {
    "unequal sizes": World(effect=EFFECT, size_spread=0.5),
    "part of a neighbourhood": World(effect=EFFECT, units=5, site_units=3, size_spread=0.5),
    "lasting shocks": World(effect=EFFECT, persistence=0.8, shock=15.0),
    "three years before": World(effect=EFFECT, years=5, before=3),
    "two sites": World(effect=EFFECT, neighbourhoods=24, sites=2),
}


def tried(design, world, draws):
    """Errors of the effect, and whether its interval holds the truth, against what p's step allows."""
    errors, covered, allowed = [], [], []
    for seed in range(draws):
        found = estimate(design, draw(world, 1000 + seed), 0, np.random.default_rng(seed))
        low, high = found.uncertainty.interval
        n = round(1 / found.uncertainty.smallest_p)
        errors.append(found.effect - world.effect)
        covered.append(low <= world.effect <= high)
        allowed.append(1 - np.floor(0.05 * n + 1e-9) / n)
    return np.array(errors), np.array(covered), np.array(allowed)


def holds_its_claims(design, world, draws):
    errors, covered, allowed = tried(design, world, draws)
    assert abs(errors.mean()) < 3 * errors.std() / np.sqrt(draws)
    # with no effect in truth, p <= 0.05 exactly where the interval leaves zero out: coverage is size, too
    chance = np.sqrt((allowed * (1 - allowed)).mean() / draws)
    assert abs(covered.mean() - allowed.mean()) < 3 * chance


@pytest.mark.parametrize("design", DESIGNS, ids=["differences", "synthetic"])
@pytest.mark.parametrize("name", ["unequal sizes", "lasting shocks"])
def test_unbiased_and_as_sure_as_it_says(design, name):
    holds_its_claims(design, WORLDS[name], 150)


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS, ids=["differences", "synthetic"])
@pytest.mark.parametrize("name", WORLDS)
def test_unbiased_and_as_sure_as_it_says_in_many_draws(design, name):
    holds_its_claims(design, WORLDS[name], 300 if name == "two sites" else 800)


@pytest.mark.parametrize("design", DESIGNS, ids=["differences", "synthetic"])
def test_rejects_a_true_null_no_more_often_than_it_says(design):
    draws, rejected, allowed = 100, 0, 0.0
    for seed in range(draws):
        sure = estimate(design, draw(World(effect=0), 5000 + seed), 0, np.random.default_rng(0)).uncertainty
        n = round(1 / sure.smallest_p)
        rejected += sure.p <= 0.05 + 1e-12
        allowed += np.floor(0.05 * n + 1e-9) / n / draws
    assert abs(rejected / draws - allowed) < 3 * np.sqrt(allowed * (1 - allowed) / draws)


@pytest.mark.parametrize("design", DESIGNS, ids=["differences", "synthetic"])
def test_sees_an_effect_of_many_errors(design):
    found = [
        estimate(design, draw(World(effect=-120.0), seed), 0, np.random.default_rng(0)).uncertainty
        for seed in range(20)
    ]
    assert all(sure.rank == 1 and sure.p == sure.smallest_p for sure in found)
