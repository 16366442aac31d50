"""People may lower what the data gave, and raise it with a reason; the answer follows, both words stay."""

from __future__ import annotations

from datetime import date

import pytest

from lmpeval.design import Evidence, Status
from lmpeval.finding import Answered
from lmpeval.human_verdicts import beside_judgements
from lmpeval.ledger import Certainty, Entry, HumanVerdict
from lmpeval.report.page import render
from lmpeval.report.words import ENGLISH
from lmpeval.study.judgements import Judged, Judgement
from lmpeval.verdict import Answer, State
from report.small_results import finding, result

DAY = date(2019, 3, 1)


def said(assumption, status, reason=None, **where):
    return Judgement(assumption, Judged(status), "A. Reader", DAY, reason=reason, **where)


def entry_of(found, name):
    assert isinstance(found.result, Answered)
    return next(each for each in found.result.ledger.entries if each.assumption.name == name)


def heard(*judgements, of=None):
    [found] = beside_judgements([of or finding()], judgements)
    return found


@pytest.mark.parametrize("machine", Status)
@pytest.mark.parametrize("human", Judged)
def test_going_up_needs_a_reason_and_going_down_does_not(machine, human):
    worth = ["not supported", "not assessed", "uncertain", "argued", "supported"]
    up = worth.index(human) > worth.index(machine)
    assumption = entry_of(finding(), "overlap").assumption
    bare, because = (
        Entry(assumption, Evidence(machine, "seen"), None, HumanVerdict(Status(human), "A", DAY, why))
        for why in (None, "a letter")
    )
    assert bare.refused is up
    assert bare.status == (machine if up else human)
    assert because.status == human
    assert bare.evidence.status is because.evidence.status is machine


def test_a_critical_assumption_that_somebody_calls_untenable_withholds_the_result():
    before = finding()
    assert before.verdict.effect is not None
    after = heard(said("parallel_trends", "not supported"))
    assert (after.verdict.state, after.verdict.answer) == (State.NOT_CREDIBLE, Answer.CANNOT_TELL)
    assert after.verdict.effect is None
    assert "not supported:parallel_trends" in after.verdict.reasons


def test_doubts_cost_certainty():
    doubts = [said(name, "uncertain") for name in ("parallel_trends", "no_spillover")]
    assert finding().verdict.certainty is Certainty.MODERATE
    assert heard(*doubts).verdict.certainty is Certainty.LOW
    assert heard(*doubts).verdict.effect == finding().verdict.effect


def test_the_last_word_on_an_assumption_counts():
    after = heard(said("overlap", "not supported"), said("overlap", "supported", "the map was wrong"))
    assert entry_of(after, "overlap").status is Status.SUPPORTED


@pytest.mark.parametrize("where", [{"outcome": "another"}, {"design": "another"}])
def test_a_word_on_another_cell_changes_nothing(where):
    before = finding()
    assert heard(said("overlap", "not supported", **where), of=before) is before


def test_the_page_shows_both_words():
    shown = result(heard(said("parallel_trends", "uncertain", "a practice closed")))
    page = render(shown, ENGLISH)
    assert (
        "Judged by A. Reader on 1 March 2019: uncertain, because a practice closed. The data gave: " in page
    )
