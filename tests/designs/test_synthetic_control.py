from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.uncertainty.placebo import stand_ins
from worlds import World, draw, tiny


def by_quadratic_programme(panel, ridge):
    """The problem as the design's page words it, solved densely from scratch."""
    before = panel.before
    own = panel.outcome[before] - panel.outcome[before].mean(axis=0)
    size = panel.exposure[before].mean(axis=0)
    target = own[:, panel.treated] @ (size[panel.treated] / size[panel.treated].sum())
    donors, donor_size = own[:, panel.compared], size[panel.compared]
    common = donors @ donor_size / donor_size.sum()
    # variance of a unit of size s is v * mean size / s: scaled to the mean size, all units have v in every
    # direction that no factor takes; the last direction is empty, as each unit is relative to its own mean
    scaled = (donors - common[:, None]) * np.sqrt(donor_size / size.mean())
    v = np.median(np.linalg.svd(scaled, compute_uv=False)[:-1] ** 2) / donors.shape[1]
    price = before.sum() * ridge**2 * v * size.mean() / donor_size

    def cost(w):
        misfit = donors @ w - target
        return (misfit @ misfit + w @ (price * w)) / v, (2 * (donors.T @ misfit) + 2 * price * w) / v

    n = donors.shape[1]
    found = minimize(
        cost,
        np.full(n, 1 / n),
        jac=True,
        bounds=[(0, 1)] * n,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(n)},
        method="SLSQP",
        options={"ftol": 1e-16, "maxiter": 1000},
    )
    return found.x


@pytest.mark.parametrize("ridge", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("seed", range(2))
def test_solves_the_problem_that_it_states(ridge, seed):
    panel = draw(World(neighbourhoods=8, size_spread=0.7), seed)
    weights = SyntheticControl(ridge=ridge).compare(panel).weights
    assert weights == pytest.approx(by_quadratic_programme(panel, ridge), abs=1e-6)


def test_follows_the_donors_that_move_with_the_treated():
    rng = np.random.default_rng(1)
    path = rng.normal(0, 10, (9, 2))
    alike = path[:, [0]] + np.arange(6) * 100
    other = path[:, [1]] + np.arange(6) * 100
    panel = tiny((np.column_stack([path[:, 0] + 50, alike, other])).tolist(), before=6)
    answer = SyntheticControl().compare(panel)
    assert answer.weights[:6].sum() > 0.85
    assert answer.weights[:6] == pytest.approx(answer.weights[0])


def test_prices_noise_by_size():
    # nothing but noise: weights in proportion to size
    rng = np.random.default_rng(2)
    panel = draw(World(neighbourhoods=10, size_spread=0.8), 3)
    panel = replace(panel, outcome=np.where(panel.treated, 5.0, rng.normal(size=panel.outcome.shape)))
    weights = SyntheticControl(ridge=50.0).compare(panel).weights
    size = panel.size[panel.compared]
    assert weights == pytest.approx(size / size.sum(), rel=0.02)


def test_one_year_before_the_start_gives_weights_by_size():
    panel = draw(World(years=3, before=1, size_spread=0.6), 4)
    size = panel.size[panel.compared]
    assert SyntheticControl().compare(panel).weights == pytest.approx(size / size.sum())


def test_a_factor_is_not_priced_as_noise():
    """However strong a factor that half of the donors follow, the mixture keeps to those that follow it."""
    rng = np.random.default_rng(6)
    loading = np.r_[1.0, np.tile([0.7, 1.3, -0.3, 0.3], 10)]
    factor = np.array([0.0, 1.0, 3.0, 2.0, 4.0, 6.0, 9.0, 12.0])
    noise = rng.normal(0, 1.0, (8, 41))
    gaps = []
    for strength in (10.0, 100.0, 1000.0):
        panel = tiny_of(strength * np.outer(factor, loading) + noise)
        gaps.append((panel.treated_mean - SyntheticControl().compare(panel).counterfactual)[6:].mean())
    # the factor moves by thousands; what is left is noise, and the same noise whatever the strength
    assert np.abs(gaps).max() < 5
    assert gaps[2] == pytest.approx(gaps[0], abs=0.5)


def tiny_of(outcome):
    panel = tiny(outcome[:, :9].tolist(), before=6)
    n = outcome.shape[1]
    return replace(
        panel,
        outcome=outcome,
        exposure=np.ones_like(outcome),
        units=tuple(f"u{i:02d}" for i in range(n)),
        treated=np.arange(n) == 0,
        covariates=np.zeros((n, 0)),
        groups=tuple("site" if i == 0 else f"g{i}" for i in range(n)),
        aside=np.zeros(n, dtype=bool),
    )


def test_donors_without_noise_are_weighed_evenly():
    years = np.arange(6.0)[:, None]
    outcome = 1000 + 30 * years + np.arange(12) * 50
    answer = SyntheticControl().compare(tiny(outcome.tolist(), before=4))
    assert answer.counterfactual == pytest.approx(1000 + 30 * years[:, 0])


def test_constant_outcome_has_no_effect():
    panel = tiny(np.full((5, 9), 7.0).tolist(), before=3)
    answer = SyntheticControl().compare(panel)
    assert answer.counterfactual == pytest.approx(np.full(5, 7.0))
    assert answer.weights == pytest.approx(np.full(8, 1 / 8))


def test_panels_of_other_figures_or_starts_are_not_mixed_up():
    panel = draw(World(neighbourhoods=10), 5)
    earlier = replace(panel, start=2013)
    other_sizes = replace(panel, exposure=panel.exposure * np.linspace(1, 5, len(panel.units)))
    other_years = replace(panel, years=panel.years - 1)
    design = SyntheticControl()
    for other in (earlier, other_sizes, other_years):
        together = design.compare_many([panel, other])
        for one, answer in zip((panel, other), together, strict=True):
            assert answer.weights == pytest.approx(design.compare(one).weights, abs=1e-9)
    assert design.compare(earlier).weights != pytest.approx(design.compare(panel).weights, abs=1e-3)


def test_shock_a_million_times_the_noise_changes_nothing():
    panel = draw(World(neighbourhoods=20), 8)
    shocked = panel.plus_year_shocks(1e7 * np.sin(np.arange(8) * 2.3))
    plain = SyntheticControl().compare(panel).weights
    assert SyntheticControl().compare(shocked).weights == pytest.approx(plain, abs=1e-7)


def test_small_price_reaches_a_fit_that_a_large_one_gives_up():
    panel = draw(World(neighbourhoods=30, shock=30), 6)
    misfits = []
    for ridge in (0.01, 1.0, 100.0):
        gap = panel.treated_mean - SyntheticControl(ridge=ridge).compare(panel).counterfactual
        misfits.append((gap[panel.before] ** 2).mean())
    assert misfits[0] < misfits[1] < misfits[2]


def test_converges_for_every_stand_in_of_a_large_country():
    panel = draw(World(neighbourhoods=86, years=6, before=3), 7)
    panels = [panel.placebo_sites({label: group}) for label, group in stand_ins(panel).items()]
    assert len(panels) > 60
    for answer in SyntheticControl(ridge=1e-3).compare_many(panels):
        assert answer.weights.sum() == pytest.approx(1)


@pytest.mark.parametrize("ridge", [0.0, -1.0, float("nan")])
def test_refuses_free_noise(ridge):
    with pytest.raises(ValueError, match="without a price above 0 the weights are not unique"):
        SyntheticControl(ridge=ridge)


def test_one_year_before_the_start_gives_the_least_noisy_mixture(monkeypatch):
    """There is no path to follow: weights are in proportion to size, found without the slow method."""
    monkeypatch.setattr(
        "lmpeval.mixtures.simplex.by_active_set", lambda *_: pytest.fail("fell to the active set")
    )
    panel = draw(World(), seed=3)
    short = panel.without_years(panel.years[panel.before][1:])
    weights = SyntheticControl().compare(short).weights
    size = short.size[short.compared]
    assert weights == pytest.approx(size / size.sum(), rel=1e-9)
