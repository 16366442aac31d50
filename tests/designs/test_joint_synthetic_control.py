"""Joint synthetic control solves the problem that it states, and is worth it where outcomes share factors."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize
from tests.several_starts import drawn as drawn_starts
from tests.simulation.small_country import prepared, study, table

from lmpeval.comparators import delivery_contradictions
from lmpeval.design import Case, Circumstances, Status, estimate
from lmpeval.designs.joint_synthetic_control import JointSyntheticControl, companions_foretell
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.donors.joint import chance_of_going_along
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.finding import Answered, NotEstimable
from lmpeval.simulation.worlds import WORLDS, WORLDS_OF_COMPANIONS
from lmpeval.starts.staggered import pool
from lmpeval.study import DesignChoice
from lmpeval.study_files.designs import design_contradictions
from lmpeval.uncertainty.placebo import stand_ins
from worlds import World, draw, tiny

BY = pytest.mark.parametrize("by", ["concatenated", "averaged"])
BY_NAME = {world.name: world for world in (*WORLDS, *WORLDS_OF_COMPANIONS)}


def with_companions(seed, **world):
    """A panel with two companions, in units and of spreads of their own."""
    panel = draw(World(neighbourhoods=8, size_spread=0.7, **world), seed)
    rng = np.random.default_rng(seed)
    shape = panel.outcome.shape
    moves = {"gp": rng.normal(0, 1, shape).cumsum(axis=0), "nights": 0.01 * rng.normal(0, 1, shape)}
    return replace(panel, companions=moves)


def weights(panel, **settings):
    return JointSyntheticControl(**settings).compare(panel).weights


# The problem that it states


def paths(panel):
    """Changes of donors and of the treated in every outcome, each by its scale, from scratch."""
    before, size = panel.before, panel.exposure[panel.before].mean(axis=0)
    share, own = size[panel.treated] / size[panel.treated].sum(), size[panel.compared]
    for figures in (panel.outcome, *panel.companions.values()):
        moved = figures[before] - figures[before].mean(axis=0)
        donors, target = moved[:, panel.compared], moved[:, panel.treated] @ share
        apart = donors - (donors @ own / own.sum())[:, None]
        scale = np.sqrt((apart**2 @ own / own.sum()).mean())
        yield donors / scale, target / scale


def noise(donors, size, mean_size):
    """Median of the variances along the directions of the years, net of what donors share, by size."""
    shared = (donors @ size / size.sum())[:, None]
    spread = np.linalg.svd((donors - shared) * np.sqrt(size / mean_size), compute_uv=False)[:-1] ** 2
    return np.median(spread) / donors.shape[1]


def by_quadratic_programme(panel, by, ridge):
    size = panel.exposure[panel.before].mean(axis=0)
    each = list(paths(panel))
    if by == "averaged":
        each = [(np.mean([d for d, _ in each], axis=0), np.mean([t for _, t in each], axis=0))]
    own = size[panel.compared]
    price = ridge**2 * panel.before.sum() * sum(noise(d, own, size.mean()) for d, _ in each)
    price = price * size.mean() / own
    donors, target = np.vstack([d for d, _ in each]), np.hstack([t for _, t in each])

    def cost(w):
        misfit = donors @ w - target
        return misfit @ misfit + w @ (price * w), 2 * (donors.T @ misfit) + 2 * price * w

    n = donors.shape[1]
    return minimize(
        cost,
        np.full(n, 1 / n),
        jac=True,
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(n)},
        method="SLSQP",
        options={"ftol": 1e-16, "maxiter": 1000},
    ).x


@BY
@pytest.mark.parametrize("ridge", [0.3, 1.0])
def test_solves_the_problem_that_it_states(by, ridge):
    panel = with_companions(3)
    found = weights(panel, by=by, ridge=ridge)
    assert found == pytest.approx(by_quadratic_programme(panel, by, ridge), abs=1e-6)


def test_a_small_price_takes_the_exact_way_and_agrees():
    """Fourteen misfits: with one mean path of five years many mixtures of 28 donors would fit exactly."""
    panel = with_companions(4)
    found = weights(panel, ridge=1e-6)
    assert found == pytest.approx(by_quadratic_programme(panel, "concatenated", 1e-6), abs=2e-4)


# What leaves it as it is


@BY
@pytest.mark.parametrize("levels", ["apart", "together"])
@pytest.mark.parametrize("ridge", [1e-6, 1.0])
def test_without_companions_it_is_synthetic_control(by, levels, ridge):
    panel = draw(World(neighbourhoods=10), 5)
    plain = SyntheticControl(ridge=ridge, levels=levels).compare(panel)
    found = JointSyntheticControl(by=by, ridge=ridge, levels=levels).compare(panel)
    assert found.weights == pytest.approx(plain.weights, abs=1e-8)
    assert found.counterfactual == pytest.approx(plain.counterfactual)


@BY
def test_an_outcome_beside_itself_counts_once(by):
    panel = draw(World(neighbourhoods=10), 6)
    beside = replace(panel, companions={"again": 3 * panel.outcome, "and again": panel.outcome / 100})
    assert weights(beside, by=by) == pytest.approx(SyntheticControl().compare(panel).weights, abs=1e-8)


@BY
@pytest.mark.parametrize("scale", ["apart from what donors share", "as published"])
def test_units_and_order_of_companions_change_nothing(by, scale):
    panel = with_companions(7)
    others = dict(reversed([(name, 1e6 * known) for name, known in panel.companions.items()]))
    found = weights(replace(panel, companions=others), by=by, scale=scale)
    assert found == pytest.approx(weights(panel, by=by, scale=scale), abs=1e-9)


@BY
def test_every_outcome_of_a_study_gets_the_same_weights(by):
    panel = with_companions(8)
    others = {"cost": panel.outcome, "nights": panel.companions["nights"]}
    swapped = replace(panel, outcome=panel.companions["gp"], companions=others)
    assert weights(swapped, by=by) == pytest.approx(weights(panel, by=by), abs=1e-9)


def test_a_shock_that_all_units_of_a_companion_share_changes_nothing():
    panel = with_companions(9)
    shock = 1e4 * np.sin(2.3 * np.arange(len(panel.years)))[:, None]
    others = {name: known + shock for name, known in panel.companions.items()}
    assert weights(replace(panel, companions=others)) == pytest.approx(weights(panel), abs=1e-7)
    published = {"scale": "as published"}  # divides by what all share
    moved = weights(replace(panel, companions=others), **published) - weights(panel, **published)
    assert np.abs(moved).max() > 0.01


def test_a_companion_in_which_nobody_moves_tells_nothing():
    panel = draw(World(neighbourhoods=10), 10)
    still = np.broadcast_to(0.1 * np.arange(len(panel.units)), panel.outcome.shape)
    found = weights(replace(panel, companions={"beds": still}))
    assert found == pytest.approx(SyntheticControl().compare(panel).weights, abs=1e-8)


def test_where_nothing_moves_at_all_weights_are_by_size():
    panel = draw(World(neighbourhoods=6, size_spread=0.5), 11)
    still = replace(panel, outcome=np.full_like(panel.outcome, 7.0), companions={})
    beside = replace(still, companions={"beds": np.full_like(panel.outcome, 2.0)})
    size = panel.size[panel.compared]
    assert weights(beside) == pytest.approx(size / size.sum())


def test_what_becomes_of_companions_sets_no_weight():
    panel = with_companions(12)
    gone = {name: np.where(panel.before[:, None], known, np.nan) for name, known in panel.companions.items()}
    assert weights(replace(panel, companions=gone)).tolist() == weights(panel).tolist()


@BY
@pytest.mark.parametrize("before", [1, 2, 5])
def test_together_equals_one_by_one(by, before):
    panel = with_companions(13, before=before)
    panels = [panel, *(panel.placebo_sites({label: group}) for label, group in stand_ins(panel).items())]
    design = JointSyntheticControl(by=by)
    for one, answer in zip(panels, design.compare_many(panels), strict=True):
        assert answer.weights == pytest.approx(design.compare(one).weights, abs=1e-8)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ValueError, match=r"ridge is 0; .*by is 'stacked'.*scale is 'none'.*gp twice"):
        JointSyntheticControl(("gp", "gp"), by="stacked", ridge=0, scale="none")


# What it is for


def of_one_country(rng, *, shared):
    """Four outcomes over three years before the start, of two factors each; loadings shared or not."""
    years, units = 6, 41
    loadings = rng.normal(size=(4, units, 2))
    loadings[:] = loadings[0] if shared else loadings
    factors = rng.normal(size=(4, years, 2)).cumsum(axis=1)
    moved = np.einsum("ktf,kuf->ktu", factors, loadings) + rng.normal(size=(4, years, units))
    first = tiny(moved[0].tolist(), before=3)
    return replace(first, companions={f"other {k}": moved[k] for k in (1, 2, 3)})


def errors(draws, *, shared):
    """Root mean squared error of the effect, of one outcome's weights and of all outcomes' weights."""
    rng, designs = np.random.default_rng(1), (SyntheticControl(), JointSyntheticControl())
    missed = []
    for _ in range(draws):
        panel = of_one_country(rng, shared=shared)
        gaps = [panel.treated_mean - design.compare(panel).counterfactual for design in designs]
        missed.append([gap[~panel.before].mean() for gap in gaps])
    return np.sqrt(np.mean(np.square(missed), axis=0))


def test_three_years_of_four_outcomes_tell_more_than_three_years_of_one():
    alone, joint = errors(300, shared=True)
    assert joint < 0.8 * alone


def test_outcomes_that_share_nothing_do_harm():
    alone, joint = errors(300, shared=False)
    assert joint > 1.05 * alone


# What the ledger says of it


def foretold(panel):
    found = estimate(JointSyntheticControl(), panel, 0, np.random.default_rng(0))
    case = Case(JointSyntheticControl(), panel, found, Circumstances(margin=30.0), np.random.default_rng(0))
    return companions_foretell(case)


def drawn(name, seed=0):
    return BY_NAME[name].draw(np.random.default_rng(seed)).panel


def test_ledger_tells_whether_the_other_outcomes_help():
    helped = foretold(of_one_country(np.random.default_rng(3), shared=True))
    astray = foretold(drawn("companions_go_astray"))
    assert helped.status is Status.SUPPORTED
    assert astray.status is Status.NOT_SUPPORTED
    assert helped.number < 0.95
    assert astray.number > 1.2
    assert "weights of 3 outcomes err" in astray.finding


def test_ledger_says_nothing_where_too_little_is_known():
    assert foretold(replace(drawn("steady"), companions={})) is None
    short = drawn("steady").without_years(range(2006, 2011))
    assert foretold(short).status is Status.UNCERTAIN


def test_outcomes_that_set_places_apart_alike_are_told_from_chance():
    panel = drawn("correlated_noise")
    told = chance_of_going_along(panel)
    assert told == dict.fromkeys(panel.companions, 0.001)
    turned = {name: 1e6 - 1e3 * figures for name, figures in panel.companions.items()}
    moved = replace(panel, companions=turned).plus_year_shocks(300 * np.cos(np.arange(len(panel.years))))
    assert chance_of_going_along(moved) == told
    assert max(chance_of_going_along(of_one_country(np.random.default_rng(3), shared=True)).values()) < 0.05


def test_lasting_shocks_of_each_outcomes_own_go_along_no_more_than_chance_says():
    """A tenth or less is told of one in ten: 40 draws of two companions, three errors of slack."""
    panels = [drawn("shocks_of_their_own", seed) for seed in range(40)]
    told = np.array([list(chance_of_going_along(panel).values()) for panel in panels])
    assert (told <= 0.1).mean() < 0.1 + 3 * np.sqrt(0.09 / told.size)


def test_ledger_does_not_vouch_where_lasting_shocks_are_each_outcomes_own():
    found = [foretold(drawn("shocks_of_their_own", seed)) for seed in range(6)]
    assert min(each.number for each in found) < 1  # by the years held out alone it would
    assert Status.SUPPORTED not in [each.status for each in found]


# In a study

CHOICE = DesignChoice("joint_synthetic_control", primary=True)
COST, MORTALITY = study().outcomes


def asked(*designs):
    return replace(study(), designs=designs or (CHOICE,))


def answered(data, *designs):
    [result] = run([plan(prepared(asked(*designs), data))], 1)
    return {finding.cell.outcome.name: finding for finding in result.findings}


def test_a_study_follows_its_other_outcomes_and_all_get_the_same_weights():
    found = answered(table(), CHOICE)
    cost, deaths = (found[outcome.name].result for outcome in (COST, MORTALITY))
    assert isinstance(cost, Answered)
    one, other = cost.estimate.comparison.weights, deaths.estimate.comparison.weights
    assert one == pytest.approx(other, abs=1e-7)
    names = [entry.assumption.name for entry in cost.ledger.entries]
    assert names[2:4] == ["donor_fit", "shared_factors"]


def test_columns_that_are_no_outcome_can_be_followed():
    named = DesignChoice("joint_synthetic_control", {"companions": ["dental"]}, primary=True)
    data = table().assign(dental=np.random.default_rng(8).normal(100, 2, len(table())))
    found = answered(data, named)[COST.name]
    assert found.cell.name == "cost - joint_synthetic_control (companions dental)"
    assert isinstance(found.result, Answered)


def test_companions_of_other_years_are_refused_with_the_years_and_units_without_them_left_out():
    data = table()
    gone = data.assign(mortality=data["mortality"].where(data["year"] != 2011))
    found = answered(gone)[COST.name]
    assert isinstance(found.result, NotEstimable)
    assert "no figures of mortality in 2011" in found.result.reason
    one = data.assign(
        mortality=data["mortality"].where((data["unit"] != "streek05_02") | (data["year"] != 2010))
    )
    assert answered(one)[COST.name].dropped == (("streek05_02", "no figure for 2010"),)
    later = data.assign(mortality=data["mortality"].where(data["year"] < 2015))
    assert isinstance(answered(later)[COST.name].result, Answered)


def test_a_column_that_is_missing_and_an_outcome_alone_are_named():
    named = (DesignChoice("joint_synthetic_control", {"companions": ["dental"]}, primary=True),)
    [missing] = delivery_contradictions({"designs": named}, table())
    assert missing.path[:4] == ("designs", 0, "settings", "companions")
    assert "dental" in missing.message
    [alone] = design_contradictions({"designs": (CHOICE,), "outcomes": (COST,)})
    assert alone.path == ("designs", 0, "use")
    assert "there is one outcome only" in alone.message
    assert design_contradictions({"designs": (CHOICE,), "outcomes": (COST, MORTALITY)}) == []
    assert design_contradictions({"designs": named, "outcomes": (COST,)}) == []


def test_several_starts_take_it_as_every_design():
    cohorts = drawn_starts(4, (2013, 2015), effect=-60.0, neighbourhoods=30)
    beside = {
        "gp": 0.1 * cohorts[0].outcome + np.random.default_rng(2).normal(0, 1, cohorts[0].outcome.shape)
    }
    found = pool(
        JointSyntheticControl(), [replace(p, companions=beside) for p in cohorts], 0, np.random.default_rng(0)
    ).estimate
    assert found.effect == pytest.approx(-60.0, abs=4 * found.uncertainty.standard_error)
