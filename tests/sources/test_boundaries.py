"""Units that are the same area in all years."""

import pandas as pd
import pytest

from lmpeval.errors import UserError
from lmpeval.sources.boundaries import require_as_in, require_same_units, stable_units, to_stable
from lmpeval.sources.vektis import read_years


def test_stable_units_of_2011_2023(real_data):
    files = read_years(real_data / "vektis", [2018, 2019, 2021, 2023])
    units = [set(to_stable(file.cells["unit"])) for file in files]
    assert len(units[0]) == 339
    assert all(names == units[0] for names in units)


def test_no_insured_year_is_lost_between_units(real_data):
    (file,) = read_years(real_data / "vektis", [2018])
    merged = file.cells.assign(unit=to_stable(file.cells["unit"])).groupby("unit")["insured_years"].sum()
    assert merged.sum() == pytest.approx(file.cells["insured_years"].sum())
    single = file.cells.groupby("unit")["insured_years"].sum()
    assert merged["EEMSDELTA"] == pytest.approx(single[["APPINGEDAM", "DELFZIJL", "LOPPERSUM"]].sum())


def test_split_municipality_and_its_receivers_are_one_unit():
    parts = pd.Series(["HAAREN", "BOXTEL", "OISTERWIJK", "TILBURG", "VUGHT", "URK"])
    assert to_stable(parts).tolist() == ["BOXTEL HAAREN OISTERWIJK TILBURG VUGHT"] * 5 + ["URK"]


def test_mapping_twice_is_mapping_once():
    names = pd.Series(list(stable_units()))
    pd.testing.assert_series_equal(to_stable(to_stable(names)), to_stable(names))


def test_mixed_vintages_are_refused_with_years_units_and_remedy():
    old, new = frozenset({"AMSTERDAM", "WEESP", "URK"}), frozenset({"AMSTERDAM", "URK"})
    require_same_units({2018: old, 2019: old}, "vektis")
    with pytest.raises(UserError) as error:
        require_same_units({2017: old, 2018: old, 2022: new, 2020: old}, "vektis")
    lines = str(error.value).splitlines()
    assert "2 different sets" in lines[0]
    assert lines[1] == "  2017, 2018, 2020: 3 units, of which not in all years: WEESP"
    assert lines[2] == "  2022: 2 units, of which not in all years: none"
    assert '"boundaries: stable"' in lines[3]


def test_other_units_than_the_cost_files_are_refused():
    require_as_in({"A", "B"}, {"B", "A"}, "deaths.csv")
    with pytest.raises(UserError) as error:
        require_as_in({"A", "C", "D"}, {"A", "B"}, "deaths.csv, 2012")
    assert str(error.value).splitlines()[1:] == ["  only here: C, D", "  only in the cost files: B"]
