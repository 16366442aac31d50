"""Groups of persons from the study file to the page and the table of results, and sites of one start."""

from __future__ import annotations

import csv
import html
import io
import re

import pytest

from lmpeval.disclosure import Code, Refusal, to_digits
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.errors import UserError
from lmpeval.report.page import render
from lmpeval.report.words import ENGLISH
from lmpeval.results.file import results_text
from lmpeval.tracking.artifacts import write_cell
from lmpeval.tracking.metrics import metrics_of
from lmpeval.uncertainty.multiplicity import holm
from person_country import EFFECT, START, lay_out, person_years, written

SITES = [{"site": f"Site {r}", "members": [f"R{r}"], "start": START} for r in range(3)]
ASKED = {
    "intervention": {"sites": SITES},
    "population": {"members": ["R0", "R1", "R2"], "subpopulation": "age >= 40"},
    "subgroups": [
        {"by": "age", "groups": {"under 65": "age < 65", "65 and over": "age >= 65"}},
        {"by": "sex", "groups": {"women": "sex == 'V'", "men": "sex == 'M'"}},
        {"by": "income", "groups": {"poorest": "ses < -2.6", "others": "ses >= -2.6"}},
        {"by": "site"},
    ],
    "designs": [{"use": "propensity_matching", "primary": True, "settings": {"forest": True}}],
}


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    """Those of 65 and over get cheaper in three regions."""
    people = person_years()
    reached = people["municipality"].isin(["R1", "R2"]) & (people["year"] >= START)
    people.loc[reached & (people["birth_year"] <= START - 66), "cost_hospital"] += EFFECT
    return lay_out(tmp_path_factory.mktemp("country"), people)


@pytest.fixture(scope="module")
def result(country):
    [prepared] = prepare([written(country, **ASKED)], country)
    [result] = run([plan(prepared)], jobs=1)
    return result


def test_every_site_is_a_region_of_its_own(result):
    [finding] = result.findings
    assert finding.result.n_sites == 3
    assert "spread of 3 treated and 5 other regions" in finding.result.estimate.uncertainty.method
    assert "Site 0" in result.selection.placements[0].reason


def test_the_group_that_was_reached_is_told_from_the_others(result):
    age, sex, income, _ = result.findings[0].result.persons.subgroups
    young, old = age.groups
    assert young.own.effect == pytest.approx(0, abs=25)
    assert old.own.effect == pytest.approx(EFFECT, abs=25)
    assert old.apart.low < EFFECT < old.apart.high
    assert age.adjusted < 0.05
    assert sex.p > 0.05
    # fewer than ten in the site are in the first, and the second is all but these
    assert [each.own for each in income.groups] == [None, None]


def test_the_page_shows_groups_tests_and_what_is_withheld(result):
    page = render(result, ENGLISH)
    words = html.unescape(re.sub(r"<[^>]+>", " ", page))
    assert "For whom" in words
    assert "age: 65 and over" in words
    assert "p over all 3 (Holm)" in words
    assert "treated regions: 3; a difference of" in words
    assert "treated regions would be needed" in words  # t of two degrees of freedom sees little
    assert "fewer than 10 persons" in words
    assert "cannot be worked out" in words
    assert re.search(r'<svg [^>]*aria-label="Effects on 7 groups', page)
    groups = [each for by in result.findings[0].result.persons.subgroups for each in by.groups if each.own]
    exact = [str(each.persons) for each in groups if each.persons % 10]
    assert exact
    assert not any(f" {count} " in words for count in exact)


def test_results_hold_effects_differences_and_tests(result):
    rows = list(csv.DictReader(io.StringIO(results_text(result))))
    found = {(row["quantity"], row["by"]): row for row in rows}
    own = found["effect_on_group", "age: 65 and over"]
    assert float(own["low"]) < EFFECT < float(own["high"])
    apart = found["group_less_others", "age: 65 and over"]
    assert float(apart["estimate"]) == pytest.approx(EFFECT, abs=40)
    tests = [row for row in rows if row["quantity"] == "groups_differ"]
    assert [row["by"] for row in tests] == ["age", "age", "sex", "sex", "site", "site"]
    raw, adjusted = ([float(row["p"]) for row in tests[k::2]] for k in (0, 1))
    assert adjusted == pytest.approx(holm(raw).tolist())
    withheld = found["effect_on_group", "income: poorest"]
    assert (withheld["standing"], withheld["estimate"]) == ("none", "")
    assert "fewer than 10" in withheld["reasons"]


def test_every_site_has_an_effect_of_its_own_and_alike_sites_are_not_called_different(result):
    sites = result.findings[0].result.persons.subgroups[-1]
    assert [each.group for each in sites.groups] == ["Site 0", "Site 1", "Site 2"]
    everybody = result.findings[0].result.estimate.effect
    for each in sites.groups:
        assert each.own.effect == pytest.approx(everybody, abs=40)
        assert each.own.ranked == 6  # five regions stand in
        assert each.persons >= 10
    assert sites.p > 0.05


def test_runs_keep_effects_on_groups_and_nothing_of_what_is_withheld(result, tmp_path):
    [finding] = result.findings
    named = {name.removeprefix("withheld."): value for name, value in metrics_of(finding).items()}
    old = finding.result.persons.subgroups[0].groups[1]
    assert named["subgroup.age.65 and over.effect"] == to_digits(old.own.effect)
    assert named["subgroup.age.65 and over.low"] == to_digits(old.own.low)
    assert named["subgroup.site.Site 1.effect"] == pytest.approx(EFFECT / 2, abs=150)
    assert {"subgroup.age.p", "subgroup.age.p_adjusted"} <= set(named)
    assert not any("income" in name for name in named)
    write_cell(tmp_path, finding, None)
    [kept] = tmp_path.rglob("subgroups.csv")
    rows = {
        (row["by"], row["group"]): row
        for row in csv.DictReader(io.StringIO(kept.read_text(encoding="utf-8")))
    }
    assert float(rows["age", "65 and over"]["effect"]) == to_digits(old.own.effect)
    assert rows["income", "poorest"]["effect"] == ""
    assert "fewer than 10" in rows["income", "poorest"]["withheld"]
    assert "persons" not in kept.read_text(encoding="utf-8").partition("\n")[0]


def test_what_a_forest_finds_is_marked_as_exploratory(result):
    forest = result.findings[0].result.persons.forest
    rows = [
        r for r in csv.DictReader(io.StringIO(results_text(result))) if r["quantity"] == "explored_by_forest"
    ]
    assert {row["method"] for row in rows} == {"causal forest, exploratory"}
    words = html.unescape(re.sub(r"<[^>]+>", " ", render(result, ENGLISH)))
    assert "Exploratory: nobody named these groups beforehand" in words
    if forest.why:
        assert forest.why in words
        assert rows[0]["standing"] == "none"
    else:
        assert float(rows[-1]["p"]) == pytest.approx(forest.p)
        assert forest.leading[0][0] in words


def test_a_cost_is_told_in_other_ways_beside(result):
    costs = result.findings[0].result.persons.costs
    rows = [
        r for r in csv.DictReader(io.StringIO(results_text(result))) if r["quantity"] == "cost_in_another_way"
    ]
    assert [row["method"] for row in rows] == [each.way for each in costs]
    words = html.unescape(re.sub(r"<[^>]+>", " ", render(result, ENGLISH)))
    main = result.findings[0].result.estimate.effect
    for each, row in zip(costs, rows, strict=True):
        assert each.way in words
        if each.way in ("any cost", "cost if any", "both parts together"):
            assert row["estimate"] == ""
            assert row["reasons"] == each.why == str(Refusal(Code.ALL_OR_NONE))  # everybody has one here
            assert each.why in words
        else:
            assert float(row["estimate"]) == pytest.approx(each.found.effect, rel=5e-4)
            assert each.found.effect == pytest.approx(main, abs=15)


def of(groups, by="age"):
    return {"subgroups": [{"by": by, "groups": groups}]}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (of({"a": "age < 65", "b": "aged >= 65"}),
         r"study\.yaml:\d+:\d+: subgroups\[0\]\.groups\.b: no column 'aged'.*did you mean 'age'"),
        (of({"a": "age < 65", "b": "age > 60"}),
         r"study\.yaml:\d+:\d+: subgroups\[0\]\.groups\.b: somebody is in both 'a' and 'b'"),
        (of({"a": "age < 65", "b": "age = 65"}), r"subgroups\[0\]\.groups\.b: cannot be read"),
        ({"subgroups": [{"by": "site"}]}, r"subgroups\[0\]\.by: `site` tells several sites apart"),
        ({**ASKED, "subgroups": [{"by": "site", "groups": {"a": "age < 65", "b": "age >= 65"}}]},
         r"subgroups\[0\]\.groups: by `site` the groups are the sites"),
        (of({"a": "age < 65"}), r"subgroups\[0\]\.groups: found 1, expected two groups or more"),
        ({"subgroups": 2 * of({"a": "age < 65", "b": "age >= 65"})["subgroups"]},
         r"subgroups\[1\]\.by: 'age' is named twice"),
        ({**of({"a": "age < 65", "b": "age >= 65"}), "population": {"follow": "open cohort"}},
         r"subgroups: groups are fixed before the start"),
        ({**of({"a": "age < 65", "b": "age >= 65"}), "designs": [
            {"use": "difference_in_differences", "primary": True}]},
         r"subgroups: are told by designs that weigh persons, and the study has none"),
        ({**ASKED, "intervention": {"sites": [*SITES[:2], {**SITES[2], "start": START + 1}]}},
         r"intervention\.sites: persons are selected in the year before one start"),
    ],
)  # fmt: skip
def test_what_groups_cannot_be_is_told_with_its_place(country, changes, told):
    with pytest.raises(UserError) as refused:
        prepare([written(country, **changes)], country)
    assert re.search(told, str(refused.value))


def test_groups_need_persons(country):
    path = written(country, **of({"a": "age < 65", "b": "age >= 65"}), data={"panel": "x.csv"})
    text = path.read_text(encoding="utf-8")
    for line in ("  persons: people\n", "  municipalities: regions.csv\n"):
        text = text.replace(line, "")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"subgroups: needs person-level data"):
        prepare([path], country)
