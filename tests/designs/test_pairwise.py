"""Synthetic control with a price of donors unlike the treated (Abadie and L'Hour 2021)."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.mixtures.active_set import Priced, by_active_set
from lmpeval.mixtures.simplex import Mixtures, mixtures
from lmpeval.predictors import Predictor
from lmpeval.uncertainty.placebo import stand_ins
from worlds import World, draw

FEW = World(neighbourhoods=8, size_spread=0.5)


def own_paths(panel):
    path = panel.outcome[panel.before] - panel.outcome[panel.before].mean(axis=0)
    size = panel.size[panel.treated]
    return path[:, panel.compared], path[:, panel.treated] @ (size / size.sum())


def general(donors, target, even, toll):
    """The problem as it is written, by a general solver."""

    def cost(w):
        left = donors @ w - target
        return left @ left + even @ w**2 + toll @ w, 2 * donors.T @ left + 2 * even * w + toll

    n = donors.shape[1]
    scale = cost(np.full(n, 1 / n))[0]
    return minimize(
        lambda w: tuple(each / scale for each in cost(w)),
        np.full(n, 1 / n),
        jac=True,
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(n)},
        method="SLSQP",
        options={"ftol": 1e-16, "maxiter": 1000},
    ).x


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("penalty", [1e-9, 0.3, 30.0])
@pytest.mark.parametrize("price", [1e-3, 0.1, 10.0])
def test_solves_the_problem_that_it_states(seed, penalty, price):
    rng = np.random.default_rng(seed)
    donors, target, noise = rng.normal(size=(6, 12)), rng.normal(size=6), rng.lognormal(0, 0.5, 12)
    toll = price * ((donors - target[:, None]) ** 2).sum(axis=0)
    problems = Mixtures(
        donors, noise, target[None], np.ones((1, 12), dtype=bool), np.array([penalty]), toll=toll[None]
    )
    (found,) = mixtures(problems)
    assert found == pytest.approx(general(donors, target, penalty * noise, toll), abs=1e-6)
    problem = Priced(donors, target[None], (penalty * noise)[None], toll[None] / 2)
    (other,), _ = by_active_set(problem, np.full((1, 12), 1 / 12))
    assert other == pytest.approx(found, abs=1e-8)


def test_a_large_price_leaves_the_nearest_donor_and_none_the_classical_mixture():
    panel = draw(FEW, 1)
    donors, target = own_paths(panel)
    nearest = ((donors - target[:, None]) ** 2).sum(axis=0).argmin()
    far = SyntheticControl(ridge=1e-6, pairwise=1e9).compare(panel).weights
    assert far == pytest.approx(np.eye(len(far))[nearest], abs=1e-9)
    none, tiny = (SyntheticControl(pairwise=price).compare(panel).weights for price in (0.0, 1e-9))
    assert tiny == pytest.approx(none, abs=1e-6)
    assert none == pytest.approx(SyntheticControl().compare(panel).weights, abs=1e-12)


def test_with_next_to_no_ridge_it_is_sparse_and_nearer_than_without_it():
    """Where many mixtures fit exactly: at most one donor more than years, and those near the treated."""
    rng = np.random.default_rng(2)
    donors = rng.normal(size=(3, 60))
    target = donors @ rng.dirichlet(np.ones(60))
    distance = ((donors - target[:, None]) ** 2).sum(axis=0)
    found = []
    for price in (1e-4, 1e-2, 1.0):
        problem = Mixtures(
            donors, np.ones(60), target[None], np.ones((1, 60), dtype=bool), np.array([1e-10]),
            toll=price * distance[None],
        )  # fmt: skip
        found.append(mixtures(problem)[0])
    assert all((each > 1e-9).sum() <= 4 for each in found)
    far = [each @ distance for each in found]
    assert far[0] >= far[1] >= far[2]
    even = mixtures(replace(problem, toll=None, penalty=np.array([1e-10])))[0]
    assert even @ distance > 3 * far[0]


@pytest.mark.parametrize("ridge", [1e-6, 1.0])
def test_invariances_and_many_as_one(ridge):
    design, panel = SyntheticControl(ridge=ridge, pairwise=0.2), draw(FEW, 3)
    plain = dict(zip(panel.control_names, design.compare(panel).weights.tolist(), strict=True))
    order = np.random.default_rng(1).permutation(len(panel.units))
    shocked = panel.plus_year_shocks(900 * np.sin(np.arange(8) * 2.3))
    for other in (panel.times(100), shocked, panel.in_order(order)):
        found = dict(zip(other.control_names, design.compare(other).weights.tolist(), strict=True))
        assert found == pytest.approx(plain, abs=1e-8)
    panels = [panel, *(panel.placebo_sites({name: group}) for name, group in stand_ins(panel).items())]
    for one, answer in zip(panels, design.compare_many(panels), strict=True):
        assert answer.weights == pytest.approx(design.compare(one).weights, abs=1e-8)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"pairwise": -0.1}, "expected 0 or more"),
        ({"pairwise": float("nan")}, "expected 0 or more"),
        ({"pairwise": 1.0, "predictors": (Predictor(2012),), "v": "nested"}, "is searched"),
    ],
)
def test_settings_that_cannot_be(settings, message):
    with pytest.raises(ValueError, match=message):
        SyntheticControl(**settings)
