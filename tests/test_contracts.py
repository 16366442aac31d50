"""Contracts are valid documents of the standard, and every way to break one gets its own message."""

import pickle
from pathlib import Path

import jsonschema
import numpy as np
import pandas as pd
import pyodcs
import pytest
from ruamel.yaml import YAML

from lmpeval.contracts import Contract, ContractError, load_contract, read_contract
from lmpeval.errors import UserError

CONTRACTS = sorted((Path(__file__).parents[1] / "data_contracts").glob("*.yaml"))


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_file_is_valid_against_the_published_schema(path):
    document = YAML(typ="safe", pure=True).load(path)
    jsonschema.validate(document, pyodcs.pinned_schema())
    assert pyodcs.parse_and_validate(path.read_text(encoding="utf-8"))["diagnostics"] == []
    assert document["apiVersion"] == "v3.1.0"


@pytest.mark.parametrize("path", CONTRACTS, ids=lambda path: path.stem)
def test_file_describes_every_column_and_is_executable(path):
    contract = load_contract(path.stem)
    assert contract.name == path.stem
    assert all(column.description for column in contract.columns)
    assert set(contract.key) <= {column.name for column in contract.columns}


def test_schema_refuses_what_is_no_contract():
    document = YAML(typ="safe", pure=True).load(CONTRACTS[0])
    document["schema"][0]["properties"][0]["logicalType"] = "varchar"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, pyodcs.pinned_schema())


def test_all_named_contracts_are_there():
    assert {path.stem for path in CONTRACTS} >= {
        "vektis_municipality",
        "municipality_codes",
        "municipality_crosswalk",
        "deaths_municipality",
        "region_panel",
        "initiative_register",
    }
    with pytest.raises(UserError, match="no contract is called 'panels'; there are deaths_municipality"):
        load_contract("panels")


def panel() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "unit": ["A", "A", "B", "B"],
            "year": ["2012", "2013", "2012", "2013"],
            "group": ["north", "north", "south", "south"],
            "area": ["X", "X", "Y", "Y"],
            "cost": ["1.5", "2", None, "-3e2"],
        }
    )


def test_valid_panel_gets_the_types_of_the_contract_and_is_not_changed():
    delivered = panel()
    table = load_contract("region_panel").check(delivered, "panel.csv")
    assert table["year"].dtype == np.int64
    assert table["year"].tolist() == [2012, 2013, 2012, 2013]
    np.testing.assert_array_equal(table["cost"], [1.5, 2.0, np.nan, -300.0])
    pd.testing.assert_frame_equal(delivered, panel())


def test_optional_column_may_be_left_out():
    assert "area" not in load_contract("region_panel").check(panel().drop(columns="area"), "x")


def with_cells(column: str, **cells: object) -> pd.DataFrame:
    """Return the valid panel with some cells of one column replaced: ``row2="x"`` sets the third row."""
    table = panel().astype(object)
    for row, value in cells.items():
        table.loc[int(row.removeprefix("row")), column] = value
    return table


BROKEN_PANELS = {
    "text for a number": (
        with_cells("cost", row1="much"),
        "cost: must be a number",
        "1 row: line 3 has 'much'",
    ),
    "decimal comma": (
        with_cells("cost", row0="1,5"),
        "cost: must be a number (decimal point)",
        "line 2 has '1,5'",
    ),
    "infinite": (
        with_cells("cost", row0="inf", row3="-inf"),
        "cost: must be a number",
        "2 rows: line 2 has 'inf'",
    ),
    "true is no number": (with_cells("cost", row2=True), "cost: must be a number", "line 4 has True"),
    "broken year": (with_cells("year", row0="2012.5"), "year: must be a whole number", "line 2 has '2012.5'"),
    "year too small": (with_cells("year", row3="213"), "year: must be at least 1900", "line 5 has '213'"),
    "year too large": (with_cells("year", row3=20130), "year: must be at most 2100", "line 5 has 20130"),
    "year not exact": (with_cells("year", row0=str(2**60)), "year: must be a whole number", "line 2"),
    "no year": (with_cells("year", row1=None), "year: must not be empty", "1 row: line 3 has nothing"),
    "unit as number": (with_cells("unit", row0=363), "unit: must be text", "line 2 has 363"),
    "no unit": (with_cells("unit", row3=None), "unit: must not be empty", "1 row: line 5 has nothing"),
    "blank unit": (with_cells("unit", row0="  "), "unit: must have at least 1 character", "line 2 has '  '"),
    "no group": (with_cells("group", row2=None), "group: must not be empty", "line 4 has nothing"),
    "two groups": (
        with_cells("group", row1="east"),
        "group: must be the same in all rows of one unit",
        "line 3",
    ),
    "two areas": (
        with_cells("area", row3="Z"),
        "area: must be the same in all rows of one unit",
        "line 5 has 'Z'",
    ),
    "repeated row": (
        with_cells("year", row1="2012"),
        "unit, year: must name one row",
        "line 3 has 'A', '2012'",
    ),
    "no rows": (panel().iloc[:0], "table: must have at least 1 row", "it has 0"),
    "no group column": (panel().drop(columns="group"), "group: the column must be present", ""),
    "not snake_case": (
        panel().rename(columns={"cost": "Cost EUR"}),
        "Cost EUR: the column name must match",
        "",
    ),
    "column twice": (
        pd.concat([panel(), panel()[["cost"]]], axis=1),
        "cost: the column name must occur once",
        "",
    ),
}


@pytest.mark.parametrize(("table", "rule", "found"), BROKEN_PANELS.values(), ids=BROKEN_PANELS)
def test_broken_panel_gets_one_clear_message(table, rule, found):
    with pytest.raises(ContractError) as error:
        load_contract("region_panel").check(table, "panel.csv")
    assert len(error.value.violations) == 1
    headline, line = str(error.value).splitlines()
    assert headline == "panel.csv: 1 violation of contract region_panel 1.0.0"
    assert line.strip().startswith(rule)
    assert found in line


def vektis_row() -> dict[str, object]:
    contract = load_contract("vektis_municipality").in_year(2018)
    row: dict[str, object] = {column.name: 1.0 for column in contract.columns}
    keys = {"geslacht": "M", "leeftijdsklasse": "5 t/m 9 jaar", "gemeentenaam": "URK"}
    return row | keys | {"aantal_bsn": 10}


BROKEN_VEKTIS = {
    "sex": ({"geslacht": "X"}, "geslacht: must be one of M, V", "line 2 has 'X'"),
    "age class": (
        {"leeftijdsklasse": "5-9"},
        "leeftijdsklasse: must be one of 0 t/m 4 jaar",
        "line 2 has '5-9'",
    ),
    "name": ({"gemeentenaam": "1234"}, "gemeentenaam: must match", "line 2 has '1234'"),
    "half a key": ({"geslacht": None}, "geslacht, leeftijdsklasse, gemeentenaam must be all filled", ""),
    "negative persons": ({"aantal_bsn": -1}, "aantal_bsn: must be at least 0", "line 2 has -1"),
    "no insured years": (
        {"aantal_verzekerdejaren": 0},
        "aantal_verzekerdejaren: must be more than 0",
        "has 0",
    ),
    "empty cost": ({"kosten_farmacie": None}, "kosten_farmacie: must not be empty", "line 2 has nothing"),
    "unknown category": ({"kosten_nieuw": 1.0}, "kosten_nieuw: is not a column of this contract", ""),
    "category of later": ({"kosten_gzsp": 1.0}, "kosten_gzsp: is not a column of this contract", ""),
}


@pytest.mark.parametrize(("cells", "rule", "found"), BROKEN_VEKTIS.values(), ids=BROKEN_VEKTIS)
def test_broken_vektis_table_gets_one_clear_message(cells, rule, found):
    table = pd.DataFrame([vektis_row() | cells]).astype(object)
    contract = load_contract("vektis_municipality").in_year(2018)
    with pytest.raises(ContractError) as error:
        contract.check(table, "vektis_2018_gemeente.csv")
    assert len(error.value.violations) == 1
    line = str(error.value).splitlines()[1]
    assert rule in line
    assert found in line


def test_unique_and_pattern_of_the_crosswalk():
    table = pd.DataFrame(
        {
            "unit355": ["URK", "ZEEWOLDE"],
            "gm2020": ["GM0184", "GM0184"],
            "corop": ["Flevoland", "Flevoland"],
            "province": ["Flevoland", "Gelderland"],
        }
    )
    with pytest.raises(ContractError) as error:
        load_contract("municipality_crosswalk").check(table, "crosswalk.csv")
    assert [(v.column, v.rule, v.count) for v in error.value.violations] == [
        ("gm2020", "must be unique", 2),
        ("province", "must be the same in all rows of one corop", 1),
    ]


def test_all_violations_come_at_once_and_five_rows_are_shown():
    years = [str(year) for year in range(2000, 2008)]
    table = pd.DataFrame({"unit": "A", "year": years, "group": None, "cost": "?", "Rate": 1.0})
    with pytest.raises(ContractError) as error:
        load_contract("region_panel").check(table, "panel.parquet")
    assert {(v.column, v.count) for v in error.value.violations} == {("group", 8), ("cost", 8), ("Rate", 0)}
    cost = next(line for line in str(error.value).splitlines() if "cost" in line)
    assert "8 rows: row 1 has '?', row 2 has '?', row 3 has '?', row 4 has '?', row 5 has '?', ..." in cost


def test_errors_of_several_tables_join_and_survive_a_process_border():
    errors = []
    for where in ("a.csv", "b.csv"):
        with pytest.raises(ContractError) as error:
            load_contract("region_panel").check(with_cells("cost", row1="much"), where)
        errors.append(error.value)
    together = ContractError.together(errors)
    assert [breach.where for breach in together.breaches] == ["a.csv", "b.csv"]
    assert str(pickle.loads(pickle.dumps(together))) == str(together)
    assert isinstance(together, UserError)


def contract_file(folder: Path, **changes: object) -> Path:
    """Write a contract with one text and one number column; ``changes`` go to the number column."""
    document = YAML(typ="safe", pure=True).load(CONTRACTS[0].parent / "region_panel.yaml")
    table = document["schema"][0]
    number = {"name": "cost", "logicalType": "number", "required": True} | changes
    table |= {"name": "persons", "properties": [{"name": "person", "logicalType": "string"}, number]}
    table |= {"quality": [], "customProperties": [{"property": "personLevel", "value": True}]}
    path = folder / "persons.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML(typ="safe", pure=True).dump(document, file)
    return path


def test_values_about_persons_are_never_shown(tmp_path):
    contract = read_contract(contract_file(tmp_path))
    table = pd.DataFrame({"person": ["p-123", "p-456"], "cost": ["secret-1", "2"]})
    with pytest.raises(ContractError) as error:
        contract.check(table, "persons.csv")
    assert "1 row: line 2" in str(error.value)
    assert "secret" not in str(error.value)
    assert "p-123" not in str(error.value)


@pytest.mark.parametrize(("option", "words"), [("exclusiveMaximum", "less than 5"), ("maximum", "at most 5")])
def test_bounds_say_what_was_expected(tmp_path, option, words):
    contract = read_contract(contract_file(tmp_path, logicalTypeOptions={option: 5}))
    fine = pd.DataFrame({"person": ["a"], "cost": [4.9]})
    contract.check(fine, "x")
    with pytest.raises(ContractError, match=f"cost: must be {words}; 1 row: row 1"):
        contract.check(fine.assign(cost=5.1), "x")


def test_contract_with_a_rule_that_nobody_executes_is_refused(tmp_path):
    rule = {"metric": "nullValues", "mustBe": 0}
    with pytest.raises(UserError, match=r"persons.yaml, column cost: .*nullValues"):
        read_contract(contract_file(tmp_path, quality=[rule]))
    with pytest.raises(UserError, match="column cost"):
        read_contract(contract_file(tmp_path, logicalType="date"))


def test_category_exists_only_in_its_years():
    contract = load_contract("vektis_municipality")
    names = {year: {column.name for column in contract.in_year(year).columns} for year in (2011, 2014, 2022)}
    assert "kosten_tweedelijns_ggz" in names[2011] - names[2014]
    assert "kosten_specialistische_ggz" in names[2014] - names[2011] - names[2022]
    assert "kosten_integrale_geboortezorg" in names[2022] - names[2014]


def test_other_columns_are_left_aside_where_the_contract_says_so():
    table = pd.DataFrame(
        {"unit355": ["URK"], "year": [2012], "deaths": ["61"], "births": [500], "share65": ["?"]}
    )
    checked = load_contract("deaths_municipality").check(table, "deaths.csv")
    assert list(checked) == ["unit355", "year", "deaths", "births"]
    assert checked["deaths"].tolist() == [61]


def test_empty_register_is_a_register_and_open_end_stays_open():
    register = load_contract("initiative_register")
    columns = ["initiative", "unit", "start", "end", "status", "source"]
    assert len(register.check(pd.DataFrame(columns=columns, dtype=object), "register.csv")) == 0
    row = ["Blauwe Zorg", "VAALS", "2013", None, "verified", "annual report 2013"]
    table = register.check(
        pd.DataFrame([row, [*row[:1], "MEERSSEN", 2013, "2016", *row[4:]]], columns=columns), "r"
    )
    assert str(table["end"].dtype) == "Int64"
    assert table["end"].isna().tolist() == [True, False]


def test_contract_is_a_value():
    assert load_contract("region_panel") is load_contract("region_panel")
    assert Contract("a", "1", ()) == Contract("a", "1", ())
