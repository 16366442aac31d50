"""The yearly cost files, as published."""

import numpy as np
import pandas as pd
import pytest

from lmpeval.contracts import ContractError
from lmpeval.errors import UserError
from lmpeval.sources.national import national_totals
from lmpeval.sources.vektis import find_files, read_year, read_years

PRINTED_TOTAL = [2120, 2066, 2158, 2186, 2342, 2459, 2516, 2601, 2681, 2612, 2725, 2902, 3119]
PRINTED_CORE = [1842, 1849, 1880, 1921, 1925, 2028, 2049, 2107, 2181, 2123, 2299, 2396, 2577]
PRINTED_INSURED_YEARS = [
    16.633, 16.705, 16.756, 16.805, 16.869, 16.964, 17.050, 17.170, 17.284, 17.359, 17.448, 17.578, 17.686,
]  # fmt: skip


@pytest.fixture(scope="module")
def published(real_data):
    return read_years(real_data / "vektis", range(2011, 2024))


def test_national_totals_are_the_printed_ones(published):
    """Printed totals count the residual row; the printed cost_core is over municipalities, without it."""
    totals = national_totals(published)
    assert totals["total"].round().tolist() == PRINTED_TOTAL
    assert totals["cost_core_municipalities"].round().tolist() == PRINTED_CORE
    assert (totals["insured_years"] / 1e6).round(3).tolist() == PRINTED_INSURED_YEARS
    assert not totals["cost_core"].round().isin(PRINTED_CORE).any()


def test_figures_of_2018_are_those_of_a_published_article(published):
    file = next(file for file in published if file.year == 2018)
    sums = file.cells.groupby("unit")[["total", "insured_years"]].sum()
    rate = sums["total"] / sums["insured_years"]
    assert round(rate["KERKRADE"], 1) == 3624.6
    assert round(rate["URK"], 1) == 1853.1
    # the article's 2,625.0 for the country is over municipalities; with the residual row it is 2,601.1
    assert round(national_totals([file]).loc[2018, "total_municipalities"], 1) == 2625.0
    assert round(national_totals([file]).loc[2018, "total"], 1) == 2601.1


def test_categories_add_up_to_the_total_to_the_cent(published, real_data):
    for file in published:
        categories = [name for name in file.outcomes if name not in ("total", "cost_core")]
        difference = file.cells[categories].sum(axis=1) - file.cells["total"]
        assert difference.abs().max() < 0.005
        raw = pd.read_csv(real_data / "vektis" / file.path.name, sep=";")
        costs = [column for column in raw.columns if column.lower().startswith("kosten")]
        assert raw[costs].sum().sum() == pytest.approx(
            file.cells["total"].sum() + file.residual["total"].sum(), abs=1
        )


def test_negative_and_suppressed_cells_are_counted(published):
    until_2018 = [file for file in published if file.year <= 2018]
    assert sum(len(file.suppressed) for file in until_2018) == 44
    assert sum(len(file.units) for file in until_2018) == 2840
    assert {file.year: file.negative for file in until_2018}[2012] == 29
    assert all(file.negative <= 29 for file in published)
    assert all(file.suppressed.between(1, 5).all() for file in published)


def test_sets_of_municipalities(published):
    assert [len(file.units) for file in published] == [355] * 8 + [352] + [344] * 2 + [342] * 2


def test_residual_row_is_in_no_municipality(write_vektis):
    file = read_year(write_vektis(2011, {"URK": 1.0}), 2011)
    assert len(file.residual) == 1
    assert len(file.cells) == 38
    totals = national_totals([file])
    exposure = file.cells["insured_years"].sum()
    assert totals.loc[2011, "insured_years"] == pytest.approx(exposure + 40)
    expected = (file.cells["total"].sum() + 18 * 1000.0) / (exposure + 40)
    assert totals.loc[2011, "total"] == pytest.approx(expected)


def test_lower_case_and_cut_off_names_are_read_as_the_full_ones(write_vektis):
    full = read_year(write_vektis(2023, {"URK": 1.0}), 2023).cells
    cut = read_year(
        write_vektis(2023, {"URK": 1.0}, lambda rows: rows.rename(columns=lambda name: name[:32])), 2023
    )
    upper = read_year(write_vektis(2023, {"URK": 1.0}, lambda rows: rows.rename(columns=str.upper)), 2023)
    pd.testing.assert_frame_equal(cut.cells, full)
    pd.testing.assert_frame_equal(upper.cells, full)


def test_order_of_rows_and_columns_does_not_matter(write_vektis):
    plain = read_year(write_vektis(2015, {"URK": 1.0, "EDE": 2.0}), 2015).cells

    def shuffled(rows):
        return rows.sample(frac=1.0, random_state=3)[rows.columns[::-1]]

    mixed = read_year(write_vektis(2015, {"URK": 1.0, "EDE": 2.0}, shuffled), 2015).cells
    keys = ["unit", "sex", "age"]
    pd.testing.assert_frame_equal(
        mixed.sort_values(keys, ignore_index=True),
        plain.sort_values(keys, ignore_index=True),
        check_like=True,
    )


def test_birth_care_holds_integrated_birth_care_and_core_the_stable_basket(write_vektis):
    cells = read_year(write_vektis(2021, {"URK": 2.0}), 2021).cells
    one = cells["other"]
    np.testing.assert_allclose(cells["birth_care"], 3 * one)
    np.testing.assert_allclose(cells["gp"], 4 * one)
    np.testing.assert_allclose(cells["mental_health"], 4 * one)
    # 4 gp, 1 hospital, 1 pharmacy, 1 devices, 1 dental, 2 paramedical, 2 transport, 3 birth care
    np.testing.assert_allclose(cells["cost_core"], 15 * one)
    np.testing.assert_allclose(cells["total"], 26 * one)


def test_negative_cells_are_kept(write_vektis):
    def correct(rows):
        rows.loc[0, "kosten_farmacie"] = -500.0
        rows.loc[rows["gemeentenaam"].isna(), "kosten_mondzorg"] = -1.0
        return rows

    file = read_year(write_vektis(2012, {"URK": 1.0}, correct), 2012)
    assert file.negative == 1  # the residual row is no municipality
    assert file.cells["pharmacy"].min() == -500.0


def test_suppressed_cells_are_counted_by_municipality(write_vektis):
    file = read_year(write_vektis(2012, {"URK": 1.0, "EDE": 1.0}, lambda rows: rows.drop(index=[0, 7])), 2012)
    assert file.suppressed.to_dict() == {"URK": 2}


def test_violations_of_all_files_come_together(write_vektis):
    def letters(rows):
        return rows.astype(object).assign(kosten_farmacie=["12,5", *rows["kosten_farmacie"][1:]])

    write_vektis(2011, {"URK": 1.0}, letters)
    write_vektis(2012, {"URK": 1.0}, lambda rows: rows.drop(columns="kosten_mondzorg"))
    folder = write_vektis(2013, {"URK": 1.0}).parent
    with pytest.raises(ContractError) as error:
        read_years(folder, [2011, 2012, 2013])
    message = str(error.value)
    assert "2011 - GEMEENTE.csv: 1 violation" in message
    assert "kosten_farmacie: must be a number (decimal point); 1 row: line 2 has '12,5'" in message
    assert "kosten_mondzorg: the column must be present" in message


def test_second_residual_row_or_repeated_cell_is_refused(write_vektis):
    path = write_vektis(2011, {"URK": 1.0}, lambda rows: pd.concat([rows, rows.iloc[[0, -1]]]))
    with pytest.raises(
        ContractError, match=r"must name one row.*2 rows: line 41 has 'M', '90\+', 'URK', line 42"
    ):
        read_year(path, 2011)


def test_file_of_another_year_is_refused(write_vektis):
    path = write_vektis(2013, {"URK": 1.0})
    with pytest.raises(ContractError) as error:
        read_year(path, 2014)
    columns = {violation.column for violation in error.value.violations}
    assert columns == {
        "kosten_specialistische_ggz",
        "kosten_generalistische_basis_ggz",
        "kosten_tweedelijns_ggz",
        "kosten_eerstelijns_psychologische_zorg",
    }


def test_missing_and_doubled_files_are_named(write_vektis):
    folder = write_vektis(2011, {"URK": 1.0}).parent
    write_vektis(2013, {"URK": 1.0})
    (folder / "vektis_2013_gemeente_oud.csv").write_text("x", encoding="utf-8")
    (folder / "vektis_2012_postcode3.csv").write_text("x", encoding="utf-8")
    with pytest.raises(UserError) as error:
        find_files(folder, [2011, 2012, 2013])
    lines = str(error.value).splitlines()
    assert lines[0].endswith("years found: 2011, 2013")
    assert lines[1] == '  2012: no .csv file with "2012" and "gemeente" in its name'
    assert lines[2].startswith(
        "  2013: 2 files: Vektis Open Data 2013 - GEMEENTE.csv, vektis_2013_gemeente_oud.csv"
    )
    with pytest.raises(UserError, match="no such folder"):
        find_files(folder / "nowhere", [2011])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "the first line is empty"),
        (b"geslacht;leeftijdsklasse\nM;0 t/m 4 jaar;URK\n", "line 2 has more cells than the 2 columns"),
        (b"geslacht;leeftijdsklasse\nM;90+\nM;90+;URK\n", "Expected 2 fields in line 3, saw 3"),
        (b"geslacht;leeftijdsklasse\nM;90+\n", "gemeentenaam: the column must be present"),
        ("geslacht;gemeentenaam\nM;S\u00daDWEST\n".encode("latin-1"), "UTF-8"),
    ],
)
def test_unreadable_file_is_named(tmp_path, content, words):
    path = tmp_path / "vektis_2011_gemeente.csv"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"(?s)vektis_2011_gemeente.csv.*{words}"):
        read_year(path, 2011)
