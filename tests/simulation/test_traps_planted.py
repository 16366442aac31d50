"""Twenty traps: each is planted as it says."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpeval.contracts import load_contract
from lmpeval.errors import UserError
from lmpeval.simulation.country.sites import PROGRAMMES
from lmpeval.simulation.delivery import lay_out
from lmpeval.simulation.planting import COSTLIEST, HIGH_COST, INDICATORS, UNKNOWN_REGIONS, with_induced_demand
from lmpeval.simulation.traps import TRAPS, trap_named, with_traps
from simulation.small_delivery import asked, refusal
from simulation.trapped import (
    COUNTRY,
    NAMES,
    PLAIN,
    STUDY,
    Laid,
    costs_of_the_costliest,
    in_sites,
    panel,
    persons,
    studies,
    taken_over,
    truth,
    year_of,
)


def reach(folder: Path) -> float:
    return pd.read_csv(folder / "interventions.csv")["reach"].sum()


def over_plain(laid: Laid, name: str, column: str) -> tuple[pd.Series, pd.Series]:
    """A column with the trap over the same without it, in sites and elsewhere."""
    ratio = (panel(laid(name))[column] / panel(laid(PLAIN))[column]).dropna()
    sites = ratio.index.get_level_values("unit").isin(in_sites()[0])
    return ratio[sites], ratio[~sites]


# The table


def test_there_are_twenty_each_with_its_number_name_and_line():
    assert [trap.number for trap in TRAPS] == list(range(1, 21))
    assert len(set(NAMES)) == 20
    assert all(len(trap.line) <= 100 for trap in TRAPS)


def test_the_page_on_the_country_lists_all_twenty():
    page = (Path(__file__).parents[2] / "docs" / "synthetic-country.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `([a-z0-9_]+)` \|", page, flags=re.MULTILINE)
    assert rows == [(str(trap.number), trap.name) for trap in TRAPS]


def test_none_is_planted_by_default_and_a_planted_one_leaves_the_plain_country_alone():
    assert COUNTRY.disturbances == ()
    assert with_traps(COUNTRY, []) == COUNTRY
    with_traps(COUNTRY, TRAPS)
    assert COUNTRY.disturbances == ()
    assert COUNTRY.programmes == PROGRAMMES


def test_all_traps_can_be_planted_together(tmp_path):
    lay_out(replace(COUNTRY, persons=10_000), TRAPS, tmp_path / "all", jobs=1)
    text = refusal(tmp_path / "all", asked(tmp_path / "all", STUDY))
    assert text is not None
    for words in ("register: missing", "independent persons", "2020 and 2021", "add `price`", "of savings"):
        assert words in text, words


def test_a_wrong_name_is_told_the_nearest():
    with pytest.raises(UserError, match="no trap 'covid': did you mean 'covid_years'"):
        trap_named("covid")


# Each is planted


def regression_to_the_mean(laid):
    folder = laid("regression_to_the_mean")
    before, after = costs_of_the_costliest(folder)
    assert len(before) > 15
    assert before.min() > HIGH_COST * 0.9  # a participant may have lived a part of the year only
    assert after.median() < 0.6 * before.median()  # though the programme does nothing
    hidden = truth(folder)
    assert (hidden.loc[hidden["programme"] == COSTLIEST, "effect"].fillna(0) == 0).all()


def few_treated_clusters(laid):
    assert all(
        s["designs"][0]["inference"] == "cluster robust" for s in studies(laid, "few_treated_clusters")
    )


def person_level_errors(laid):
    assert all(
        s["designs"][0]["inference"] == "independent persons" for s in studies(laid, "person_level_errors")
    )


def matching_on_level(laid):
    assert all(
        s["designs"][0]["settings"] == {"match_on_outcome": True} for s in studies(laid, "matching_on_level")
    )


def pretrend_not_significant(laid):
    sites, others = over_plain(laid, "pretrend_not_significant", "cost_gp")
    programmes_aside = sites[year_of(sites) < 2013]
    assert np.allclose(programmes_aside, 1.005 ** (year_of(programmes_aside) - 2009), rtol=1e-5)
    assert np.allclose(others, 1)


def post_start_covariates(laid):
    table = panel(laid("post_start_covariates"))
    known = table["risk_score"].notna().groupby("year").any()
    assert known[known].index.tolist() == list(range(2013, 2019))
    assert all("risk_score" in s["comparator"]["match_on"] for s in studies(laid, "post_start_covariates"))


def contaminated_pool(laid):
    folder = laid("contaminated_pool")
    named = set(pd.read_csv(folder / "register.csv")["initiative"])
    assert named == {f"Site {k}" for k in range(1, 10)}
    hidden = truth(folder).query("level == 'population' and outcome == 'cost_hospital' and year == 2018")
    hidden = hidden[hidden["programme"].str.startswith("unknown_")]
    assert len(hidden) == len(UNKNOWN_REGIONS)
    assert hidden["effect"].mean() < 0
    assert not [path for path in (folder / "studies").iterdir() if "unknown" in path.name]
    assert all("register" not in s["comparator"] for s in studies(laid, "contaminated_pool"))


def neighbour_spillover(laid):
    table = truth(laid("neighbour_spillover"))
    felt = table.query("level == 'neighbours' and outcome == 'cost_hospital' and year == 2018")
    assert felt["effect"].min() < 0
    assert "neighbours" not in set(truth(laid(PLAIN))["level"])
    ratio = (panel(laid("neighbour_spillover"))["cost_gp"] / panel(laid(PLAIN))["cost_gp"]).dropna()
    inside, beside = in_sites()
    moved = set(ratio[~np.isclose(ratio, 1)].index.get_level_values("unit"))
    assert moved & beside
    assert moved <= inside | beside


def billing_reform_2015(laid):
    sites, others = over_plain(laid, "billing_reform_2015", "cost_hospital")
    assert np.allclose(sites, np.where(year_of(sites) >= 2015, 0.94, 1), rtol=1e-5)
    assert np.allclose(others, 1)


def covid_years(laid):
    beside = laid("covid_years").with_name("longer")
    longer = lay_out(replace(COUNTRY, last=2021), [], beside, jobs=1)
    with_it = panel(laid("covid_years"))["cost"] / longer.panel.set_index(["unit", "year"])["cost"]
    by_year = with_it.groupby("year").mean()
    assert by_year.index.max() == 2021
    assert np.allclose(by_year.loc[:2019], 1)
    assert by_year[2020] == pytest.approx(0.94, abs=0.01)
    assert by_year[2021] == pytest.approx(0.97, abs=0.01)
    assert with_it.xs(2020, level="year").std() > 0.005
    assert all(s["window"]["last"] == 2021 for s in studies(laid, "covid_years"))


def boundary_vintages(laid):
    merged, plain = (panel(laid(name))["insured_years"] for name in ("boundary_vintages", PLAIN))
    larger, gone = taken_over(laid)
    assert (merged / plain).dropna().loc[:, :2012].max() == pytest.approx(1)
    assert len(gone) == 6
    assert larger <= in_sites()[0]
    assert not gone & in_sites()[0]
    assert np.allclose(merged.groupby("year").sum(), plain.groupby("year").sum())
    [asked_about] = [s for s in studies(laid, "boundary_vintages") if s["study"] == STUDY]
    assert larger & set(asked_about["population"]["members"])


def modelled_outcome(laid):
    table = panel(laid("modelled_outcome")).dropna(subset=["good_health_modelled"])
    spread = table.groupby("year")[["good_health", "good_health_modelled"]].std()
    assert (spread["good_health_modelled"] < 0.5 * spread["good_health"]).all()
    [outcome] = [o for o in studies(laid, "modelled_outcome")[0]["outcomes"] if o["name"] == "good_health"]
    assert (outcome["column"], outcome["provenance"]) == ("good_health_modelled", "modelled")


def nominal_euros(laid):
    for ratio in over_plain(laid, "nominal_euros", "cost"):
        assert np.allclose(ratio, np.where(year_of(ratio) == 2018, 0.93, 1), rtol=1e-5)
    assert all("price" not in o for s in studies(laid, "nominal_euros") for o in s["outcomes"])


def top_costs(laid):
    rows = persons(laid("top_costs")).query("cost_hospital > 4.9e6")
    assert rows["person_id"].nunique() == 1
    assert rows["year"].min() == 2013
    sites, others = over_plain(laid, "top_costs", "cost")
    assert sites.max() > 5
    assert (others < 5).all()


def dilution(laid):
    assert 0.02 < reach(laid("dilution")) / reach(laid(PLAIN)) < 0.2


def participants_as_population(laid):
    table = truth(laid("participants_as_population")).query("outcome == 'cost_hospital' and year == 2018")
    effect = table.pivot_table(index=["programme", "site"], columns="level", values="effect")
    whole = table[table["level"] == "population"].set_index(["programme", "site"])
    gain = (whole["reach"] * effect["participants"]).loc["all"].sum()
    assert gain < 0
    assert whole.loc["all", "spillover"].sum() > 0
    assert gain < whole.loc["all", "effect"].sum()
    for plain in PROGRAMMES:  # once at full size a fifth is left of what participants give up
        left = plain.uptake + (1 - plain.uptake) * with_induced_demand(plain).spillover
        assert left == pytest.approx(0.2 * plain.uptake)


def gross_as_net(laid):
    spent = pd.read_csv(laid("gross_as_net") / "interventions.csv").query("year == 2018")
    saved = truth(laid("gross_as_net")).query(
        "level == 'participants' and outcome == 'cost' and year == 2018"
    )
    table = spent.merge(saved, on="programme", suffixes=("", "_truth"))
    gross = -table["effect"] * table["insured_years"]
    assert (gross > 0).any()
    assert (table["programme_cost"] > gross)[gross > 0].mean() > 0.8
    for study in studies(laid, "gross_as_net"):
        assert "programme_cost" not in study["intervention"]
        assert "savings" in study["outcomes"][0]["label"]


def many_outcomes(laid):
    table = panel(laid("many_outcomes"))
    assert set(INDICATORS) <= set(table)
    sites = table.index.get_level_values("unit").isin(in_sites()[0])
    late = year_of(table) >= 2014
    change = [
        table.loc[sites & late, n].mean() - table.loc[sites & ~late, n].mean()
        - table.loc[~sites & late, n].mean() + table.loc[~sites & ~late, n].mean()
        for n in INDICATORS
    ]  # fmt: skip
    assert abs(np.mean(change)) < 0.2  # of a standard deviation of about 1.4 a year
    assert len(studies(laid, "many_outcomes")[0]["outcomes"]) == 35


def composition(laid):
    plain, trapped = (persons(laid(name)) for name in (PLAIN, "composition"))
    codes = pd.read_csv(laid(PLAIN) / "municipality_codes.csv")
    here = set(codes["code"][codes["unit"].isin(in_sites()[0])])
    plain["cost"] = plain.filter(like="cost_").sum(axis=1)
    costly = plain[(plain["year"] == 2012) & (plain["cost"] > 10_000) & plain["municipality"].isin(here)][
        "person_id"
    ]
    stayed = []
    for rows in (plain, trapped):
        later = rows[(rows["year"] == 2013) & rows["person_id"].isin(costly)]
        stayed.append(later["municipality"].isin(here).mean())
    assert len(costly) > 20
    assert stayed[0] > 0.9
    assert stayed[1] < 0.75
    assert all("stable_composition" not in s["arguments"] for s in studies(laid, "composition"))


def short_follow_up(laid):
    found = studies(laid, "short_follow_up")
    assert {s["intervention"]["start"] for s in found} == {2018} == {s["window"]["last"] for s in found}
    assert len(found) == 24


PLANTED: tuple[Callable[[Laid], None], ...] = (
    regression_to_the_mean,
    few_treated_clusters,
    person_level_errors,
    matching_on_level,
    pretrend_not_significant,
    post_start_covariates,
    contaminated_pool,
    neighbour_spillover,
    billing_reform_2015,
    covid_years,
    boundary_vintages,
    modelled_outcome,
    nominal_euros,
    top_costs,
    dilution,
    participants_as_population,
    gross_as_net,
    many_outcomes,
    composition,
    short_follow_up,
)


def test_every_trap_is_looked_for():
    assert [look.__name__ for look in PLANTED] == NAMES


@pytest.mark.parametrize("look", PLANTED, ids=NAMES)
def test_planted(look, laid):
    look(laid)


@pytest.mark.parametrize(
    "name", [PLAIN, "boundary_vintages", "covid_years", "many_outcomes", "modelled_outcome"]
)
def test_the_tables_keep_their_contracts(name, laid):
    folder = laid(name)
    tables = {
        "region_panel": "region_panel.parquet",
        "initiative_register": "register.csv",
        "intervention_register": "interventions.csv",
        "simulated_truth": "truth.parquet",
    }
    for contract, file in tables.items():
        path = folder / file
        table = pd.read_csv(path) if path.suffix == ".csv" else pd.read_parquet(path)
        load_contract(contract).check(table, str(path))
