"""A law of systematic error from negative controls, and estimates that are judged by it."""

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize

from lmpeval.persons.empirical_null import EmpiricalNull, empirical_null


def test_the_empirical_null_of_self_controlled_case_series(real_data):
    """OHDSI's EmpiricalCalibration on its `sccs` data: 0.7922, 0.2834, EASE 0.7926; sertraline p 0.839."""
    table = pd.read_csv(real_data / "replication" / "ohdsi_sccs.csv")
    controls, [drug] = table[table["groundTruth"] == 0], table[table["groundTruth"] == 1].to_dict("records")
    null = empirical_null(controls["logRr"].to_numpy(), controls["seLogRr"].to_numpy())
    assert (null.mean, null.deviation) == (pytest.approx(0.7922, abs=2e-4), pytest.approx(0.2834, abs=2e-4))
    assert null.expected_error == pytest.approx(0.7926, abs=2e-4)
    known = EmpiricalNull(null.mean, null.deviation)
    assert known.calibrated(drug["logRr"], drug["seLogRr"]).p == pytest.approx(0.8389, abs=2e-4)
    # of 45 controls the law itself is known less than exactly: a little wider
    told, plain = (law.calibrated(drug["logRr"], drug["seLogRr"]) for law in (null, known))
    assert plain.low - 0.05 < told.low < plain.low
    assert told.p == pytest.approx(plain.p, abs=0.006)


def test_expected_error_is_the_mean_of_the_absolute_law():
    drawn = np.random.default_rng(0).normal(0.2, 0.5, 400_000)
    assert EmpiricalNull(0.2, 0.5).expected_error == pytest.approx(np.abs(drawn).mean(), abs=2e-3)
    assert EmpiricalNull(-0.3, 0.0).expected_error == 0.3


@pytest.mark.parametrize("seed", range(5))
def test_the_fit_is_the_maximum_over_both_parameters(seed):
    rng = np.random.default_rng(seed)
    errors = np.exp(rng.normal(-1, 0.5, 12))
    estimates = rng.normal(0.3, 0.2 * seed, 12) + errors * rng.normal(size=12)

    def unlikely(at):
        variance = at[1] ** 2 + errors**2
        return (np.log(variance) + (estimates - at[0]) ** 2 / variance).sum() / 2

    starts = ([m, d] for m in (-0.5, 0.3, 1.0) for d in (0.01, 0.3, 1.0))
    best = min(
        (
            minimize(unlikely, at, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12})
            for at in starts
        ),
        key=lambda found: found.fun,
    )
    found = empirical_null(estimates, errors)
    assert unlikely([found.mean, found.deviation]) <= best.fun + 1e-9
    assert found.mean == pytest.approx(best.x[0], abs=1e-5)
    assert found.deviation == pytest.approx(abs(best.x[1]), abs=1e-5)


def drawn(rng, n, deviation, error, freedom):
    """Estimates of nothing, with systematic error of mean 0.3 and errors that so many degrees tell."""
    errors = error * np.exp(rng.normal(0, 0.3, n))
    estimates = rng.normal(0.3, deviation, n) + errors * rng.normal(size=n)
    return estimates, errors * np.sqrt(rng.chisquare(freedom, n) / freedom)


@pytest.mark.parametrize("n_controls", [5, 20])
@pytest.mark.parametrize(("deviation", "freedom"), [(0.0, 8), (0.5, 8), (0.5, 2), (3.0, 1_000)])
def test_calibrated_intervals_hold_the_truth_however_few_controls(n_controls, deviation, freedom):
    """Of 300 draws (Monte Carlo error 1.3 points); a law taken as known holds it less often."""
    rng = np.random.default_rng(n_controls)
    quantile = {8: 2.306, 2: 4.303, 1_000: 1.962}[freedom]
    held, plain = [], []
    for _ in range(300):
        estimates, errors = drawn(rng, n_controls + 1, deviation, 1.0, freedom)
        law = empirical_null(estimates[1:], errors[1:])
        told = law.calibrated(estimates[0], errors[0], quantile)
        held.append(told.low <= 0 <= told.high)
        assert (told.p >= 0.05) == held[-1]
        known = EmpiricalNull(law.mean, law.deviation).calibrated(estimates[0], errors[0])
        plain.append(known.low <= 0 <= known.high)
    assert np.mean(held) > 0.91
    assert np.mean(plain) < np.mean(held) + 1e-9


def test_without_systematic_error_and_with_many_controls_nothing_changes():
    told = EmpiricalNull(0.0, 0.0).calibrated(2.0, 1.0)
    assert (told.effect, told.p) == (2.0, pytest.approx(0.0455, abs=1e-4))
    assert (told.low, told.high) == (pytest.approx(0.04, abs=1e-3), pytest.approx(3.96, abs=1e-3))
