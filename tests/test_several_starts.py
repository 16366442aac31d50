"""A study of sites with several starts, from its file to the page."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lmpeval.assembly.panels import assemble
from lmpeval.comparators import Role, select
from lmpeval.design import Status
from lmpeval.engine.planning import plan
from lmpeval.engine.running import run
from lmpeval.errors import CannotEstimate
from lmpeval.report import figures_of, write_report
from lmpeval.study import (
    DatedReason,
    DesignChoice,
    InferenceChoice,
    LaterStarts,
    Site,
    Study,
    YearsSinceStart,
    contradictions,
)
from lmpeval.study_files.reading import StudyFileError, load_study
from lmpeval.study_files.writing import dump_study
from lmpeval.tracking.metrics import metrics_of
from lmpeval.tracking.params import study_params
from lmpeval.verdict import State
from report.reading import Reader
from several_starts import SITES, delivered, three_starts
from simulation.equality import differences
from simulation.small_country import laid_out, prepared, register, study, table

TESTS = Path(__file__).parent
COST = study().outcomes[0]


def result(asked, data=None):
    return next(run([plan(prepared(asked, data))], 1))


def text_of(page):
    reader = Reader()
    reader.feed(page)
    return reader.text


def light(asked=None, **changes):
    return replace(asked or three_starts(), outcomes=(COST,), designs=study().designs[:1], **changes)


def divided(sites, **changes):
    """Three starts with other sites."""
    asked = three_starts()
    return {**vars(asked), "intervention": replace(asked.intervention, sites=sites, **changes)}


@pytest.fixture(scope="module")
def whole():
    return result(replace(three_starts(), outcomes=(COST,)), delivered())


# The study file


def test_sites_survive_the_way_to_a_file_and_back(tmp_path):
    path = tmp_path / "sites.yaml"
    path.write_text(dump_study(three_starts()), encoding="utf-8")
    assert load_study(path) == three_starts()
    assert "sites" not in dump_study(study())


def test_one_site_is_the_whole_population():
    assert study().sites == (
        Site(site="Kant", members=study().population.members, start=study().intervention.start),
    )


WRONG = {
    "start is not the first": (
        lambda: divided(SITES, start=2014),
        ("intervention", "start"),
        "start 2014 is not the first start of the sites, 2013",
    ),
    "a site twice": (
        lambda: divided((*SITES[:3], replace(SITES[3], site="Veen"))),
        ("intervention", "sites", 3, "site"),
        "'Veen' stands more than once",
    ),
    "a member in two sites": (
        lambda: divided((*SITES[:3], replace(SITES[3], members=(*SITES[3].members, "kant_02")))),
        ("intervention", "sites", 3, "members", 4),
        "'kant_02' is in Kant too",
    ),
    "a member twice in its site": (
        lambda: divided((*SITES[:3], replace(SITES[3], members=(*SITES[3].members, "streek03_01")))),
        ("intervention", "sites", 3, "members", 4),
        "'streek03_01' stands twice",
    ),
    "a member that the population has not": (
        lambda: divided((*SITES[:3], replace(SITES[3], members=(*SITES[3].members, "streek09_01")))),
        ("intervention", "sites", 3, "members", 4),
        "'streek09_01' is not among the `members` of the population",
    ),
    "a member in no site": (
        lambda: divided((*SITES[:3], replace(SITES[3], members=SITES[3].members[:3]))),
        ("population", "members", 14),
        "'streek03_04' is in none of the intervention's sites",
    ),
    "a start outside the window": (
        lambda: divided((*SITES[:3], replace(SITES[3], start=2018))),
        ("intervention", "sites", 3, "start"),
        "start 2018 is outside the window",
    ),
    "no year left from a start on": (
        lambda: {
            **divided((*SITES[:3], replace(SITES[3], start=2017))),
            "window": replace(three_starts().window, exclude=(DatedReason(2017, "a flood"),)),
        },
        ("window", "exclude"),
        "leaves no year from the start on (2017)",
    ),
    "ended before a site started": (
        lambda: divided(SITES, ended=2014),
        ("intervention", "ended"),
        "ended in 2014, before it started in 2015",
    ),
    "a two-way regression": (
        lambda: {
            **vars(three_starts()),
            "designs": (*three_starts().designs, DesignChoice("two_way_fixed_effects")),
        },
        ("designs", 2, "use"),
        "counts some effects with a weight below zero",
    ),
    "later starts where there is one start": (
        lambda: {
            **vars(study()),
            "comparator": replace(study().comparator, later_starts=LaterStarts.UNTIL_THEY_START),
        },
        ("comparator", "later_starts"),
        "'compare until they start' is for sites with different starts, and there is one start",
    ),
    "years since the start where there is one start": (
        lambda: {
            **vars(study()),
            "window": replace(study().window, years_since_start=YearsSinceStart.ALL),
        },
        ("window", "years_since_start"),
        "'all' is for sites with different starts, and there is one start",
    ),
    "cluster-robust errors": (
        lambda: {
            **vars(three_starts()),
            "designs": (replace(study().designs[0], inference=InferenceChoice.CLUSTER_ROBUST),),
        },
        ("designs", 0, "inference"),
        "a study has few sites",
    ),
}


@pytest.mark.parametrize("case", WRONG.values(), ids=WRONG.keys())
def test_what_cannot_be_so_is_named_with_its_place(case):
    made, path, words = case
    [found] = contradictions(made())
    assert found.path == path
    assert words in found.message


def test_a_two_way_regression_is_not_refused_for_the_starts_where_there_is_one():
    asked = {**vars(study()), "designs": (*study().designs, DesignChoice("two_way_fixed_effects"))}
    assert contradictions(asked) == []


def test_places_of_problems_are_those_of_the_file(tmp_path):
    text = dump_study(three_starts())
    text = text.replace("start: 2015", "start: 2035", 1).replace("    - kant_01\n", "    - kant_9\n", 1)
    path = tmp_path / "wrong.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(StudyFileError) as caught:
        load_study(path)
    lines = text.split("\n")
    for words, line in (
        ("start 2035 is outside the window", next(i for i, t in enumerate(lines, 1) if "start: 2035" in t)),
        ("'kant_9' is not among the `members`", next(i for i, t in enumerate(lines, 1) if "- kant_9" in t)),
        ("'kant_01' is in none of", [i for i, t in enumerate(lines, 1) if "- kant_01" in t][-1]),
    ):
        assert any(each.line == line and words in each.message for each in caught.value.problems), words
    assert len(caught.value.problems) == 3


# Units in their places, and the panels


def test_every_site_is_named_and_all_neighbours_stand_aside():
    chosen = select(three_starts(), table(), register({"streek09_01": "Veen", "streek09_02": "Other care"}))
    assert {p.reason for p in chosen.placements if p.role is Role.TREATED} == {
        "in Berg", "in Kant", "in Veen", "in Duin",
    }  # fmt: skip
    assert chosen.units(Role.NEIGHBOUR) == (
        "kant_05", "streek01_04", "streek01_05", "streek02_05", "streek03_05",
    )  # fmt: skip
    where = {p.unit: p for p in chosen.placements}
    assert where["streek09_01"].reason == "in Veen by the register, not a member in the study"
    assert where["streek09_02"].reason == "other initiative: Other care"


def test_each_start_has_a_panel_of_the_same_units():
    asked = three_starts()
    panels = assemble(asked, COST, delivered(), select(asked, delivered(), register())).panels
    assert [panel.start for panel in panels] == [2013, 2014, 2015]
    assert [panel.sites for panel in panels] == [("Berg",), ("Kant",), ("Duin", "Veen")]
    for panel in panels:
        assert panel.units == panels[0].units
        assert panel.outcome is panels[0].outcome
        np.testing.assert_array_equal(panel.compared, panels[0].compared)
        np.testing.assert_array_equal(panel.covariates, panels[0].covariates)
    exposed = np.sum([panel.treated for panel in panels], axis=0)
    assert exposed.max() == 1
    assert exposed.sum() == 15


def test_covariates_are_those_before_the_first_start():
    data = delivered()
    data["share_65_plus"] += 0.01 * (data["year"] - 2010)  # 0, 1 and 2 hundredths before 2013
    asked = three_starts()
    for panel in assemble(asked, COST, data, select(asked, data, register())).panels:
        row = data[(data["unit"] == "kant_01") & (data["year"] == 2011)].iloc[0]
        found = panel.covariates[panel.units.index("kant_01"), 0]
        assert found == pytest.approx(row["share_65_plus"], abs=1e-9)


def test_a_start_without_figures_before_it_is_told():
    data = delivered()
    data.loc[data["year"] < 2013, "cost"] = np.nan
    asked = three_starts()
    with pytest.raises(CannotEstimate, match=r"no figures of cost before the start \(2013\)"):
        assemble(asked, COST, data, select(asked, data, register()))


# The answer


def test_one_listed_site_equals_none_to_the_bit():
    one = replace(study(), outcomes=(COST,))
    listed = replace(one, intervention=replace(one.intervention, sites=one.sites))
    assert differences(result(one).findings, result(listed).findings) == []


def test_sites_of_one_start_are_answered_in_calendar_years():
    sites = tuple(replace(each, start=2013) for each in SITES)
    found = result(light(Study(**divided(sites)))).findings[0].result
    assert found.several is None
    assert found.estimate.start == 2013
    assert found.n_treated == 15


def test_every_design_finds_the_effect(whole):
    for finding in whole.findings:
        found = finding.result.estimate
        assert found.years.tolist() == [-3, -2, -1, 0, 1, 2]
        low, high = found.uncertainty.interval
        assert low < -60 < high < 0
        assert finding.verdict.effect == found.effect
        assert finding.result.n_treated == 15
        assert finding.result.several.negative_share == 0
        numbers = [entry.assumption.number for entry in finding.result.ledger.entries]
        assert numbers == list(range(1, 13))


def test_findings_are_the_same_however_often_and_with_rows_in_any_order(whole):
    shuffled = delivered().sample(frac=1, random_state=8)
    again = result(light(), shuffled)
    assert differences(whole.findings[0], again.findings[0]) == []


def test_settings_of_the_study_reach_the_answer():
    asked = light()
    asked = replace(
        asked,
        comparator=replace(asked.comparator, later_starts=LaterStarts.UNTIL_THEY_START),
        window=replace(asked.window, years_since_start=YearsSinceStart.ALL),
    )
    found = result(asked, delivered()).findings[0].result
    assert found.estimate.years.tolist() == [-5, -4, -3, -2, -1, 0, 1, 2, 3, 4]
    exposed = {unit for each in SITES for unit in each.members}
    assert {name for name in found.estimate.control_names if name in exposed} == {
        unit for each in SITES if each.start > 2013 for unit in each.members
    }


def test_a_fault_of_one_start_is_that_of_all():
    """Only Kant, which started in 2014, ran away before: the study is not credible and says whose fault."""
    data = delivered()
    data.loc[data["unit"].str.startswith("kant_0"), "cost"] += 80 * (data["year"] - 2010)
    finding = result(light(), data).findings[0]
    [entry] = [e for e in finding.result.ledger.entries if e.assumption.name == "parallel_trends"]
    assert entry.status is Status.NOT_SUPPORTED
    assert entry.evidence.finding.startswith("over all starts together: difference in trend")
    assert "; by themselves: start 2014: " in entry.evidence.finding
    assert finding.verdict.state is State.NOT_CREDIBLE


def test_a_fault_of_one_start_that_all_together_do_not_show_does_not_withhold_the_answer():
    data = delivered()
    data.loc[data["unit"].str.startswith("kant_0"), "cost"] += 25 * (data["year"] - 2010)
    finding = result(light(), data).findings[0]
    [entry] = [e for e in finding.result.ledger.entries if e.assumption.name == "parallel_trends"]
    assert entry.status is Status.UNCERTAIN
    assert entry.evidence.finding.startswith("over all starts together: difference in trend")
    assert "; by themselves: start 2014: " in entry.evidence.finding
    assert finding.verdict.state is not State.NOT_CREDIBLE


# What is shown of it


def test_page_tells_the_starts(whole, tmp_path):
    page = text_of(write_report(whole, tmp_path / "page.html").read_text(encoding="utf-8"))
    for words in (
        "starts in 2013, 2014 and 2015",
        "2015: Veen (streek02_01, streek02_02, streek02_03, streek02_04)",
        "mean of years 0\u20132 since the start, where each site's first year is 0",
        "Differences by start, each over all its counted years",
        "How sure, by this method and by others",
        "leaving out one site or neighbourhood at a time",
        "with so few",
        "Nothing: with 4 sites it is not to be relied upon.",
        "Differences by years since the start",
        "One number for all starts, from the start on",
        "every start and year by the size of the start",
        "for all at once",
        "Differences by calendar year",
        "None of these weights would have been below zero here.",
        "2 years early, every site",
        "1 year early, every site",
        "\u22123 to 2 years since the start of each site",
        "15 in the sites, 105 in the pool",
    ):
        assert words in page, words
    assert "early, every site" not in text_of(
        write_report(result(light(study())), tmp_path / "one.html").read_text(encoding="utf-8")
    )


def test_figure_counts_from_the_start(whole):
    for drawing in figures_of(whole).values():
        assert "years since the start" in drawing


def test_follow_up_that_all_starts_have_must_reach_the_lag(tmp_path):
    late = replace(COST, expected_lag=3)
    found = result(replace(light(), outcomes=(late,)), delivered())
    assert found.findings[0].verdict.state is State.TOO_EARLY
    page = text_of(write_report(found, tmp_path / "page.html").read_text(encoding="utf-8"))
    assert (
        "it is expected from year 3 since the start on, and the figures end in year 2, the last that all "
        "sites have." in page
    )


def test_runs_carry_the_effect_of_every_start(whole):
    finding = whole.findings[0]
    metrics = metrics_of(finding)
    for one in finding.result.several.each:
        assert metrics[f"start_{one.start}.effect"] == one.estimate.effect
        assert metrics[f"start_{one.start}.weight"] == one.weight
    for each in finding.result.several.averages:
        name = f"over_{str(each.by).replace(' ', '_')}"
        assert metrics[f"{name}.effect"] == each.overall.effect
        assert metrics[f"{name}.low"] == each.overall.low
    assert study_params(whole)["starts"] == "2013, 2014, 2015"
    assert not [name for name in metrics_of(result(light(study())).findings[0]) if name.startswith("start_")]


def test_three_starts_through_the_command_line(tmp_path):
    path = laid_out(tmp_path, light(), delivered())
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW")}
    store = f"sqlite:///{tmp_path / 'runs.db'}"
    done = subprocess.run(
        [sys.executable, "-m", "lmpeval.cli", "run", path.name, "--data", ".", "--jobs", "1"],
        cwd=tmp_path,
        env={**kept, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parent / "src")]),
             "MLFLOW_TRACKING_URI": store},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "results" / f"{path.stem}.html").read_text(encoding="utf-8")
    assert "Differences by start" in text_of(page)


def test_what_is_spent_in_a_year_is_shared_by_the_sites_that_had_started():
    nominal = replace(COST, price=replace(COST.price, index="none"))
    asked, rows = light(), delivered()
    spent = {year: 1e6 * (year - 2010) for year in range(2013, 2020)}
    done = replace(asked.intervention, programme_cost=spent)
    found = result(replace(asked, outcomes=(nominal,), intervention=done), rows).findings[0].result
    started = {unit: site.start for site in SITES for unit in site.members}
    treated = rows[rows["unit"].isin(started)]
    treated = treated[treated["year"] >= treated["unit"].map(started)]
    heads = treated.groupby("year")["insured_years"].sum()
    share = dict(zip(found.several.years.tolist(), found.several.counted.sum(axis=0), strict=True))
    assert sum(share.values()) == pytest.approx(1)
    expected = sum(part * spent[year] / heads[year] for year, part in share.items() if part)
    assert found.net.programme == pytest.approx(expected)
    assert found.net.effect == pytest.approx(found.estimate.told.effect + expected)
    assert found.net.saving is not None
