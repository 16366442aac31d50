"""CSV, Parquet and DuckDB give the same table, and every unreadable file says why."""

import duckdb
import pandas as pd
import pytest

from lmpeval.contracts import load_contract
from lmpeval.errors import UserError
from lmpeval.sources.tables import header, read_parts, read_table

ROWS = [("A", 2012, "north", 1.5), ("A", 2013, "north", None), ("Ö;x", 2012, "so,uth", -3.0)]


def checked(path, table=None):
    return load_contract("region_panel").check(read_table(path, table), str(path))


@pytest.fixture
def panel():
    return pd.DataFrame(ROWS, columns=["unit", "year", "group", "cost"])


def test_every_kind_of_file_gives_the_same_panel(tmp_path, panel):
    panel.to_csv(tmp_path / "comma.csv", index=False)
    panel.to_csv(tmp_path / "semicolon.csv", index=False, sep=";", encoding="utf-8-sig")
    panel.to_parquet(tmp_path / "panel.parquet")
    with duckdb.connect(str(tmp_path / "panel.duckdb")) as connection:
        connection.register("given", panel)
        connection.execute("create table regions as select * from given")
    expected = checked(tmp_path / "comma.csv")
    assert expected["cost"].isna().tolist() == [False, True, False]
    assert expected["unit"].tolist() == ["A", "A", "Ö;x"]
    for path, table in (("semicolon.csv", None), ("panel.parquet", None), ("panel.duckdb", "regions")):
        pd.testing.assert_frame_equal(checked(tmp_path / path, table), expected, check_dtype=False)


def test_database_is_opened_read_only(tmp_path):
    path = tmp_path / "panel.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table regions as select 1 as cost")
    with duckdb.connect(str(path), read_only=True):
        assert read_table(path, "regions")["cost"].tolist() == [1]


def test_separator_is_read_from_the_header_alone(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text('"unit";"year";"a,b"\n"x,y,z,w,v";2012;"1,5"\n', encoding="utf-8")
    assert header(path) == (["unit", "year", "a,b"], ";")
    assert read_table(path).iloc[0].tolist() == ["x,y,z,w,v", "2012", "1,5"]
    path.write_text('unit,year,"cost; nominal"\nA;B;C;D,2012,"1;5"\n', encoding="utf-8")
    assert header(path) == (["unit", "year", "cost; nominal"], ",")
    assert read_table(path).iloc[0].tolist() == ["A;B;C;D", "2012", "1;5"]


def test_codes_keep_their_zeros_and_numbers_stay_as_written(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("unit,year,cost\n0363,2012,1.50\n", encoding="utf-8")
    assert read_table(path).iloc[0].tolist() == ["0363", "2012", "1.50"]


def test_line_numbers_are_those_of_the_file(tmp_path):
    path = tmp_path / "panel.csv"
    path.write_text("unit,year,group,cost\nA,2012,g,1\nA,2013,g,x\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"cost: must be a number .*line 3 has 'x'"):
        checked(path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", "unit,year\nA,2012,3\n", "cannot be read: .*[Ll]ine"),
        ("a.csv", "unit,year,year\nA,2012,3\n", r"column names must be given and differ; found \['year'\]"),
        ("a.csv", "unit,,year\nA,2012,3\n", "an empty name"),
        ("a.csv", "", "the first line is empty"),
        ("a.xlsx", "x", "files of kind .xlsx are not read"),
        ("a.parquet", "no parquet", "cannot be read"),
    ],
)
def test_unreadable_file_says_why(tmp_path, name, content, words):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=f"(?s){name}.*{words}"):
        read_table(path)


def test_file_that_is_not_text_or_not_there(tmp_path):
    with pytest.raises(UserError, match=r"nowhere\.csv: no such file"):
        read_table(tmp_path / "nowhere.csv")
    with pytest.raises(UserError, match=r"nowhere\.csv: no such file"):
        header(tmp_path / "nowhere.csv")
    path = tmp_path / "latin.csv"
    path.write_bytes("unit,größe\n".encode("latin-1"))
    with pytest.raises(UserError, match="not UTF-8 text"):
        read_table(path)
    path.write_bytes(("unit,year\n" + "A,2012\n" * 5000 + "Grönloh,2012\n").encode("latin-1"))
    with pytest.raises(UserError, match=r"latin\.csv: cannot be read"):
        read_table(path)


def test_table_name_belongs_to_a_database_and_only_there(tmp_path):
    path = tmp_path / "panel.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table regions as select 1 as cost")
    with pytest.raises(UserError, match="no table 'panel'; there are regions"):
        read_table(path, "panel")
    with pytest.raises(UserError, match=r"a \.duckdb file needs the name of a table"):
        read_table(path)
    (tmp_path / "a.csv").write_text("unit\nA\n", encoding="utf-8")
    with pytest.raises(UserError, match=r"a \.csv file holds one table"):
        read_table(tmp_path / "a.csv", "regions")


def test_a_folder_of_parts_is_one_table(tmp_path, panel):
    panel.to_parquet(tmp_path / "whole.parquet")
    folder = tmp_path / "parts"
    folder.mkdir()
    panel.iloc[:2].to_parquet(folder / "part_0.parquet", index=False)
    panel.iloc[2:][["cost", "group", "year", "unit"]].to_parquet(folder / "part_1.parquet", index=False)
    (folder / "notes.txt").write_text("not a part", encoding="utf-8")
    whole = read_parts(folder)
    pd.testing.assert_frame_equal(whole, read_table(tmp_path / "whole.parquet"), check_dtype=False)


def test_whole_numbers_beside_decimals_lose_nothing(tmp_path):
    pd.DataFrame({"cost": [1, 2]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"cost": [0.5]}).to_parquet(tmp_path / "b.parquet")
    assert read_parts(tmp_path)["cost"].tolist() == [1.0, 2.0, 0.5]


def test_parts_that_are_none_say_why(tmp_path):
    with pytest.raises(UserError, match="is a folder without Parquet files"):
        read_parts(tmp_path)
    with pytest.raises(UserError, match="is a folder, expected a file"):
        read_table(tmp_path)
    pd.DataFrame({"a": [1], "b": [1]}).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"a": [1], "c": [1]}).to_parquet(tmp_path / "b.parquet")
    pd.DataFrame({"a": [1]}).to_parquet(tmp_path / "c.parquet")
    with pytest.raises(UserError) as told:
        read_parts(tmp_path)
    assert "b.parquet: lacks b and has c too, beside a.parquet" in str(told.value)
    assert "c.parquet: lacks b, beside a.parquet" in str(told.value)
    (tmp_path / "d.parquet").write_text("no parquet", encoding="utf-8")
    with pytest.raises(UserError, match="cannot be read"):
        read_parts(tmp_path)
