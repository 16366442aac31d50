from dataclasses import replace

import numpy as np
import pytest

from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.generalised_synthetic_control import GeneralisedSyntheticControl
from lmpeval.uncertainty.placebo import stand_ins
from worlds import World, draw, tiny


def gap(design, panel):
    return panel.treated_mean - design.compare(panel).counterfactual


def of_factors(n_factors, noise, seed=1, years=16, before=10, donors=60):
    """Levels, year effects and factors; the site, first, follows the factors twice as much as most donors."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(0, 10, (years, n_factors))
    loadings = rng.normal(0.5, 0.5, (n_factors, donors + 1))
    loadings[:, 0] = 1.5
    figures = 1000 + rng.normal(0, 100, donors + 1) + rng.normal(0, 20, (years, 1)) + factors @ loadings
    return tiny((figures + rng.normal(0, noise, figures.shape)).tolist(), before=before)


@pytest.mark.parametrize("n_factors", [0, 1, 2, 3])
def test_finds_factors_exactly_without_noise(n_factors):
    panel = of_factors(n_factors, 0.0)
    for design in (GeneralisedSyntheticControl(), GeneralisedSyntheticControl(factors=n_factors)):
        assert gap(design, panel) == pytest.approx(0, abs=1e-6)


def test_without_factors_it_is_difference_in_differences_against_all():
    panel = draw(World(neighbourhoods=12, size_spread=0.6), 3)
    everybody = DifferenceInDifferences(matches=10_000)
    assert gap(GeneralisedSyntheticControl(factors=0), panel) == pytest.approx(gap(everybody, panel))


def by_hand(panel, number):
    """The two steps of the paper from scratch, one unit of one size: factors by SVD, then least squares."""
    donors, before = panel.controls, panel.before
    about = donors - donors.mean(axis=0) - donors.mean(axis=1, keepdims=True) + donors.mean()
    factors = np.linalg.svd(about)[0][:, :number]
    year = donors.mean(axis=1)
    regressors = np.column_stack([np.ones(before.sum()), factors[before]])
    found = np.linalg.lstsq(regressors, (panel.treated_mean - year)[before], rcond=None)[0]
    return year + found[0] + factors @ found[1:]


@pytest.mark.parametrize("number", [1, 2, 4])
def test_is_factors_among_donors_and_a_regression_of_the_treated(number):
    panel = of_factors(2, 3.0)
    answer = GeneralisedSyntheticControl(factors=number).compare(panel)
    assert answer.counterfactual == pytest.approx(by_hand(panel, number), abs=1e-6)
    assert answer.weights.sum() == pytest.approx(1)


def error_left_out(panel, number):
    """Mean squared error of a year left out, each fit done again."""
    donors, before = panel.controls, panel.before
    about = donors - donors.mean(axis=0) - donors.mean(axis=1, keepdims=True) + donors.mean()
    factors = np.linalg.svd(about)[0][:, :number]
    target = (panel.treated_mean - donors.mean(axis=1))[before]
    regressors = np.column_stack([np.ones(before.sum()), factors[before]])
    errors = []
    for year in range(len(target)):
        kept = np.arange(len(target)) != year
        found = np.linalg.lstsq(regressors[kept], target[kept], rcond=None)[0]
        errors.append((target[year] - regressors[year] @ found) ** 2)
    return np.mean(errors)


@pytest.mark.parametrize("seed", range(4))
def test_number_of_factors_is_that_of_the_least_error_left_out(seed):
    panel = of_factors(2, 4.0, seed)
    number = int(np.argmin([error_left_out(panel, k) for k in range(6)]))
    assert gap(GeneralisedSyntheticControl(), panel) == pytest.approx(
        gap(GeneralisedSyntheticControl(factors=number), panel)
    )


def test_follows_a_site_that_difference_in_differences_does_not():
    missed = [
        np.mean([np.abs(gap(design, of_factors(2, 2.0, seed))[10:]).mean() for seed in range(20)])
        for design in (GeneralisedSyntheticControl(), DifferenceInDifferences(matches=10_000))
    ]
    assert missed[0] < missed[1] / 3


@pytest.mark.parametrize("before", [1, 2, 3])
def test_few_years_before_the_start_bear_few_factors(before):
    panel = draw(World(years=before + 3, before=before), 5)
    most = gap(GeneralisedSyntheticControl(factors=max(before - 2, 0)), panel)
    assert gap(GeneralisedSyntheticControl(factors=9), panel) == pytest.approx(most)


def test_together_equals_one_by_one():
    panel = draw(World(neighbourhoods=10, size_spread=0.5), 6)
    others = [panel.placebo_sites({name: members}) for name, members in stand_ins(panel).items()]
    design = GeneralisedSyntheticControl()
    for one, answer in zip(others, design.compare_many(others), strict=True):
        assert answer.weights == pytest.approx(design.compare(one).weights, abs=1e-9)


def test_a_unit_told_as_two_halves_counts_the_same():
    panel = draw(World(neighbourhoods=10, size_spread=0.5), 7)
    unit = int(np.flatnonzero(panel.compared)[3])
    twice = panel.in_order(np.append(np.arange(len(panel.units)), unit))
    exposure = twice.exposure.copy()
    exposure[:, [unit, -1]] /= 2
    twice = replace(twice, exposure=exposure, units=(*twice.units[:-1], "its twin"))
    design = GeneralisedSyntheticControl()
    assert gap(design, twice) == pytest.approx(gap(design, panel), abs=1e-8)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ValueError, match="factors is -1, expected 0 or more; most is -2, expected 0 or more"):
        GeneralisedSyntheticControl(factors=-1, most=-2)
