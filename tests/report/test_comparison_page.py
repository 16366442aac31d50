"""The page that holds studies against each other: who is on it, in what order, and what it never says."""

import re
from dataclasses import replace

import pytest

from lmpeval.design import Status
from lmpeval.portfolio.comparison_file import Unstudied
from lmpeval.report.comparison_page import render_comparison
from lmpeval.report.sheets.readability import banned
from lmpeval.report.words import DUTCH, ENGLISH
from lmpeval.study import Aim, Level, Theme
from lmpeval.study import Status as LifeCycle
from portfolio.several_studies import compared, drawn, of
from report.browser import axe
from report.reading import read
from report.small_results import cost, finding

HOSTILE = "<script>alert('x')</script>"
PLANNED = Unstudied("Self-help", "Ver", Theme.PREVENTION, LifeCycle.PLANNED, "It has not started.")
BANNED = (
    r"no effect|significan|proven|trend towards|does not work[^.]*(?<!that something does not work)\.|success"
)


def deaths(effect):
    outcome = cost(
        name="deaths", aim=Aim.HEALTH, unit="deaths per 1,000 insured years", price=None,
        minimal_important_difference=0.3,
    )  # fmt: skip
    return finding(effect, 0.1, outcome=outcome)


@pytest.fixture(scope="module")
def several():
    return compared(
        of("noord", drawn(-70.0, 1), deaths(0.5)),
        of("oost", drawn(-10.0, 2), name=HOSTILE),
        of("west", drawn(15.0, 3), theme=Theme.INTEGRATION, status=LifeCycle.STOPPED, ended=2017),
        of("zuid", finding(-400.0, statuses={"parallel_trends": Status.NOT_SUPPORTED})),
        unstudied=(PLANNED,),
        variants=["bottom up", "bottom up", "top down", None],
    )


@pytest.fixture(scope="module")
def page(several):
    return render_comparison(several, ENGLISH)


@pytest.fixture(scope="module")
def text(page):
    return read(page).text


def test_the_page_is_whole_and_needs_nothing_else(page):
    reader = read(page)
    assert reader.unbalanced == []
    assert reader.open == []
    assert "http" not in page.replace("http://www.w3.org", "")
    assert HOSTILE not in page


def test_the_banner_counts_and_says_what_chance_gives(text):
    assert "5 interventions, 4 of them studied. 4 differences are tested" in text
    assert "about 0.2 of these 4 would look different by chance alone" in text
    assert "19\u202f%" in text  # one or more of four
    assert "2 do here." in text


def test_what_has_no_number_stays_and_says_why(text):
    assert "Self-help planned, not started" in text
    assert "It has not started." in text
    assert "stopped in 2017" in text
    assert "no fair comparison" in text
    assert "€400" not in text


def test_a_gain_in_one_aim_and_a_loss_in_another_are_said(text):
    assert "Noord: better on cost per head, worse on health of the population." in text


def test_what_cannot_be_seen_together_says_so(text):
    assert "other measure: nothing here measures the same" in text  # deaths, of one study alone
    assert re.search(r"\d to \d of 3", text)


def test_groups_are_counted_and_not_tested(text):
    assert "Answers by how the site developed" in text
    assert "and no p-value" in text
    assert not re.search(r"p\s*=", text)


def test_an_estimate_that_stands_out_of_little_power_is_called_too_large():
    told = read(render_comparison(compared(of("a", drawn(-70.0, 1)), of("b", drawn(0.0, 2))), ENGLISH)).text
    assert re.search(
        r"A, cost core: stands out although €25 would be found only [\d.]+\u202f% of the time", told
    )
    assert re.search(r"would be 2\.\d times too large", told)


def test_the_same_findings_give_the_same_bytes():
    studies = [of(name, drawn(-10.0, i)) for i, name in enumerate(("noord", "oost", "west"))]
    assert render_comparison(compared(*studies), ENGLISH) == render_comparison(compared(*studies), ENGLISH)


def test_nothing_banned_is_said(text):
    assert re.findall(BANNED, text, flags=re.IGNORECASE) == []


def test_a_site_with_several_interventions_is_never_named_without_which(several):
    twice = [
        of(f"a{i}", drawn(-70.0, i), site="Ver", name=name) for i, name in enumerate(("Care nearby", "Coach"))
    ]
    told = read(render_comparison(compared(*twice, of("b", drawn(0.0, 2))), ENGLISH)).text
    for name in ("Care nearby", "Coach"):
        assert f"Ver: {name}, cost core: stands out" in told
        assert told.count(f"Ver: {name}") == 3  # at a glance, in the notice, in the chart
    assert several.crowded == frozenset()


def test_an_answer_by_another_design_is_called_exploratory():
    def asked(primary):
        found = drawn(-70.0, 1, primary=primary)
        return replace(found, cell=replace(found.cell, level=Level.INTERVENTION))

    told = {
        by: read(render_comparison(compared(of("a", asked(by)), of("b", drawn(0.0, 2))), ENGLISH)).text
        for by in (True, False)
    }
    assert ", exploratory" not in told[True]
    assert ", exploratory" in told[False]


def test_a_dutch_page_has_dutch_names():
    planned = replace(PLANNED, name_nl="Zelfhulp", reason_nl="Het is niet begonnen.")
    studies = [of(name, drawn(-10.0, i), name_nl="Zorg dichtbij") for i, name in enumerate(("oost", "west"))]
    told = read(
        render_comparison(compared(*studies, unstudied=(planned,), title_nl="Enkele locaties"), DUTCH)
    ).text
    assert told.startswith("Enkele locaties")
    assert "Het is niet begonnen." in told
    for english in ("Several sites", "Care nearby", "Self-help", "It has not started"):
        assert english not in told


@pytest.mark.parametrize("words", [DUTCH, ENGLISH], ids=["nl", "en"])
def test_axe_finds_nothing(several, words, tmp_path):
    assert axe(render_comparison(several, words), tmp_path) == []


def test_it_says_nothing_that_figures_cannot_bear(page):
    assert banned(read(page).text, "en") == ()
