"""Calibration weights of micro synthetic control, against independent solutions of the same problem."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import minimize

from lmpeval.design import Case, Circumstances, Status, estimate
from lmpeval.designs.micro_synthetic_control import MicroSyntheticControl, totals_reproduced
from lmpeval.panel import Panel


def blocks(n_treated=30, n_controls=200, before=6, apart=0.0, seed=1, n_covariates=3):
    """Many small units whose covariates drive their outcomes; the treated are `apart` deviations off."""
    rng = np.random.default_rng(seed)
    n = n_treated + n_controls
    treated = np.arange(n) < n_treated
    covariates = rng.normal(size=(n, n_covariates)) + apart * treated[:, None]
    years = np.arange(2010, 2010 + before + 3)
    slopes = rng.normal(size=(n_covariates, len(years)))
    outcome = 50 + (covariates @ slopes).T + rng.normal(size=(len(years), n))
    return Panel(
        outcome=outcome,
        exposure=np.tile(100 * rng.lognormal(0, 0.3, n), (len(years), 1)),
        years=years,
        units=tuple(f"u{i:03d}" for i in range(n)),
        treated=treated,
        start=2010 + before,
        covariates=covariates,
        covariate_names=tuple("abcdefgh"[:n_covariates]),
        groups=tuple(f"g{i // 5}" for i in range(n)),
        aside=np.zeros(n, dtype=bool),
    )


def totals(panel):
    """Constant, covariates and outcome before the start: (n_totals, n_controls), and those of the treated."""
    rows = np.vstack([np.ones(len(panel.units)), panel.covariates.T, panel.outcome[panel.before]])
    size = panel.size * panel.treated / panel.size[panel.treated].sum()
    return rows[:, panel.compared], rows @ size


def base(panel):
    return panel.size[panel.compared] / panel.size[panel.compared].sum()


def answer(panel):
    return MicroSyntheticControl("together").compare(panel).weights


def linear_calibration(panel):
    """Deville and Sarndal (1992), the linear method without bounds: base * (1 + totals' multipliers)."""
    rows, targets = totals(panel)
    start = base(panel)
    multipliers = np.linalg.solve((rows * start) @ rows.T, targets - rows @ start)
    return start * (1 + rows.T @ multipliers)


@pytest.mark.parametrize("apart", [0.0, 0.1])
def test_is_linear_calibration_where_that_stays_above_zero(apart):
    panel = blocks(n_treated=60, n_controls=800, apart=apart)
    unbounded = linear_calibration(panel)
    assert unbounded.min() > 0
    assert answer(panel) == pytest.approx(unbounded, abs=1e-9)


def test_bounded_at_zero_where_linear_calibration_goes_below():
    panel = blocks(n_treated=25, n_controls=60, apart=0.7, before=4, seed=4)
    rows, targets = totals(panel)
    start = base(panel)
    assert linear_calibration(panel).min() < 0
    weights = answer(panel)
    assert weights.min() == 0
    assert rows @ weights == pytest.approx(targets, abs=1e-7)
    found = minimize(
        lambda w: ((w - start) ** 2 / start).sum(),
        weights.mean() + 0 * weights,
        jac=lambda w: 2 * (w - start) / start,
        bounds=[(0, None)] * len(start),
        constraints={"type": "eq", "fun": lambda w: rows @ w - targets, "jac": lambda w: rows},
        method="SLSQP",
        options={"ftol": 1e-11, "maxiter": 1000},
    )
    assert found.success
    assert weights == pytest.approx(found.x, abs=1e-5)
    # and no weights can be nearer: first-order conditions of the bounded problem
    slope = (weights - start) / start
    multipliers = np.linalg.lstsq(rows[:, weights > 1e-9].T, slope[weights > 1e-9], rcond=None)[0]
    reduced = slope - rows.T @ multipliers
    assert np.abs(reduced[weights > 1e-9]).max() < 1e-5
    assert reduced[weights <= 1e-9].min() > -1e-5


def test_nearest_in_least_squares_where_totals_are_out_of_reach():
    panel = blocks(n_treated=10, n_controls=40, apart=2.5, before=3, seed=3)
    weights = answer(panel)
    rows, targets = totals(panel)
    share = panel.size / panel.size.sum()
    path = panel.outcome[panel.before]
    path = path - (path @ share)[:, None]
    about = panel.covariates - share @ panel.covariates
    scale = np.r_[1.0, np.sqrt(share @ about**2), np.full(3, np.sqrt((path**2 @ share).mean()))]
    off = (rows[1:] @ weights - targets[1:]) / scale[1:]
    assert np.abs(off).max() > 0.1
    # among weights that sum to one the slope of the squares is least wherever a weight lies
    slope = (rows[1:] / scale[1:, None]).T @ off
    assert slope[weights > 1e-9] == pytest.approx(slope.min(), abs=1e-8)


def evidence(panel):
    design = MicroSyntheticControl("together")
    rng = np.random.default_rng(1)
    return totals_reproduced(
        Case(design, panel, estimate(design, panel, 0, rng), Circumstances(margin=1.0), rng)
    )


def test_says_whether_totals_are_reproduced():
    reached = evidence(blocks())
    assert reached.status is Status.SUPPORTED
    assert "all 9 totals of the treated are reproduced" in reached.finding
    missed = evidence(blocks(n_treated=10, n_controls=40, apart=2.5, before=3, seed=3))
    assert missed.status is not Status.SUPPORTED
    assert "no weights from zero up reproduce all 6 totals" in missed.finding
    assert "standard deviations, in " in missed.finding


def test_effect_on_many_small_units_is_recovered_where_covariates_confound():
    errors, naive = [], []
    for seed in range(40):
        panel = blocks(apart=0.4, seed=seed).plus_effect(-3.0)
        found = panel.treated_mean - MicroSyntheticControl("together").compare(panel).counterfactual
        errors.append(found[~panel.before].mean() + 3.0)
        plain = panel.treated_mean - panel.controls @ base(panel)
        naive.append(plain[~panel.before].mean() + 3.0)
    standard_error = np.std(errors, ddof=1) / np.sqrt(40)
    assert abs(np.mean(errors)) < 3 * standard_error
    assert np.std(errors) < 0.35 * np.std(naive)


def test_a_unit_told_as_two_halves_counts_the_same():
    panel = blocks(n_treated=12, n_controls=50, apart=0.3)
    n = len(panel.units)
    twice = panel.in_order(np.r_[np.arange(n), n - 1])
    exposure = twice.exposure.copy()
    exposure[:, -2:] /= 2
    twice = replace(twice, exposure=exposure, units=(*panel.units, "half"))
    weights, halves = answer(panel), answer(twice)
    assert halves[-1] == pytest.approx(halves[-2])
    assert np.r_[halves[:-2], halves[-2:].sum()] == pytest.approx(weights, abs=1e-9)


def test_covariate_that_does_not_differ_asks_for_nothing():
    panel = blocks(n_treated=12, n_controls=50)
    constant = np.column_stack([panel.covariates, np.full(len(panel.units), 0.1 + 0.2)])
    names = (*panel.covariate_names, "same")
    more = replace(panel, covariates=constant, covariate_names=names)
    assert answer(more) == pytest.approx(answer(panel), abs=1e-9)


def test_unknown_levels_are_refused():
    with pytest.raises(ValueError, match="levels is 'sideways', expected one of: apart, together"):
        MicroSyntheticControl(levels="sideways")
