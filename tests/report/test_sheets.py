import doctest
import re
import subprocess
from dataclasses import replace
from functools import cache
from io import BytesIO
from itertools import pairwise

import docx
import pytest
from docx.oxml.ns import qn

from lmpeval.design import Status
from lmpeval.economics import NetEffect
from lmpeval.finding import Failed, NotEstimable
from lmpeval.report.language import DUTCH, ENGLISH, LANGUAGES
from lmpeval.report.page import render
from lmpeval.report.running_text import JOINED
from lmpeval.report.sheets import readability as reading
from lmpeval.report.sheets import sheet_files
from lmpeval.report.sheets.document import Bullets, Chart, Paragraph, Place
from lmpeval.report.sheets.headlines import headlines
from lmpeval.report.sheets.page import page
from lmpeval.report.sheets.protocol import protocol
from lmpeval.report.sheets.readability import banned, readability, without_base, without_prices
from lmpeval.report.sheets.sheet import sheet
from lmpeval.report.sheets.summary import summary
from lmpeval.report.sheets.ways import ways
from lmpeval.report.sheets.word import word_file
from lmpeval.report.words import DUTCH as FULL_IN_DUTCH
from lmpeval.report.words import ENGLISH as FULL
from lmpeval.study import Aim, Intervention, Level, Theme
from lmpeval.study import Status as LifeCycle
from lmpeval.verdict import State, Verdict
from report.browser import axe, libreoffice, pages_of, printed_pages
from report.reading import read
from report.small_results import START, cost, finding, result

LOW = {"parallel_trends": Status.UNCERTAIN, "no_spillover": Status.UNCERTAIN}
VERY_LOW = LOW | {"no_other_change": Status.UNCERTAIN}
HOSTILE = "<script>alert('x')</script> & \"more\""
LONG = "de tevredenheid over samenwerking van huisarts en ziekenhuis"


def without_answer(state):
    blank = finding()
    broke = Failed("ValueError: x", "") if state is State.FAILED else NotEstimable("none delivered")
    return replace(blank, result=broke, verdict=Verdict(state, ("none delivered",)))


def deaths(effect=0.1, reach=0.9, **changes):
    said = {
        "name": "deaths", "aim": Aim.HEALTH, "unit": "deaths per 1,000 insured years", "price": None,
        "minimal_important_difference": 0.3, "label_nl": "de sterfte",
    }  # fmt: skip
    return finding(effect, reach, outcome=cost(**(said | changes)))


def rated(effect=0.4, reach=0.2):
    said = {
        "name": "rating",
        "aim": Aim.EXPERIENCE,
        "unit": "points of ten",
        "price": None,
        "better": "higher",
    }
    return finding(
        effect, reach, outcome=cost(minimal_important_difference=0.1, label_nl="het cijfer", **said)
    )


CASES = {
    "better": [finding()],
    "lean": [finding(-60, 50, statuses=LOW), deaths()],
    "none": [finding(3, 10), deaths(0.01, 0.1), rated()],
    "worse": [finding(60, 20), deaths(-0.6, 0.1), rated(-0.4, 0.1)],
    "lean worse": [finding(60, 50), deaths(-0.6, 0.5), rated()],
    "cannot tell": [finding(30, 80), deaths(), rated(0.0, 0.5)],
    "very uncertain": [finding(60, 20, statuses=VERY_LOW)],
    "not credible": [finding(statuses={"parallel_trends": Status.NOT_SUPPORTED})],
    "blocked": [finding(60, 20, statuses={"no_other_change": Status.NOT_ASSESSED})],
    "too early": [finding(outcome=cost(expected_lag=9))],
    **{state.value: [without_answer(state)] for state in (State.NO_DATA, State.NOT_DELIVERED, State.FAILED)},
    "withheld": [without_answer(State.WITHHELD)],
    "two designs": [finding(), finding(-30, 60, primary=False), deaths()],
    "ratios": [finding(-3, 1, outcome=cost(minimal_important_difference=1.0, scale="ratio"))],
}
RESULTS = {name: result(*found) for name, found in CASES.items()}
ALL = [(name, make, language) for name in CASES for make in (sheet, summary) for language in LANGUAGES]


def longest():
    """Every text as long as Dutch names get: answers that differ, doubts, both levels, reach and net cost."""
    net = NetEffect(gross=-60.0, low=-80.0, high=-40.0, programme=15.0, exposure=60_000.0, before=120_400.0)
    kept = finding(-60, 50, outcome=cost(label_nl=LONG), statuses=LOW)
    found = [
        replace(kept, result=replace(kept.result, net=net)),
        deaths(label_nl=LONG),
        rated(-0.3, 0.28),
        finding(20, 15, outcome=cost(label_nl=LONG), primary=False),
        of_the_reached(-200, 300, outcome=cost(label_nl=LONG)),
    ]
    done = Intervention(
        name="Care",
        name_nl=f"{LONG}, verpleegkundig specialisten en wijkverpleging samen",
        site="Zuidoost-Brabant",
        theme=Theme.SUBSTITUTION, status=LifeCycle.ABSORBED, ended=2018, start=START,
        reach={2018: 3412},
        programme_cost={2018: 1_250_000.0},
    )  # fmt: skip
    return result(
        *found,
        intervention=done,
        title="Care",
        title_nl=f"Anderhalvelijnszorg in 's-Gravenhage en Leidschendam-Voorburg: {LONG}",
    )


@cache
def written(name, make, language):
    return page(make(RESULTS[name], LANGUAGES[language]))


def of_the_reached(effect, reach, **changes):
    found = finding(effect, reach, primary=False, **changes)
    return replace(found, cell=replace(found.cell, level=Level.INTERVENTION))


def texts(document):
    return read(page(document)).text


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("make", [sheet, summary])
def test_both_languages_tell_the_same(name, make):
    dutch, english = make(RESULTS[name], DUTCH), make(RESULTS[name], ENGLISH)
    assert [replace(each, text="") for each in dutch.told] == [
        replace(each, text="") for each in english.told
    ]
    assert [len(s.blocks) for s in dutch.sections] == [
        len(s.blocks) for s in english.sections
    ] or make is summary
    for document in (dutch, english):
        said = read(written(name, make, document.language)).text
        assert all(told.text in said for told in document.told)


@pytest.mark.parametrize(("name", "make", "language"), ALL)
def test_no_page_says_what_figures_cannot_bear(name, make, language):
    document = make(RESULTS[name], LANGUAGES[language])
    said = read(written(name, make, language)).text
    assert banned(said, language, [told.code for told in document.told]) == ()
    assert without_base(document.prose(), language) == ()
    assert not without_prices(said, language)


def test_nor_does_the_full_report_whatever_its_verdicts():
    shown = ("cannot tell", "blocked", "not credible", "withheld")
    found = result(*(each for name in shown for each in CASES[name][:1]))
    assert banned(read(render(found, FULL)).text, "en") == ()


@pytest.mark.parametrize(
    ("said", "language"),
    [("It is significant.", "en"), ("De aanpak leidt tot minder zorg.", "nl"), ("p = 0.03", "en"),
     ("Dit is een succesvol project.", "nl"), ("De zorg werkt niet.", "nl"),
     ("De kosten zijn gemiddeld lager.", "nl"), ("Er was geen effect.", "nl"), ("It does not work.", "en")],
)  # fmt: skip
def test_the_list_catches_what_it_is_for(said, language):
    assert len(banned(said, language)) == 1


def test_what_a_verdict_bears_may_be_said():
    assert banned("Er was geen effect.", "nl", ["NO-MATERIAL-DIFFERENCE"]) == ()
    assert banned("Dit betekent niet dat het niet werkt. Gemiddelde van 2014.", "nl") == ()
    assert banned("This does not mean that it does not work.", "en") == ()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_summary_has_250_to_350_words_in_short_sentences(name, language):
    document = summary(RESULTS[name], LANGUAGES[language])
    counted = readability(document.prose(), language)
    assert 250 <= counted.words <= 350
    assert counted.mean_sentence <= 15
    assert counted.jargon == ()
    said = read(written(name, summary, language)).text
    assert str(counted.words) in said.rsplit(":", 1)[1]


def test_counts_of_a_text_whose_counts_are_known():
    counted = readability(
        ["De kosten daalden met € 1.234 per jaar. Zeker is dat niet.", "Waarom? De regressie."], "nl"
    )
    assert (counted.words, counted.sentences, counted.jargon) == (15, 4, ("regressie",))
    assert doctest.testmod(reading).failed == 0


@pytest.mark.parametrize(("name", "make", "language"), ALL)
def test_pages_are_whole(name, make, language):
    html = written(name, make, language)
    reader = read(html)
    assert reader.unbalanced == []
    assert reader.open == []
    assert reader.having("html")[0]["lang"] == language
    assert not re.search(r"https?:|//|@import|\bsrc=|url\((?!#)", html.replace("</", ""))
    assert "{" not in reader.text
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch(r"h\d", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("table") == tags.count("caption")
    assert tags.count("svg") == tags.count("details")


def test_a_chart_is_drawn_only_of_what_may_be_stated():
    def charts(name):
        return [b for s in sheet(RESULTS[name], DUTCH).sections for b in s.blocks if isinstance(b, Chart)]

    assert len(charts("better")) == 1
    assert not charts("blocked")
    assert not charts("not credible")
    assert not charts("withheld")
    table = charts("better")[0].table
    assert table.rows[-1][:3] == ("2018", "€\u00a02.010", "€\u00a02.070")


def test_what_nobody_looked_at_is_said_not_made_up():
    said = texts(sheet(RESULTS["better"], ENGLISH))
    for part in (
        "Net of its own cost: not studied",
        "leak away? Not studied",
        "income or education? Not studied",
    ):
        assert part in said
    assert "Among those it was meant for: \u2013 not studied" in said


def test_net_of_what_it_cost_where_that_is_known():
    kept = finding()
    net = NetEffect(gross=-60.0, low=-80.0, high=-40.0, programme=15.0, exposure=60_000.0, before=120_400.0)
    found = result(replace(kept, result=replace(kept.result, net=net)))
    said = texts(sheet(found, DUTCH))
    assert (
        "Per hoofd en per jaar: de zorg \u2212€\u00a060, de aanpak zelf +€\u00a015. Samen, netto: "
        "\u2212€\u00a045 (\u2212€\u00a065 tot \u2212€\u00a025). Vóór de jaren die meetellen kostte de aanpak "
        "nog €\u00a0120.000."
    ) in said
    assert "bruto" not in said
    assert "the difference in cost is \u2212€45 (\u2212€65 to \u2212€25)" in texts(summary(found, ENGLISH))
    blocked = finding(60, 20, statuses={"no_other_change": Status.NOT_ASSESSED})
    hidden = result(replace(blocked, result=replace(blocked.result, net=net)))
    assert "\u2212€\u00a045" not in texts(sheet(hidden, DUTCH)) + texts(summary(hidden, DUTCH))


def test_the_level_of_those_reached_stands_beside_the_region():
    reached = finding(-200, 30)
    reached = replace(reached, cell=replace(reached.cell, level=Level.INTERVENTION))
    said = texts(sheet(result(finding(), reached), DUTCH))
    assert "Bij de doelgroep: ▲▲ beter, \u2212€\u00a0230 tot \u2212€\u00a0170 per verzekerde per jaar" in said
    assert "In de hele regio: ▲▲ beter, \u2212€\u00a080 tot \u2212€\u00a040 per verzekerde per jaar" in said


def test_reach_is_told_of_how_many_and_a_small_one_not_at_all():
    few = Intervention(
        name="Care", site="Kant", theme=Theme.OTHER, status=LifeCycle.RUNNING, start=START, reach={2016: 7}
    )
    assert "In 2015 bereikte de aanpak 1.230 van de ongeveer 60.000 mensen in de regio: 1 op de 49." in texts(
        sheet(RESULTS["better"], DUTCH)
    )
    said = texts(sheet(result(finding(), intervention=few), DUTCH))
    assert "minder dan 10 mensen" in said
    assert " 7 " not in said


def test_aims_that_differ_are_said_and_never_added_up():
    said = texts(sheet(RESULTS["lean worse"], ENGLISH))
    assert "The aims do not point the same way: better on deaths, rating; worse on cost core." in said
    assert "The three aims are not added up." in said
    assert "do not point the same way" in texts(summary(RESULTS["lean worse"], ENGLISH))


def test_doubts_are_those_of_the_ledger_worst_first_with_their_direction():
    found = finding(-60, 20, statuses={"no_spillover": Status.UNCERTAIN, "overlap": Status.NOT_SUPPORTED})
    sections = sheet(result(found), DUTCH).sections
    said = [b.items for s in sections for b in s.blocks if isinstance(b, Bullets) and not b.close][-1]
    assert said[0] == "Misschien deden andere regio's ook zoiets. Dan lijkt het verschil kleiner dan het is."
    assert said[1].startswith("Weinig regio's lijken op deze.")


def test_designs_that_agree_are_counted():
    said = texts(sheet(RESULTS["two designs"], ENGLISH))
    assert "Cost core in the whole region: compared in 2 ways, which all point the same way." in said
    assert "Estimates on this study: 3." in said


def test_ways_of_comparing_are_counted_at_each_level():
    both = result(finding(), finding(30, 60, primary=False), of_the_reached(-30, 60))
    region, reached = ways(headlines(both, DUTCH)[-1], both.findings, DUTCH)
    assert region == (
        "Cost core in de hele regio: op 2 manieren vergeleken, die niet alle dezelfde kant op wijzen "
        "(stijging: 1, daling: 1)."
    )
    assert reached == "Cost core bij de doelgroep: op één manier vergeleken."
    assert f"{region} {reached}" in sheet(both, DUTCH).footer


def test_hostile_texts_stay_texts():
    found = result(finding(outcome=cost(label=HOSTILE)), title=HOSTILE)
    for make in (sheet, summary):
        reader = read(page(make(found, DUTCH)))
        assert not reader.having("script")
        assert reader.unbalanced == []


def test_files_are_named_by_kind_and_language_and_come_out_the_same_twice():
    first, again = (sheet_files(RESULTS["better"]) for _ in range(2))
    assert set(first) == {
        f"small.{kind}.{language}.{form}"
        for kind in ("glance", "summary") for language in ("nl", "en") for form in ("html", "docx")
    } | {"small.protocol.nl.docx", "small.protocol.en.docx"}  # fmt: skip
    assert first == again


@pytest.mark.parametrize("make", [sheet, summary, protocol])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_word_file_says_what_the_page_says(make, language):
    document = make(RESULTS["two designs"], LANGUAGES[language])
    file = docx.Document(BytesIO(word_file(document)))
    said = [paragraph.text.replace(JOINED, "") for paragraph in file.paragraphs]
    for section in document.sections:
        assert section.heading in said
        for block in section.blocks:
            if isinstance(block, Paragraph):
                assert block.text in said
            elif isinstance(block, Bullets):
                assert set(block.items) <= set(said)
    assert [p.style.name for p in file.paragraphs].count("Heading 1") == 1
    assert all(shape._inline.docPr.get("descr") for shape in file.inline_shapes)
    assert all(table.rows[0]._tr.find(f".//{qn('w:tblHeader')}") is not None for table in file.tables)
    assert file.core_properties.language == {"nl": "nl-NL", "en": "en-GB"}[language]


@pytest.mark.parametrize("make", [sheet, summary])
def test_it_fits_one_a4_with_the_longest_names(make, tmp_path):
    assert printed_pages(page(make(longest(), DUTCH)), tmp_path) == 1


@pytest.mark.parametrize("make", [sheet, summary])
def test_so_does_its_word_file(make, tmp_path):
    """In LibreOffice, which sets Calibri or, where that is not there, wider type."""
    (tmp_path / "made.docx").write_bytes(word_file(make(longest(), DUTCH)))
    subprocess.run(
        [libreoffice(), f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless",
         "--convert-to", "pdf", "--outdir", tmp_path, tmp_path / "made.docx"],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert pages_of(tmp_path / "made.pdf") == 1


def test_the_word_file_of_a_sheet_stands_in_the_columns_of_its_page():
    file = docx.Document(BytesIO(word_file(sheet(longest(), DUTCH))))
    assert [s._sectPr.find(qn("w:cols")).get(qn("w:num"), "1") for s in file.sections] == ["1", "2", "1"]
    breaks = [p for p in file.paragraphs if 'w:type="column"' in p._p.xml]
    first_on_the_right = next(s for s in sheet(longest(), DUTCH).sections if s.place is Place.RIGHT)
    assert [p.text for p in breaks] == [first_on_the_right.heading]


@pytest.mark.parametrize("make", [sheet, summary])
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_nothing(make, language, tmp_path):
    assert axe(page(make(longest(), LANGUAGES[language])), tmp_path) == []


def test_those_reached_are_told_by_whichever_design_asks_about_them():
    told = texts(sheet(result(finding(), of_the_reached(30.0, 80.0)), ENGLISH))
    assert (
        "Among those it was meant for: ? inconclusive, by an exploratory design, \u2212€50 to +€110" in told
    )
    assert "Among those it was meant for: \u2013 not studied" in texts(sheet(result(finding()), ENGLISH))


@pytest.mark.parametrize("make", [sheet, summary])
def test_a_programme_that_bears_the_name_of_its_site_is_not_named_twice(make):
    done = Intervention(
        name="Kant, all of it", site="Kant", theme=Theme.OTHER, status=LifeCycle.RUNNING, start=START
    )
    assert "Kant, all of it" not in texts(make(result(finding(), intervention=done), ENGLISH))
    assert "ll of it" in texts(make(result(finding(), intervention=done), ENGLISH))


@pytest.mark.parametrize("state", ["cannot tell", "very uncertain"])
def test_dutch_of_several_costs_is_not_said_in_the_singular(state):
    several = replace(CASES[state][0].cell.outcome, label_nl="de zorgkosten")
    found = replace(CASES[state][0], cell=replace(CASES[state][0].cell, outcome=several))
    told = texts(summary(result(found), DUTCH))
    assert "of de aanpak iets veranderde aan de zorgkosten in de hele regio" in told


def test_a_document_gives_the_longest_column_the_most_room():
    made = docx.Document(BytesIO(word_file(protocol(result(finding()), DUTCH))))
    part, told, absent = (column.width for column in made.tables[0].columns)
    assert told > 1.3 * part
    assert told > 1.1 * absent


def test_axe_finds_nothing_on_the_full_report(tmp_path):
    found = result(*CASES["blocked"], *CASES["withheld"])
    assert axe(render(found, FULL_IN_DUTCH), tmp_path) == []


def test_axe_would_have_found_something(tmp_path):
    faulty = page(sheet(longest(), DUTCH)).replace('role="img"', "").replace('lang="nl"', "")
    assert {fault.split(":")[0] for fault in axe(faulty, tmp_path)} >= {"html-has-lang"}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_summary_that_tells_a_cost_tells_whether_the_programme_is_in_it(name, language):
    text = read(written(name, summary, language)).text
    of_cost = [
        each
        for each in headlines(RESULTS[name], LANGUAGES[language])
        if each.aim is Aim.COST and each.answered is not None
    ]
    net_or_gross = {"nl": "wat de aanpak zelf kostte", "en": "what the intervention itself cost"}[language]
    assert bool(of_cost) is (net_or_gross in text.lower())
