"""From files to studies that are ready, or all that is wrong with all of them at once."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from lmpeval.comparators import Role
from lmpeval.engine import preparation
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.errors import UserError
from lmpeval.study import Data, Disclosure
from lmpeval.study_files.reading import StudyFileError, read_drafts
from simulation.small_country import laid_out, register, study, table


def registered(folder, initiatives, name="register.csv"):
    register(initiatives).to_csv(folder / name, index=False)
    return study("comparator", register=name)


def test_study_and_its_data_are_read(tmp_path):
    path = laid_out(tmp_path, study())
    (ready,) = prepare([path], tmp_path)
    assert ready.study == study()
    assert len(ready.delivery.table) == 125 * 8
    assert ready.register.empty


def test_shared_data_is_read_once(tmp_path, monkeypatch):
    paths = [laid_out(tmp_path, study(study=name)) for name in ("one", "two")]
    calls = []
    deliver = preparation.deliver
    monkeypatch.setattr(preparation, "deliver", lambda *asked: calls.append(asked) or deliver(*asked))
    one, two = prepare(paths, tmp_path)
    assert len(calls) == 1
    assert one.delivery is two.delivery


def test_answers_of_a_survey_are_hidden_by_the_rules_of_each_study(tmp_path):
    rows = [
        {"unit": f"u{i}", "group": f"g{i}", "year": year, "weight": 1.0, "rating": float(k % 9)}
        for i, people in enumerate((9, 12, 40))
        for year in range(2010, 2018)
        for k in range(people)
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "survey.csv", index=False)
    rules = {
        "ten": Disclosure(),
        "eight": Disclosure(profile="opensafely"),
        "thirty": Disclosure(least=30, because="as agreed"),
    }
    read = {}
    for name, each in rules.items():
        draft = read_drafts([laid_out(tmp_path, study(study=name, disclosure=each))])[0]
        of_survey = replace(draft, parts={**draft.parts, "data": Data(survey="survey.csv")})
        preparation._held_against_data(of_survey, tmp_path, read)
    assert len(read) == len(rules)
    empty = {
        key[3].least: set(each.table.loc[each.table["rating"].isna(), "unit"]) for key, each in read.items()
    }
    assert empty == {10: {"u0"}, 8: set(), 30: {"u0", "u1"}}


def test_other_rules_alone_are_no_other_delivery(tmp_path):
    paths = [
        laid_out(tmp_path, study(study="one")),
        laid_out(tmp_path, study(study="two", disclosure=Disclosure(profile="opensafely"))),
    ]
    one, two = prepare(paths, tmp_path)
    assert one.delivery is two.delivery


def test_other_window_is_another_delivery(tmp_path):
    paths = [
        laid_out(tmp_path, study()),
        laid_out(tmp_path, replace(study("window", last=2016), study="short")),
    ]
    long, short = prepare(paths, tmp_path)
    assert (long.delivery.table["year"].max(), short.delivery.table["year"].max()) == (2017, 2016)


def test_register_beside_the_study_goes_before_the_one_with_the_data(tmp_path):
    studies, data = tmp_path / "studies", tmp_path / "data"
    for folder in (studies, data):
        folder.mkdir()
    asked = registered(data, {"streek01_01": "Far"})
    path = laid_out(studies, asked)
    table().to_csv(data / "panel.csv", index=False)
    assert prepare([path], data)[0].register["initiative"].tolist() == ["Far"]
    registered(studies, {"streek01_01": "Near"})
    assert prepare([path], data)[0].register["initiative"].tolist() == ["Near"]


def test_missing_register_stands_at_its_line(tmp_path):
    path = laid_out(tmp_path, study("comparator", register="registr.csv"))
    line = path.read_text(encoding="utf-8").split("\n").index("  register: registr.csv") + 1
    with pytest.raises(StudyFileError) as caught:
        prepare([path], tmp_path)
    assert str(caught.value) == (
        f"{path}:{line}:3: comparator.register: no file 'registr.csv' beside the study file nor in "
        f"{tmp_path}; write 'none known' if there is none"
    )


def test_register_that_breaks_its_contract_is_told(tmp_path):
    asked = registered(tmp_path, {"streek01_01": "Other care"})
    text = (tmp_path / "register.csv").read_text(encoding="utf-8").replace("verified", "heard of")
    (tmp_path / "register.csv").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"initiative_register.*\n.*status"):
        prepare([laid_out(tmp_path, asked)], tmp_path)


def test_misspelt_unit_in_the_register_is_told_and_not_compared_with(tmp_path):
    asked = registered(tmp_path, {"STREEK01_01": "Other care", "streek02_01": "Other care"})
    with pytest.raises(UserError) as caught:
        prepare([laid_out(tmp_path, asked)], tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'register.csv'}: the data has no unit 'STREEK01_01': did you mean 'streek01_01'?"
    )


def test_borders_are_read_and_their_units_held_against_the_data(tmp_path):
    asked = study("comparator", borders="map.csv")
    rows = pd.DataFrame({"unit": ["kant_01"], "neighbour": ["streek01_01"]})
    rows.to_csv(tmp_path / "map.csv", index=False)
    (ready,) = prepare([laid_out(tmp_path, asked)], tmp_path)
    assert plan(ready).selection.units(Role.NEIGHBOUR) == ("kant_05", "streek01_01")
    rows.assign(neighbour="streek1_01").to_csv(tmp_path / "map.csv", index=False)
    with pytest.raises(UserError) as caught:
        prepare([laid_out(tmp_path, asked)], tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / 'map.csv'}: the data has no unit 'streek1_01': did you mean 'streek21_01'?"
    )


def test_missing_borders_and_borders_of_neighbours_that_are_kept_stand_at_their_line(tmp_path):
    path = laid_out(tmp_path, study("comparator", borders="map.csv"))
    written = path.read_text(encoding="utf-8")
    path.write_text(written.replace("neighbours: leave out", "neighbours: keep"), encoding="utf-8")
    line = path.read_text(encoding="utf-8").split("\n").index("  borders: map.csv") + 1
    with pytest.raises(StudyFileError) as caught:
        prepare([path], tmp_path)
    missing, kept = str(caught.value).split("\n")
    assert kept.startswith(
        f"{path}:{line}:3: comparator.borders: says who is next to the site, and `neighbours"
    )
    assert missing == (
        f"{path}:{line}:3: comparator.borders: no file 'map.csv' beside the study file nor in {tmp_path}"
    )


def test_empty_register_is_a_register(tmp_path):
    asked = registered(tmp_path, {})
    assert prepare([laid_out(tmp_path, asked)], tmp_path)[0].register.empty


def test_no_folder_of_data(tmp_path):
    with pytest.raises(UserError, match="no such folder; --data names the folder"):
        prepare([laid_out(tmp_path, study())], tmp_path / "nowhere")


def test_problems_of_all_files_come_at_once_with_those_of_the_data(tmp_path):
    """A misspelt key, an unknown member, a file that is not there and data that is not there: one round."""
    misspelt = laid_out(tmp_path, study(study="one"))
    misspelt.write_text(misspelt.read_text(encoding="utf-8").replace("portfolio:", "portfolo:"), "utf-8")
    member = laid_out(tmp_path, study(study="two"))
    member.write_text(member.read_text(encoding="utf-8").replace("- kant_03", "- kant_0_3"), "utf-8")
    no_data = laid_out(tmp_path, study(study="three", data=Data(panel="panel_2.csv")))
    with pytest.raises(UserError) as caught:
        prepare([misspelt, tmp_path / "four.yaml", member, no_data], tmp_path)
    told = str(caught.value).split("\n")
    expected = [
        f"{misspelt}:",
        f"{tmp_path / 'four.yaml'}:1:1: no such file",
        f"{member}:",
        f"{no_data}:",
    ]
    assert len(told) == len(expected), told
    assert all(line.startswith(start) for line, start in zip(told, expected, strict=True)), told
    assert "no key `portfolo` here: did you mean `portfolio`" in told[0]
    assert "'kant_0_3': did you mean 'kant_03'" in told[2]
    assert f"data.panel: {tmp_path / 'panel_2.csv'}: no such file" in told[3]


def test_broken_table_is_told_once_for_the_studies_that_share_it(tmp_path):
    data = table()
    data["group"] = data["group"].where(data["unit"] != "streek01_01", None)
    paths = [laid_out(tmp_path, study(study=name), data) for name in ("one", "two")]
    with pytest.raises(UserError) as caught:
        prepare(paths, tmp_path)
    assert str(caught.value).count("violation of contract") == 1
    assert "group: must not be empty; 8 rows" in str(caught.value)


def test_two_studies_of_one_name_would_write_one_report(tmp_path):
    one = laid_out(tmp_path / "one", study())
    two = laid_out(tmp_path / "two", study(portfolio="other"))
    with pytest.raises(StudyFileError) as caught:
        prepare([one, two], tmp_path / "one")
    assert str(caught.value) == (
        f"{two}:1:1: study: 'demo' is the name of {one} too: its report would be lost"
    )


def test_folder_in_place_of_a_study_is_told(tmp_path):
    with pytest.raises(StudyFileError, match="this is a folder, expected a study file"):
        prepare([tmp_path], tmp_path)


def test_year_without_a_row_is_told(tmp_path):
    data = table()
    path = laid_out(tmp_path, study(), data[data["year"] != 2016])
    with pytest.raises(UserError, match="no row for 2016"):
        prepare([path], tmp_path)
