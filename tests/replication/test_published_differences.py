"""Published two-by-two comparisons; figures and specifications as in the cards beside the data."""

import numpy as np
import pandas as pd
import pytest

from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.panel import Panel

ALL = DifferenceInDifferences(matches=10_000)


def panel_of(table, treated, start):
    """Units of equal size from a table of years by units."""
    return Panel(
        outcome=table.to_numpy(dtype=float),
        exposure=np.ones(table.shape),
        years=np.asarray(table.index, dtype=np.int64),
        units=tuple(map(str, table.columns)),
        treated=np.asarray(treated),
        start=start,
        covariates=np.zeros((table.shape[1], 0)),
        covariate_names=(),
        groups=tuple(map(str, table.columns)),
        aside=np.zeros(table.shape[1], dtype=bool),
    )


def effect(panel):
    gap = panel.treated_mean - ALL.compare(panel).counterfactual
    return gap[~panel.before].mean()


def test_proposition_99(real_data):
    # Arkhangelsky et al. (2021), table 1: -27.3; the exact figure is -27.3491
    table = pd.read_csv(real_data / "replication" / "prop99_smoking.csv")
    sales = table.pivot(index="year", columns="state", values="cigsale")
    assert sales.shape == (31, 39)
    assert effect(panel_of(sales, sales.columns == "California", 1989)) == pytest.approx(-27.3491, abs=5e-5)


def test_minimum_wage_in_new_jersey(real_data):
    # Card and Krueger (1994), table 3, row 4: change in full-time equivalents, balanced stores, 2.75
    stores = pd.read_csv(real_data / "replication" / "card_krueger.csv").dropna(subset=["fte1", "fte2"])
    waves = stores[["fte1", "fte2"]].set_axis([1, 2], axis=1).T
    assert effect(panel_of(waves, stores["nj"] == 1, 2)) == pytest.approx(2.75, abs=5e-3)


def test_closed_stores_in_new_jersey_count_as_empty(real_data):
    # the same table, row 5: 2.51; the card says which stores
    stores = pd.read_csv(real_data / "replication" / "card_krueger.csv")
    stores["fte2"] = stores["fte2"].where(~stores["status2"].isin([2, 4, 5]), 0)
    stores = stores.dropna(subset=["fte1", "fte2"])
    waves = stores[["fte1", "fte2"]].set_axis([1, 2], axis=1).T
    assert effect(panel_of(waves, stores["nj"] == 1, 2)) == pytest.approx(2.51, abs=5e-3)


def test_organ_donors_in_california(real_data):
    # Kessler and Roth (2014): -0.022 after the third quarter
    table = pd.read_csv(real_data / "replication" / "organ_donations.csv")
    rates = table.pivot(index="Quarter_Num", columns="State", values="Rate")
    assert effect(panel_of(rates, rates.columns == "California", 4)) == pytest.approx(-0.022, abs=5e-4)
