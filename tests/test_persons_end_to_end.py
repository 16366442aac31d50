"""Studies of persons from file to report: what is found, what is refused, and where it is said."""

from __future__ import annotations

import html
import re

import numpy as np
import pandas as pd
import pytest

from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import StudyResult, run
from lmpeval.errors import UserError
from lmpeval.finding import Answered, Finding, Twin, TwinEffect
from lmpeval.outcomes_together import asked_together
from lmpeval.report.page import render
from lmpeval.report.words import ENGLISH
from lmpeval.results.file import results_text
from lmpeval.study import Level
from lmpeval.verdict import State
from person_country import EFFECT, REGIONS, lay_out, person_years, study, written


@pytest.fixture(scope="module")
def country(tmp_path_factory):
    return lay_out(tmp_path_factory.mktemp("country"))


def answered(folder, **changes) -> StudyResult:
    [prepared] = prepare([written(folder, **changes)], folder)
    [result] = run([plan(prepared)], jobs=1)
    return result


def refusal(folder, **changes) -> str:
    with pytest.raises(UserError) as refused:
        prepare([written(folder, **changes)], folder)
    return str(refused.value)


def by_design(result: StudyResult) -> dict[str, Finding]:
    return {finding.cell.design.__class__.__name__: finding for finding in result.findings}


@pytest.fixture(scope="module")
def result(country):
    return answered(country)


def test_both_ways_of_comparing_find_the_effect_that_was_drawn(result):
    for finding in result.findings:
        assert isinstance(finding.result, Answered)
        found = finding.result.estimate
        assert found.effect == pytest.approx(EFFECT, abs=15)
        assert abs(found.gap[found.years < found.start]).max() < 30
        assert found.control_names
        assert set(found.control_names) <= {f"Group {region}" for region in REGIONS[1:]}
        assert finding.cell.level is Level.INTERVENTION


def test_the_weighed_are_alike_where_all_were_not(country):
    """Everybody in R0 is made ten years older before the start: the matched are as old as they are."""
    older = person_years()
    older.loc[older["municipality"] == "R0", "birth_year"] -= 10
    folder = lay_out(country / "older", older)
    of_persons = by_design(answered(folder, population={"subpopulation": "age >= 30"}))["PropensityMatching"]
    assert isinstance(of_persons.result, Answered)
    tables = of_persons.result.persons
    age = next(each for each in tables.balance if each.covariate == "age")
    assert abs(age.before.difference) > 0.2
    assert abs(age.after.difference) < 0.1


def test_units_kept_for_a_unit_are_not_persons_for_a_person(country):
    changes = {"comparator": {"matches": 7}, "designs": [{"use": "propensity_matching", "primary": True}]}
    [prepared] = prepare([written(country, **changes)], country)
    [task] = plan(prepared).tasks
    assert task.cell.design == PropensityMatching()


def test_a_cut_cost_stands_beside(result):
    for finding in result.findings:
        twin = finding.twins[Twin.TRUNCATED]
        assert isinstance(twin, TwinEffect)
        assert twin.effect == pytest.approx(finding.result.estimate.effect, abs=40)


def test_the_page_shows_flow_balance_and_regions_and_no_exact_count(result):
    page = render(result, ENGLISH)
    words = html.unescape(re.sub(r"<[^>]+>", " ", page))
    assert "in the cohort" in words
    assert "standardised difference before" in words
    assert "after weighing" in page
    assert "Group R3" in words
    selected = result.flow.step("in the cohort").elsewhere
    assert f"{10 * round(selected / 10):,}" in words
    assert selected % 10
    assert str(selected) not in words.replace(",", "")


def test_results_are_rows_of_regions(result):
    rows = results_text(result)
    assert "propensity_matching" in rows
    assert ",1," in rows  # one treated region, not so many persons


def test_participants_alone_have_a_stronger_effect_than_all_selected_in_a_diluted_programme(country):
    half = person_years()
    others = half["municipality"].eq("R0") & (half["person_id"] % 2 > 0) & half["year"].ge(2012)
    half.loc[others & half["birth_year"].le(1946), "cost_hospital"] -= EFFECT  # no effect on every second
    folder = lay_out(country / "half", half)
    old = half.query("year == 2011 and municipality == 'R0' and birth_year <= 1946")["person_id"]
    took = pd.DataFrame({"person_id": old[old % 2 == 0], "programme": "care", "from": 2012, "to": 2015})
    took.to_csv(folder / "took_part.csv", index=False)
    everybody = by_design(answered(folder))["PropensityMatching"].result
    data = {"participants": "took_part.csv"}
    reached = by_design(answered(folder, population={"participants": "care"}, data=data))[
        "PropensityMatching"
    ]
    assert everybody.estimate.effect == pytest.approx(EFFECT / 2, abs=25)
    assert reached.result.estimate.effect == pytest.approx(EFFECT, abs=25)


def test_a_rule_that_selects_nobody_in_the_site_is_withheld_and_not_an_error(country):
    younger = person_years()
    younger.loc[younger["municipality"] == "R0", "birth_year"] = 1990
    folder = lay_out(country / "younger", younger)
    found = by_design(answered(folder, population={"subpopulation": "birth_year <= 1946"}))
    assert found["PropensityMatching"].verdict.state == "WITHHELD"


@pytest.mark.parametrize(
    "follow", ["open cohort", "repeated cross-section", "fixed cohort wherever they move"]
)
def test_the_other_ways_to_follow_agree_where_nobody_comes_or_goes(country, result, follow):
    rule = {"subpopulation": "birth_year <= 1946", "follow": follow}
    fixed = by_design(answered(country, population={"subpopulation": "birth_year <= 1946"}))
    other = by_design(answered(country, population=rule))
    plain, found = (each["DifferenceInDifferences"].result.estimate for each in (fixed, other))
    # of the first year nobody knows who was selected the year before
    shared = np.isin(plain.years, found.years)
    assert plain.observed[shared] == pytest.approx(found.observed)
    weighed = other["PropensityMatching"]
    if follow.startswith("fixed"):
        assert weighed.result.estimate.effect == pytest.approx(EFFECT, abs=15)
    else:
        assert weighed.verdict.state is State.NO_DATA
        assert "membership is fixed before the start" in weighed.result.reason


def test_too_few_persons_are_withheld(country):
    for finding in answered(country, population={"subpopulation": "age >= 65 and ses > 2.4"}).findings:
        assert finding.verdict.state is State.WITHHELD


def test_an_insurer_s_people_in_some_municipalities(country):
    population = {"delineation": "insured", "members": ["A", "B", "C"], "within": ["R0"]}
    found = answered(country, population=population)
    step = found.flow.step("of other practices or insurers")
    assert step.site > 0
    assert step.elsewhere > 0
    assert by_design(found)["PropensityMatching"].result.estimate.effect == pytest.approx(EFFECT, abs=30)


WITH = {"participants": "took_part.csv"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"population": {"subpopulation": "agee >= 65"}},
         r"study\.yaml:\d+:\d+: population\.subpopulation: no column 'agee'.*did you mean 'age'\?"),
        ({"population": {"subpopulation": "person_id == 3"}}, r"no column 'person_id' that a rule may read"),
        ({"population": {"subpopulation": "age >= 'x'"}}, r"age is held against 'x', expected a number"),
        ({"population": {"subpopulation": "sex > p5"}}, r"sex is held against p5, expected a text in quotes"),
        ({"population": {"subpopulation": "cost(-9) > 3"}}, r"cost\(-9\) is of 2002: the data have 2008"),
        ({"population": {"subpopulation": "age = 3"}}, r"subpopulation: cannot be read: found '='"),
        ({"population": {"members": ["R9"]}}, r"population\.members\[0\]: the data has no municipality 'R9'"),
        ({"population": {"delineation": "insured", "members": ["Z"], "within": ["R0"]}},
         r"population\.members\[0\]: the data has no insurer 'Z'"),
        ({"population": {"delineation": "insured", "members": ["A"]}}, r"name in `within` the"),
        ({"population": {"participants": "care"}}, r"needs `participants` in the data"),
        ({"population": {"participants": "cares"}, "data": WITH}, r"'cares': did you mean 'care'"),
        ({"population": {"participants": "care", "follow": "open cohort"}, "data": WITH},
         r"population\.follow: participants are followed from the start on"),
        ({"population": {"selection": "risk"}}, r"population\.selection: .*regression to the mean"),
        ({"comparator": {"match_persons_on": ["age", "risk_class"]}},
         r"match_persons_on\[1\]: 'risk_class' is known only from 2012 on, not in the year before"),
        ({"comparator": {"match_persons_on": ["aged"]}}, r"'aged': did you mean 'age'\?"),
        ({"comparator": {"match_persons_on": ["age", "died"]}},
         r"study\.yaml:\d+:\d+: comparator\.match_persons_on\[1\]: 'died' is measured after the start"),
        ({"data": {"persons": "nobody", "participants": "none.csv"}},
         r"study\.yaml:\d+:\d+: data\.persons: .*nobody: no such file or folder\n.*"
         r"data\.participants: .*none\.csv: no such file"),
        ({"intervention": {"start": 2008}}, r"start"),
        ({"window": {"first": 2005}}, r"no row for 2005, 2006, 2007; it has 2008-2015"),
    ],
)  # fmt: skip
def test_what_a_study_cannot_ask_of_persons_is_told_with_its_place(country, changes, told):
    assert re.search(told, refusal(country, **changes))


def test_persons_need_a_map(country):
    path = written(country)
    text = path.read_text(encoding="utf-8").replace("  municipalities: regions.csv\n", "")
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=r"study\.yaml:\d+:1: data: `persons` needs `municipalities`"):
        prepare([path], country)


def test_without_persons_what_is_said_of_them_is_refused(country):
    path = written(country, population={"follow": "open cohort"}, data={"panel": "x.csv"})
    text = (
        path.read_text(encoding="utf-8")
        .replace("  persons: people\n", "")
        .replace("  municipalities: regions.csv\n", "")
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as refused:
        prepare([path], country)
    for place in ("population.follow", "population.subpopulation", "comparator.match_persons_on"):
        assert place in str(refused.value)


def test_a_programme_is_set_against_the_persons_whom_it_is_for_and_its_cost_split(country):
    cost = study()["outcomes"][0] | {"parts": ["cost_hospital", "cost_gp"]}
    cost.pop("truncated")
    part = cost | {"primary": False, "paid_by": "Zvw"}
    part.pop("parts")
    outcomes = [cost, part | {"name": "cost_hospital"}, part | {"name": "cost_gp"}]
    spent = dict.fromkeys(range(2012, 2016), 30_000.0)
    designs = [{"use": "propensity_matching", "primary": True}]
    done = {"programme_cost": spent, "programme_paid_by": "Zvw", "reach": dict.fromkeys(spent, 200)}
    found = answered(country, outcomes=outcomes, intervention=done, designs=designs)
    whole = found.findings[0].result
    people = person_years().query("municipality == 'R0' and year == 2011 and 2011 - birth_year >= 65")
    assert whole.net.programme == pytest.approx(30_000 / len(people)), "on all whom the rule selects"
    assert whole.net.effect == pytest.approx(EFFECT + 30_000 / len(people), abs=20)
    assert whole.net.exposure == pytest.approx(len(people))
    # nothing but hospital care costs anything here: it is all of the difference
    [split] = asked_together(found.study, found.findings).by_category
    hospital, gp = split.found.parts
    assert hospital == pytest.approx(split.found.total, abs=1e-6)
    assert gp[0] == pytest.approx(0, abs=1e-6)
    assert split.found.rest[0] == pytest.approx(0, abs=1e-6)
    assert dict(split.payers)["Zvw"][0] == pytest.approx(whole.net.effect)
    # of participants it is spread over those whom the register counts
    took = {"participants": "took_part.csv"}
    reached = answered(
        country, intervention=done, designs=designs, population={"participants": "care"}, data=took
    )
    assert reached.findings[0].result.net.programme == pytest.approx(150.0)
