"""Every page and every document says whether the study was planned beforehand."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from io import BytesIO

import docx
import pytest

from lmpeval.report.language import DUTCH, ENGLISH
from lmpeval.report.page import render
from lmpeval.report.run_words import words_of_study
from lmpeval.report.sheets.page import page
from lmpeval.report.sheets.sheet import sheet
from lmpeval.report.sheets.summary import summary
from lmpeval.report.sheets.word import word_file
from lmpeval.report.words import ALL
from lmpeval.study_files.changes import Change
from lmpeval.study_files.frozen import NEVER_FROZEN, Amendment, Protocol
from report.reading import read
from report.small_results import finding, result

DAY = date(2013, 5, 1)
CHANGE = Change("seed", "1", "2")
PLANS = {
    "frozen": Protocol(DAY, 2013),
    "amended": Protocol(DAY, 2013, (Amendment(DAY, "the ministry set it", (CHANGE,)),)),
    "exploratory": NEVER_FROZEN,
    "changed without a word": Protocol(DAY, 2013, unexplained=(CHANGE,)),
}
SAID = {
    "frozen": ("vooraf vastgelegd en daarna niet veranderd", "beforehand and not changed since"),
    "amended": ("daarna met redenen gewijzigd", "changed since, with reasons"),
    "exploratory": ("niet vast voordat de uitkomsten bekend waren", "not fixed before the results were seen"),
}


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize(("place", "catalogue"), [(0, DUTCH), (1, ENGLISH)])
def test_the_summary_says_it_in_a_sentence_on_the_page_and_in_word(plan, place, catalogue):
    made = summary(replace(result(finding()), protocol=PLANS[plan]), catalogue)
    written = "\n".join(each.text for each in docx.Document(BytesIO(word_file(made))).paragraphs)
    for text in (read(page(made)).text, written):
        told = {name for name, said in SAID.items() if said[place] in text}
        assert told == {str(PLANS[plan].standing)}


@pytest.mark.parametrize("catalogue", [DUTCH, ENGLISH])
def test_no_two_standings_read_alike_on_any_page(catalogue):
    found = [replace(result(finding()), protocol=PLANS[name]) for name in SAID]
    for make in (
        lambda of: read(page(sheet(of, catalogue))).text,
        lambda of: read(page(summary(of, catalogue))).text,
        lambda of: read(render(of, ALL[catalogue.language])).text,
        lambda of: words_of_study(of, (catalogue,)).note,
    ):
        assert len({make(each) for each in found}) == len(found)


@pytest.mark.parametrize(("catalogue", "kind"), [(DUTCH, "gesimuleerd"), (ENGLISH, "simulated")])
def test_the_summary_says_what_its_figures_are(catalogue, kind):
    drawn = finding()
    drawn = replace(
        drawn, cell=replace(drawn.cell, outcome=replace(drawn.cell.outcome, provenance="simulated"))
    )
    assert kind in read(page(summary(result(drawn), catalogue))).text
    assert kind not in read(page(summary(result(finding()), catalogue))).text
