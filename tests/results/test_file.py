"""Every figure of a study as one long table: complete, unrounded, and clear about what may be quoted."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest

from lmpeval.beside.other_methods import Method, OfYear, OtherMethod, Reason
from lmpeval.comparators import Selection
from lmpeval.engine.planning import plan
from lmpeval.engine.running import StudyResult, run
from lmpeval.event_study import parted
from lmpeval.finding import Failed, Finding
from lmpeval.results.file import results_text
from lmpeval.starts.averages import By
from lmpeval.study import DesignChoice
from lmpeval.uncertainty.gap_statistics import NoRank, Rank, Statistic
from lmpeval.verdict import State, Verdict
from report import small_results
from several_starts import delivered, three_starts
from simulation.small_country import prepared, study

DID = DesignChoice("difference_in_differences", primary=True)


def rows_of(*findings):
    result = StudyResult(small_results.study(), Selection(()), findings, (), ())
    return list(csv.DictReader(io.StringIO(results_text(result))))


def only(rows, quantity):
    return [row for row in rows if row["quantity"] == quantity]


def test_one_start_by_hand():
    rows = rows_of(small_results.finding(effect=-60.0, reach=20.0))
    (effect,) = only(rows, "effect")
    assert (effect["study"], effect["outcome"], effect["design"], effect["primary"]) == (
        "small", "cost_core", "difference_in_differences", "True"
    )  # fmt: skip
    figures = [float(effect[name]) for name in ("estimate", "low", "high", "standard_error")]
    assert figures == [-60.0, -80.0, -40.0, 10.0]
    assert (effect["p"], effect["rank"], effect["ranked"]) == ("", "12", "40")
    assert (effect["start"], effect["n_treated"], effect["n_compared"]) == ("2014", "1", "20")
    assert effect["standing"] == "stated"
    path = only(rows, "difference")
    assert [row["year"] for row in path] == [str(year) for year in range(2011, 2019)]
    assert [row["since_start"] for row in path] == [str(since) for since in range(-3, 5)]
    assert [float(row["estimate"]) for row in path] == [0.0] * 3 + [-60.0] * 5
    (level,) = only(rows, "without_intervention")
    assert float(level["estimate"]) == pytest.approx(np.mean([2040, 2050, 2060, 2070]))
    assert [(row["start"], float(row["estimate"])) for row in only(rows, "pretended_start")] == [
        ("2012", 3.0),
        ("2013", -4.0),
    ]


def test_several_sites_have_a_p_value():
    finding = small_results.finding()
    (effect,) = only(rows_of(replace(finding, result=replace(finding.result, n_sites=2))), "effect")
    assert float(effect["p"]) == 0.3


def test_an_end_that_nothing_bounds_is_empty():
    finding = small_results.finding()
    found = finding.result.estimate
    nowhere = replace(
        found.uncertainty, interval=(-np.inf, np.inf), standard_error=np.nan, p=1.0, smallest_p=1.0
    )
    told = replace(finding, result=replace(finding.result, estimate=replace(found, uncertainty=nowhere)))
    (effect,) = only(rows_of(told), "effect")
    assert {effect[name] for name in ("low", "high", "standard_error", "p")} == {""}
    assert float(effect["estimate"]) == -60.0


@pytest.mark.parametrize(
    ("verdict", "standing"),
    [
        (Verdict(State.NOT_CREDIBLE, ("not supported:parallel_trends",)), "withheld"),
        (Verdict(State.TOO_EARLY), "withheld"),
        (Verdict(State.BETTER, blocked=True, effect=-60.0), "withheld"),
        (Verdict(State.BETTER, effect=-60.0), "stated"),
    ],
)
def test_what_may_not_be_quoted_is_marked_on_every_line(verdict, standing):
    rows = rows_of(replace(small_results.finding(), verdict=verdict))
    assert {row["standing"] for row in rows} == {standing}
    told = small_results.finding().result.robustness.left_out
    assert [row["method"] for row in only(rows, "effect_without_unit")] == [
        f"without {one.unit}" for one in told
    ]
    assert len(rows) == 22 + len(told) + 20
    assert rows[0]["reasons"] == "; ".join(verdict.reasons)


def test_what_stands_beside_an_answer_has_a_line_each():
    finding = small_results.finding()
    others = (
        OtherMethod(Method.JACKKNIFE, 1, 0.95, interval=(-90.0, 20.0)),
        OtherMethod(Method.CONFORMAL, 1, 0.95, reason=Reason.CANNOT_REJECT),
        OtherMethod(Method.PREDICTION, 1, 0.95, (-99.0, 30.0), by_year=(OfYear(2015, (-120.0, 40.0)),)),
    )
    ranks = (Rank(Statistic.EFFECT, 5.0, 2, 11), Rank(Statistic.RATIO, reason=NoRank.EXACT))
    rows = rows_of(replace(finding, result=replace(finding.result, others=others, ranks=ranks)))
    told = [(each["method"], each["year"], each["low"], each["high"]) for each in only(rows, "other_method")]
    assert told == [
        ("jackknife+", "", "-90.0", "20.0"),
        ("prediction interval", "", "-99.0", "30.0"),
        ("prediction interval", "2015", "-120.0", "40.0"),
    ]
    (rank,) = only(rows, "other_rank")
    assert (rank["method"], rank["rank"], rank["ranked"]) == ("effect, misfit within 5 times", "2", "11")


def test_intervals_that_let_trends_part_are_those_of_the_figure():
    finding = small_results.finding()
    told = parted(finding.result.estimate, finding.cell.outcome.minimal_important_difference)
    rows = rows_of(finding)
    for quantity, expected in (("if_steps_part", told.by_steps), ("if_trends_bend", told.by_bends)):
        found = [
            (float(row["bound"]), (float(row["low"]), float(row["high"]))) for row in only(rows, quantity)
        ]
        assert found == [(bound, pytest.approx(ends)) for bound, ends in expected]
        assert {float(row["estimate"]) for row in only(rows, quantity)} == {told.estimate}


def test_too_few_people_and_a_broken_cell_have_no_number():
    withheld = replace(small_results.finding(), verdict=Verdict(State.WITHHELD, ("too few people",)))
    broken = Finding(withheld.cell, Failed("KeyError in x.py, line 1", "secret"), Verdict(State.FAILED))
    rows = rows_of(withheld, broken)
    assert [(row["standing"], row["estimate"], row["reasons"]) for row in rows] == [
        ("none", "", "too few people"),
        ("none", "", "KeyError in x.py, line 1"),
    ]


def test_several_starts_add_up():
    asked = replace(three_starts(), designs=(DID,), outcomes=study().outcomes[:1])
    found = next(run([plan(prepared(asked, delivered()))], 1))
    rows = list(csv.DictReader(io.StringIO(results_text(found))))
    answered = found.findings[0].result
    (effect,) = only(rows, "effect")
    assert float(effect["estimate"]) == answered.estimate.effect
    assert effect["start"] == ""
    starts = only(rows, "effect_of_start")
    assert [row["start"] for row in starts] == ["2013", "2014", "2015"]
    by_start = {row["start"]: [] for row in starts}
    for row in only(rows, "difference_of_start"):
        assert int(row["year"]) == int(row["start"]) + int(row["since_start"])
        by_start[row["start"]].append((int(row["since_start"]), float(row["estimate"])))
    weights = {str(one.start): one.weight for one in answered.several.each}
    for row in only(rows, "difference"):
        assert row["year"] == ""
        mean = sum(w * dict(by_start[s])[int(row["since_start"])] for s, w in weights.items())
        assert float(row["estimate"]) == pytest.approx(mean, abs=1e-9)


def test_averages_of_several_starts_are_those_of_the_finding():
    asked = replace(three_starts(), designs=(DID,), outcomes=study().outcomes[:1])
    found = next(run([plan(prepared(asked, delivered()))], 1))
    rows = list(csv.DictReader(io.StringIO(results_text(found))))
    place = {By.SINCE: "since_start", By.YEAR: "year", By.START: "start"}
    for each in found.findings[0].result.several.averages:
        told = [row for row in only(rows, "average") if row["by"] == each.by]
        assert [int(row[place[each.by]]) for row in told] == each.at.tolist()
        assert [float(row["estimate"]) for row in told] == each.effect.tolist()
        assert [float(row["band_low"] or "-inf") for row in told] == each.band[:, 0].tolist()
        (overall,) = (row for row in only(rows, "overall") if row["by"] == each.by)
        assert (float(overall["estimate"]), float(overall["p"])) == (each.overall.effect, each.overall.p)


def test_the_same_findings_give_the_same_text():
    findings = (small_results.finding(), small_results.finding(effect=-5.0))
    texts = [
        results_text(StudyResult(small_results.study(), Selection(()), findings, (), ())) for _ in range(2)
    ]
    assert texts[0] == texts[1]
