"""Pages in both languages: the same numbers, no word of the other language, nothing that may not be said."""

import ast
import doctest
import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import lmpeval
from lmpeval import assumptions
from lmpeval.assembly.cost_breaks import break_notes
from lmpeval.design import Assumption, Status
from lmpeval.effect_scale import NO_LOGARITHM
from lmpeval.finding import NotEstimable, PersonTables, Twin
from lmpeval.persons.common_support import Overlap
from lmpeval.persons.costs import CostReading
from lmpeval.persons.group_contrasts import Judged
from lmpeval.report.calibration_page import render_calibration
from lmpeval.report.comparison_page import render_comparison
from lmpeval.report.language import DUTCH, ENGLISH, phrases
from lmpeval.report.language.phrases import AS_IT_IS, listed_phrases, phrase_book, tell_phrase
from lmpeval.report.numbers import scale_of
from lmpeval.report.page import in_languages, others_of, render, write_report
from lmpeval.report.persons import cost_table
from lmpeval.report.running_text import JOINED, as_shown, running_text
from lmpeval.report.sheets.readability import banned, readability, without_base, without_prices
from lmpeval.report.words import ALL
from lmpeval.sources.known_breaks import known_breaks
from lmpeval.study import Window
from portfolio.several_studies import compared, drawn, of
from report.languages import ENGLISH_WORDS, english_texts, left_in_english, numbers, spoken, words_of
from report.reading import read
from report.small_results import cost, finding, result
from report.test_calibration_page import calibrated
from report.test_calibration_page import told as calibration
from report.test_sheets import CASES, deaths


@cache
def everything():
    """An answer, one that is blocked and in the appendix for it, and one that is withheld."""
    blocked = deaths(label_nl=None)
    blocked = finding(
        0.1, 0.9, outcome=blocked.cell.outcome, statuses={"no_other_change": Status.NOT_ASSESSED}
    )
    return result(finding(), blocked, *CASES["withheld"])


@cache
def full(language):
    files = in_languages(Path("small.html"), ALL)
    return render(everything(), ALL[language], others=others_of(language, files))


def test_a_dutch_report_has_no_word_of_english():
    assert left_in_english(full("nl")) == []


def test_nor_has_why_a_mean_has_no_ratio():
    bare = finding()
    page = render(result(replace(bare, twins={Twin.RATIO: NotEstimable(NO_LOGARITHM)})), ALL["nl"])
    assert left_in_english(page) == []
    [said] = [cell for cell in re.findall(r"<td[^>]*>[^<]*", page) if "geen logaritme" in cell]
    assert 'class="words"' in said  # a table of figures does not break its lines


def test_a_cost_whose_range_says_nothing_is_not_spelt_out():
    bare = finding()
    told = CostReading("gamma regression", Judged(-81_388.0, -2.8e13, 2.8e13, 1.0, 0.9, 0))
    near = CostReading("Tweedie regression", Judged(-50.0, -90.0, -10.0, 20.0, 0.1, 0))
    tables = PersonTables((), Overlap(1.0, 1.0, 0.0, 50.0, np.empty((2, 0)), ()), costs=(told, near))
    table = cost_table(replace(bare.result, persons=tables), scale_of(cost(), DUTCH), ALL["nl"])
    (gamma, tweedie) = table.rows
    assert gamma[1:] == ("geen antwoord", gamma[2])
    assert "breder dan de hele kosten van €\u00a02.055" in gamma[2]
    assert tweedie[1:] == ("\u2212€\u00a050", "\u2212€\u00a090 tot \u2212€\u00a010")


def test_nor_has_a_dutch_comparison():
    several = compared(of("noord", drawn(-70.0, 1)), of("oost", drawn(-10.0, 2)), variants=["a", "b"])
    page = render_comparison(several, ALL["nl"])
    assert left_in_english(page) == []
    assert banned(read(page).text, "nl") == ()
    assert without_base(running_text(page), "nl") == ()


def test_nor_has_a_dutch_calibration():
    page = render_calibration(calibration(calibrated(), calibrated(reach=2.0, primary=False)), ALL["nl"])
    assert left_in_english(page) == []
    assert banned(read(page).text, "nl") == ()
    assert without_base(running_text(page), "nl") == ()


def test_the_search_would_find_them():
    assert any(ENGLISH_WORDS & words_of(text) for text in spoken(full("en")))
    said = " ".join(spoken(full("en")))
    assert sum(text in said for text in english_texts()) > 100


def test_both_reports_have_the_same_tables_with_the_same_numbers():
    dutch, english = full("nl"), full("en")
    for element in ("<table", "<tr", "<td", "<svg", "<h2", "<h3", "<details"):
        assert dutch.count(element) == english.count(element), element
    tables = [re.split("<table", page) for page in (dutch, english)]
    for one, other in zip(*tables, strict=True):
        assert numbers(one, ",") == numbers(other, ".")


@pytest.mark.parametrize("language", ALL)
def test_a_report_says_nothing_that_figures_cannot_bear(language):
    page = full(language)
    codes = re.findall(r'class="code">([A-Z-]+)<', page)
    assert banned(read(page).text, language, codes) == ()
    assert without_base(running_text(page), language) == ()


@pytest.mark.parametrize("language", ALL)
def test_every_row_with_an_amount_says_of_which_year_its_euros_are(language):
    verdicts = re.search(
        r'<table class="cards verdicts primary".*?</table>', full(language), re.DOTALL
    ).group()
    rows = [read(row).text for row in verdicts.split("<tr")[2:]]
    assert any("€" in row for row in rows)
    assert [row for row in rows if without_prices(row, language)] == []


@pytest.mark.parametrize("language", ALL)
def test_a_report_ends_with_how_it_reads(language):
    counted = readability(running_text(full(language).split("<footer>")[0]), language)
    assert counted.mean_sentence < 25
    last = read(full(language).split("<footer>")[1]).text
    assert re.findall(r"\d[\d.,]*\d|\d", last)[2:] == [str(len(counted.jargon))]


def test_each_page_leads_to_the_other(tmp_path):
    few = result(*CASES["withheld"])
    assert write_report(few, tmp_path / "small.html") == tmp_path / "small.html"
    pages = {name: (tmp_path / name).read_text("utf-8") for name in ("small.html", "small.nl.html")}
    assert (
        '<a href="small.nl.html" lang="nl" hreflang="nl">Deze pagina in het Nederlands</a>'
        in pages["small.html"]
    )
    assert '<a href="small.html" lang="en" hreflang="en">This page in English</a>' in pages["small.nl.html"]
    write_report(few, tmp_path / "alone" / "small.html", languages=("en",))
    assert [path.name for path in (tmp_path / "alone").iterdir()] == ["small.html"]
    assert "hreflang" not in (tmp_path / "alone" / "small.html").read_text("utf-8")


def test_an_amount_does_not_leave_its_sign():
    assert str(as_shown("\u2212€\u00a010 or +€5")) == f"\u2212{JOINED}€\u00a010 or +{JOINED}€5"


def test_the_plan_of_a_trial_names_what_the_study_file_leaves_out():
    page = read(full("nl")).text
    assert "niet vermeld in het studiebestand: intervention.announced" in page
    assert "niet vermeld in het studiebestand: causal_graph" in page
    assert "niet vermeld in het studiebestand: subgroups" in page
    assert "arguments: no_other_change" in page
    assert "Tijdstip nul is de start, 2014." in page
    assert "Bereikt: 2014: minder dan 10 mensen; 2015: 1.230 mensen." in page
    english = read(full("en")).text
    assert "Time zero is the start, 2014." in english
    assert "not stated in the study file: intervention.programme_cost" in english
    assert result().study_hash not in english
    assert f"Hash of the protocol: {everything().study_hash}" in english


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("no figure for 2012, 2013", "geen cijfer voor 2012, 2013"),
        (
            "with 3 neighbours in the comparison the effect is -1.25, without them 1,234 (0.30 standard "
            "errors); they carry 5% of the weight",
            "met 3 buren in de vergelijking is het verschil \u22121,25, zonder hen 1.234 (0,30 "
            "standaardfouten); zij dragen 5\u202f% van het gewicht",
        ),
        ("start 2014: one year before the start shows no trend (start 2015: supported)",
         "start 2014: één jaar vóór de start laat geen richting zien (start 2015: ondersteund)"),
        ("3,420", "3.420"),
        ("", ""),
    ],
)  # fmt: skip
def test_what_the_calculation_says_is_told_with_its_numbers(said, told):
    assert tell_phrase(said, DUTCH) == told
    assert tell_phrase(said, ENGLISH) == said.replace("-1", "\u22121").replace("5%", "5\u202f%")


def test_what_is_not_known_is_marked_as_english_and_never_half_told():
    for said in ("nobody wrote this", "no figure for 2012; nobody wrote this", "none: a; b"):
        assert tell_phrase(said, DUTCH).startswith(AS_IT_IS)
    assert str(as_shown(tell_phrase("a < b", DUTCH))) == '<span lang="en">a &lt; b</span>'


def test_phrases_and_their_twins_have_the_same_places():
    for phrase, twin in listed_phrases("nl").items():
        assert set(re.findall(r"\{\w+\}", phrase)) == set(re.findall(r"\{\w+\}", twin)), phrase
        assert banned(twin, "nl") == (), phrase


def test_every_claim_of_an_assumption_is_told_in_dutch():
    known = [v for v in vars(assumptions).values() if isinstance(v, Assumption)]
    assert len(known) > 12
    texts = [text for each in known for text in (each.claim, each.matters)]
    assert [text for text in texts if tell_phrase(text, DUTCH).startswith(AS_IT_IS)] == []


REASONS = {"CannotEstimate", "GrossOnly", "NotCalibrated", "NotConverged", "NotEstimable"}
FILLED_BY_ANOTHER = {"7 is compared by ratios: 7", "the design 7", "no figures of 7 7 (7)"}


def reasons_in(source):
    """Every reason that a module gives for having no answer, with 7 in its open places."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in REASONS:
            for text in node.args:
                parts = text.values if isinstance(text, ast.JoinedStr) else [text]
                yield "".join(str(p.value) if isinstance(p, ast.Constant) else "7" for p in parts)


def test_every_reason_for_no_answer_is_told_in_dutch():
    files = Path(lmpeval.__file__).parent.rglob("*.py")
    told = {text for path in files for text in reasons_in(path.read_text("utf-8"))} - {"7", ""}
    assert len(told) > 30
    left = [text for text in told if tell_phrase(text, DUTCH).startswith(AS_IT_IS)]
    assert set(left) == FILLED_BY_ANOTHER


def long_words(phrase):
    return set(re.findall(r"[A-Za-z]{3,}", re.sub(r"\{\w+\}", "", phrase)))


def test_a_phrase_is_one_that_the_calculation_can_say():
    """The words of every phrase stand in the code or the data that it is told of."""
    source = Path(lmpeval.__file__).parent
    files = [*source.rglob("*.py"), *source.rglob("*.csv")]
    text = " ".join(re.sub(r'"\s*\n\s*f?"', "", path.read_text("utf-8")) for path in files)
    said = set(re.findall(r"\w+", text)) | {"Elsewhere"}
    strange = [
        p
        for p in listed_phrases("nl")
        if not set(re.findall(r"[A-Za-z]{3,}", re.sub(r"\{\w+\}", "", p))) <= said
    ]
    assert strange == []
    assert phrase_book(DUTCH).tell("in the pool") == "in de vergelijkingsgroep"
    assert doctest.testmod(phrases).failed == 0


def test_every_known_break_of_costs_is_told_in_dutch():
    years = np.array([each.year for each in known_breaks()])
    notes = break_notes(cost(), Window(first=int(years.min()), last=int(years.max())), years)
    assert len(notes) == len(years)
    assert [note for note in notes if AS_IT_IS in tell_phrase(note, DUTCH)] == []


def test_a_finding_that_a_check_holds_part_of_back_is_told_in_dutch():
    """Before the results a check tells what does not hang on them: the rank of the effect is left out."""
    sound = "This is sound as far as the treated were as likely to be chosen as they"
    told = tell_phrase(
        "one site was treated: 48 groups of neighbours of about its size stand in for it; "
        f"the smallest attainable p is 0.020. {sound}",
        DUTCH,
    )
    assert told.startswith(
        "één regio kreeg de aanpak: 48 groepen buren, ongeveer zo groot, vervangen haar; de"
    )
