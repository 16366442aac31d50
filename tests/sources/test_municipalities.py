"""Where units lie and how much land they have."""

import pandas as pd
import pytest

from lmpeval.errors import UserError
from lmpeval.sources.land_area import land_of_units, on_the_map_of_2020, read_land_area, reorganisations
from lmpeval.sources.municipalities import members_of, place, read_crosswalk


def test_real_crosswalk_places_all_355(real_data):
    crosswalk = read_crosswalk(real_data / "cbs" / "crosswalk_355.csv")
    assert len(crosswalk) == 355
    assert crosswalk["group"].nunique() == 40
    assert crosswalk["area"].nunique() == 12
    assert crosswalk.loc["KERKRADE", ["group", "area"]].tolist() == ["Zuid-Limburg", "Limburg"]


def test_merged_unit_lies_where_its_largest_member_lies(crosswalk):
    table = read_crosswalk(crosswalk)
    members = members_of(["AMSTERDAM", "URK"], table)
    assert {unit: set(names) for unit, names in members.items()} == {
        "AMSTERDAM": {"AMSTERDAM", "WEESP"},
        "URK": {"URK"},
    }
    places, notes = place(members, table, pd.Series({"AMSTERDAM": 800.0, "WEESP": 19.0, "URK": 20.0}))
    assert places.loc["AMSTERDAM"].tolist() == ["Groot-Amsterdam", "Noord-Holland"]
    assert len(notes) == 1
    assert "WEESP in Het Gooi" in notes[0]
    places, _ = place(members, table, pd.Series({"AMSTERDAM": 1.0, "WEESP": 19.0}))
    assert places.loc["AMSTERDAM", "group"] == "Het Gooi"


def test_municipality_that_stands_apart_is_not_joined(crosswalk):
    table = read_crosswalk(crosswalk)
    members = members_of(["AMSTERDAM", "URK", "WEESP"], table)
    assert members["AMSTERDAM"] == ["AMSTERDAM"]
    assert place(members, table, pd.Series(dtype=float))[1] == []


def test_units_that_are_not_in_the_crosswalk_are_all_named(crosswalk):
    with pytest.raises(UserError, match=r"does not place 2 unit\(s\): EDE, EEMSDELTA"):
        members_of(["EEMSDELTA", "URK", "EDE"], read_crosswalk(crosswalk))


@pytest.fixture(scope="module")
def land(real_data):
    return read_land_area(real_data / "cbs" / "70072ned_regionale_kerncijfers_2015.csv")


def test_land_of_the_country_is_conserved(land, real_data):
    """The 393 municipalities add up to the country's 33,687.62 km2 but for rounding, as do the units."""
    assert len(land) == 393
    assert land.sum() == pytest.approx(33_687.62, abs=0.2)
    crosswalk = read_crosswalk(real_data / "cbs" / "crosswalk_355.csv")
    area = on_the_map_of_2020(land)
    assert set(area.index) == set(crosswalk["code"])
    assert area.sum() == pytest.approx(land.sum())
    members = members_of(sorted(crosswalk.index), crosswalk)
    units, notes = land_of_units(members, crosswalk["code"], area)
    assert notes == []
    assert units.sum() == pytest.approx(land.sum())


def test_merger_by_hand(land):
    """Beekdaelen: Onderbanken 21.16 + Nuth 33.10 + Schinnen 24.06 km2."""
    area = on_the_map_of_2020(land)
    assert area["GM1954"] == pytest.approx(78.32)
    assert area["GM0394"] == pytest.approx(land["GM0394"] + land["GM0393"])


def test_reorganisations_agree_with_the_register_up_to_2017(real_data):
    register = pd.read_csv(real_data / "cbs" / "gm_changes_before_2018.csv", sep=";", encoding="latin-1")
    current = register.groupby("Oude")["Huidige code"].agg(set)
    known = reorganisations().query("year <= 2017")
    assert len(known) == 9
    assert all(row.gm2020 in current[row.gm2015] for row in known.itertuples())


def test_every_changed_code_leads_to_a_unit_and_none_is_left_out(land, real_data):
    changes = reorganisations()
    codes = set(read_crosswalk(real_data / "cbs" / "crosswalk_355.csv")["code"])
    assert set(land.index) - codes == set(changes["gm2015"])
    assert set(changes["gm2020"]) <= codes
    assert set(changes.loc[changes["new_code"], "gm2020"]) == codes - set(land.index)


def test_successors_hold_the_deaths_of_their_predecessors(real_data):
    """An independent mapping of the same mergers, made for deaths, gives the same sums in 2015."""
    monthly = pd.read_csv(real_data / "cbs" / "cbs_births_deaths_gm_monthly_2012_2017.csv")
    mapped = pd.read_csv(real_data / "cbs" / "deaths_births_355_2012_2016.csv")
    before = monthly[monthly["year"] == 2015].groupby("gm")["deaths"].sum().astype(float)
    after = mapped[mapped["year"] == 2015].set_index("gm2020")["deaths"]
    ours = on_the_map_of_2020(before).reindex(after.index)
    pd.testing.assert_series_equal(ours, after.astype(float), check_names=False)


@pytest.mark.parametrize("absent", ["GM0014", "GM0017"])
def test_unit_with_an_unknown_part_has_no_area(land, absent, crosswalk):
    """Groningen took over Haren (GM0017) and Ten Boer: without any of the three its area is not known."""
    table = read_crosswalk(crosswalk)
    area = on_the_map_of_2020(land.drop(absent))
    assert "GM0014" not in area
    units, notes = land_of_units({"GRONINGEN": ["GRONINGEN"], "URK": ["URK"]}, table["code"], area)
    assert units.isna().tolist() == [True, False]
    assert notes == ["no land area, so no density, for GRONINGEN"]


def test_key_figures_of_another_year_are_refused(tmp_path):
    path = tmp_path / "figures.csv"
    path.write_text('"RegioS";"Perioden";"Land_248"\n"GM0184  ";"2018JJ00";"11.51"\n', encoding="utf-8")
    with pytest.raises(UserError, match=r"Perioden: must be one of 2015JJ00; 1 row: line 2 has '2018JJ00'"):
        read_land_area(path)
