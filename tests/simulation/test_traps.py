"""Twenty traps: each is planted as it says, and the engine refuses, warns or adjusts, or is known not to.

What the engine does not do yet is marked `xfail(strict=True)`: the test asks for it in earnest and will fail
by passing on the day when it does. The end of the test run counts the traps that are open.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmpeval.calibrating import calibrate_studies
from lmpeval.comparators import Role
from lmpeval.contracts import load_contract
from lmpeval.design import Status
from lmpeval.engine import plan
from lmpeval.errors import UserError
from lmpeval.finding import Answered
from lmpeval.preparation import prepare
from lmpeval.report.calibration_page import render_calibration
from lmpeval.report.words import ENGLISH
from lmpeval.simulation.country.areas import areas
from lmpeval.simulation.country.geography import draw_geography
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.country.sites import PROGRAMMES
from lmpeval.simulation.delivery import lay_out
from lmpeval.simulation.planting import COSTLIEST, HIGH_COST, INDICATORS, UNKNOWN_REGIONS, with_induced_demand
from lmpeval.simulation.traps import TRAPS, trap_named, with_traps
from lmpeval.verdict import Answer, State
from simulation.small_delivery import answered, asked, read, told

COUNTRY = Country(persons=20_000, seed=1)
STUDY = "site_1_diabetes_care"
NAMES = [trap.name for trap in TRAPS]
Laid = Callable[[str], Path]


@pytest.fixture(scope="module")
def laid(tmp_path_factory) -> Laid:
    """Folder of the country with a trap in it, or without any (""), drawn once."""
    drawn: dict[str, Path] = {}

    def lay(name: str) -> Path:
        if name not in drawn:
            drawn[name] = tmp_path_factory.mktemp("country") / (name or "plain")
            lay_out(COUNTRY, [trap_named(name)] if name else [], drawn[name], jobs=1)
        return drawn[name]

    return lay


def panel(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "region_panel.parquet").set_index(["unit", "year"])


def persons(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "person_year")


def truth(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "truth.parquet")


def reach(folder: Path) -> float:
    return pd.read_csv(folder / "interventions.csv")["reach"].sum()


def in_sites() -> tuple[set[str], set[str]]:
    """Names of the municipalities in the sites, and of those that border on them."""
    places = draw_geography(COUNTRY)
    found = areas(PROGRAMMES, places)
    inside, beside = (np.any([getattr(a, side) for a in found], axis=0) for side in ("inside", "beside"))
    names = np.array(places.units)
    return set(names[inside]), set(names[beside])


def over_plain(laid: Laid, name: str, column: str) -> tuple[pd.Series, pd.Series]:
    """A column with the trap over the same without it, in sites and elsewhere."""
    ratio = (panel(laid(name))[column] / panel(laid(""))[column]).dropna()
    sites = ratio.index.get_level_values("unit").isin(in_sites()[0])
    return ratio[sites], ratio[~sites]


def year_of(series: pd.Series) -> np.ndarray:
    return series.index.get_level_values("year").to_numpy()


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
    text = told(tmp_path / "all", asked(tmp_path / "all", STUDY))
    assert text.startswith("refused:")
    for words in ("register: missing", "independent persons", "2020 and 2021", "add `price`", "of savings"):
        assert words in text, words


def test_a_wrong_name_is_told_the_nearest():
    with pytest.raises(UserError, match="no trap 'covid': did you mean 'covid_years'"):
        trap_named("covid")


# Each is planted


def regression_to_the_mean(laid):
    folder = laid("regression_to_the_mean")
    took = pd.read_parquet(folder / "participants").query("programme == @COSTLIEST")
    rows = persons(folder)
    rows["cost"] = rows.filter(like="cost_").sum(axis=1)
    cost = rows.set_index(["person_id", "year"])["cost"]
    before = cost.reindex(
        pd.MultiIndex.from_frame(
            took[["person_id", "from"]].assign(year=took["from"] - 1)[["person_id", "year"]]
        )
    )
    after = cost.reindex(pd.MultiIndex.from_frame(took[["person_id", "from"]]))
    assert len(took) > 15
    assert before.min() > HIGH_COST * 0.9  # a participant may have lived a part of the year only
    assert after.median() < 0.6 * before.median()  # though the programme does nothing
    assert (truth(folder).query("programme == @COSTLIEST")["effect"].fillna(0) == 0).all()


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
    assert "neighbours" not in set(truth(laid(""))["level"])
    ratio = (panel(laid("neighbour_spillover"))["cost_gp"] / panel(laid(""))["cost_gp"]).dropna()
    inside, beside = in_sites()
    moved = set(ratio[~np.isclose(ratio, 1)].index.get_level_values("unit"))
    assert moved & beside
    assert moved <= inside | beside


def billing_reform_2015(laid):
    sites, others = over_plain(laid, "billing_reform_2015", "cost_hospital")
    assert np.allclose(sites, np.where(year_of(sites) >= 2015, 0.94, 1), rtol=1e-5)
    assert np.allclose(others, 1)


def covid_years(laid, tmp_path):
    longer = lay_out(replace(COUNTRY, last=2021), [], tmp_path / "longer", jobs=1)
    with_it = panel(laid("covid_years"))["cost"] / longer.panel.set_index(["unit", "year"])["cost"]
    by_year = with_it.groupby("year").mean()
    assert by_year.index.max() == 2021
    assert np.allclose(by_year.loc[:2019], 1)
    assert by_year[2020] == pytest.approx(0.94, abs=0.01)
    assert by_year[2021] == pytest.approx(0.97, abs=0.01)
    assert with_it.xs(2020, level="year").std() > 0.005
    assert all(s["window"]["last"] == 2021 for s in studies(laid, "covid_years"))


def boundary_vintages(laid):
    merged, plain = (panel(laid(name))["insured_years"] for name in ("boundary_vintages", ""))
    grown = (merged / plain).dropna()
    assert grown.loc[:, :2012].max() == pytest.approx(1)
    larger = {unit for unit, _ in grown[grown > 1.05].index}
    gone = set(plain.xs(2013, level="year").index) - set(merged.xs(2013, level="year").index)
    assert len(gone) == 6
    assert larger <= in_sites()[0]
    assert not gone & in_sites()[0]
    assert np.allclose(merged.groupby("year").sum(), plain.groupby("year").sum())


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
    assert 0.02 < reach(laid("dilution")) / reach(laid("")) < 0.2


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
    plain, trapped = (persons(laid(name)) for name in ("", "composition"))
    names = pd.read_csv(laid("") / "municipalities.csv").set_index("unit")["code"]
    here = set(names[list(in_sites()[0])])
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


def studies(laid: Laid, name: str) -> list[dict]:
    found = [read(path) for path in sorted((laid(name) / "studies").glob("*.yaml"))]
    assert found
    return found


@pytest.mark.parametrize("name", NAMES)
def test_planted(name, laid, request):
    check = globals()[name]
    more = {"tmp_path": request.getfixturevalue("tmp_path")} if name == "covid_years" else {}
    check(laid, **more)


@pytest.mark.parametrize(
    "name", ["", "boundary_vintages", "covid_years", "many_outcomes", "modelled_outcome"]
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


# What the engine does about them


def plain_words(page: str) -> str:
    """The words of a page, without its pictures and marks."""
    words = re.sub(r"(?s)<(style|svg)\b.*?</\1>", " ", page)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", words)))


@cache
def _page(folder: Path, study: str, measured: tuple[str, ...]) -> str:
    return plain_words(told(folder, asked(folder, study, measured)))


def reader_is_told(
    laid: Laid, name: str, study: str = STUDY, measured: tuple[str, ...] = ("cost",), **changes
) -> str:
    if not changes:
        return _page(laid(name), study, measured)
    return plain_words(told(laid(name), asked(laid(name), study, measured, **changes)))


REFUSED = {
    "few_treated_clusters": r"cluster-robust errors need at least 10 treated groups",
    "person_level_errors": r"found 'independent persons', expected one of placebo groups, cluster robust",
    "post_start_covariates": r"'risk_score' is known only from 2013 on, not before the start in 2013",
    "contaminated_pool": r"comparator\.register: missing",
    "covid_years": r"2020 and 2021 in the window of a cost outcome",
    "nominal_euros": r"'cost' is in euro: add `price`",
    "gross_as_net": r"'savings on care' speaks of savings, and `programme_cost` is not given for 2013, 2014",
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name, laid):
    text = reader_is_told(laid, name)
    assert text.startswith("refused:")
    assert re.search(REFUSED[name], text)
    # without the trap the same study runs: it is the trap that is refused
    assert not reader_is_told(laid, "").startswith("refused")


def test_refused_modelled_outcome(laid):
    text = reader_is_told(laid, "modelled_outcome", measured=("cost", "mortality", "good_health"))
    assert "refused" in text
    assert (
        "modelled small-area figures are built from background traits and cannot show a local effect" in text
    )


def entry(result, name: str):
    [found] = [finding for finding in result.findings if finding.cell.primary]
    assert isinstance(found.result, Answered)
    return next(e for e in found.result.ledger.entries if e.assumption.name == name)


def answer_to(laid: Laid, name: str, **changes):
    folder = laid(name)
    return answered(folder, asked(folder, STUDY, **changes))


def test_matching_on_level_shows_both_and_says_what_it_invites(laid):
    result = answer_to(laid, "matching_on_level")
    labels = [finding.cell.label for finding in result.findings]
    assert labels == [
        "difference_in_differences (matched on the outcome)",
        "difference_in_differences (not matched on the outcome)",
    ]
    found = entry(result, "selection_not_by_chance")
    assert found.status is Status.UNCERTAIN
    assert "invites regression to the mean" in found.evidence.finding


def test_pretrend_not_significant_is_not_read_as_support(laid):
    result = answer_to(laid, "pretrend_not_significant")
    found = entry(result, "parallel_trends")
    low, high = map(float, re.findall(r"interval (\S+) to (\S+?)\)", found.evidence.finding)[0])
    assert low < 0 < high  # a test would not reject
    assert found.status is not Status.SUPPORTED
    assert found.evidence.detectable > 25  # and says how large a trend it would have missed
    assert "uncertain:parallel_trends" in result.findings[0].verdict.reasons
    assert not re.search(r"parallel trends[^.]*\bhold", reader_is_told(laid, "pretrend_not_significant"))


def test_pretrend_not_significant_is_held_against_what_trends_did_before(laid):
    text = reader_is_told(laid, "pretrend_not_significant")
    spans = re.findall(
        r"counted from 2012, the effect is (\S+) to (\S+) if trends part after the start in steps no larger "
        r"than the largest before it, and (\S+) to (\S+) if the difference in trend bends by at most",
        text,
    )
    assert spans
    assert "Rambachan and Roth 2023" in text
    for span in spans:  # nothing is left of an effect, and none is claimed
        by_steps, by_bends = map(float, span[:2]), map(float, span[2:])
        assert all(low < 0 < high for low, high in (by_steps, by_bends))
    assert "no effect is claimed that could break down" in text
    evidence = entry(answer_to(laid, "pretrend_not_significant"), "parallel_trends").evidence
    [seen] = re.findall(
        r"moves the effect by the margin would have been seen in (\d+)% of cases", evidence.finding
    )
    assert int(seen) < 80  # so that the trend was not seen says little, and the page says how little


def test_neighbour_spillover_sets_the_site_s_own_neighbourhood_aside(laid):
    result = answer_to(laid, "neighbour_spillover")
    places = draw_geography(COUNTRY)
    [area] = [area for area in areas(PROGRAMMES, places) if area.site.name == "Site 1"]
    group = np.array(places.groups)[places.group]
    own = {places.units[k] for k in np.flatnonzero(area.beside) if group[k] == "Achterhoek"}
    assert own
    assert own <= set(result.selection.units(Role.NEIGHBOUR))
    assert "neighbours in the comparison" in entry(result, "no_spillover").evidence.finding


def test_billing_reform_2015_shows_the_effect_without_the_year(laid):
    found = entry(answer_to(laid, "billing_reform_2015"), "no_other_change")
    assert found.status is Status.ARGUED  # shown, and no test: never supported
    assert re.match(r"without 2015 the effect is \S+ instead of \S+;", found.evidence.finding)


def test_covid_years_declared_are_shown_with_and_without(laid):
    told_of = [{"year": year, "reason": "pandemic"} for year in (2020, 2021)]
    result = answer_to(laid, "covid_years", window={"breaks": told_of})
    assert "without 2020, 2021 the effect is" in entry(result, "no_other_change").evidence.finding
    left_out = answer_to(laid, "covid_years", window={"breaks": [], "exclude": told_of})
    assert "2020 left out: pandemic" in left_out.findings[0].notes


def test_dilution_is_not_read_as_does_not_work(laid):
    result = answer_to(laid, "dilution")
    assert result.findings[0].verdict.answer is Answer.CANNOT_TELL
    assert "This does not mean that it does not work." in reader_is_told(laid, "dilution")


def test_dilution_is_said_before_the_run_to_be_beyond_what_can_be_seen(laid):
    folder = laid("dilution")
    some = sorted(panel(folder).index.get_level_values("unit").unique())[:180]  # quicker than all
    [prepared] = prepare([asked(folder, STUDY, comparator={"pool": some})], folder)
    [calibration] = calibrate_studies([plan(prepared)], 1)
    text = plain_words(render_calibration(calibration, ENGLISH))
    assert "cannot answer the question on this panel" in text


def test_many_outcomes_are_counted_with_what_chance_gives(laid):
    text = reader_is_told(laid, "many_outcomes", measured=("experience", *INDICATORS[:3]))
    assert "This page holds 4 estimates" in text
    assert "0.2 times on average by chance alone" in text


def test_composition_without_an_argument_blocks_the_headline(laid):
    result = answer_to(laid, "composition")
    assert result.findings[0].verdict.blocked
    assert entry(result, "stable_composition").status is Status.NOT_ASSESSED


def test_short_follow_up_is_too_early(laid):
    verdict = answer_to(laid, "short_follow_up").findings[0].verdict
    assert (verdict.state, verdict.answer, verdict.effect) == (State.TOO_EARLY, Answer.TOO_EARLY, None)


# What it should do about them, and does not yet


def is_open(name: str, wish: Callable[[Laid], None], missing: str):
    mark = pytest.mark.xfail(strict=True, raises=(AssertionError, UserError), reason=f"missing: {missing}")
    return pytest.param(wish, id=f"{name}-{wish.__name__}", marks=mark)


def same_rule_in_the_controls(laid):
    text = reader_is_told(laid, "regression_to_the_mean", COSTLIEST)
    assert not text.startswith("refused")
    assert re.search(r"(?i)same rule|by the rule that chose", text)


def bordering_units_elsewhere_are_set_aside(laid):
    result = answer_to(laid, "neighbour_spillover")
    places = draw_geography(COUNTRY)
    [area] = [area for area in areas(PROGRAMMES, places) if area.site.name == "Site 1"]
    border = {places.units[k] for k in np.flatnonzero(area.beside)}
    assert not border & set(result.selection.units(Role.COMPARED))


def known_break_that_nobody_declared(laid):
    text = reader_is_told(laid, "billing_reform_2015", window={"breaks": []})
    assert re.search(r"2015[^.]{0,60}(120 days|hospital claims|break)", text)


def jump_in_size_is_named(laid):
    text = reader_is_told(laid, "boundary_vintages")
    assert re.search(
        r"(?i)(jump|grew|larger area|border)[^.]{0,200}Achterhoek|Achterhoek \d\d[^.]{0,200}(jump|grew)", text
    )


def late_claims_are_noticed(laid):
    outcome = {
        **studies(laid, "nominal_euros")[0]["outcomes"][0],
        "price": {"year": 2018, "index": "national"},
    }
    text = reader_is_told(laid, "nominal_euros", outcomes=[outcome])
    assert not text.startswith("refused")
    assert re.search(r"(?i)2018[^.]{0,80}(incomplete|run-out|not all claims)|completeness", text)


def raw_and_at_the_99th_percentile(laid):
    assert re.search(r"(?i)99th percentile|p99", reader_is_told(laid, "top_costs"))


def both_levels_reconciled(laid):
    text = reader_is_told(laid, "participants_as_population")
    assert re.search(r"(?i)reach (x|times|\\u00d7) effect|added volume", text)


def net_of_the_programme(laid):
    text = reader_is_told(laid, "")
    assert re.search(r"(?i)net of (the cost of )?the programme", text)


def family_of_outcomes(laid):
    text = reader_is_told(laid, "many_outcomes", measured=("experience", *INDICATORS[:3]))
    assert re.search(r"(?i)family|adjusted for (the number of|multiple)", text)


def fixed_cohort_beside(laid):
    assert re.search(r"(?i)fixed cohort", reader_is_told(laid, "composition"))


OPEN = [
    is_open(
        "regression_to_the_mean", same_rule_in_the_controls, "person-level designs with the rule in both arms"
    ),
    is_open(
        "neighbour_spillover", bordering_units_elsewhere_are_set_aside, "neighbours by map, not by region"
    ),
    is_open("billing_reform_2015", known_break_that_nobody_declared, "a calendar of known breaks"),
    is_open("boundary_vintages", jump_in_size_is_named, "a detector of jumps in a delivered panel"),
    is_open("nominal_euros", late_claims_are_noticed, "completeness of the last year"),
    is_open(
        "top_costs", raw_and_at_the_99th_percentile, "costs cut at the 99th percentile beside the raw ones"
    ),
    is_open("participants_as_population", both_levels_reconciled, "both levels side by side"),
    is_open("gross_as_net", net_of_the_programme, "net effects"),
    is_open("many_outcomes", family_of_outcomes, "families of outcomes, shrinkage over a portfolio"),
    is_open("composition", fixed_cohort_beside, "a fixed cohort beside the population"),
]


@pytest.mark.parametrize("wish", OPEN)
def test_open(wish, laid):
    wish(laid)
