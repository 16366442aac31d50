import os
import re
import subprocess
import sys
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from lmpeval.beside.other_methods import Method, OfYear, OtherMethod, Reason
from lmpeval.cli.demonstration import lay_out
from lmpeval.design import Status
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import run
from lmpeval.event_study import rests_on_trends
from lmpeval.finding import Failed, NotEstimable
from lmpeval.report import figures_of, write_report
from lmpeval.report.page import render, style
from lmpeval.report.question import flow_table
from lmpeval.report.sentences import sentence
from lmpeval.report.words import ENGLISH
from lmpeval.robustness import LeftOut
from lmpeval.study import Aim, Intervention
from lmpeval.uncertainty.gap_statistics import NoRank, Rank, Statistic
from lmpeval.verdict import State, Verdict
from report.reading import between, read
from report.small_results import DONORS, cost, finding, result

NOT_CREDIBLE = {"parallel_trends": Status.NOT_SUPPORTED}
BLOCKING = {"no_other_change": Status.NOT_ASSESSED, "stable_composition": Status.NOT_ASSESSED}
TESTS = str(Path(__file__).parents[1])
SOURCE = str(Path(__file__).parents[2] / "src")
HOSTILE = "<script>alert('x')</script> & \"more\""


def page(*findings, **changes):
    return render(result(*findings, **changes), ENGLISH)


def other(name, primary=False):
    unit = "deaths per 1,000 insured years"
    return cost(
        name=name, aim=Aim.HEALTH, primary=primary, unit=unit, minimal_important_difference=0.3, price=None
    )


@pytest.fixture(scope="module")
def everything():
    """A page with an answer, a blocked and an incredible one, a failure and a cell without data."""
    broke = replace(
        finding(outcome=other("falls")), result=Failed("ValueError: bad\nsecret", "trace of it"),
        verdict=Verdict(State.FAILED, ("ValueError",)),
    )  # fmt: skip
    nothing = replace(
        finding(outcome=other("deaths", primary=True)), result=NotEstimable("no figures before the start"),
        verdict=Verdict(State.NO_DATA, ("no figures before the start",)),
    )  # fmt: skip
    return page(
        finding(),
        finding(-30, 60, primary=False),
        finding(137, 20, outcome=cost(name="hospital", primary=False), statuses=NOT_CREDIBLE),
        finding(219, 20, outcome=cost(name="pharmacy", primary=False), statuses=BLOCKING),
        broke,
        nothing,
    )


def test_the_page_is_well_formed(everything):
    reader = read(everything)
    assert reader.unbalanced == []
    assert reader.open == []
    ids = [a["id"] for _, a in reader.elements if "id" in a]
    assert len(ids) == len(set(ids))
    links = [a["href"] for _, a in reader.elements if "href" in a]
    assert links
    assert {link[1:] for link in links} <= set(ids)


def test_nothing_comes_from_outside(everything):
    assert not re.search(r"https?:|//|@import|\bsrc=|url\((?!#)", everything.replace("</", ""))
    assert not read(everything).having("script")


def test_headings_are_in_order(everything):
    levels = [int(tag[1]) for tag, _ in read(everything).elements if re.fullmatch(r"h\d", tag)]
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_table_has_a_caption_and_every_head_a_scope(everything):
    reader = read(everything)
    tags = [tag for tag, _ in reader.elements]
    assert tags.count("table") == tags.count("caption")
    assert all(a.get("scope") in ("row", "col") for a in reader.having("th"))
    assert reader.having("html")[0]["lang"] == "en"


def test_every_figure_says_what_is_seen_and_has_its_table(everything):
    reader = read(everything)
    figures = reader.having("svg")
    assert len(figures) == 16  # four answered cells: effect, balance, path with its bands, trends that part
    assert all(a["role"] == "img" and re.search(r"\d", a["aria-label"]) for a in figures)
    assert everything.count("Data table of this figure") == len(figures)


def test_the_page_is_the_same_bytes_in_every_process(tmp_path):
    program = (
        "import sys; from pathlib import Path; from report.small_results import finding, result; "
        "from lmpeval.report import write_report; write_report(result(finding()), Path(sys.argv[1]))"
    )
    pages = []
    for seed in ("1", "2"):
        path = tmp_path / seed / "small.html"  # a page links to its twin in the other language by name
        subprocess.run(
            [sys.executable, "-c", program, str(path)],
            check=True,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join([TESTS, SOURCE])},
        )
        pages.append(path.read_bytes())
    assert pages[0] == pages[1]


def test_seconds_leave_no_trace():
    assert page(finding()) == page(replace(finding(), seconds=12.345))


def test_a_page_replaces_another_whole_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "out" / "small.html"
    assert write_report(result(finding()), path) == path
    first = path.read_text(encoding="utf-8")
    path.write_text("old", encoding="utf-8")
    write_report(result(finding()), path)
    assert path.read_text(encoding="utf-8") == first
    assert sorted(each.name for each in path.parent.iterdir()) == ["small.html", "small.nl.html"]


def test_hostile_texts_stay_texts():
    kept = finding(outcome=cost(unit=f"euro {HOSTILE}"))
    kept = replace(kept, notes=(HOSTILE,), dropped=((HOSTILE, HOSTILE),))
    told = result(kept, title=HOSTILE, arguments={"no_spillover": HOSTILE})
    written = render(replace(told, notes=(HOSTILE,), files=((HOSTILE, "ab"),)), ENGLISH)
    reader = read(written)
    assert not reader.having("script")
    assert reader.unbalanced == []
    assert reader.text.count("<script>alert('x')</script>") >= 6


def test_a_small_reach_is_not_shown():
    facts = between(page(finding()), "2. The question", "3. Who is compared")
    assert "2014: fewer than 10 persons" in facts
    assert "2015: 1,230 persons" in facts
    assert "2014: 7" not in facts


def test_the_flow_adds_up():
    table = flow_table(result(finding()).selection, ENGLISH)
    counts = [int(row[2]) for row in table.rows[:-1]]
    assert table.rows[-1][2] == f"{' + '.join(map(str, counts))} = {sum(counts)}"
    assert sum(counts) == len(DONORS) + 4
    assert ("Left out", "other initiative: Elsewhere", "2") in table.rows


def test_set_aside_units_are_listed_by_reason(everything):
    assert "other initiative: Elsewhere other town, third town" in between(
        everything, "3. Who is compared", "4. What changed"
    )


def test_aims_without_an_outcome_are_not_studied(everything):
    glance = between(everything, "1. The answers", "2. The question")
    assert "Experience of care no outcome Not studied" in glance
    assert glance.index("Health of the population") < glance.index("Experience of care")
    assert glance.index("Experience of care") < glance.index("Cost per head")


def test_a_number_at_a_glance_says_what_it_refers_to():
    glance = between(page(finding()), "1. The answers", "2. The question")
    assert (
        "\u2212€60 \u2212€80 to \u2212€40 euro per insured person per year, prices of 2018; mean of "
        "2015\u20132018; range at 95\u202f%; everybody in the region of Kant, reached or not" in glance
    )


def test_a_blocked_headline_shows_no_number_at_a_glance(everything):
    glance = between(everything, "1. The answers", "2. The question")
    assert "BLOCKED" in glance
    assert "219" not in glance
    assert "WORSE" not in glance
    assert "By their interval alone they would read: worse (WORSE)" in read(everything).text


def test_where_no_number_stands_no_certainty_stands():
    glance = between(page(finding(219, 20, statuses=BLOCKING)), "1. The answers", "2. The question")
    assert "no number none to give" in glance[glance.index("BLOCKED") :]
    assert "moderate" not in glance


def test_the_designs_of_an_outcome_stand_side_by_side(everything):
    changed = everything[everything.index("4. What changed") : everything.index("5. How alike")]
    rows = changed.split('<div class="multiples">')[1:]
    assert [row.count("<h3>") for row in rows] == [2, 1]


def test_what_is_not_credible_keeps_its_numbers_in_the_appendix(everything):
    body, appendix = everything.split("Appendix: figures that are no answer")
    assert "NOT-CREDIBLE" in body
    assert "137" not in read(body).text
    assert "+€137" in read(appendix).text
    labels = " ".join(a["aria-label"] for a in read(body).having("svg"))
    assert "137" not in labels


def test_what_is_too_early_keeps_its_numbers_in_the_appendix():
    written = page(finding(-143, 20, outcome=cost(expected_lag=9)))
    body, appendix = written.split("Appendix: figures that are no answer")
    assert "143" not in read(body).text
    assert "143" in read(appendix).text


def test_what_is_withheld_is_shown_nowhere():
    hidden = replace(finding(-149, 20), verdict=Verdict(State.WITHHELD))
    written = page(hidden)
    assert "149" not in read(written).text
    assert not read(written).having("svg")
    assert "withheld for privacy" in read(written).text


def test_cells_without_an_answer_are_listed_with_their_reason(everything):
    listed = between(everything, "8. Cells without an answer", "9. Data and methods")
    assert "ValueError: bad" in listed
    assert "no figures before the start" in listed
    assert "town 99: no figure for 2012" in listed
    assert "2020 left out: a pandemic" in listed
    assert "secret" not in everything
    assert "trace of it" not in everything


def test_the_ledger_shows_twelve_assumptions_a_design(everything):
    body = everything.split("7. What the answers rest on")[1].split("8. Cells without")[0]
    rows = [re.match(r"(\d+)\. ", text) for text in re.findall(r'rowheader">([^<]*)', body)]
    assert [int(row[1]) for row in rows] == [*range(1, 13)] * 3  # the incredible one is in the appendix


def test_donors_end_in_what_is_left(everything):
    matches = between(everything, "5. How alike", "6. Before the start")
    assert "… and 5 more together 7.1\u202f%" in matches  # (5 + 4 + 3 + 2 + 1) / 210
    assert "town 00 9.5\u202f% \u2212€59" in matches


OTHERS = (
    OtherMethod(Method.LEFT_OUT, 3, 0.95, (-140.0, 20.0)),
    OtherMethod(Method.WILD, 3, 0.95, reason=Reason.CANNOT_REJECT, detail="its p stays above 0.40"),
)


def test_one_site_has_a_rank_and_no_p_value(everything):
    numbers = between(everything, "4. What changed", "5. How alike")
    assert "12th largest of 40 by size, the site among them: the largest 0.300 of all" in numbers
    assert "p-value" not in numbers
    assert "share of stand-ins as large" in between(everything, "6. Before the start", "7. What the")


def with_sites(n_sites, others=(), p_error=0.0):
    one = finding()
    found = one.result.estimate
    sure = replace(found.uncertainty, p_error=p_error)
    told = replace(one.result, n_sites=n_sites, others=others, estimate=replace(found, uncertainty=sure))
    return replace(one, result=told)


def test_p_of_several_sites_comes_with_its_error_the_smallest_attainable_and_the_rank():
    numbers = between(page(with_sites(3, p_error=0.0145)), "4. What changed", "5. How alike")
    assert "p-value 0.300 ± 0.015 (sets were drawn) (smallest attainable 0.025)" in numbers
    assert "12th largest of 40 by size, the sites among them" in numbers
    exact = between(page(with_sites(3)), "4. What changed", "5. How alike")
    assert "p-value 0.300 (smallest attainable 0.025)" in exact


def test_other_methods_stand_beside_with_their_reasons():
    numbers = between(page(with_sites(3, OTHERS)), "4. What changed", "5. How alike")
    assert "permutation over groups of neighbours \u2212€80 to \u2212€40 The answer rests on this" in numbers
    assert (
        "leaving out one site or neighbourhood at a time \u2212€140 to +€20 No answer rests on it" in numbers
    )
    assert "wild cluster bootstrap \u2013 Nothing: its p stays above 0.40." in numbers


def test_prediction_intervals_of_the_years_stand_in_the_remark_as_far_as_it_holds_them():
    by_year = tuple(OfYear(2015 + k, (-150.0 - k, 30.0)) for k in range(9))
    told = OtherMethod(Method.PREDICTION, 3, 0.95, (-140.0, 20.0), by_year[:2])
    numbers = between(page(with_sites(3, (told,))), "4. What changed", "5. How alike")
    assert "Each year by itself: 2015 \u2212€150 to +€30; 2016 \u2212€151 to +€30." in numbers
    many = between(page(with_sites(3, (replace(told, by_year=by_year),))), "4. What changed", "5. How alike")
    assert "Each year by itself: in the table of results, NAME.results.csv." in many


def test_other_methods_of_one_site_say_why_there_is_no_p_value():
    others = tuple(replace(other, n_sites=1, interval=None, reason=Reason.ONE_SITE) for other in OTHERS)
    numbers = between(page(with_sites(1, others)), "4. What changed", "5. How alike")
    assert "no other method tried is reliable across sizes" in numbers
    assert numbers.count("no error tells its own wandering from an effect") == 2


def test_every_method_and_reason_has_words():
    known = ENGLISH.catalogue.messages
    assert {f"other.name-{each.name}" for each in Method} <= {*known}
    assert {f"other.remark-{each.name}" for each in Method} <= {*known}
    assert {f"other.reason-{each.name}" for each in Reason} <= {*known}


def ranked(*ranks):
    one = finding()
    return finding_with(one, ranks=ranks)


def finding_with(one, **changed):
    return replace(one, result=replace(one.result, **changed))


def test_other_ranks_stand_beside_or_say_why_they_do_not():
    text = between(
        page(
            ranked(
                Rank(Statistic.EFFECT, place=2, among=40),
                Rank(Statistic.RATIO, reason=NoRank.EXACT),
                Rank(Statistic.EFFECT, 5.0, 1, 8),
            )
        ),
        "4. What changed",
        "5. How alike",
    )
    assert "size of the mean difference 2nd largest of 40 0.050" in text
    assert "over that before it not told: a fit before the start can be exact here" in text
    assert "more than 5 times the site's largest of 8 0.125" in text
    assert {f"ranks.{each.name}" for each in (*Statistic, *NoRank)} <= {*ENGLISH.catalogue.messages}


def test_difference_without_one_unit_runs_between_the_ends_named():
    left = (LeftOut("alpha", 0.5, -75.0), LeftOut("beta", 0.3, -50.0), LeftOut("gamma", 0.2, -61.0))
    one = finding()
    shown = finding_with(one, robustness=replace(one.result.robustness, left_out=left))
    text = between(page(shown), "4. What changed", "5. How alike")
    assert "one of the 3 weightiest" in text
    assert "\u2212€75 (without alpha) to \u2212€50 (without beta)" in text


def test_an_unbounded_interval_is_said_in_words():
    text = read(page(finding(-60, float("inf"), stand_ins=5))).text
    assert "cannot be bounded" in text
    assert not re.search(r"\binf\b|\bnan\b", text, re.IGNORECASE)


def test_too_few_years_for_a_placebo_in_time_are_said():
    short = finding()
    short = replace(
        short, result=replace(short.result, robustness=replace(short.result.robustness, placebo_starts=()))
    )
    assert "Too few years before the start" in between(page(short), "6. Before the start", "7. What")


def test_aims_that_differ_are_said_in_one_sentence():
    told = page(finding(-60, 20), finding(2.0, 0.5, outcome=other("deaths", primary=True)))
    assert (
        "The answers do not point the same way: better on cost per head (cost core); worse on health" in told
    )
    assert "do not point the same way" not in page(finding(-60, 20))


def test_banned_words_are_absent(everything):
    text = read(everything).text.lower()
    for word in ("significant", "proven", "no effect", "trend towards", "p=", "passed"):
        assert word not in text


def test_the_source_is_named_as_its_owner_asks(everything):
    assert "source: Vektis" in read(everything).text
    assert "source: Vektis" not in page_without_vektis()


def page_without_vektis():
    return render(replace(result(finding()), files=(("cbs/a.csv", "ab"),)), ENGLISH)


def test_a_study_that_was_never_delivered_has_a_page():
    planned = replace(
        finding(), result=NotEstimable("the intervention is planned"),
        verdict=Verdict(State.NOT_DELIVERED, ("the intervention is planned",)),
    )  # fmt: skip
    intervention = Intervention(name="Later", site="Kant", theme="other", status="planned", start=2014)
    text = read(page(planned, intervention=intervention)).text
    assert "there is nothing to study in cost core" in text
    assert "No estimate can be shown here." in text


def test_the_engine_s_own_findings_make_a_page(tmp_path):
    plans = [plan(each) for each in prepare([lay_out(tmp_path, 20130401)], tmp_path)]
    (told,) = run(plans, jobs=1)
    written = write_report(told, tmp_path / "demo.html").read_text(encoding="utf-8")
    reader = read(written)
    assert reader.unbalanced == []
    trends = sum(rests_on_trends(each.result.ledger) for each in told.findings)
    assert len(reader.having("svg")) == 2 * len(told.findings) + 2 * trends == 12
    assert told.study_hash in reader.text
    assert set(figures_of(told)) <= {finding.cell.name for finding in told.findings}
    for answered in told.findings:
        assert sentence(answered, ENGLISH) in reader.text


def test_no_text_is_too_small_to_read():
    """Twelve pixels on a screen and seven points on paper, whatever share of the page a class takes."""
    said = style()
    [on_paper] = re.findall(r"html \{ font-size: ([\d.]+)pt", said)
    shares = [float(share) for share in re.findall(r"(?:font-size|font): ([\d.]+)rem", said)]
    assert min(shares) * 16 >= 12
    assert min(shares) * float(on_paper) >= 7
