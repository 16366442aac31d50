"""Many panels matched at once: what each of them gives by itself, ties, few units and constants included."""

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.design import Batched, compare_all
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.matching import first_nearest, nearest_many, share_all_but_roles, spread_by_panel
from lmpeval.uncertainty.placebo import stand_ins
from lmpeval.weighting import nearest, spread_of
from worlds import World, draw


def panels_of(seed=0, **covariates):
    panel = draw(World(units=3, site_units=3, before=4, years=7), seed)
    rng = np.random.default_rng(seed)
    values = covariates.get("values")
    if values is None:
        values = rng.normal(size=(len(panel.units), 4)).round(covariates.get("decimals", 9))
    panel = replace(panel, covariates=values, covariate_names=tuple("abcd")[: values.shape[1]])
    return [panel.placebo_sites({label: members}) for label, members in stand_ins(panel).items()]


def each(panels, matches):
    full = np.zeros((len(panels), len(panels[0].units)))
    for row, panel in zip(full, panels, strict=True):
        row[panel.compared] = nearest(panel, panel.covariates, matches)
    return full


@pytest.mark.parametrize("matches", [1, 5, 1000])
@pytest.mark.parametrize("decimals", [9, 0])  # of whole numbers many tie
def test_together_is_one_by_one(matches, decimals):
    panels = panels_of(decimals=decimals)
    found = nearest_many(panels, panels[0].covariates, matches)
    np.testing.assert_allclose(found, each(panels, matches), atol=1e-14)


def test_constants_and_no_covariates_at_all_go_by_name():
    n = len(panels_of()[0].units)
    for values in (np.full((n, 2), 0.1 + 0.2), np.zeros((n, 0))):
        panels = panels_of(values=values)
        np.testing.assert_allclose(nearest_many(panels, values, 4), each(panels, 4), atol=1e-14)


def test_the_order_of_units_does_not_matter():
    panels = panels_of(decimals=0)
    order = np.random.default_rng(1).permutation(len(panels[0].units))
    turned = [panel.in_order(order) for panel in panels]
    turned = [
        replace(t, outcome=turned[0].outcome, exposure=turned[0].exposure, covariates=turned[0].covariates)
        for t in turned
    ]
    found = nearest_many(turned, turned[0].covariates, 5)
    np.testing.assert_allclose(found, nearest_many(panels, panels[0].covariates, 5)[:, order], atol=1e-14)


def test_spread_is_that_of_each_panel():
    panels = panels_of()
    used = np.array([panel.treated | panel.compared for panel in panels])
    found = spread_by_panel(panels[0].covariates, used)
    np.testing.assert_allclose(found, [spread_of(panels[0].covariates[u]) for u in used], rtol=1e-12)


def test_ties_go_to_the_first_and_nobody_out_of_reach_is_taken():
    distance = np.array([[1.0, 1.0, 1.0, 0.0], [np.inf, 3.0, np.inf, np.inf], [2.0, 2.0, 2.0, 2.0]])
    assert first_nearest(distance, 2).tolist() == [
        [True, False, False, True],
        [False, True, False, False],
        [True, True, False, False],
    ]


@pytest.mark.parametrize("base", ["all years before", "last year before"])
@pytest.mark.parametrize("match_on_outcome", [False, True])
def test_the_design_answers_for_all_as_for_each(base, match_on_outcome):
    design = DifferenceInDifferences(matches=5, base=base, match_on_outcome=match_on_outcome)
    assert isinstance(design, Batched)
    panels = panels_of()
    assert share_all_but_roles(panels)
    for together, alone in zip(compare_all(design, panels), map(design.compare, panels), strict=True):
        np.testing.assert_allclose(together.counterfactual, alone.counterfactual, rtol=1e-13)
        np.testing.assert_allclose(together.weights, alone.weights, atol=1e-14)


@pytest.mark.parametrize("adjust", ["matching", "regression"])
def test_panels_over_other_outcomes_are_answered_one_by_one(adjust):
    design = DifferenceInDifferences(matches=5, adjust=adjust)
    one, two, *_ = panels_of()
    other = [one, two.plus_effect(7.0)]
    assert not share_all_but_roles(other)
    for panels in (other, [one, two]):
        for together, alone in zip(design.compare_many(panels), map(design.compare, panels), strict=True):
            np.testing.assert_allclose(together.counterfactual, alone.counterfactual, rtol=1e-13)
