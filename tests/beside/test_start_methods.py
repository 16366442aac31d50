"""Methods beside an answer over several starts: what they equal, and when they keep silent."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import t

from lmpeval.beside.other_methods import Method, Reason, other_methods
from lmpeval.beside.start_methods import collapsed_starts, methods_over_starts
from lmpeval.design import Circumstances, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.imputation import Imputation
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.inference import PlaceboGroups
from lmpeval.segments import BY_DEFAULT, Together
from lmpeval.several_starts import answer_together
from lmpeval.starts.gaps import answered
from lmpeval.starts.staggered import pool
from lmpeval.uncertainty.clustered import cr3
from several_starts import drawn

RNG = np.random.default_rng
FEW = PlaceboGroups(draws=19)
PLAIN = DifferenceInDifferences(adjust="regression", inference=FEW)
"""On panels without covariates: the change of the treated minus that of the pool, weighted by size."""
FIVE = (2013, 2013, 2014, 2014, 2016)

BOTH = (Method.LEFT_OUT, Method.WILD)
"""Those that several starts have."""


def without_covariates(panels):
    return [
        replace(
            p,
            covariates=np.zeros((len(p.units), 0)),
            covariate_names=(),
            exposure=np.tile(p.exposure[0], (len(p.years), 1)),
        )
        for p in panels
    ]


def five(effect=-30.0, seed=2):
    return without_covariates(drawn(seed, FIVE, effect=effect, neighbourhoods=25, size_spread=0.4))


def asked(design, panels, together=BY_DEFAULT, lag=0):
    pooled = pool(design, panels, lag, RNG(0), together)
    return pooled, {
        each.method: each for each in methods_over_starts(design, panels, pooled, together, RNG(0))
    }


def test_one_start_is_the_old_road():
    [panel] = without_covariates(drawn(3, (2014,) * 5, effect=-60.0, neighbourhoods=25))
    found = estimate(PLAIN, panel, 0, RNG(0))
    _, told = asked(PLAIN, [panel])
    for alone in other_methods(PLAIN, panel, found, RNG(0)):
        assert told[alone.method].interval == pytest.approx(alone.interval, rel=1e-9)


def test_leaving_groups_out_is_cr3_of_what_the_starts_sum_to():
    """For a regression: sites weigh by size whichever their start, and all starts face the same pool."""
    panels = five()
    pooled, told = asked(PLAIN, panels, lag=1)
    pieces = [own[0] for own in answered(PLAIN, [panels], BY_DEFAULT)[0]]
    clusters = collapsed_starts(pieces, pooled.cells.years, pooled.counted)
    assert clusters.effect == pytest.approx(pooled.estimate.effect)
    assert (clusters.n_treated, clusters.n_compared) == (5, 20)
    reach = t.ppf(0.975, 4) * cr3(clusters)
    effect = pooled.estimate.effect
    assert told[Method.LEFT_OUT].interval == pytest.approx((effect - reach, effect + reach))


@pytest.mark.parametrize("rules", [BY_DEFAULT, Together(later_serve=True)], ids=["aside", "until they start"])
@pytest.mark.parametrize("design", [DifferenceInDifferences(inference=FEW), Imputation(inference=FEW)])
def test_leaving_groups_out_runs_all_starts_again_on_what_is_left(design, rules):
    panels = drawn(4, (2013, 2013, 2014, 2014, 2014), effect=-30.0, neighbourhoods=25)
    pooled, told = asked(design, panels, rules)
    groups = np.asarray(panels[0].groups)
    effects = []
    for label in sorted(set(groups)):
        left = [panel.in_order(np.flatnonzero(groups != label)) for panel in panels]
        effects.append(pool(design, left, 0, RNG(0), rules).estimate.effect)
    assert len(effects) == 25
    error = np.sqrt(24 / 25 * np.sum((np.array(effects) - pooled.estimate.effect) ** 2))
    low, high = told[Method.LEFT_OUT].interval
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, 4) * error, rel=1e-5)
    assert (high + low) / 2 == pytest.approx(pooled.estimate.effect)


def test_a_start_goes_with_its_only_site():
    """Without it the effect is that of the other two, in the years that count for all three."""
    panels = without_covariates(drawn(5, (2013, 2014, 2016), effect=-30.0, neighbourhoods=25))
    pooled, told = asked(PLAIN, panels)
    groups, effects = np.asarray(panels[0].groups), []
    since = np.array([0, 1, 2, 3])
    for label in sorted(set(groups)):
        left = [p.in_order(np.flatnonzero(groups != label)) for p in panels if label not in p.sites]
        gaps = [p.treated_mean - PLAIN.compare(p).counterfactual for p in left]
        size = [p.size[p.treated].sum() for p in left]
        each = [gap[np.isin(p.years - p.start, since)].mean() for p, gap in zip(left, gaps, strict=True)]
        effects.append(np.average(each, weights=size))
    assert pooled.estimate.years[pooled.estimate.counted].tolist() == since.tolist()
    error = np.sqrt(24 / 25 * np.sum((np.array(effects) - pooled.estimate.effect) ** 2))
    low, high = told[Method.LEFT_OUT].interval
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, 2) * error, rel=1e-9)


@pytest.mark.parametrize(
    ("starts", "left_out", "wild"),
    [
        ((2013, 2015), Reason.FEW_SITES, Reason.FEW_SITES),
        ((2013, 2014, 2016), None, Reason.FEW_SITES),
        (FIVE, None, None),
    ],
)
def test_few_sites_get_no_error(starts, left_out, wild):
    _, told = asked(PLAIN, without_covariates(drawn(6, starts, neighbourhoods=25)))
    assert (told[Method.LEFT_OUT].reason, told[Method.WILD].reason) == (left_out, wild)
    for other in told.values():
        assert other.n_sites == len(starts)
        assert (other.interval is None) == (other.reason is not None)


def test_a_pool_of_two_neighbourhoods_gives_no_error():
    panels = five()
    pooled = pool(PLAIN, panels, 0, RNG(0))
    groups = np.asarray(panels[0].groups)
    sites = {site for panel in panels for site in panel.sites}
    kept = [*sites, *sorted(set(groups) - sites)[:2]]
    small = [p.in_order(np.flatnonzero(np.isin(groups, kept))) for p in panels]
    for other in methods_over_starts(PLAIN, small, pooled, BY_DEFAULT, RNG(0)):
        assert other.reason is Reason.FEW_GROUPS


def test_who_is_compared_with_until_the_start_is_not_shaken():
    _, told = asked(PLAIN, five(), Together(later_serve=True))
    assert told[Method.WILD].reason is Reason.ON_BOTH_SIDES
    assert told[Method.LEFT_OUT].interval is not None


def test_levels_are_no_difference_of_two_mean_changes():
    panels = five()
    levels = SyntheticControl(inference=FEW, levels="together")
    _, told = asked(levels, panels)
    assert told[Method.WILD].reason is Reason.NO_TWO_MEANS


def test_effect_moves_every_interval_with_it():
    (_, none), (_, some) = asked(PLAIN, five(0.0)), asked(PLAIN, five(-70.0))
    for method in BOTH:
        assert some[method].interval == pytest.approx(np.subtract(none[method].interval, 70), abs=1e-4)


def test_order_of_units_and_unit_of_account_do_not_matter():
    panels = five()
    order = RNG(1).permutation(len(panels[0].units))
    _, plain = asked(PLAIN, panels)
    _, shuffled = asked(PLAIN, [p.in_order(order) for p in panels])
    _, cents = asked(PLAIN, [p.times(100) for p in panels])
    for method in BOTH:
        assert shuffled[method].interval == pytest.approx(plain[method].interval, rel=1e-6)
        assert cents[method].interval == pytest.approx(np.multiply(plain[method].interval, 100), rel=1e-6)


def test_year_shocks_that_starts_see_at_other_ages_are_no_noise():
    """They move every site and its comparison alike: neither interval gets wider."""
    panels = five()
    shocks = 500.0 * RNG(4).normal(size=len(panels[0].years))
    (_, plain), (_, shaken) = asked(PLAIN, panels), asked(PLAIN, [p.plus_year_shocks(shocks) for p in panels])
    for method in BOTH:
        assert shaken[method].interval == pytest.approx(plain[method].interval, rel=1e-6)


def test_stands_beside_the_answer():
    answer = answer_together(PLAIN, five(), Circumstances(margin=20.0), {}, RNG(0))
    assert [other.method for other in answer.others] == list(BOTH)
    for other in answer.others:
        low, high = other.interval
        assert low < answer.estimate.effect < high
