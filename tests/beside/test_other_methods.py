"""Methods beside the one that the verdict rests on: what they equal, and when they keep silent."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest
from scipy.stats import t

from lmpeval.beside.other_methods import Method, Reason, collapsed, leave_out_one_group, other_methods
from lmpeval.design import estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.estimate import Comparison
from lmpeval.inference import NoReference, PlaceboGroups
from lmpeval.uncertainty.clustered import cr3
from worlds import World, draw

RNG = np.random.default_rng
FEW = PlaceboGroups(draws=19)
PLAIN = DifferenceInDifferences(adjust="regression", inference=FEW)
"""On panels without covariates: the change of the treated minus that of the pool, weighted by size."""


def drawn(sites, seed=1, covariates=False, **world):
    panel = draw(World(neighbourhoods=20, sites=sites, effect=-30.0, **world), seed)
    if not covariates:
        panel = replace(panel, covariates=np.zeros((len(panel.units), 0)), covariate_names=())
    return panel


def asked(design, panel, lag=0):
    found = estimate(design, panel, lag, RNG(0))
    return found, {told.method: told for told in other_methods(design, panel, found, RNG(0))}


def test_leaving_groups_out_is_cr3_for_a_regression():
    panel = drawn(sites=4)
    found, told = asked(PLAIN, panel, lag=1)
    error = cr3(collapsed(panel, found))
    assert collapsed(panel, found).effect == pytest.approx(found.effect)
    reach = t.ppf(0.975, 3) * error
    assert told[Method.LEFT_OUT].interval == pytest.approx((found.effect - reach, found.effect + reach))


@pytest.mark.parametrize(
    "design", [DifferenceInDifferences(matches=3, inference=FEW), SyntheticControl(inference=FEW)]
)
def test_leaving_groups_out_runs_the_design_again_on_what_is_left(design):
    panel = drawn(sites=3, covariates=True)
    found, told = asked(design, panel)
    groups = np.asarray(panel.groups)
    effects = []
    for label in sorted({groups[i] for i in np.flatnonzero(panel.treated | panel.compared)}):
        left = panel.in_order(np.flatnonzero(groups != label))
        effects.append((left.treated_mean - design.compare(left).counterfactual)[~left.before].mean())
    assert len(effects) == 20
    error = np.sqrt(19 / 20 * np.sum((np.array(effects) - found.effect) ** 2))
    low, high = told[Method.LEFT_OUT].interval
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, 2) * error, rel=1e-6)
    assert (high + low) / 2 == pytest.approx(found.effect)


@pytest.mark.parametrize(
    ("sites", "left_out", "wild"),
    [
        (1, Reason.ONE_SITE, Reason.ONE_SITE),
        (2, Reason.FEW_SITES, Reason.FEW_SITES),
        (3, None, Reason.FEW_SITES),
        (5, None, None),
    ],
)
def test_few_sites_get_no_error(sites, left_out, wild):
    _, told = asked(PLAIN, drawn(sites))
    assert (told[Method.LEFT_OUT].reason, told[Method.WILD].reason) == (left_out, wild)
    for other in told.values():
        assert (other.interval is None) == (other.reason is not None)
        assert other.n_sites == sites


def test_effect_moves_every_interval_with_it():
    panel = drawn(sites=5)
    (_, plain), (_, moved) = asked(PLAIN, panel), asked(PLAIN, panel.plus_effect(70.0))
    for method in (Method.LEFT_OUT, Method.WILD):
        assert moved[method].interval == pytest.approx(np.add(plain[method].interval, 70), abs=1e-4)


def test_order_of_units_and_unit_of_account_do_not_matter():
    panel = drawn(sites=5)
    _, plain = asked(PLAIN, panel)
    _, shuffled = asked(PLAIN, panel.in_order(RNG(3).permutation(len(panel.units))))
    _, cents = asked(PLAIN, panel.times(100))
    for method in (Method.LEFT_OUT, Method.WILD):
        assert shuffled[method].interval == pytest.approx(plain[method].interval, rel=1e-6)
        assert cents[method].interval == pytest.approx(np.multiply(plain[method].interval, 100), rel=1e-6)


def test_weights_below_zero_are_no_mean():
    panel = drawn(sites=5, covariates=True)
    panel = replace(panel, covariates=panel.covariates + 4 * panel.treated[:, None])
    found, told = asked(PLAIN, panel)
    assert (found.comparison.weights < 0).any()
    assert told[Method.WILD].reason is Reason.EXTRAPOLATES
    assert told[Method.LEFT_OUT].interval is not None


def test_few_neighbourhoods_give_no_error():
    panel = draw(World(neighbourhoods=5, sites=3, size_spread=0.0), 1)
    found = replace(estimate(PLAIN, drawn(3), 0, RNG(0)), counted=~panel.before)
    assert leave_out_one_group(PLAIN, panel, found).reason is Reason.FEW_GROUPS


@dataclass(frozen=True)
class NeedsEverySite:
    """Answers in levels, and not at all without one of the sites."""

    inference: PlaceboGroups = FEW
    assumptions: ClassVar = PLAIN.assumptions

    def compare(self, panel):
        if not any(name.startswith("site 0") for name in panel.sites) and "site 1" in panel.sites:
            raise NoReference("site 0 is gone")
        n = panel.controls.shape[1]
        return Comparison(panel.controls.mean(axis=1), np.full(n, 1 / n))


def test_says_why_where_the_design_cannot_do_without_a_group():
    panel = drawn(sites=5)
    found = estimate(PLAIN, panel, 0, RNG(0))
    told = leave_out_one_group(NeedsEverySite(), panel, found)
    assert (told.reason, told.detail) == (Reason.BROKE, "site 0 is gone")


def test_an_effect_that_is_no_difference_of_two_mean_changes_is_not_shaken():
    panel = drawn(sites=5)
    found = estimate(PLAIN, panel, 0, RNG(0))
    levels = replace(found, comparison=NeedsEverySite().compare(panel))
    told = {other.method: other for other in other_methods(PLAIN, panel, levels, RNG(0))}
    assert told[Method.WILD].reason is Reason.NO_TWO_MEANS
