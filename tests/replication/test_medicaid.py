"""Medicaid expansion of 2014 in 43 states: the event study and its honest intervals, as published.

Coefficients and standard errors: solution of exercise 2 of the Mixtape course on advanced
difference-in-differences (states clustered; the card beside the data). Intervals: as R prints them on the
front page of HonestDiD, for the effect in 2014. R tries values 0.00037 apart and simulates its critical
values, so its last digit is not exact.
"""

import numpy as np
import pandas as pd
import pytest

from lmpeval.honesty import breakdown, relative_magnitudes, smoothness

FIRST_YEAR = np.array([1.0, 0.0])


@pytest.fixture(scope="module")
def event_study(real_data):
    """Coefficients for 2008 to 2012, 2014 and 2015 against 2013, and their covariance."""
    table = pd.read_csv(real_data / "replication" / "ehec_medicaid.csv")
    kept = table[(table["year"] < 2016) & (table["yexp2"] != 2015)]
    share = kept.pivot(index="year", columns="stfips", values="dins")
    treated = (kept.groupby("stfips")["yexp2"].first() == 2014).reindex(share.columns).to_numpy()
    change = (share - share.loc[2013]).drop(index=2013).to_numpy()
    mean = np.column_stack([change[:, ~treated].mean(axis=1), change[:, treated].mean(axis=1)])
    size = np.array([(~treated).sum(), treated.sum()])
    part = (change - mean[:, treated.astype(int)]) / size[treated.astype(int)]
    n, n_states, n_coefficients = share.size, share.shape[1], 7 + len(share)  # years; states are the clusters
    correction = (n - 1) / (n - n_coefficients) * n_states / (n_states - 1)
    return mean[:, 1] - mean[:, 0], correction * part @ part.T


def test_the_event_study(event_study):
    path, covariance = event_study
    assert path[[0, 1, 5, 6]] == pytest.approx([-0.0052854, -0.0112973, 0.0464469, 0.0692062], abs=5e-8)
    errors = np.sqrt(np.diag(covariance))
    assert errors[[0, 1, 5, 6]] == pytest.approx([0.0086536, 0.0085244, 0.0091519, 0.01035], abs=1e-7)


@pytest.mark.parametrize(
    ("mbar", "published"),
    [
        (0.5, (0.0241, 0.0673)),
        (1.0, (0.0171, 0.0720)),
        (1.5, (0.00859, 0.0796)),
        (2.0, (-0.00107, 0.0883)),
    ],
)
def test_relative_magnitudes(event_study, mbar, published):
    assert relative_magnitudes(*event_study, 5, FIRST_YEAR, mbar) == pytest.approx(published, abs=5e-4)


@pytest.mark.parametrize(
    ("m", "published"),
    [
        (0.0, (0.0259, 0.0607)),
        (0.01, (0.0132, 0.0787)),
        (0.02, (0.00286, 0.0907)),
        (0.03, (-0.00714, 0.101)),
        (0.04, (-0.0171, 0.111)),
        (0.05, (-0.0271, 0.121)),
    ],
)
def test_smoothness(event_study, m, published):
    # R prints three digits: half of its last is 0.0005 from 0.1 on
    assert smoothness(*event_study, 5, FIRST_YEAR, m) == pytest.approx(published, abs=5e-4)


def test_where_the_conclusion_falls(event_study):
    # the front page calls it robust up to about 2 and about 0.03; its tables place it below those
    assert 1.5 < breakdown(lambda mbar: relative_magnitudes(*event_study, 5, FIRST_YEAR, mbar)) < 2
    assert 0.02 < breakdown(lambda m: smoothness(*event_study, 5, FIRST_YEAR, m)) < 0.03
