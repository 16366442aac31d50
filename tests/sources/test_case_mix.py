"""Indirect standardisation against hand calculations and its invariances."""

import numpy as np
import pandas as pd
import pytest

from lmpeval.sources.case_mix import age_structure, compared, standardise


def cells(seed: int = 0, units: int = 7) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    grid = pd.MultiIndex.from_product(
        [[f"U{i}" for i in range(units)], ["M", "V"], [0, 20, 65, 80]], names=["unit", "sex", "age"]
    ).to_frame(index=False)
    exposure = rng.uniform(50, 500, len(grid))
    return grid.assign(
        persons=np.ceil(exposure) + 1,
        insured_years=exposure,
        hospital=rng.gamma(2.0, 50.0, len(grid)) * exposure * (1 + grid["age"] / 40),
        gp=rng.gamma(2.0, 10.0, len(grid)) * exposure,
    )


def test_two_municipalities_by_hand():
    """Young cost 10 and old 30 nationally; the older municipality is expected to cost more."""
    table = pd.DataFrame(
        {
            "unit": ["A", "A", "B", "B"],
            "sex": "M",
            "age": [0, 65, 0, 65],
            "insured_years": [100.0, 100.0, 300.0, 100.0],
            "hospital": [1200.0, 3600.0, 2800.0, 2400.0],
        }
    )
    # rates: young 4000 / 400 = 10, old 6000 / 200 = 30; A expects 1000 + 3000, B 3000 + 3000
    result = standardise(table, ["hospital"])
    assert result["hospital"].tolist() == [24.0, 13.0]
    assert result["hospital_expected"].tolist() == [20.0, 15.0]
    assert result["hospital_ratio"].tolist() == pytest.approx([1.2, 13 / 15])
    assert result["hospital_standardised"].tolist() == pytest.approx(
        [1.2 * 10000 / 600, 13 / 15 * 10000 / 600]
    )


def test_expected_adds_up_to_observed():
    table = cells()
    result = standardise(table, ["hospital", "gp"])
    exposure = table.groupby("unit")["insured_years"].sum()
    for outcome in ("hospital", "gp"):
        assert (result[f"{outcome}_expected"] * exposure).sum() == pytest.approx(table[outcome].sum())
        assert np.average(
            result[f"{outcome}_ratio"], weights=result[f"{outcome}_expected"] * exposure
        ) == pytest.approx(1)


def test_country_of_national_rates_has_ratio_one():
    table = cells()
    rate = {("M", 0): 1.0, ("V", 0): 2.0, ("M", 20): 5.0, ("V", 20): 6.0}
    per_year = [rate.get(key, 40.0) for key in zip(table["sex"], table["age"], strict=True)]
    table["hospital"] = np.array(per_year) * table["insured_years"]
    np.testing.assert_allclose(standardise(table, ["hospital"])["hospital_ratio"], 1.0)


def test_invariances():
    table = cells()
    base = standardise(table, ["hospital", "gp"])
    shuffled = standardise(table.sample(frac=1.0, random_state=1), ["gp", "hospital"])
    pd.testing.assert_frame_equal(shuffled[base.columns], base)
    cents = standardise(table.assign(hospital=table["hospital"] * 100), ["hospital"])
    np.testing.assert_allclose(cents["hospital_ratio"], base["hospital_ratio"])
    np.testing.assert_allclose(cents["hospital_standardised"], 100 * base["hospital_standardised"])
    twins = pd.concat([table, table.assign(unit="twin " + table["unit"])])
    twin_result = standardise(twins, ["hospital"])
    np.testing.assert_allclose(twin_result["hospital_ratio"].loc[base.index], base["hospital_ratio"])


def test_suppressed_cell_counts_neither_here_nor_there():
    table = cells().drop(index=3)
    result = standardise(table, ["gp"])
    exposure = table.groupby("unit")["insured_years"].sum()
    assert (result["gp_expected"] * exposure).sum() == pytest.approx(table["gp"].sum())
    assert result["gp"]["U0"] == pytest.approx(table.loc[table["unit"] == "U0", "gp"].sum() / exposure["U0"])


def test_ratio_is_missing_where_nothing_is_expected():
    nothing = pd.Series([0.0, 0.0], ["A", "B"])
    result = compared("care", nothing, nothing, pd.Series([10.0, 20.0], ["A", "B"]))
    assert result["care"].tolist() == [0.0, 0.0]
    assert result["care_ratio"].isna().all()


def test_age_structure_by_hand():
    table = pd.DataFrame(
        {
            "unit": "A",
            "age": [15, 20, 65, 80, 90],
            "persons": [10, 20, 30, 40, 50],
            "insured_years": [10.0, 20.0, 30.0, 25.0, 15.0],
        }
    )
    assert age_structure(table).loc["A"].to_dict() == pytest.approx(
        {
            "persons": 150,
            "insured_years": 100,
            "share_under_20": 0.1,
            "share_65_plus": 0.7,
            "share_80_plus": 0.4,
        }
    )


def test_municipality_without_old_inhabitants_has_share_zero():
    table = pd.DataFrame({"unit": ["A", "B"], "age": [0, 80], "persons": [1, 1], "insured_years": [1.0, 1.0]})
    assert age_structure(table)["share_80_plus"].tolist() == [0.0, 1.0]
