"""From a table to the panel of one outcome: prices, years, complete units, covariates frozen in time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpeval.assembly.panels import assemble
from lmpeval.comparators import select
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.errors import CannotEstimate
from lmpeval.simulation.regions import SITE
from lmpeval.study import DatedReason, Exclusion, Neighbours, Price, Status
from simulation.small_country import register, study, table

COST, MORTALITY = study().outcomes
SERIES = {year: 80.0 + 2.5 * (year - 2010) for year in range(2005, 2022)}


def assembled(asked=None, outcome=COST, data=None):
    asked = study() if asked is None else asked
    data = table() if data is None else data
    return assemble(asked, outcome, data, select(asked, data, register()))


def priced(index, year=2017):
    source = "a statistical office" if isinstance(index, dict) else None
    return replace(COST, price=Price(year, index, source))


def column(made, unit):
    return made.panel.outcome[:, made.panel.units.index(unit)]


def without(data, unit, years, name="cost"):
    data.loc[(data["unit"] == unit) & data["year"].isin(years), name] = np.nan
    return data


def window(**changes):
    return study("window", **changes)


def test_panel_holds_the_table():
    made = assembled()
    panel, data = made.panel, table()
    assert panel.outcome.shape == (8, 125)
    assert panel.years.tolist() == list(range(2010, 2018))
    assert panel.start == 2014
    assert tuple(np.asarray(panel.units)[panel.treated]) == SITE
    assert tuple(np.asarray(panel.units)[panel.aside]) == ("kant_05",)
    assert {panel.groups[i] for i in np.flatnonzero(panel.treated)} == {"Kant"}
    assert (made.dropped, made.notes) == ((), ())
    cell = data[(data["unit"] == "streek07_03") & (data["year"] == 2012)].iloc[0]
    where = panel.units.index("streek07_03")
    assert panel.outcome[2, where] == cell["cost"]
    assert panel.exposure[2, where] == cell["insured_years"]
    assert panel.covariate_names == ("share_65_plus", "log_insured_years")
    np.testing.assert_allclose(
        panel.covariates[where], [cell["share_65_plus"], cell["log_insured_years"]], rtol=1e-12
    )


def test_neighbours_that_are_kept_are_compared():
    panel = assembled(study("comparator", neighbours=Neighbours.KEEP)).panel
    assert not panel.aside.any()
    assert not panel.apart
    assert assembled().panel.apart


# Prices


def test_nominal_euros_stay():
    np.testing.assert_array_equal(assembled(outcome=priced("none")).panel.outcome, assembled().panel.outcome)


def test_outcome_without_price_stays():
    made = assembled(outcome=MORTALITY)
    expected = table().query("unit == 'kant_01'")["mortality"].to_numpy()
    np.testing.assert_array_equal(column(made, "kant_01"), expected)


def test_national_index_by_hand():
    """Two municipalities of 100 and 300 insured years: means of 175 and 350, so euros of 2013 count twice."""
    asked = study("window", first=2013, last=2014)
    asked = replace(asked, population=replace(asked.population, members=("a",)))
    rows = [("a", 2013, 100.0, 100.0), ("b", 2013, 300.0, 200.0), ("a", 2014, 100.0, 500.0),
            ("b", 2014, 300.0, 300.0)]  # fmt: skip
    data = pd.DataFrame(rows, columns=["unit", "year", "insured_years", "cost"])
    data = data.assign(group=data["unit"], area="all", share_65_plus=0.2, log_insured_years=1.0)
    made = assembled(asked, priced("national", 2014), data)
    np.testing.assert_allclose(column(made, "a"), [200.0, 500.0], rtol=1e-12)
    np.testing.assert_allclose(column(made, "b"), [400.0, 300.0], rtol=1e-12)


def test_series_by_hand():
    made = assembled(outcome=priced(SERIES, 2012))
    nominal = column(assembled(), "kant_01")
    expected = nominal * 85.0 / np.array([80.0, 82.5, 85.0, 87.5, 90.0, 92.5, 95.0, 97.5])
    np.testing.assert_allclose(column(made, "kant_01"), expected, rtol=1e-12)


def test_price_year_may_lie_outside_the_window_where_the_series_has_it():
    ratio = column(assembled(outcome=priced(SERIES, 2020)), "kant_01") / column(
        assembled(outcome=priced(SERIES, 2012)), "kant_01"
    )
    np.testing.assert_allclose(ratio, 105.0 / 85.0, rtol=1e-12)


@pytest.mark.parametrize("index", ["national", SERIES])
@pytest.mark.parametrize("year", [2010, 2014, 2017])
def test_price_year_is_only_a_unit_of_account(index, year):
    """Effects in euro of one year and of another differ by the price level alone."""
    one, other = (assembled(outcome=priced(index, y)).panel.outcome for y in (2012, year))
    ratio = other / one
    assert np.ptp(ratio) < 1e-12


@pytest.mark.parametrize("index", ["national", SERIES])
def test_constant_real_cost_in_nominal_euro_gives_no_effect(index):
    """Levels differ, growth is the country's: nominal euros diverge, real ones do not."""
    data = table()
    level = data["unit"].map({unit: 1000.0 + 13 * i for i, unit in enumerate(sorted(set(data["unit"])))})
    data["cost"] = level * data["year"].map(SERIES) / 100
    panel = assembled(outcome=priced(index), data=data).panel
    compared = DifferenceInDifferences(matches=20).compare(panel)
    np.testing.assert_allclose(panel.treated_mean - compared.counterfactual, 0, atol=1e-9)
    nominal = assembled(outcome=priced("none"), data=data).panel
    apart = nominal.treated_mean - DifferenceInDifferences(matches=20).compare(nominal).counterfactual
    assert np.abs(apart).max() > 1


def test_national_index_does_not_know_which_units_are_compared():
    """The index is the nation's: leaving a province out of the pool does not move real euros."""
    small_pool = study("comparator", exclude=(Exclusion("flood", areas=("area03",)),))
    outcome = priced("national")
    np.testing.assert_array_equal(
        column(assembled(small_pool, outcome), "kant_01"), column(assembled(outcome=outcome), "kant_01")
    )


def test_unit_that_misses_a_year_does_not_move_the_national_index():
    """A costly municipality without figures in one year would make that year look cheap everywhere."""
    data = table()
    data.loc[data["unit"] == "streek05_01", "cost"] *= 30
    gone = without(data.copy(), "streek05_01", [2012])
    outcome = priced("national")
    ratio = column(assembled(outcome=outcome, data=gone), "kant_01") / column(
        assembled(outcome=outcome, data=data), "kant_01"
    )
    assert np.abs(ratio - 1).max() < 0.05


@pytest.mark.parametrize("index", ["none", "national", SERIES])
def test_excluded_year_is_left_out_whatever_the_price_index(index):
    asked = window(exclude=(DatedReason(2012, "the register moved"),))
    made = assembled(asked, priced(index))
    assert made.panel.years.tolist() == [2010, 2011, 2013, 2014, 2015, 2016, 2017]
    assert made.notes == ("2012 left out: the register moved",)
    full = assembled(outcome=priced(index)).panel
    np.testing.assert_array_equal(made.panel.outcome, np.delete(full.outcome, 2, axis=0))


@pytest.mark.parametrize("index", ["none", "national", SERIES])
def test_years_after_a_stop_are_left_out_whatever_the_price_index(index):
    asked = study("intervention", status=Status.STOPPED, ended=2015)
    made = assembled(asked, priced(index))
    assert made.panel.years.tolist() == [2010, 2011, 2012, 2013, 2014, 2015]
    assert made.notes == tuple(
        f"{year} left out: after the intervention stopped in 2015" for year in (2016, 2017)
    )


def test_price_year_without_figures_cannot_be_priced():
    data = table()
    data.loc[data["year"] == 2017, "cost"] = np.nan
    with pytest.raises(CannotEstimate, match="no figures of cost in its price year, 2017"):
        assembled(outcome=priced("national", 2017), data=data)


# Years


def test_absorbed_intervention_keeps_its_later_years():
    made = assembled(study("intervention", status=Status.ABSORBED, ended=2015))
    assert made.panel.years[-1] == 2017


def test_year_without_delivery_is_a_note_and_not_a_missing_unit():
    data = table()
    data.loc[data["year"].isin([2011, 2016]), "cost"] = np.nan
    made = assembled(data=data)
    assert made.panel.years.tolist() == [2010, 2012, 2013, 2014, 2015, 2017]
    assert made.notes == ("no figures of cost for 2011, 2016",)
    assert made.dropped == ()
    assert assembled(outcome=MORTALITY, data=data).panel.outcome.shape == (8, 125)


@pytest.mark.parametrize(
    ("years", "side"), [(range(2010, 2014), "before the start"), (range(2014, 2018), "from the start on")]
)
def test_side_of_the_start_without_figures_cannot_be_estimated(years, side):
    data = table()
    data.loc[data["year"].isin(years), "cost"] = np.nan
    with pytest.raises(CannotEstimate, match=f"no figures of cost {side} \\(2014\\)"):
        assembled(data=data)


# Units


def test_incomplete_units_are_dropped_each_with_its_reason():
    data = without(table(), "streek01_01", [2012, 2015])
    data = data[~((data["unit"] == "streek01_02") & (data["year"] == 2016))]
    data.loc[(data["unit"] == "streek01_03") & (data["year"] == 2010), "insured_years"] = 0
    data.loc[(data["unit"] == "streek01_04") & (data["year"] == 2010), "insured_years"] = np.nan
    data.loc[(data["unit"] == "streek01_05") & (data["year"] < 2014), "share_65_plus"] = np.nan
    data = without(data, "kant_05", [2013])
    made = assembled(data=data)
    assert dict(made.dropped) == {
        "kant_05": "no figure for 2013",
        "streek01_01": "no figure for 2012, 2015",
        "streek01_02": "no figure for 2016",
        "streek01_03": "no exposure in a year",
        "streek01_04": "no exposure in a year",
        "streek01_05": "a matching variable is missing before the start",
    }
    assert not set(dict(made.dropped)) & set(made.panel.units)
    assert len(made.panel.units) + len(made.dropped) == 125


@pytest.mark.parametrize("broken", ["cost", "insured_years", "share_65_plus"])
def test_treated_unit_without_complete_figures_cannot_be_estimated(broken):
    data = without(table(), "kant_02", range(2010, 2014), broken)
    with pytest.raises(CannotEstimate, match="treated units without complete figures for cost: kant_02 "):
        assembled(data=data)


@pytest.mark.parametrize("unit", ["kant_02", "streek01_01"])
def test_unit_that_was_delivered_for_excluded_years_alone_does_not_vanish(unit):
    asked = window(exclude=(DatedReason(2012, "the register moved"),))
    data = table()
    data = data[(data["unit"] != unit) | (data["year"] == 2012)]
    if unit in SITE:
        with pytest.raises(CannotEstimate, match="kant_02 \\(no figure for 2010, 2011, 2013"):
            assembled(asked, data=data)
    else:
        assert dict(assembled(asked, data=data).dropped).keys() == {unit}


def test_no_comparison_unit_left_cannot_be_estimated():
    asked = study("comparator", pool=("streek01_01",))
    with pytest.raises(CannotEstimate, match="no comparison unit"):
        assembled(asked, data=without(table(), "streek01_01", [2012]))
    everybody = study(
        "comparator", exclude=(Exclusion("all", areas=tuple(f"area{i:02d}" for i in range(7))),)
    )
    with pytest.raises(CannotEstimate, match="no comparison unit"):
        assembled(everybody)


# Covariates


def test_covariates_are_frozen_before_the_start():
    data, later = table(), table()
    later.loc[later["year"] >= 2014, "share_65_plus"] *= 5
    np.testing.assert_array_equal(
        assembled(data=later).panel.covariates, assembled(data=data).panel.covariates
    )
    later.loc[later["year"] == 2013, "share_65_plus"] += 0.04
    np.testing.assert_allclose(
        assembled(data=later).panel.covariates[:, 0],
        assembled(data=data).panel.covariates[:, 0] + 0.01,
        rtol=1e-9,
    )


def test_covariates_of_an_excluded_year_are_not_used():
    asked = window(exclude=(DatedReason(2012, "the register moved"),))
    spoilt = table()
    spoilt.loc[spoilt["year"] == 2012, "share_65_plus"] = 99
    np.testing.assert_array_equal(
        assembled(asked, data=spoilt).panel.covariates, assembled(asked).panel.covariates
    )


# Invariances


def test_order_of_rows_and_columns_does_not_matter():
    shuffled = table().sample(frac=1, random_state=3)[lambda frame: sorted(frame.columns)]
    one, other = assembled(data=shuffled, outcome=priced("national")), assembled(outcome=priced("national"))
    np.testing.assert_allclose(one.panel.outcome, other.panel.outcome, rtol=1e-13)
    np.testing.assert_allclose(one.panel.covariates, other.panel.covariates, rtol=1e-13)
    assert one.panel.units == other.panel.units
    assert one.panel.groups == other.panel.groups


def test_table_is_not_changed():
    data = table()
    assembled(outcome=priced("national"), data=data)
    pd.testing.assert_frame_equal(data, table())
