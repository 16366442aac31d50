import doctest
import re
from dataclasses import replace
from io import BytesIO

import docx
import pytest
from docx.oxml.ns import qn

from lmpeval.report import other_language
from lmpeval.report.language import DUTCH, ENGLISH
from lmpeval.report.other_language import foreign_texts, in_their_language, language_of
from lmpeval.report.page import render
from lmpeval.report.sheets.page import page
from lmpeval.report.sheets.sheet import sheet
from lmpeval.report.sheets.word import word_file
from lmpeval.report.words import DUTCH as FULL_IN_DUTCH
from lmpeval.report.words import ENGLISH as FULL
from lmpeval.study import DatedReason
from report.small_results import cost, finding, result

ENGLISH_TITLE = "The care that moved to the village"
FOUND = result(finding(outcome=cost(label="cost < of care")), title=ENGLISH_TITLE)


def in_other(made, language):
    return set(re.findall(rf'<span lang="{language}">(.*?)</span>', made))


def test_its_examples():
    assert doctest.testmod(other_language).failed == 0


def test_dutch_pages_say_what_has_no_dutch_twin():
    for made in (page(sheet(FOUND, DUTCH)), render(FOUND, FULL_IN_DUTCH)):
        assert {ENGLISH_TITLE, "Care nearby", "cost &lt; of care"} <= in_other(made, "en")
        assert f"<title>{ENGLISH_TITLE}" in made
        assert not in_other(made, "nl")
        assert "<span" not in "".join(re.findall(r'"[^"]*"', re.sub(r"<svg.*?</svg>", "", made)))


def test_what_has_a_twin_is_in_the_language_of_the_page():
    twinned = replace(FOUND, study=replace(FOUND.study, title_nl="De zorg die naar het dorp kwam"))
    assert ENGLISH_TITLE not in page(sheet(twinned, DUTCH))
    assert not {"De zorg die naar het dorp kwam"} & in_other(page(sheet(twinned, DUTCH)), "en")


def test_english_pages_say_what_is_in_dutch():
    argued = {
        "no_other_change": "er is verder niets veranderd",
        "no_spillover": "nobody moves to the city",
    }
    dutch = result(finding(), title="De zorg die naar het dorp kwam", arguments=argued)
    assert in_other(render(dutch, FULL), "nl") >= {dutch.study.title}
    assert foreign_texts(dutch.study, "en")["er is verder niets veranderd"] == "nl"
    assert foreign_texts(dutch.study, "nl")["nobody moves to the city"] == "en"
    assert ENGLISH_TITLE not in foreign_texts(FOUND.study, ENGLISH.language)


def test_a_reason_is_told_in_dutch_where_the_study_file_has_it():
    window = FOUND.study.window
    told = DatedReason(year=2015, reason="the law was changed", reason_nl="de wet is veranderd")
    found = replace(FOUND, study=replace(FOUND.study, window=replace(window, breaks=(told,))))
    dutch, english = render(found, FULL_IN_DUTCH), render(found, FULL)
    assert "the law was changed" not in dutch
    assert dutch.count("de wet is veranderd") >= 2  # among the facts, and under the figure
    assert "the law was changed" in english
    assert "de wet is veranderd" not in english


@pytest.mark.parametrize("text", ["Kant", "", "MijnZorg", "cost core"])
def test_a_name_tells_no_language(text):
    assert language_of(text) is None


def test_texts_of_figures_and_of_styles_stay_as_they_are():
    made = "<title>a thing</title><svg><text>a thing</text></svg><p>a thing, anything</p>"
    assert in_their_language(made, {"a thing": "en"}) == made.replace(
        "<p>a thing,", '<p><span lang="en">a thing</span>,'
    )


def test_a_word_file_says_it_of_its_runs():
    file = docx.Document(BytesIO(word_file(sheet(FOUND, DUTCH))))
    tagged = {
        run.text: run.find(f".//{qn('w:lang')}").get(qn("w:val"))
        for run in file.element.body.iter(qn("w:r"))
        if run.find(f".//{qn('w:lang')}") is not None
    }
    assert tagged[ENGLISH_TITLE] == "en-GB"
    assert tagged["cost < of care"] == "en-GB"
    assert set(tagged.values()) == {"en-GB"}
    assert ENGLISH_TITLE in [paragraph.text for paragraph in file.paragraphs]
