"""Between one mixture a site and one for all: the limits, the problem that is stated, and several starts."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from tests.several_starts import drawn as drawn_starts

from lmpeval.design import Joint, estimate
from lmpeval.designs.partially_pooled_synthetic_control import PartiallyPooledSyntheticControl
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.donors.paths import Donors
from lmpeval.donors.pooled import PooledDonors
from lmpeval.inference import PlaceboGroups
from lmpeval.starts.staggered import pool
from worlds import World, draw

FEWER = PlaceboGroups(draws=199)
THREE = World(neighbourhoods=12, units=2, site_units=2, sites=3, size_spread=0.6)


def alone(panel):
    """Every site by itself, the others aside."""
    groups = np.asarray(panel.groups)
    for site in panel.sites:
        own = groups == site
        yield replace(panel, treated=own, aside=panel.aside | (panel.treated & ~own))


def shares(panel):
    groups = np.asarray(panel.groups)
    size = np.array([panel.size[panel.treated & (groups == site)].sum() for site in panel.sites])
    return size / size.sum()


def weights(panel, pooling=None, **settings):
    return PartiallyPooledSyntheticControl(pooling, **settings).compare(panel).weights


# The limits


@pytest.mark.parametrize("levels", ["apart", "together"])
def test_without_pooling_it_is_the_mean_of_the_sites_own_mixtures(levels):
    panel = draw(THREE, 1)
    each = [SyntheticControl(levels=levels).compare(one) for one in alone(panel)]
    found = PartiallyPooledSyntheticControl(0.0, levels=levels).compare(panel)
    assert found.weights == pytest.approx(shares(panel) @ [one.weights for one in each], abs=1e-8)
    assert found.counterfactual == pytest.approx(shares(panel) @ [one.counterfactual for one in each])


@pytest.mark.parametrize("levels", ["apart", "together"])
@pytest.mark.parametrize("seed", range(3))
def test_wholly_pooled_it_is_the_mixture_of_the_sites_mean(levels, seed):
    panel = draw(THREE, seed)
    found = PartiallyPooledSyntheticControl(1.0, levels=levels).compare(panel)
    assert found.weights == pytest.approx(SyntheticControl(levels=levels).compare(panel).weights, abs=1e-7)


@pytest.mark.parametrize("pooling", [None, 0.0, 0.4, 1.0])
def test_one_site_has_nothing_to_pool(pooling):
    panel = draw(World(neighbourhoods=10), 2)
    assert weights(panel, pooling) == pytest.approx(SyntheticControl().compare(panel).weights, abs=1e-12)


def test_sites_that_are_alike_are_followed_alike_however_much_is_pooled():
    panel = draw(replace(THREE, shock=20.0), 3)
    own = np.random.default_rng(3).normal(0, 9, len(panel.years))[:, None]
    panel = replace(panel, outcome=np.where(panel.treated, own, panel.outcome))
    for pooling in (0.3, 0.8):
        assert weights(panel, pooling) == pytest.approx(weights(panel, 0.0), abs=1e-7)


@pytest.mark.parametrize("pooling", [None, 0.3, 1.0])
def test_without_noise_the_effect_is_found_exactly(pooling):
    panel = draw(replace(THREE, noise=0.0, shock=0.0), 3)
    gap = panel.treated_mean - PartiallyPooledSyntheticControl(pooling).compare(panel).counterfactual
    assert gap == pytest.approx(np.where(panel.before, 0.0, -60.0), abs=1e-6)


def test_pooling_trades_the_misfit_of_sites_for_that_of_their_mean():
    panel = draw(replace(THREE, shock=30.0), 4)
    misfits = []
    for pooling in (0.0, 0.5, 1.0):
        gap = (
            panel.treated_mean
            - PartiallyPooledSyntheticControl(pooling, ridge=0.1).compare(panel).counterfactual
        )
        misfits.append((gap[panel.before] ** 2).mean())
    assert misfits[0] > misfits[1] > misfits[2]


# The problem that it states


def by_quadratic_programme(cohorts, pooling, ridge):
    """All sites' weights at once, densely, from scratch; mean weights by start."""
    problems = []
    whole = sum(panel.size[panel.treated].sum() for panel in cohorts)
    for panel in cohorts:
        donors = Donors.of([panel], "apart")
        since = panel.years[panel.before] - panel.start
        price = ridge**2 * donors.noise[0] * panel.size.mean() / panel.size[panel.compared]
        for one in alone(panel):
            target = Donors.of([one], "apart").targets[0]
            share = one.size[one.treated].sum() / whole
            problems.append((donors.path[:, panel.compared], target, share, price, since))
    shared = set.intersection(*({*since.tolist()} for *_, since in problems))
    cuts = np.cumsum([donors.shape[1] for donors, *_ in problems])[:-1]

    def cost(w):
        total, slope, pooled, reach = 0.0, [], 0.0, []
        for own, (donors, target, share, price, since) in zip(np.split(w, cuts), problems, strict=True):
            misfit, kept = donors @ own - target, np.isin(since, sorted(shared))
            total += share * ((1 - pooling) * (misfit**2).mean() + price @ own**2)
            slope.append(share * ((1 - pooling) * 2 * donors.T @ misfit / len(misfit) + 2 * price * own))
            pooled = pooled + share * misfit[kept]
            reach.append(share * donors[kept].T)
        slope = [s + pooling * 2 * r @ pooled / len(shared) for s, r in zip(slope, reach, strict=True)]
        return total + pooling * (pooled**2).mean(), np.concatenate(slope)

    start = np.concatenate([np.full(d.shape[1], 1 / d.shape[1]) for d, *_ in problems])
    sums = [
        {"type": "eq", "fun": lambda w, j=j: np.split(w, cuts)[j].sum() - 1} for j in range(len(problems))
    ]
    found = minimize(
        cost, start, jac=True, bounds=[(0, 1)] * len(start), constraints=sums, method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 2000},
    ).x  # fmt: skip
    each, by_start = list(np.split(found, cuts)), []
    for panel in cohorts:
        own = [each.pop(0) for _ in panel.sites]
        by_start.append(shares(panel) @ own)
    return by_start


@pytest.mark.parametrize("pooling", [0.2, 0.9])
def test_solves_the_problem_that_it_states(pooling):
    panel = draw(replace(THREE, neighbourhoods=9), 5)
    [expected] = by_quadratic_programme([panel], pooling, 0.5)
    assert weights(panel, pooling, ridge=0.5) == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("pooling", [0.3, 1.0])
def test_solves_it_for_several_starts(pooling):
    cohorts = drawn_starts(6, (2013, 2014, 2014), neighbourhoods=10)
    found = PartiallyPooledSyntheticControl(pooling).compare_together(cohorts)
    for answer, expected in zip(found, by_quadratic_programme(cohorts, pooling, 1.0), strict=True):
        assert answer.weights == pytest.approx(expected, abs=1e-5)


def test_how_much_is_pooled_is_told_by_how_much_cancels():
    panel = draw(replace(THREE, shock=20.0), 7)
    design = SyntheticControl()
    gaps = [(one.treated_mean - design.compare(one).counterfactual)[panel.before] for one in alone(panel)]
    apart = shares(panel) @ np.linalg.norm(gaps, axis=1)
    expected = np.linalg.norm(shares(panel) @ gaps) / apart
    sites = PooledDonors.of([[panel]], "apart")
    each = [site.donors.mixed(site.donors.noise) for site in sites.sites]
    assert sites.told(each) == pytest.approx([expected], abs=1e-6)
    assert 0.1 < expected < 1
    assert weights(panel) == pytest.approx(weights(panel, float(expected)), abs=1e-6)


# In what it is asked


def test_together_equals_one_by_one_whatever_the_number_of_sites():
    panel = draw(THREE, 8)
    chosen = {"g05": np.array([10, 11]), "g06": np.array([12, 13])}
    panels = [panel, panel.placebo_sites({**chosen, "g07": np.array([14, 15])}), panel.placebo_sites(chosen)]
    design = PartiallyPooledSyntheticControl()
    for some in (panels[:2], panels):
        for one, answer in zip(some, design.compare_many(some), strict=True):
            assert answer.weights == pytest.approx(design.compare(one).weights, abs=1e-8)


def test_answers_for_all_starts_at_once_and_for_one_as_by_itself():
    cohorts = drawn_starts(9, (2013, 2015), effect=-60.0, neighbourhoods=30)
    design = PartiallyPooledSyntheticControl()
    assert isinstance(design, Joint)
    [one] = design.compare_together(cohorts[:1])
    assert one.weights.tolist() == design.compare(cohorts[0]).weights.tolist()
    fewer = PartiallyPooledSyntheticControl(inference=FEWER)
    found = pool(fewer, cohorts, 0, np.random.default_rng(0)).estimate
    assert found.effect == pytest.approx(-60.0, abs=4 * found.uncertainty.standard_error)


def test_nine_sites_among_all_their_sets_are_found():
    panel = draw(World(neighbourhoods=40, units=2, site_units=2, sites=9, size_spread=0.5), 10)
    design = PartiallyPooledSyntheticControl(inference=FEWER)
    found = estimate(design, panel, 0, np.random.default_rng(1))
    assert found.effect == pytest.approx(-60.0, abs=4 * found.uncertainty.standard_error)


@pytest.mark.parametrize("pooling", [-0.1, 1.1, float("nan")])
def test_refuses_a_share_that_is_none(pooling):
    with pytest.raises(ValueError, match="expected 0 to 1"):
        PartiallyPooledSyntheticControl(pooling)


def test_a_price_too_small_for_newton_takes_the_exact_way():
    """With next to no price the two ways meet: Newton still finds one of a hundredth."""
    panel = draw(replace(THREE, neighbourhoods=6, years=12, before=9), 1)
    near, nearer = (weights(panel, 0.5, ridge=ridge) for ridge in (1e-2, 1e-7))
    assert nearer == pytest.approx(near, abs=5e-3)
    assert nearer.tolist() != near.tolist()
