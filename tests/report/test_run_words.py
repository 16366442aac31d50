"""What is said of runs: the answer first, in both languages, and no number that may not be quoted."""

import re

import pytest

from lmpeval.report.language import DUTCH, ENGLISH
from lmpeval.report.run_words import study_name, words_of_cell, words_of_study
from lmpeval.report.sheets.headlines import headlines
from lmpeval.report.sheets.readability import banned
from lmpeval.study import Intervention, Theme
from lmpeval.study import Status as LifeCycle
from report.small_results import START, cost, finding, result
from report.test_sheets import CASES, RESULTS, longest

BOTH = (DUTCH, ENGLISH)
SILENT = ("very uncertain", "not credible", "blocked", "too early", "withheld", "NO-DATA", "FAILED")


@pytest.mark.parametrize("name", CASES)
def test_a_study_s_note_begins_with_the_answers_in_each_language(name):
    note = words_of_study(RESULTS[name], BOTH).note
    first, second = note.split("\n\n---\n\n")
    for text, catalogue in ((first, DUTCH), (second, ENGLISH)):
        lines = [line for line in text.splitlines() if line]
        assert lines[0] == f"## {RESULTS[name].study.titled_in(catalogue.language)}"
        for line, headline in zip(lines[1:4], headlines(RESULTS[name], catalogue), strict=True):
            assert line.startswith("- **")
            assert line.endswith(headline.sentence)


@pytest.mark.parametrize("name", CASES)
def test_nothing_is_said_that_no_page_may_say(name):
    found = RESULTS[name]
    codes = [each.verdict.state for each in found.findings]
    for catalogue in BOTH:
        said = [words_of_study(found, [catalogue])]
        said += [words_of_cell(each, found, [catalogue]) for each in found.findings]
        for each in said:
            text = re.sub(r"`[^`]*`", "", each.note) + " ".join(value for _, value in each.columns)
            assert banned(text, catalogue.language, codes) == ()


@pytest.mark.parametrize("name", SILENT)
def test_where_no_number_may_be_quoted_no_column_has_one(name):
    columns = dict(words_of_study(RESULTS[name], BOTH).columns)
    [cell] = RESULTS[name].findings
    columns |= dict(words_of_cell(cell, RESULTS[name], BOTH).columns)
    if name == "very uncertain":  # the sentence itself reads the figures, and says how little they carry
        assert columns["cost"].startswith("very uncertain: ")
        return
    assert not re.search(r"\d", columns["cost"] + columns["difference"]), columns


def test_a_column_says_the_answer_with_its_range_and_unit():
    columns = dict(words_of_study(RESULTS["better"], BOTH).columns)
    assert columns["cost"] == "better: \u2212€60 (\u2212€80 to \u2212€40) per insured person per year"
    assert columns["experience"] == "not studied"
    dutch = dict(words_of_study(RESULTS["better"], [DUTCH]).columns)
    assert dutch["cost"] == (
        "beter: \u2212€\u00a060 (\u2212€\u00a080 tot \u2212€\u00a040) per verzekerde per jaar"
    )


def test_names_tell_cells_and_sites_apart():
    found = RESULTS["two designs"]
    names = [words_of_cell(each, found, BOTH).name for each in found.findings]
    assert len(set(names)) == len(names)
    assert names[0] == f"Kant, Care nearby: {cost().called_in('en')}, everybody"
    assert names[1].endswith("(synthetic control)")


def test_a_programme_that_bears_the_name_of_its_site_is_not_named_twice():
    whole = Intervention("Kant, all of it", "Kant", Theme.OTHER, LifeCycle.RUNNING, START)
    assert study_name(result(finding(), intervention=whole)) == "Kant"


def test_withheld_numbers_are_pointed_at_and_the_longest_note_fits():
    assert "`withheld.`" in words_of_cell(RESULTS["blocked"].findings[0], RESULTS["blocked"], BOTH).note
    assert "`withheld.`" not in words_of_cell(RESULTS["better"].findings[0], RESULTS["better"], BOTH).note
    assert len(words_of_study(longest(), BOTH).note) < 5000
