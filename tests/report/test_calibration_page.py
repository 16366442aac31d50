"""The page of a calibration, and what a run's report shows of it before its answers."""

import re
from dataclasses import replace
from itertools import pairwise
from math import inf

import numpy as np
import pytest

from lmpeval.ahead.calibrating import Calibrated, StudyCalibration
from lmpeval.ahead.calibration_file import Foreseen, Standing
from lmpeval.calibration import Sought, calibrate
from lmpeval.design import Status
from lmpeval.finding import Failed, NotEstimable
from lmpeval.placebo_trial import Trial
from lmpeval.report.calibration import calibration_view
from lmpeval.report.calibration_page import render_calibration, write_calibration_page
from lmpeval.report.page import render
from lmpeval.report.power import placebo_table, power_alt, power_series, power_table
from lmpeval.report.power_figure import looks_of
from lmpeval.report.sheets.readability import banned
from lmpeval.report.words import DUTCH, ENGLISH
from lmpeval.study import Aim, Better, DatedReason
from report.browser import axe
from report.reading import between, read
from report.small_results import cost, finding, result, study

DEATHS = {"aim": Aim.HEALTH, "unit": "deaths per 1,000 insured years", "price": None}


def calibrated(reach=30.0, spread=20.0, mean=2000.0, **changes):
    """One cell of which every number is known: effects in even steps, intervals of plus and minus `reach`."""
    about = finding(**changes).cell
    effects = np.linspace(-spread, spread, 41)
    trials = [Trial("Secretshire", e, e - reach, e + reach, 0.5, 0.95, mean) for e in effects]
    outcome = about.outcome
    sought = Sought(outcome.minimal_important_difference, outcome.better is Better.LOWER)
    return Calibrated(about, calibrate(trials, sought), site_size=61_234.0)


def told(*cells, **changes):
    return StudyCalibration(result(*[finding(outcome=each.cell.outcome) for each in cells], **changes), cells)


def remarks(each, asked=None):
    return " ".join(calibration_view([each], asked or study(), ENGLISH).remarks)


def opening(*cells):
    return calibration_view(cells, study(), ENGLISH).headline


def in_words(each):
    return calibration_view([each], study(), ENGLISH).seen.rows[0][2]


@pytest.fixture(scope="module")
def everything():
    deaths = cost(name="deaths", minimal_important_difference=0.3, **DEATHS)
    broke = replace(calibrated(outcome=deaths), result=Failed("ValueError in x.py, line 3", "secret"))
    hospital = cost(name="hospital", label="GP & <hospital> cost", primary=False)
    return told(
        calibrated(),
        calibrated(reach=inf, primary=False),
        calibrated(reach=2.0, spread=2.0, outcome=hospital),
        broke,
    )


@pytest.fixture(scope="module")
def page(everything):
    return render_calibration(everything, ENGLISH)


def test_the_page_is_well_formed_and_holds_all_it_needs(page):
    reader = read(page)
    assert reader.unbalanced == []
    assert reader.open == []
    ids = [a["id"] for _, a in reader.elements if "id" in a]
    assert len(ids) == len(set(ids))
    assert not re.search(r"https?:|//|@import|\bsrc=|url\((?!#)", page.replace("</", ""))
    assert not reader.having("script")
    levels = [int(tag[1]) for tag, _ in reader.elements if re.fullmatch(r"h\d", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("table") == tags.count("caption")
    assert all(a.get("scope") in ("row", "col") for a in reader.having("th"))


def test_every_figure_says_what_is_seen_and_has_its_tables(page):
    figures = read(page).having("svg")
    assert len(figures) == 3  # the legend of all, and an outcome each; deaths broke off
    assert figures[0]["aria-label"] == "Lines of difference in differences, synthetic control"
    assert all(a["role"] == "img" and re.search(r"\d", a["aria-label"]) for a in figures[1:])
    assert page.count("Data tables of this figure") == len(figures) - 1
    assert page.count("euro per insured person per year</text>") == 4  # the unit at each axis of both


def test_names_are_text_and_the_broken_cell_tells_no_secret(page):
    assert "<hospital>" not in page
    assert "GP &amp; &lt;hospital&gt; cost" in page
    assert "ValueError in x.py, line 3" in page
    assert "secret" not in page.lower()  # nor a place's name


def test_the_same_calibration_gives_the_same_bytes(everything, tmp_path):
    # a page links to its twin in the other language by name
    pages = [tmp_path / str(n) / "small.html" for n in range(2)]
    one, two = (write_calibration_page(everything, page).read_bytes() for page in pages)
    assert one == two


def test_banned_words_are_absent(page):
    text = read(page).text.lower()
    for word in ("significant", "proven", "no effect", "trend towards", "p=", "passed"):
        assert word not in text


# In words


def test_a_design_is_told_what_it_can_see():
    # effects from -20 to 20 in steps of one, intervals to 30 above: rank 33 of 41 ends in 12 + 30
    assert in_words(calibrated()) == "cannot see a difference of €25; only one of about €42 or more"
    seen = in_words(calibrated(reach=11.0, spread=12.0))  # ends: 7.2 + 11
    assert seen == "can see a difference of €25, and one from about €18 on"


def test_what_those_reached_would_have_to_change_is_worked_out():
    assert remarks(calibrated()) == (
        "Cost core, difference in differences: The programme reached 1,230 people a year (mean of "
        "2015): 2.01\u202f% of the 61,200 in the site. For the mean of the whole region to change by €42, "
        "those reached would have to change by €42 / 2.01\u202f% = €2,090 each, 104\u202f% of the "
        "region's mean."
    )


def test_a_design_that_bounds_nothing_is_told_so():
    assert in_words(calibrated(reach=inf)) == "cannot see a difference of any size"
    said = remarks(calibrated(reach=inf))
    assert "An effect cannot be seen at any size" in said
    assert "inf" not in said
    assert "each" not in said  # no arithmetic without an end


def outcomes(*sees):
    """Outcomes of one design each, that see what matters or do not."""
    return [
        calibrated(reach=2.0 if seen else 30.0, spread=2.0, outcome=cost(name=name.lower(), label=name))
        for name, seen in zip(("GP", "deaths", "drugs"), sees, strict=False)
    ]


def test_one_sentence_says_what_it_comes_to():
    matters = "see the smallest difference that matters"
    assert opening(*outcomes(False, False, False)) == (
        f"For none of the three outcomes can the design {matters}."
    )
    assert opening(calibrated(), calibrated(primary=False)) == f"On cost core neither design can {matters}."
    assert opening(*outcomes(True, True)).startswith(f"On every outcome the design can {matters}")
    some = opening(*outcomes(True, False, True))
    assert some.startswith("The smallest difference that matters can be seen on GP, drugs, as far as")
    assert some.endswith("on no other outcome can the design see it.")
    assert "but not every design can" in opening(
        calibrated(), calibrated(reach=2.0, spread=2.0, primary=False)
    )
    silent = replace(calibrated(), result=NotEstimable("no"))
    assert opening(silent) == "What this study can see could not be measured."
    assert "none of the two outcomes that could be measured" in opening(*outcomes(False, False), silent)


@pytest.mark.parametrize(
    ("reach", "which"), [(10.0, "51\u202f% of these places, fewer"), (30.0, "more than")]
)
def test_intervals_that_do_not_hold_what_they_say_are_told_and_marked(reach, which):
    view = calibration_view([calibrated(reach=reach)], study(), ENGLISH)
    (said,) = view.narrow_or_wide
    assert which in said
    assert view.errs.head[-1] == "marked"


def test_no_column_is_there_to_mark_nothing():
    view = calibration_view([calibrated(reach=19.0)], study(), ENGLISH)  # 39 of 41
    assert view.narrow_or_wide == ()
    assert "marked" not in view.errs.head
    assert {len(row) for row in view.errs.rows} == {len(view.errs.head)}


def test_reach_too_small_to_be_shown_gives_no_arithmetic():
    asked = study(intervention=replace(study().intervention, reach={2014: 900, 2015: 7, 2016: 1900}))
    assert remarks(calibrated(), asked) == ""
    assert remarks(calibrated(), study(intervention=replace(study().intervention, reach={}))) == ""


def test_reach_is_that_of_the_years_in_which_an_effect_counts():
    asked = study(
        intervention=replace(study().intervention, reach={2014: 5, 2015: 1000, 2016: 9000, 2017: 2000}),
        window=replace(study().window, exclude=(DatedReason(year=2016, reason="a flood"),)),
    )
    said = remarks(calibrated(), asked)
    assert "reached 1,500 people a year (mean of 2015\u20132017)" in said  # 2014 lies before the lag


def test_cell_that_is_not_calibrated_says_why():
    silent = replace(calibrated(), result=NotEstimable("the intervention is planned"))
    assert remarks(silent) == (
        "Cost core, difference in differences: What this design can see could not be measured: the "
        "intervention is planned"
    )


# Tables and figures


def test_cell_that_is_not_calibrated_keeps_its_row(everything):
    view = calibration_view(everything.cells, study(), ENGLISH)
    for table in (view.seen, view.errs):
        assert {len(row) for row in table.rows} == {len(table.head)}
        assert len(table.rows) == len(everything.cells)
        assert table.rows[-1][:3] == ("Deaths, difference in differences", "not measured", "\u2013")


def test_tables_hold_the_numbers():
    view = calibration_view([calibrated(reach=21.0, spread=20.0, mean=2500.0)], study(), ENGLISH)
    (seen,), (errs,) = view.seen.rows, view.errs.rows
    # intervals end at 1, 2 ... 41 above: rank 33, and ranks 33 - 2.56 and 33 + 2.56 for its error
    name = "Cost core, difference in differences"
    assert seen[:2] == (name, "€25 (1.0\u202f% of the mean)")
    assert seen[3] == "€33 ± €3 (1.3\u202f% of the mean)"
    assert seen[4] == seen[5] == "59 ± 8\u202f%"  # 24 of 41 end below 25, which is 1 % too
    assert seen[6:] == ("100 ± 2\u202f%", "100 ± 2\u202f%")  # 1.7: half a place off all
    # 41 whole numbers in a row have a standard deviation of 11.98
    assert errs[:4] == (
        name, "41", "€0 ± €2 (0.0\u202f% of the mean)", "€12 ± €1 (0.5\u202f% of the mean)",
    )  # fmt: skip
    assert errs[4:] == ("0 ± 2\u202f%", "100 ± 2\u202f%", "outside 85\u201399\u202f%")


def test_figure_and_table_are_made_from_the_same_numbers():
    series = power_series([calibrated(primary=False), calibrated(reach=15.0)], ENGLISH)
    assert [curve.primary for curve in series.curves] == [True, False]
    written = power_table(series)
    assert len(written.rows) == len(series.sizes)
    assert sum("smallest difference that matters" in row[0] for row in written.rows) == 1
    assert [row[0].split(", ")[1] for row in written.rows if "of the mean" in row[0]] == [
        "1\u202f% of the mean", "2\u202f% of the mean", "5\u202f% of the mean"
    ]  # fmt: skip
    assert series.sizes[-1] >= 100  # five percent of the mean
    assert (np.diff(series.curves[0].power) >= 0).all()
    dots = placebo_table(series)
    assert len(dots.rows) == 41
    assert dots.rows[0][1:] == ("\u2212€20", "\u2212€20")
    assert "reaches 80\u202f% of them at €27" in power_alt(series)


def test_a_curve_that_never_gets_there_is_told():
    series = power_series([calibrated(reach=inf)], ENGLISH)
    assert np.isfinite(series.sizes).all()
    assert "never reaches 80\u202f% of them" in power_alt(series)
    assert (series.curves[0].power == 0).all()


def test_outcome_of_which_nothing_is_calibrated_has_no_figure():
    assert power_series([replace(calibrated(), result=NotEstimable("no"))], ENGLISH) is None


# Before the answers of a run


def shown(known):
    return render(result(finding()), ENGLISH, known)


def test_a_current_calibration_stands_before_the_answers():
    page = shown(Foreseen(Standing.CURRENT, (calibrated(),), "9.9"))
    before = between(page, "Before the answers", "1. The answers at a glance")
    assert "made with lmpeval 9.9" in before
    assert "€42 ± €3" in before
    assert "On cost core the design cannot see the smallest difference that matters." in before
    assert "Data tables of this figure" in before
    reader = read(page)
    assert reader.unbalanced == []
    ids = [a["id"] for _, a in reader.elements if "id" in a]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("known", "line"),
    [
        (Foreseen(Standing.ABSENT), "Nobody has calibrated these designs on this panel. To do so: lmpeval "),
        (Foreseen(Standing.OUT_OF_DATE, made_with="0.1"), "The calibration beside this page is out of date"),
        (Foreseen(Standing.UNREADABLE, why="file: no JSON"), "cannot be read (file: no JSON)"),
    ],
)  # fmt: skip
def test_without_a_current_one_a_line_says_why(known, line):
    page = shown(known)
    assert "Before the answers" not in page
    assert line in between(page, "<main>", "1. The answers at a glance")


def test_a_run_says_by_itself_that_there_is_none():
    assert render(result(finding()), ENGLISH) == shown(Foreseen(Standing.ABSENT))


def test_an_answer_that_stands_out_of_a_blind_study_is_told_beside_it():
    known = Foreseen(Standing.CURRENT, (calibrated(),), "9.9")
    assert finding().verdict.high < 0  # -60, 20 either side
    page = shown(known)
    said = between(page, "1. The answers at a glance", "2. The question")
    # 15 of 41 intervals end below 25
    assert "leaves zero out on cost core (difference in differences, chance to see it 37 ± 8\u202f%)" in said
    assert "Gelman and Carlin 2014" in said
    assert "Gelman" not in render(result(finding(30, 80)), ENGLISH, known)  # the range holds zero
    able = Foreseen(Standing.CURRENT, (calibrated(reach=2.0, spread=2.0),), "9.9")
    assert "Gelman" not in shown(able)
    unassessed = finding(statuses={"no_other_change": Status.NOT_ASSESSED})
    assert "Gelman" not in render(result(unassessed), ENGLISH, known)  # no number is shown
    assert "Gelman" not in shown(Foreseen(Standing.OUT_OF_DATE))


def test_the_page_says_that_size_and_coverage_are_one_fact(page):
    assert "one minus that share: two columns, one fact" in read(page).text
    each = calibrated(reach=19.0).result
    assert each.coverage.value == pytest.approx(39 / 41)


def test_a_design_looks_the_same_in_every_figure():
    cells = [calibrated().cell, calibrated(primary=False).cell]
    both, alone = looks_of(cells, ENGLISH), looks_of([cells[0]], ENGLISH)
    assert len(set(both.values())) == 2
    assert both["difference in differences"] == alone["difference in differences"]


@pytest.mark.parametrize("words", [DUTCH, ENGLISH], ids=["nl", "en"])
def test_axe_finds_nothing(everything, words, tmp_path):
    assert axe(render_calibration(everything, words), tmp_path) == []


def test_it_says_nothing_that_figures_cannot_bear(page):
    assert banned(read(page).text, "en") == ()
