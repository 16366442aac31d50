"""The experiment on errors of persons: regions share what the README says, and rows count right."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture(scope="module")
def experiment(experiment_named):
    return experiment_named("person_level_size")


def test_regions_share_the_part_of_the_variance_that_is_said(experiment):
    setting = experiment.Setting(9, 0.05)
    shares = []
    for seed in range(5):
        cohort = experiment.drawn(setting, np.random.default_rng(seed))
        year = cohort.outcome[1] - cohort.outcome[0]
        year = year - 0.1 * cohort.covariates[:, 0]  # the trend that covariates say
        n = np.bincount(cohort.regions)
        means = np.bincount(cohort.regions, year) / n
        within = ((year - means[cohort.regions]) ** 2).sum() / (len(year) - len(n))
        between = means.var(ddof=1) - within * np.mean(1 / n)
        shares.append(between / (between + within))
    assert np.mean(shares) == pytest.approx(0.05, abs=0.01)


def test_the_naive_error_is_that_of_two_independent_samples(experiment):
    rng = np.random.default_rng(0)
    change, treated = rng.normal(size=200), np.arange(200) < 50
    error = experiment._error_of_persons(np.ones(200), change, treated)
    wanted = np.sqrt(change[treated].var() / 50 + change[~treated].var() / 150)
    assert error == pytest.approx(wanted)


def test_coverage_counts_intervals_that_hold_zero(experiment):
    kind = {"treated": 9, "shared": 0.05, "unequal": False, "method": "m"}
    rows = pd.DataFrame(kind | {"effect": [1.0, 2.0], "low": [-1.0, 1.0], "high": [3.0, 3.0]})
    [row] = experiment.counted(rows).to_dict("records")
    assert (row["draws"], row["coverage"], row["bias"], row["median_width"]) == (2, 0.5, 1.5, 3.0)
