from dataclasses import replace

import numpy as np
import pytest

from lmpeval.design import estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.robustness import MOST_LEFT_OUT, balance, leave_one_out, placebo_in_time, probe
from worlds import World, draw, tiny

BOTH = pytest.mark.parametrize("design", [DifferenceInDifferences(matches=5), SyntheticControl()])


def found_in(design, panel):
    return estimate(design, panel, 0, np.random.default_rng(0))


def test_leaving_one_out_by_hand():
    # changes: a +10 (treated), b +1, c +2, d +6; all controls count alike
    panel = tiny([[0.0, 0, 0, 0], [10.0, 1, 2, 6]])
    design = DifferenceInDifferences()
    left = leave_one_out(design, panel, found_in(design, panel))
    assert [(each.unit, each.weight) for each in left] == [(u, pytest.approx(1 / 3)) for u in "bcd"]
    assert [each.effect for each in left] == [pytest.approx(10 - x) for x in (4, 3.5, 1.5)]


@BOTH
def test_leaves_out_whoever_counts_the_heaviest_first(design):
    panel = draw(World(), 1)
    found = found_in(design, panel)
    left = leave_one_out(design, panel, found)
    weights = [each.weight for each in left]
    assert len(left) == min(MOST_LEFT_OUT, (found.comparison.weights > 0).sum())
    assert weights == sorted(weights, reverse=True)
    assert weights[0] == found.comparison.weights.max()
    for each in left[:3]:
        gone = np.asarray(panel.units) == each.unit
        without = design.compare(panel.in_order(np.flatnonzero(~gone)))
        effect = (panel.treated_mean - without.counterfactual)[~panel.before].mean()
        assert each.effect == pytest.approx(effect)


def test_nothing_is_left_out_of_one():
    design = DifferenceInDifferences(matches=1)
    panel = replace(tiny([[0.0, 0, 0], [10.0, 1, 2]]))
    found = found_in(design, panel)
    alone = panel.with_aside(np.array([False, False, True]))
    assert leave_one_out(design, alone, replace_weights(found)) == ()


def replace_weights(found):
    comparison = replace(found.comparison, weights=np.ones(1))
    return replace(found, comparison=comparison, control_names=found.control_names[:1])


@BOTH
def test_order_of_units_changes_nothing(design):
    panel = draw(World(), 2)
    moved = panel.in_order(np.random.default_rng(2).permutation(len(panel.units)))
    one, other = (probe(design, p, found_in(design, p), np.random.default_rng(0)) for p in (panel, moved))
    assert [each.unit for each in one.left_out] == [each.unit for each in other.left_out]
    assert [each.effect for each in one.left_out] == pytest.approx([each.effect for each in other.left_out])
    assert [each.effect for each in one.placebo_starts] == pytest.approx(
        [each.effect for each in other.placebo_starts]
    )


@BOTH
def test_placebo_starts_see_no_year_of_exposure(design):
    panel = draw(World(effect=0), 3)
    plain = placebo_in_time(design, panel, np.random.default_rng(0))
    loud = placebo_in_time(design, panel.plus_effect(-9999), np.random.default_rng(0))
    assert [each.year for each in plain] == [2011, 2012, 2013, 2014]
    assert loud == plain


def test_placebo_start_by_hand():
    panel = tiny([[0.0, 0, 0], [5.0, 1, 3], [9.0, 0, 0], [0.0, 0, 0]], before=3)
    starts = placebo_in_time(DifferenceInDifferences(), panel, np.random.default_rng(0))
    assert [(each.year, each.effect) for each in starts] == [
        (2002, (5 - 2 + 9) / 2),
        (2003, 9 - (0 + 5 - 2) / 2),
    ]


def test_balance_by_hand():
    panel = replace(
        tiny([[0.0] * 4] * 2, treated=2, size=[1.0, 3.0, 1.0, 3.0]),
        covariates=np.array([[2.0], [6.0], [0.0], [4.0]]),
        covariate_names=("x",),
        groups=("site", "site", "g2", "g3"),
    )
    (row,) = balance(panel, found_in(DifferenceInDifferences(matches=2), panel))
    assert (row.covariate, row.treated, row.compared) == ("x", 5.0, 3.0)
    assert row.standardised_difference == pytest.approx(2 / np.sqrt(5))
