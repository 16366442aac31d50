"""What must move exactly so, whatever the design and its settings."""

import pickle

import numpy as np
import pytest

from lmpeval.design import compare_all, estimate
from lmpeval.designs.augmented_synthetic_control import AugmentedSyntheticControl
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.generalised_synthetic_control import GeneralisedSyntheticControl
from lmpeval.designs.micro_synthetic_control import MicroSyntheticControl
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.designs.synthetic_difference_in_differences import SyntheticDifferenceInDifferences
from lmpeval.uncertainty.placebo import stand_ins
from worlds import World, draw

DESIGNS = [
    DifferenceInDifferences(),
    DifferenceInDifferences(matches=1),
    DifferenceInDifferences(matches=500),
    DifferenceInDifferences(match_on_outcome=True),
    SyntheticControl(),
    SyntheticControl(ridge=0.1),
    SyntheticControl(ridge=5.0),
    SyntheticControl(levels="together"),
    GeneralisedSyntheticControl(),
    GeneralisedSyntheticControl(factors=2),
    AugmentedSyntheticControl(),
    AugmentedSyntheticControl(penalty=0.01),
    SyntheticDifferenceInDifferences(),
    MicroSyntheticControl(),
    MicroSyntheticControl(levels="together"),
]
WORLDS = [
    World(),
    World(neighbourhoods=24, units=3, site_units=2, years=4, before=1),
    World(neighbourhoods=12, sites=2, size_spread=0.6),
]
LARGE_SHOCK = 5000 * np.sin(np.arange(20) * 2.3)

pytestmark = [
    pytest.mark.parametrize("design", DESIGNS, ids=str),
    pytest.mark.parametrize("world", WORLDS, ids=("forty", "one year before", "two sites")),
]


def told(design, panel):
    """Effect, interval, p, error and weights by name."""
    found = estimate(design, panel, 0, np.random.default_rng(3))
    sure = found.uncertainty
    numbers = np.array([found.effect, *sure.interval, sure.standard_error])
    return numbers, sure.p, dict(zip(found.control_names, found.comparison.weights.tolist(), strict=True))


def same(one, other, factor=1.0):
    assert other[0] == pytest.approx(one[0] * factor, rel=1e-8, abs=1e-8 * factor * np.abs(one[0]).max())
    assert other[1] == one[1]
    assert other[2] == pytest.approx(one[2], abs=1e-8)


def test_effect_adds_exactly(design, world):
    panel = draw(world, 1)
    effect, p, weights = told(design, panel)
    moved, _, moved_weights = told(design, panel.plus_effect(-123.0))
    assert moved[:3] - effect[:3] == pytest.approx(-123.0)
    assert moved[3] == pytest.approx(effect[3])
    assert moved_weights == weights
    gaps = [p.treated_mean - design.compare(p).counterfactual for p in (panel, panel.plus_effect(-123.0))]
    assert gaps[1] - gaps[0] == pytest.approx(np.where(panel.before, 0, -123.0))
    assert 0 < p <= 1


def test_cents_are_a_hundred_times_euros(design, world):
    panel = draw(world, 2)
    same(told(design, panel), told(design, panel.times(100)), 100.0)


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_any_unit_of_account(design, world, factor):
    panel = draw(world, 3)
    same(told(design, panel), told(design, panel.times(factor)), factor)


def test_shock_that_all_share_changes_nothing(design, world):
    panel = draw(world, 4)
    same(told(design, panel), told(design, panel.plus_year_shocks(LARGE_SHOCK[: world.years])))


def test_order_of_units_changes_nothing(design, world):
    panel = draw(world, 5)
    order = np.random.default_rng(5).permutation(len(panel.units))
    same(told(design, panel), told(design, panel.in_order(order)))


def test_names_change_nothing_but_ties(design, world):
    panel = draw(world, 6)
    renamed = {name: f"x{rank}" for rank, name in enumerate(reversed(panel.units))}
    other = type(panel)(**{**vars_of(panel), "units": tuple(renamed[name] for name in panel.units)})
    one, two = told(design, panel), told(design, other)
    same((one[0], one[1], {renamed[name]: weight for name, weight in one[2].items()}), two)


def vars_of(panel):
    return {name: getattr(panel, name) for name in panel.__dataclass_fields__}


def reads_levels(design):
    return getattr(design, "match_on_outcome", False) or getattr(design, "levels", "apart") == "together"


def test_level_of_a_unit_changes_nothing_unless_it_is_followed(design, world):
    panel = draw(world, 7)
    levels = np.random.default_rng(7).normal(0, 300, len(panel.units))
    other = type(panel)(**{**vars_of(panel), "outcome": panel.outcome + levels})
    if reads_levels(design):
        assert told(design, panel)[2] != told(design, other)[2]
    else:
        same(told(design, panel), told(design, other))


def test_pure_and_the_same_after_pickling(design, world):
    panel = draw(world, 8)
    copy = pickle.loads(pickle.dumps(panel))
    for array in (panel.outcome, panel.exposure, panel.covariates, panel.treated, panel.aside, panel.years):
        array.flags.writeable = False
    first, again = told(design, panel), told(pickle.loads(pickle.dumps(design)), copy)
    assert first[0].tolist() == again[0].tolist()
    assert first[1:] == again[1:]


def test_weights_are_a_mean_over_comparison_units(design, world):
    panel = draw(world, 9)
    answer = design.compare(panel)
    assert answer.weights.shape == (panel.compared.sum(),)
    assert answer.extrapolates or answer.weights.min() >= 0
    assert answer.weights.sum() == pytest.approx(1, abs=1e-12)
    mixture = panel.controls @ answer.weights
    assert np.ptp(answer.counterfactual - mixture) < 1e-9
    if getattr(design, "levels", "apart") == "apart" and not answer.reads_after:
        assert (panel.treated_mean - answer.counterfactual)[panel.before].mean() == pytest.approx(0, abs=1e-9)


def test_together_equals_one_by_one(design, world):
    panel = draw(world, 10)
    panels = [panel, *(panel.placebo_sites({label: group}) for label, group in stand_ins(panel).items())]
    for one, answer in zip(panels, compare_all(design, panels), strict=True):
        alone = design.compare(one)
        assert answer.weights == pytest.approx(alone.weights, abs=1e-8)
        assert answer.counterfactual == pytest.approx(alone.counterfactual, abs=1e-6)


def test_what_happens_after_the_start_sets_no_weight(design, world):
    panel = draw(world, 11)
    answer = design.compare(panel)
    moved = np.random.default_rng(1).normal(0, 99, len(panel.units))
    if answer.reads_after:  # of comparison units: nothing else
        moved[panel.compared] = 0
    later = panel.outcome + np.outer(~panel.before, moved)
    other = type(panel)(**{**vars_of(panel), "outcome": later})
    assert design.compare(other).weights.tolist() == answer.weights.tolist()
