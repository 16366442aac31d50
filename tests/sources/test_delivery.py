"""From delivered files to one region panel."""

import hashlib

import duckdb
import numpy as np
import pandas as pd
import pytest

from lmpeval.contracts import ContractError, load_contract
from lmpeval.errors import UserError
from lmpeval.sources import deliver
from lmpeval.study import Boundaries, Data

PUBLISHED = Data(
    vektis="vektis",
    municipalities="cbs/crosswalk_355.csv",
    key_figures="cbs/70072ned_regionale_kerncijfers_2015.csv",
    deaths="cbs/deaths_births_355_2012_2016.csv",
)


@pytest.fixture(scope="module")
def delivery(real_data):
    return deliver(PUBLISHED, real_data, 2011, 2018)


def test_real_panel_is_complete(delivery):
    table = delivery.table
    assert table.shape[0] == 355 * 8
    assert table[["unit", "year"]].equals(
        table[["unit", "year"]].sort_values(["unit", "year"], ignore_index=True)
    )
    always = ["total", "cost_core", "hospital", "gp", "pharmacy", "mental_health", "density", "share_65_plus"]
    assert table[always].notna().all().all()
    pd.testing.assert_frame_equal(load_contract("region_panel").check(table, "again"), table)


def test_missing_means_missing(delivery):
    table = delivery.table
    there = table.groupby("year")[
        ["deaths", "district_nursing", "geriatric_rehabilitation", "primary_care_stay"]
    ].count()
    assert there["deaths"].tolist() == [0, *[355] * 5, 0, 0]
    assert there["district_nursing"].tolist() == [0] * 4 + [355] * 4
    assert there["geriatric_rehabilitation"].tolist() == [0] * 2 + [355] * 6
    assert there["primary_care_stay"].tolist() == [0] * 7 + [355]


def test_outcomes_of_the_panel_are_those_of_the_country(delivery):
    """Weighted by insured years, observed and expected cost meet the national rate of every year."""
    table = delivery.table
    for name in ("total", "cost_core", "hospital"):
        euro = (
            table[[name, f"{name}_expected"]].mul(table["insured_years"], axis=0).groupby(table["year"]).sum()
        )
        np.testing.assert_allclose(euro[name], euro[f"{name}_expected"])
    national = (table["total"] * table["insured_years"]).groupby(table["year"]).sum()
    national /= table.groupby("year")["insured_years"].sum()
    assert round(national[2018], 1) == 2625.0
    standardised = table["total_ratio"] * table["year"].map(national)
    np.testing.assert_allclose(table["total_standardised"], standardised)


def test_density_agrees_with_statistics_netherlands(delivery, real_data):
    """Insured years per km2 of land stay just under CBS's inhabitants per km2 where nothing merged."""
    figures = pd.read_csv(real_data / PUBLISHED.key_figures, sep=";", encoding="utf-8-sig", dtype=str)
    published = (
        figures.assign(code=figures["RegioS"].str.strip())
        .set_index("code")["Bevolkingsdichtheid_57"]
        .dropna()
    )
    codes = pd.read_csv(real_data / PUBLISHED.municipalities).set_index("unit355")["gm2020"]
    ours = delivery.table.query("year == 2015").set_index("unit")["density"]
    ratio = (ours / codes.reindex(ours.index).map(published.astype(float))).dropna()
    assert len(ratio) == 339
    # municipalities that took over a neighbour later differ; the bulk may not
    assert ratio.quantile(0.05) > 0.93
    assert ratio.quantile(0.95) < 1.01
    assert ratio.median() == pytest.approx(0.987, abs=0.01)


def test_land_area_is_structure(delivery):
    assert delivery.table.groupby("unit")["land_area"].nunique().eq(1).all()
    assert delivery.table.groupby("unit")["density"].nunique().gt(1).all()


def test_files_are_named_with_their_digests(delivery, real_data):
    assert len(delivery.files) == 11
    for name, digest in delivery.files:
        assert hashlib.sha256((real_data / name).read_bytes()).hexdigest() == digest


def test_notes_say_what_was_allowed(delivery):
    text = "\n".join(delivery.notes)
    assert "Vektis 2012: 29 cell(s) with negative cost" in text
    assert "15 suppressed age-sex cell(s) in 7 municipality(ies)" in text
    assert "180,413 insured years in no municipality (residual row)" in text
    assert "deaths: none delivered for 2011, 2017, 2018" in text
    assert "district_nursing: no category of its own in 2011, 2012, 2013, 2014" in text


def test_stable_units_over_all_years(real_data):
    stable = Data(vektis="vektis", municipalities="cbs/crosswalk_355.csv", boundaries=Boundaries.STABLE)
    delivery = deliver(stable, real_data, 2018, 2023)
    assert delivery.table.groupby("year")["unit"].nunique().tolist() == [339] * 6
    assert delivery.table["group"].nunique() == 40
    moved = [note for note in delivery.notes if "joins municipalities of different regions" in note]
    assert [note.split(" joins")[0] for note in moved] == [
        "AMSTERDAM",
        "BOXTEL HAAREN OISTERWIJK TILBURG VUGHT",
    ]


def test_mixed_vintages_are_refused(real_data):
    with pytest.raises(UserError) as error:
        deliver(PUBLISHED, real_data, 2018, 2019)
    assert "2019: 352 units, of which not in all years: EEMSDELTA" in str(error.value)
    assert "APPINGEDAM, DELFZIJL, HAAREN, LOPPERSUM" in str(error.value)


def test_small_country_by_hand(write_vektis, crosswalk):
    """Weesp joins Amsterdam; every sum is worked out from the rule that made the files."""
    for year in (2011, 2012):
        write_vektis(year, {"AMSTERDAM": 1.0, "WEESP": 1.0, "URK": 3.0})
    data = Data(vektis="vektis", municipalities=crosswalk.name, boundaries=Boundaries.STABLE)
    table = deliver(data, crosswalk.parent, 2011, 2012).table
    assert table["unit"].unique().tolist() == ["AMSTERDAM", "URK"]
    assert table["group"].unique().tolist() == ["Groot-Amsterdam", "Flevoland"]
    rows = table.set_index(["unit", "year"])
    i = np.arange(1, 20)
    urk = 2 * (99 + i + 30)
    others = 2 * (99 + i + 90) + 2 * (99 + i + 50)
    rate = (3 * i * urk + i * others) / (urk + others)
    assert rows.loc[("URK", 2011), "insured_years"] == pytest.approx(urk.sum())
    assert rows.loc[("URK", 2011), "hospital"] == pytest.approx((3 * i * urk).sum() / urk.sum())
    assert rows.loc[("URK", 2012), "hospital_expected"] == pytest.approx((rate * urk).sum() / urk.sum())
    assert rows.loc[("AMSTERDAM", 2012), "gp_ratio"] == pytest.approx(
        (i * others).sum() / (rate * others).sum()
    )


def test_deaths_on_other_units_are_refused(write_vektis, crosswalk):
    write_vektis(2012, {"AMSTERDAM": 1.0, "URK": 3.0})
    root = crosswalk.parent
    (root / "deaths.csv").write_text(
        "unit355,year,deaths,births\nURK,2012,60,500\nEDE,2012,9,9\n", encoding="utf-8"
    )
    data = Data(vektis="vektis", municipalities=crosswalk.name, deaths="deaths.csv")
    with pytest.raises(
        UserError, match=r"(?s)2012: other units .*only here: EDE.*only in the cost files: AMSTERDAM"
    ):
        deliver(data, root, 2012, 2012)
    (root / "deaths.csv").write_text("unit355,year,deaths,births\nURK,2010,60,500\n", encoding="utf-8")
    with pytest.raises(UserError, match="no deaths in 2012-2012"):
        deliver(data, root, 2012, 2012)


def panel() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": ["B", "A", "A", "B", "A", "B"],
            "year": [2013, 2012, 2013, 2012, 2014, 2014],
            "group": ["s", "n", "n", "s", "n", "s"],
            "cost": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        }
    )


def test_tidy_panel_is_cut_to_the_window_and_sorted(tmp_path):
    panel().to_csv(tmp_path / "panel.csv", index=False)
    delivery = deliver(Data(panel="panel.csv"), tmp_path, 2012, 2013)
    assert delivery.table["cost"].tolist() == [2.0, 3.0, 4.0, 1.0]
    assert [name for name, _ in delivery.files] == ["panel.csv"]
    with duckdb.connect(str(tmp_path / "panel.duckdb")) as connection:
        connection.register("given", panel())
        connection.execute("create table regions as select * from given")
    from_database = deliver(Data(panel="panel.duckdb", table="regions"), tmp_path, 2012, 2013)
    pd.testing.assert_frame_equal(from_database.table, delivery.table, check_dtype=False)


def test_tidy_panel_without_a_year_or_against_its_contract(tmp_path):
    panel().to_csv(tmp_path / "panel.csv", index=False)
    with pytest.raises(UserError, match=r"panel.csv: no row for 2011, 2015; it has 2012-2014"):
        deliver(Data(panel="panel.csv"), tmp_path, 2011, 2015)
    panel().drop(columns="group").to_csv(tmp_path / "panel.csv", index=False)
    with pytest.raises(ContractError, match="group: the column must be present"):
        deliver(Data(panel="panel.csv"), tmp_path, 2012, 2013)
