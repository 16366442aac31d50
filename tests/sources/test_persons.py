"""Persons whose lives are known by heart: who is selected and counted, and what is told of a bad table."""

from __future__ import annotations

import duckdb
import numpy as np
import pandas as pd
import pytest

from lmpeval.contracts import ContractError
from lmpeval.disclosure import Gate, Organisation
from lmpeval.errors import UserError
from lmpeval.sources.persons.checking import checked_persons
from lmpeval.sources.persons.following import amounts_of, follow
from lmpeval.sources.persons.membership import INSURED, SELECTED
from lmpeval.sources.persons.national import count_means, national_means, percentiles
from lmpeval.sources.persons.yearly import count_yearly
from lmpeval.study.rule_reading import read_rule
from sources.small_people import asked, delivered, rows

YEARS = range(2010, 2015)


def table_of(followed, which):
    """Exposure of one person by year."""
    return followed.exposure[:, followed.members.numbers.tolist().index(900_000_000 + which)].tolist()


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    return delivered(tmp_path_factory.mktemp("people"))


def test_a_cohort_is_who_was_insured_in_the_year_before_the_start(people):
    followed = follow(people, asked(), YEARS)
    assert (followed.members.numbers - 900_000_000).tolist() == [1, 2, 3, 4, 5, 7]  # 6 died in that year
    assert followed.members.treated.tolist() == [True, True, True, False, False, False]


def test_insured_years_end_with_death_moving_and_being_lost_and_never_begin_again(people):
    followed = follow(people, asked(), YEARS)
    assert table_of(followed, 1) == [1, 1, 1, 1, 1]
    assert table_of(followed, 2) == [1, 1, 0.5, 0, 0]  # counted in the year of the death
    assert table_of(followed, 3) == [0, 1, 0, 0, 0]  # moved to B in 2012 and back in 2013
    assert table_of(followed, 4) == [1, 1, 1, 1, 1]  # C1 became C: the same place
    assert table_of(followed, 7) == [0, 1, 0, 0, 0]  # lost in 2012, back in 2013


def test_wherever_they_move_counts_people_as_first_assigned(people):
    followed = follow(people, asked(wherever=True), YEARS)
    assert table_of(followed, 3) == [0, 1, 1, 1, 0]


def test_the_flow_adds_up_in_both_arms(people):
    flow = follow(people, asked(rule=read_rule("cost >= 10")), YEARS).flow
    for whole in (INSURED, SELECTED):
        parts = flow.parts(whole)
        assert flow.step(whole).site == sum(part.site for part in parts) > 0
        assert flow.step(whole).elsewhere == sum(part.elsewhere for part in parts) > 0
    told = {step.name: (step.site, step.elsewhere) for step in flow.steps}
    assert told["insured in the year before the start"] == (3, 4)
    assert told["died in that year"] == (0, 1)
    assert told["died"] == (1, 0)
    assert told["moved to another region"] == (1, 0)
    assert told["no longer insured, for no reason known"] == (0, 1)


def test_people_of_an_insurer_leave_when_they_switch_on_either_side(people):
    of_x = asked(member_column="insurer", members=("X",))
    followed = follow(people, of_x, YEARS)
    assert (followed.members.numbers - 900_000_000).tolist() == [1, 2, 4, 5]
    assert table_of(followed, 5) == [1, 1, 1, 0, 0]
    assert followed.flow.step("went to another insurer").elsewhere == 1
    assert followed.flow.step("of other practices or insurers").site == 1


def test_practices_narrow_the_site_alone(people):
    followed = follow(people, asked(member_column="practice_id", members=("1",)), YEARS)
    assert (followed.members.numbers - 900_000_000).tolist() == [1, 2, 4, 5, 7]


def test_an_outcome_is_the_amount_of_the_year(people):
    followed = follow(people, asked(), YEARS)
    cost = amounts_of(people, followed, ["cost"])["cost"]
    assert cost[:, 0].tolist() == [100, 200, 300, 400, 500]
    assert cost[:, 1].tolist() == [50, 900, 30, 0, 0]
    deaths = amounts_of(people, followed, ["mortality"])["mortality"]
    assert deaths.sum() == 1000.0
    assert deaths[2, 1] == 1000.0  # per 1,000 insured years: 1000 / 0.5 in the half year that was lived


def test_the_cut_is_that_of_everybody_in_the_year(people):
    followed = follow(people, asked(), YEARS)
    cut = amounts_of(people, followed, ["cost_truncated"])["cost_truncated"]
    of_2011 = rows().query("year == 2011")["cost_hospital"]
    assert cut[1].max() == 900  # below the percentile of all seven, of whom one who is not followed cost 1000
    assert np.quantile(of_2011, 0.99) > 900
    assert national_means(people, "cost", [2011]) == {2011: pytest.approx(of_2011.mean())}


def test_a_cost_that_is_not_known_is_not_one_at_the_percentile(tmp_path):
    table = rows()
    table["cost_dental"] = table["cost_hospital"].where(table["person_id"] != 900_000_001)
    people = delivered(tmp_path, table)
    followed = follow(people, asked(), YEARS)
    found = amounts_of(people, followed, ["cost_dental", "cost_dental_truncated"])
    assert np.isnan(found["cost_dental_truncated"][:, 0]).all()
    assert (np.isnan(found["cost_dental"]) == np.isnan(found["cost_dental_truncated"])).all()


def test_means_of_a_cut_cost_are_those_of_everybody_cut(people):
    for year, of_year in rows().groupby("year"):
        cut = of_year["cost_hospital"].clip(upper=np.quantile(of_year["cost_hospital"], 0.99))
        wanted = cut.sum() / of_year["insured_years"].sum()
        assert wanted <= of_year["cost_hospital"].sum() / of_year["insured_years"].sum()
        assert national_means(people, "cost_truncated", [year]) == {year: pytest.approx(wanted, rel=1e-12)}


@pytest.mark.parametrize(
    ("rule", "chosen"),
    [
        ("cost > 500", [2]),
        ("cost(-1) <= 50", [2]),
        ("not cost(-1) <= 50", [1, 4, 5]),  # of 3 and 7 the year before is not known: neither is selected
        ("cost > p50", [2, 5]),  # more than the median, 200, of all seven
        ("insurer == 'Y' or diabetes == 0", [2, 3, 4, 7]),
        ("sex in ['V'] and not (municipality == 'B')", [1, 3]),
        ("age between 41 and 51", [1, 2, 4, 5, 7]),
    ],
)
def test_rules_select_by_the_year_before_the_start(people, rule, chosen):
    followed = follow(people, asked(rule=read_rule(rule)), YEARS)
    assert (followed.members.numbers - 900_000_000).tolist() == chosen


def test_quotes_in_a_rule_are_values_and_no_sql(people):
    followed = follow(people, asked(rule=read_rule("""insurer == "' OR TRUE --" or diabetes == 1""")), YEARS)
    assert (followed.members.numbers - 900_000_000).tolist() == [1, 3, 5, 7]


def test_parts_of_the_table_may_come_in_any_order(tmp_path, people):
    shuffled = rows().sample(frac=1, random_state=np.random.default_rng(1))
    one, other = (follow(d, asked(), YEARS) for d in (people, delivered(tmp_path, shuffled)))
    assert one.members.numbers.tolist() == other.members.numbers.tolist()
    assert np.array_equal(one.exposure, other.exposure)
    assert one.flow == other.flow


def test_cross_sections_count_whoever_is_there_and_selected_in_the_year_before(people):
    yearly = count_yearly(people, asked(), YEARS, ["cost"], staying=False)
    there = rows().assign(region=lambda t: t["municipality"].str[0])
    by_region = there.groupby(["year", "region"])["insured_years"].sum().unstack(fill_value=0)
    assert yearly.years == tuple(YEARS)
    assert np.allclose(yearly.exposure, by_region.to_numpy())
    chosen = count_yearly(people, asked(rule=read_rule("cost > 500")), YEARS, ["cost"], staying=False)
    assert chosen.years == (2011, 2012, 2013, 2014)  # of 2010 the year before is not known
    assert chosen.persons.sum(axis=1).tolist() == [0, 1, 0, 0]  # 2 in 2012; 6 is dead


def test_who_stands_behind_a_sum_is_counted_where_the_persons_lie(people):
    costs, deaths = count_yearly(people, asked(), YEARS, ["cost", "mortality"], staying=False).supports
    here = costs[1, 0]  # in A in 2011: 1 and 2 of practice 1 and insurer X cost 200 and 900, 3 of Y costs 10
    assert here.persons.distinct == 3
    assert here.persons.shares == pytest.approx((900 / 1110, 1100 / 1110))
    assert (here.providers.distinct, here.insurers.distinct) == (2, 2)
    assert here.providers.shares == here.insurers.shares == pytest.approx((1100 / 1110, 1.0))
    assert here.events is None
    there = deaths[2, 0]  # in 2012, when 2 died after half of the year
    assert (there.persons.distinct, there.events, there.structural) == (2, 1, False)
    assert there.persons.shares == ()
    assert there.providers.shares == pytest.approx((1.0,))  # of insured years: 3 lives in B now
    nobody = deaths[3, 0]
    assert (nobody.events, nobody.structural) == (0, True)
    assert (2, 0) in costs
    assert (4, 1) in costs


def test_organisations_that_a_study_names_are_not_looked_at_in_its_site(people):
    of_practices = Gate(named=Organisation.PROVIDER)
    [costs] = count_yearly(people, asked(), YEARS, ["cost"], of_practices, staying=False).supports
    assert (costs[1, 0].providers, costs[1, 0].insurers.distinct) == (None, 2)
    assert costs[1, 1].providers is not None
    [costs] = count_yearly(people, asked(), YEARS, ["cost"], Gate(agreed=True), staying=False).supports
    assert {(each.providers, each.insurers) for each in costs.values()} == {(None, None)}


def test_an_open_cohort_keeps_whom_it_once_selected(people):
    open_one = count_yearly(people, asked(rule=read_rule("cost >= 900")), YEARS, ["cost"], staying=True)
    assert open_one.persons.sum(axis=1).tolist() == [0, 1, 0, 0]
    early = count_yearly(people, asked(rule=read_rule("cost >= 100")), YEARS, ["cost"], staying=True)
    assert early.persons[:, 0].tolist() == [1, 2, 1, 1]
    flow = early.flow
    for year in (2012, 2013, 2014):
        whole = flow.step(f"counted in {year}")
        assert whole.site == sum(part.site for part in flow.parts(whole.name))


def test_three_ways_of_counting_agree_where_nobody_comes_or_goes(tmp_path):
    still = rows().query("person_id in [900000001, 900000004, 900000005]")
    there = delivered(tmp_path, still)
    fixed = follow(there, asked(), YEARS).exposure.sum(axis=1)
    others = [
        count_yearly(there, asked(), YEARS, ["cost"], staying=s).exposure.sum(axis=1) for s in (True, False)
    ]
    assert fixed.tolist() == others[0].tolist() == others[1].tolist()


# The contract


CANARY = "Johanna Canary"


def broken(column, value, position=3):
    table = rows()
    table[column] = table[column].astype(object)
    table.loc[position, column] = value
    return table


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("sex", CANARY, "sex: must be one of M, V; 1 row"),
        ("insured_years", 1.5, "insured_years: must be at most 1; 1 row"),
        ("insured_years", 0.0, "insured_years: must be more than 0; 1 row"),
        ("died", 2, "died: must be at most 1; 1 row"),
        ("birth_year", 1950.5, "birth_year: must be a whole number; 1 row"),
        ("cost_gp", None, "cost_gp: must not be empty; 1 row"),
        ("cost_gp", CANARY, "cost_gp: must be a number (decimal point); 1 row"),
        ("municipality", " ", "municipality: must have at least 1 character(s); 1 row"),
    ],
)
def test_a_broken_cell_is_counted_and_never_shown(tmp_path, column, value, told):
    path = tmp_path / "persons.csv"
    broken(column, value).to_csv(path, index=False)
    with pytest.raises(ContractError) as error:
        checked_persons(path, None)
    assert told in str(error.value)
    assert "Canary" not in str(error.value)
    assert "9000000" not in str(error.value)


@pytest.mark.parametrize(
    ("column", "kind", "value", "told"),
    [
        ("year", "int16", 1899, "year: must be at least 1900; 1 row"),
        ("person_id", "int64", -1, "person_id: must be at least 0; 1 row"),
        ("died", "uint8", 2, "died: must be at most 1; 1 row"),
        ("died", "float32", 0.5, "died: must be a whole number; 1 row"),
        ("birth_year", "Int32", None, "birth_year: must not be empty; 1 row"),
        ("cost_gp", "float32", np.inf, "cost_gp: must be a number (decimal point); 1 row"),
        ("ses", "float64", -np.inf, "ses: must be a number (decimal point); 1 row"),
        ("insured_years", "float32", 0.0, "insured_years: must be more than 0; 1 row"),
        ("insured_years", "float64", 1 + 2**-52, "insured_years: must be at most 1; 1 row"),
    ],
)
def test_what_the_type_of_a_column_does_not_rule_out_is_counted(tmp_path, column, kind, value, told):
    table = rows().astype({column: kind})
    table.loc[3, column] = value
    table.astype({column: kind}).to_parquet(tmp_path / "p.parquet", index=False)
    with pytest.raises(ContractError) as error:
        checked_persons(tmp_path / "p.parquet", None)
    assert f"{told}: row 4 of p.parquet" in str(error.value)


def test_rows_that_stand_twice_and_people_born_twice_are_counted(tmp_path):
    table = pd.concat([rows(), rows().iloc[[0, 1]]])
    table.iloc[5, table.columns.get_loc("birth_year")] = 1900
    table.to_parquet(tmp_path / "p.parquet", index=False)
    with pytest.raises(ContractError) as error:
        checked_persons(tmp_path / "p.parquet", None)
    told = str(error.value)
    assert "person_id, year: must name one row; here it names another row again; 2 rows" in told
    assert "birth_year: must be the same in all rows of one person_id" in told


def test_the_first_rows_that_break_a_rule_are_found_by_file_and_row_and_not_shown(tmp_path):
    table = rows()
    table.loc[table.index[7:], "sex"] = "X"
    for part, chunk in enumerate((table.iloc[:4], table.iloc[4:])):
        chunk.to_parquet(tmp_path / f"part-{part}.parquet", index=False)
    with pytest.raises(ContractError) as error:
        checked_persons(tmp_path, None)
    told = f"sex: must be one of M, V; {len(table) - 7} rows: " + ", ".join(
        f"row {row} of part-1.parquet" for row in range(4, 9)
    )
    assert f"{told}, ..." in str(error.value)
    table.to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(ContractError, match=f"{len(table) - 7} rows$"):
        checked_persons(tmp_path / "p.csv", None)


@pytest.mark.parametrize("years", [(1950, 2014), (2010, 2014)], ids=["more than bits of a number", "few"])
def test_years_are_told_apart_however_many_there_are(tmp_path, years):
    table = rows()
    table.loc[table["year"] == 2010, "year"] = years[0]
    pd.concat([table, table.iloc[[0]]]).to_parquet(tmp_path / "p.parquet", index=False)
    with pytest.raises(ContractError, match=r"names another row again; 1 row$"):
        checked_persons(tmp_path / "p.parquet", None)


def test_percentiles_are_those_of_numpy_and_counted_once(people, monkeypatch):
    for year, of_year in rows().groupby("year"):
        known = percentiles(people, "cost", [int(year)])
        assert known == {year: pytest.approx(np.quantile(of_year["cost_hospital"], 0.99))}
    assert percentiles(people, "cost", [1999]) == {}
    count_means(people, ["cost", "mortality"], list(YEARS))
    monkeypatch.setattr(type(people.persons), "opened", None)
    assert set(percentiles(people, "cost", [2011, 1999, 2012])) == {2011, 2012}
    assert set(national_means(people, "mortality", list(YEARS))) == set(YEARS)


def test_columns_are_those_of_the_contract(tmp_path):
    rows().drop(columns="sex").to_parquet(tmp_path / "p.parquet", index=False)
    with pytest.raises(ContractError, match="sex: the column must be present"):
        checked_persons(tmp_path / "p.parquet", None)


def test_a_file_that_cannot_be_read_says_what_kind_of_error_and_no_more(tmp_path):
    (tmp_path / "p.parquet").write_text(CANARY, encoding="utf-8")
    with pytest.raises(UserError) as error:
        checked_persons(tmp_path / "p.parquet", None)
    assert CANARY not in str(error.value)


def test_a_table_of_a_database_is_the_same_table(tmp_path, people):
    path = tmp_path / "persons.duckdb"
    table = rows()
    with duckdb.connect(str(path)) as connection:
        connection.register("people", table)
        connection.execute("CREATE TABLE persons AS SELECT * FROM people")
    with pytest.raises(UserError, match=r"no table 'person'; there are persons"):
        checked_persons(path, "person")
    assert checked_persons(path, "persons").figures == people.persons.figures


def test_other_numbers_may_stand_beside_and_other_texts_may_not(tmp_path):
    rows().assign(risk_class=1.5).to_parquet(tmp_path / "p.parquet", index=False)
    assert "risk_class" in checked_persons(tmp_path / "p.parquet", None).figures
    rows().assign(surname=CANARY).to_parquet(tmp_path / "q.parquet", index=False)
    with pytest.raises(ContractError) as error:
        checked_persons(tmp_path / "q.parquet", None)
    assert "surname: must be a number" in str(error.value)
    assert CANARY not in str(error.value)
