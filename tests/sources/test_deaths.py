"""Deaths beside those expected for the age structure."""

import numpy as np
import pandas as pd
import pytest

from lmpeval.sources.boundaries import to_stable
from lmpeval.sources.deaths import AGE_GROUPS, compare_deaths, exposure_by_age, fitted_rates, read_deaths
from lmpeval.sources.vektis import read_years

CBS_TOTALS = {2012: 140_813, 2013: 141_245, 2014: 139_223, 2015: 147_134, 2016: 148_997}
TRUE_RATES = pd.Series([0.002, 0.013, 0.045, 0.12, 0.24], AGE_GROUPS)


@pytest.fixture(scope="module")
def delivered(real_data):
    return read_deaths(real_data / "cbs" / "deaths_births_355_2012_2016.csv")


@pytest.fixture(scope="module")
def exposure(real_data):
    files = read_years(real_data / "vektis", range(2012, 2017))
    return exposure_by_age({file.year: file.cells for file in files})


def simulated(units: int = 300, years: int = 3, seed: int = 0) -> pd.DataFrame:
    """Draw municipalities whose age structures differ as Dutch ones do."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(10.3, 0.8, units)
    share = rng.dirichlet(np.array([800, 100, 60, 25, 12]) / 4, units)
    index = pd.MultiIndex.from_product([range(2012, 2012 + years), [f"U{i:03}" for i in range(units)]])
    table = np.vstack([size[:, None] * share * 1.01**year for year in range(years)])
    return pd.DataFrame(table, index.set_names(["year", "unit"]), list(AGE_GROUPS))


def test_national_totals_are_those_of_statistics_netherlands(delivered):
    """2016 is 99 deaths (0.07 %) short: the file stops in March 2017, with 2016 provisional."""
    difference = delivered.groupby("year")["deaths"].sum() - pd.Series(CBS_TOTALS)
    assert difference.to_dict() == {2012: 0, 2013: 0, 2014: 0, 2015: 0, 2016: -99}


def test_expected_deaths_add_up_to_observed_in_every_year(delivered, exposure):
    counts = delivered.set_index(["year", "unit"])["deaths"].reindex(exposure.index)
    assert counts.notna().all()
    result = compare_deaths(exposure, counts)
    thousands = exposure.sum(axis=1) / 1000
    expected = (result["deaths_expected"] * thousands).groupby("year").sum()
    np.testing.assert_allclose(expected, counts.groupby("year").sum())
    np.testing.assert_allclose(result["deaths"] * thousands, counts)
    national = counts.groupby("year").sum() / thousands.groupby("year").sum()
    np.testing.assert_allclose(
        result["deaths_standardised"],
        result["deaths_ratio"] * national.reindex(result.index.get_level_values("year")).to_numpy(),
    )


def test_age_structure_explains_most_of_the_differences_between_municipalities(delivered, exposure):
    """Crude rates of municipalities differ by a fifth; with ages levelled about half of that is left."""
    counts = delivered.set_index(["year", "unit"])["deaths"].reindex(exposure.index)
    result, weight = compare_deaths(exposure, counts), exposure.sum(axis=1)

    def spread(values):
        mean = np.average(values, weights=weight)
        return np.sqrt(np.average((values / mean - 1) ** 2, weights=weight))

    assert spread(result["deaths_ratio"]) < 0.6 * spread(result["deaths"])


def test_rates_of_the_country_are_plausible_and_rise_with_age(delivered, exposure):
    counts = delivered.set_index(["year", "unit"])["deaths"].reindex(exposure.index)
    rates = fitted_rates(exposure, counts)
    assert rates.is_monotonic_increasing
    assert 0.0015 < rates[0] < 0.0025
    assert 0.15 < rates[90] < 0.40


def test_known_rates_are_recovered_exactly_without_chance():
    exposure = simulated()
    np.testing.assert_allclose(fitted_rates(exposure, exposure @ TRUE_RATES), TRUE_RATES, rtol=1e-8)
    result = compare_deaths(exposure, exposure @ TRUE_RATES)
    np.testing.assert_allclose(result["deaths_ratio"], 1.0, rtol=1e-9)


def test_known_rates_are_recovered_from_poisson_deaths():
    """Mean of 40 draws within four of its standard errors of the truth, in every age group."""
    exposure = simulated()
    rng = np.random.default_rng(7)
    fits = np.array(
        [
            fitted_rates(exposure, pd.Series(rng.poisson(exposure @ TRUE_RATES), exposure.index))
            for _ in range(40)
        ]
    )
    error = fits.std(axis=0, ddof=1) / np.sqrt(40)
    assert (np.abs(fits.mean(axis=0) - TRUE_RATES) < 4 * error).all()


def test_rates_never_fall_with_age_even_where_the_data_say_so():
    exposure = simulated()
    falling = pd.Series([0.002, 0.05, 0.01, 0.12, 0.24], AGE_GROUPS)
    assert fitted_rates(exposure, exposure @ falling).is_monotonic_increasing


def test_excess_deaths_of_one_municipality_show_in_its_ratio():
    exposure = simulated()
    counts = exposure @ TRUE_RATES
    counts[(2013, "U007")] *= 1.2
    result = compare_deaths(exposure, counts)
    assert result.loc[(2013, "U007"), "deaths_ratio"] == pytest.approx(1.2, rel=0.02)


def test_order_of_rows_does_not_matter():
    exposure = simulated()
    counts = (exposure @ TRUE_RATES).round()
    order = np.random.default_rng(1).permutation(len(exposure))
    shuffled = compare_deaths(exposure.iloc[order], counts.iloc[order])
    pd.testing.assert_frame_equal(shuffled.sort_index(), compare_deaths(exposure, counts).sort_index())


def test_exposure_by_age_conserves_insured_years():
    cells = pd.DataFrame(
        {
            "unit": ["A", "A", "B", "B", "B"],
            "age": [60, 65, 85, 90, 0],
            "insured_years": [1.0, 2.0, 4.0, 8.0, 16.0],
        }
    )
    table = exposure_by_age({2012: cells})
    assert table.loc[(2012, "A")].tolist() == [1.0, 2.0, 0.0, 0.0, 0.0]
    assert table.loc[(2012, "B")].tolist() == [16.0, 0.0, 0.0, 4.0, 8.0]


def test_deaths_of_merged_units_are_summed(delivered):
    merged = delivered.assign(unit=to_stable(delivered["unit"])).groupby(["year", "unit"])["deaths"].sum()
    assert merged.groupby("year").size().eq(339).all()
    assert merged.sum() == delivered["deaths"].sum()
