"""Answers become means by unit and wave, and a design on those gives the published comparisons."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpeval.contracts import ContractError, load_contract
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.disclosure import CBS, OPENSAFELY, rounded
from lmpeval.errors import UserError
from lmpeval.group_time.cross_sections import Samples, outcome_regression
from lmpeval.panel import Panel
from lmpeval.sources import deliver
from lmpeval.study import Data

ALL = DifferenceInDifferences(matches=10_000)


def drawn(seed=1, units=("a", "b", "c", "d"), waves=(2009, 2012, 2016), people=200) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    n = len(units) * len(waves) * people
    table = pd.DataFrame(
        {
            "unit": np.repeat(units, len(waves) * people),
            "year": np.tile(np.repeat(waves, people), len(units)),
            "weight": rng.lognormal(0, 0.7, n),
            "health": rng.normal(70, 10, n),
            "age": rng.integers(19, 90, n).astype(float),
        }
    )
    return table.assign(group="group " + table["unit"])


def delivered(folder, table, first=2009, last=2016, profile=CBS, **others):
    table.to_parquet(folder / "survey.parquet", index=False)
    return deliver(Data(survey="survey.parquet", **others), folder, first, last, profile)


def panel_of(table: pd.DataFrame, outcome: str, treated: str, start: int) -> Panel:
    values = table.pivot(index="year", columns="unit", values=outcome)
    number = table.pivot(index="year", columns="unit", values=f"{outcome}_answers")
    units = tuple(map(str, values.columns))
    return Panel(
        outcome=values.to_numpy(dtype=float),
        exposure=number.to_numpy(dtype=float),
        years=np.asarray(values.index, dtype=np.int64),
        units=units,
        treated=np.array([unit == treated for unit in units]),
        start=start,
        covariates=np.zeros((len(units), 0)),
        covariate_names=(),
        groups=units,
        aside=np.zeros(len(units), dtype=bool),
    )


def effect(panel: Panel) -> float:
    return float((panel.treated_mean - ALL.compare(panel).counterfactual)[~panel.before].mean())


# What is made of the answers


def test_means_and_effective_numbers_by_hand(tmp_path):
    table = pd.DataFrame({"weight": [1.0] * 10 + [5.0] * 2, "health": [50.0] * 10 + [80.0] * 2})
    table = table.assign(unit="a", year=2012, group="g")
    row = delivered(tmp_path, table).table.iloc[0]
    assert row["health"] == pytest.approx((10 * 50 + 10 * 80) / 20)
    assert row["health_answers"] == pytest.approx(20**2 / (10 + 50))


def test_panel_holds_units_and_waves_and_nobody(tmp_path):
    delivery = delivered(tmp_path, drawn())
    table = delivery.table
    assert set(table) == {"unit", "year", "group", "health", "health_answers", "age", "age_answers"}
    assert len(table) == 4 * 3
    pd.testing.assert_frame_equal(load_contract("region_panel").check(table, "again"), table)
    assert delivery.files[0][0] == "survey.parquet"
    assert "survey: waves of 2009, 2012, 2016" in delivery.notes


def test_equal_weights_count_every_answer(tmp_path):
    table = delivered(tmp_path, drawn().drop(columns="weight")).table
    assert table["health_answers"].to_numpy() == pytest.approx(200)


def test_order_and_scale_of_weights_do_not_matter(tmp_path):
    table = drawn()
    plain = delivered(tmp_path, table).table
    mixed = table.sample(frac=1, random_state=3).assign(weight=lambda t: 1000 * t["weight"])
    pd.testing.assert_frame_equal(delivered(tmp_path, mixed).table, plain, check_exact=False, rtol=1e-12)


def test_a_folder_of_parts_is_the_same_survey(tmp_path):
    table = drawn()
    plain = delivered(tmp_path, table).table
    (tmp_path / "parts").mkdir()
    for k, (_, part) in enumerate(table.groupby("year")):
        part.to_parquet(tmp_path / "parts" / f"part_{k}.parquet", index=False)
    delivery = deliver(Data(survey="parts"), tmp_path, 2009, 2016)
    pd.testing.assert_frame_equal(delivery.table, plain)
    assert len(delivery.files) == 3


def test_waves_outside_the_window_are_not_used(tmp_path):
    assert set(delivered(tmp_path, drawn(), first=2010).table["year"]) == {2012, 2016}


def test_fewer_than_ten_answers_are_left_empty_and_counted(tmp_path):
    table = drawn(people=12)
    few = (table["unit"] == "b") & (table["year"] == 2012)
    table.loc[table[few].index[:3], "health"] = np.nan
    delivery = delivered(tmp_path, table)
    row = delivery.table.query("unit == 'b' and year == 2012").iloc[0]
    assert np.isnan(row["health"])
    assert np.isnan(row["health_answers"])
    assert np.isfinite(row["age"])
    assert "survey, health: fewer than 10 answers in 1 unit(s) and wave(s); left empty" in delivery.notes
    assert "survey, health: fewer than 10 of 140 rows have no answer or no weight" in delivery.notes


@pytest.mark.parametrize(
    ("profile", "empty"),
    [
        (CBS, {8, 9}),
        (OPENSAFELY, set()),
        (replace(CBS, least=30), {8, 9, 10, 29}),
        (replace(CBS, least=9), {8}),
    ],
)
def test_how_few_are_too_few_is_for_the_profile_to_say(tmp_path, profile, empty):
    sizes = (8, 9, 10, 29, 30)
    units = [drawn(seed=n, units=(f"of {n}",), waves=(2012,), people=n) for n in sizes]
    table = delivered(tmp_path, pd.concat(units).assign(weight=1.0), profile=profile).table
    hidden = table.loc[table["health"].isna(), "unit"]
    assert set(hidden) == {f"of {n}" for n in empty}
    assert (table["health"].isna() == table["health_answers"].isna()).all()


@pytest.mark.parametrize(
    ("weights", "hidden"),
    [
        ((11.9, 0.1), False),
        ((12.1, 0.1), False),
        ((12.2, 0.1), True),
        ((34.0, 34.0), False),
        ((35.0, 35.0), True),
    ],
)
def test_a_mean_that_is_of_one_or_two_people_is_left_empty(tmp_path, weights, hidden):
    """Twelve others weigh one each: half of all are 12.1 of 24.2, 85 % are 68 of 80."""
    table = drawn(units=("a",), waves=(2012,), people=14)
    table["weight"] = [*weights, *([1.0] * 12)]
    delivery = delivered(tmp_path, table)
    assert np.isnan(delivery.table["health"].iloc[0]) == hidden
    said = "survey, health: one or two answers weigh too much in 1 unit(s) and wave(s); left empty"
    assert (said in delivery.notes) is hidden


def test_numbers_of_people_in_notes_are_rounded(tmp_path):
    table = drawn(units=("a", "b"), waves=(2012,), people=123)
    table.loc[table.index[:57], "health"] = np.nan
    notes = delivered(tmp_path, table).notes
    assert "survey, health: 60 of 250 rows have no answer or no weight" in notes


def test_health_survey_counts_those_who_answered(tmp_path):
    rng = np.random.default_rng(0)
    asked = pd.DataFrame(
        {
            "person_id": np.arange(400),
            "year": np.repeat([2012, 2016], 200),
            "municipality": np.tile(["SM1", "SM2"], 200),
            "age_from": 45,
            "sex": "V",
            "ses_class": 2,
            "responded": rng.integers(0, 2, 400),
        }
    )
    there = asked["responded"] == 1
    asked["good_health"] = pd.array(np.where(there, rng.integers(0, 2, 400), 0), dtype="Int64")
    asked["weight"] = rng.uniform(1, 3, 400)
    asked.loc[~there, ["good_health", "weight"]] = None
    panel = pd.DataFrame({"unit": np.repeat(["SM1", "SM2", "SM3"], 5), "year": np.tile(range(2012, 2017), 3)})
    panel.assign(group="g", cost=1.0).to_csv(tmp_path / "panel.csv", index=False)
    delivery = delivered(tmp_path, asked, first=2012, panel="panel.csv")
    table = delivery.table.set_index(["unit", "year"])
    one = asked[there & (asked["municipality"] == "SM1") & (asked["year"] == 2016)]
    expected = np.average(one["good_health"].astype(float), weights=one["weight"])
    assert table.loc[("SM1", 2016), "good_health"] == pytest.approx(expected)
    assert table["good_health"].notna().sum() == 4
    assert len(table) == 15
    assert f"survey: {rounded(int(there.sum()))} of 400 people who were asked answered" in delivery.notes
    assert [name for name, _ in delivery.files] == ["panel.csv", "survey.parquet"]


# What is refused


def test_a_survey_alone_must_say_what_neighbours_what(tmp_path):
    with pytest.raises(UserError, match="no column `group`, which says what neighbours what"):
        delivered(tmp_path, drawn().drop(columns="group"))


def test_strange_units_and_columns_that_stand_twice_are_told_at_once(tmp_path):
    pd.DataFrame({"unit": ["a"], "year": [2012], "group": ["g"], "age": [40.0]}).to_csv(
        tmp_path / "panel.csv", index=False
    )
    with pytest.raises(UserError, match=r"(?s)do not have: b, c, d\n.*have age too: give them another name"):
        delivered(tmp_path, drawn(), first=2012, last=2012, panel="panel.csv")


def test_no_wave_in_the_window(tmp_path):
    with pytest.raises(UserError, match="no wave in 2020-2021; it has 2009, 2012, 2016"):
        delivered(tmp_path, drawn(), first=2020, last=2021)


def test_a_name_that_the_number_of_answers_needs(tmp_path):
    with pytest.raises(UserError, match="'health_answers': the number of answers gets this name"):
        delivered(tmp_path, drawn().assign(health_answers=1.0))


def test_what_persons_said_stands_in_no_message(tmp_path):
    table = drawn()
    table.loc[5, "weight"] = -123.456
    with pytest.raises(ContractError) as caught:
        delivered(tmp_path, table)
    assert "weight: must be at least 0; 1 row: row 6" in str(caught.value)
    assert "123" not in str(caught.value)


# What a design makes of it


def test_two_units_and_two_waves_are_the_weighted_two_by_two(tmp_path):
    table = drawn(units=("a", "b"), waves=(2012, 2016), people=50)
    panel = panel_of(delivered(tmp_path, table).table, "health", "a", 2016)
    samples = Samples(
        outcome=table["health"].to_numpy(),
        exposed=(table["unit"] == "a").to_numpy(),
        after=(table["year"] == 2016).to_numpy(),
        covariates=np.zeros((len(table), 0)),
        weights=table["weight"].to_numpy(),
    )
    assert effect(panel) == pytest.approx(outcome_regression(samples).effect, abs=1e-10)


def test_several_units_agree_where_as_many_answer_everywhere(tmp_path):
    table = drawn(waves=(2012, 2016)).drop(columns="weight")
    panel = panel_of(delivered(tmp_path, table).table, "health", "a", 2016)
    samples = Samples(
        outcome=table["health"].to_numpy(),
        exposed=(table["unit"] == "a").to_numpy(),
        after=(table["year"] == 2016).to_numpy(),
        covariates=np.zeros((len(table), 0)),
        weights=np.ones(len(table)),
    )
    assert effect(panel) == pytest.approx(outcome_regression(samples).effect, abs=1e-10)


def test_house_prices_near_an_incinerator(tmp_path, real_data):
    # Wooldridge, example 13.3, on Kiel and McClain (1995): -11,863.90
    homes = pd.read_csv(real_data / "replication" / "incinerator.csv")
    unit = np.where(homes["nearinc"] == 1, "near", "far")
    answers = pd.DataFrame({"unit": unit, "group": unit, "year": homes["year"], "price": homes["rprice"]})
    table = delivered(tmp_path, answers, 1978, 1981).table
    assert effect(panel_of(table, "price", "near", 1981)) == pytest.approx(-11863.90, abs=0.005)


@pytest.mark.parametrize(("state", "printed"), [("ky", 0.191), ("mi", 0.192)])
def test_time_out_of_work_after_benefits_rose(tmp_path, real_data, state, printed):
    # Wooldridge, example 13.4 and exercise C13.2, on Meyer, Viscusi and Durbin (1995)
    claims = pd.read_csv(real_data / "replication" / "injury_comp.csv").query(f"{state} == 1")
    answers = pd.DataFrame(
        {
            "unit": np.where(claims["highearn"] == 1, "high", "low"),
            "year": 1979 + 2 * claims["afchnge"],
            "weeks": claims["ldurat"],
        }
    )
    table = delivered(tmp_path, answers.assign(group=answers["unit"]), 1979, 1981).table
    assert effect(panel_of(table, "weeks", "high", 1981)) == pytest.approx(printed, abs=5e-4)
