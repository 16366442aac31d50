from dataclasses import replace
from math import inf

import pytest

from lmpeval.comparators import Role
from lmpeval.design import Status
from lmpeval.finding import Failed, NotEstimable
from lmpeval.ledger import Certainty
from lmpeval.report.sentences import reasons, sentence, shown_code
from lmpeval.report.words import BLOCKED, ENGLISH, VERY_UNCERTAIN
from lmpeval.study import Aim
from lmpeval.verdict import Answer, State, Verdict
from report.small_results import cost, finding

LOW = {"parallel_trends": Status.UNCERTAIN, "no_spillover": Status.UNCERTAIN}
VERY_LOW = LOW | {"no_other_change": Status.UNCERTAIN}
BANNED = ("significant", "proven", "trend towards", "p=", "p =")


def without_answer(state):
    blank = finding()
    broke = Failed("ValueError: x\nmore", "") if state is State.FAILED else NotEstimable("none delivered")
    return replace(blank, result=broke, verdict=Verdict(state, ("none delivered",)))


EXAMPLES = {
    State.BETTER: finding(-60, 20),
    State.LEAN_BETTER: finding(-60, 50),
    State.NO_MATERIAL_DIFFERENCE: finding(3, 10),
    State.INCONCLUSIVE: finding(30, 80),
    State.LEAN_WORSE: finding(60, 50),
    State.WORSE: finding(60, 20),
    State.NOT_CREDIBLE: finding(statuses={"parallel_trends": Status.NOT_SUPPORTED}),
    State.TOO_EARLY: finding(outcome=cost(expected_lag=9)),
    State.NO_DATA: without_answer(State.NO_DATA),
    State.NOT_DELIVERED: without_answer(State.NOT_DELIVERED),
    State.FAILED: without_answer(State.FAILED),
    State.WITHHELD: without_answer(State.WITHHELD),
    State.NOT_STUDIED: without_answer(State.NOT_STUDIED),
    BLOCKED: finding(60, 20, statuses={"no_other_change": Status.NOT_ASSESSED}),
    VERY_UNCERTAIN: finding(60, 20, statuses=VERY_LOW),
}


def test_every_state_has_an_example():
    assert {*State, BLOCKED, VERY_UNCERTAIN} == set(EXAMPLES)


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_example_has_its_code_and_its_sentence(code):
    assert shown_code(EXAMPLES[code].verdict) == code
    said = sentence(EXAMPLES[code], ENGLISH)
    assert "{" not in said
    assert said.endswith((".", "!"))
    assert not [word for word in (*BANNED, "no effect") if word in said.lower()]


def test_sentences_carry_their_numbers():
    assert sentence(EXAMPLES[State.BETTER], ENGLISH) == (
        "The intervention probably lowered cost core in the whole region by €60 per insured person per year "
        "(between €40 and €80). That is an improvement of more than the smallest "
        "difference that matters, €25."
    )
    assert sentence(EXAMPLES[State.INCONCLUSIVE], ENGLISH) == (
        "We cannot tell whether the intervention changed cost core in the whole region. A fall of €50 per "
        "insured person per year is possible, and so is a rise of €110. This does not mean that it does not "
        "work."
    )
    assert "between €10 and €110" in sentence(EXAMPLES[State.LEAN_WORSE], ENGLISH)
    assert "expected from 2023 on, and the figures end in 2018" in sentence(
        EXAMPLES[State.TOO_EARLY], ENGLISH
    )


@pytest.mark.parametrize("reach", [80, inf])
@pytest.mark.parametrize("statuses", [None, LOW, VERY_LOW])
def test_not_being_able_to_tell_never_reads_as_not_working(reach, statuses):
    said = sentence(finding(5, reach, statuses=statuses), ENGLISH)
    assert said.endswith("This does not mean that it does not work.")
    assert "inf" not in said


def test_a_narrow_interval_of_which_little_is_certain_shows_its_range():
    unsure = finding(5, 8, statuses=LOW)
    assert unsure.verdict.state is State.INCONCLUSIVE
    assert "A fall of €3 per insured person per year is possible, and so is a rise of €13" in sentence(
        unsure, ENGLISH
    )


def test_a_fall_of_about_nothing_is_not_offered_as_a_fall():
    said = sentence(finding(60, 60.01), ENGLISH)
    assert "The figures allow a difference of just below zero to +€120 per insured person per year" in said
    assert "A fall of" not in said


def test_certainty_chooses_the_verb():
    assert "probably raised" in sentence(finding(60, 20), ENGLISH)
    assert "may have raised" in sentence(finding(60, 20, statuses=LOW), ENGLISH)


def test_an_outcome_that_should_rise_is_better_when_it_rises():
    risen = finding(60, 20, outcome=cost(name="satisfaction", better="higher"))
    assert "raised satisfaction in the whole region by €60" in sentence(risen, ENGLISH)
    assert "improvement" in sentence(risen, ENGLISH)


def test_a_blocked_headline_says_how_many_and_gives_no_number():
    said = sentence(EXAMPLES[BLOCKED], ENGLISH)
    assert "nobody has assessed an assumption" in said
    assert "60" not in said
    assert reasons(EXAMPLES[BLOCKED], ENGLISH)[0].startswith("Nobody has assessed: No other change hit")


def test_reasons_are_claims_and_not_codes():
    said = reasons(finding(60, 20, statuses=LOW), ENGLISH)
    assert said == (
        "Could not be checked well enough: Without the intervention treated and comparison units would have "
        "moved alike. The intervention left outcomes in the comparison units untouched, and they had none of "
        "their own.",
    )


@pytest.mark.parametrize(
    ("words", "codes"),
    [
        (ENGLISH.answers, Answer),
        (ENGLISH.certainty, Certainty),
        (ENGLISH.statuses, Status),
        (ENGLISH.roles, Role),
        (ENGLISH.aims, Aim),
        (ENGLISH.marks, {*State, BLOCKED, VERY_UNCERTAIN}),
    ],
)
def test_every_code_has_its_words(words, codes):
    assert set(words) == set(codes)


@pytest.mark.parametrize("marks", [ENGLISH.marks, ENGLISH.statuses, ENGLISH.certainty])
def test_no_two_codes_look_alike_without_colour(marks):
    assert len({mark.symbol for mark in marks.values()}) == len(marks)
    assert len({mark.word for mark in marks.values()}) == len(marks)


def test_no_status_claims_more_than_a_test_can():
    said = {mark.word for mark in ENGLISH.statuses.values()}
    assert not said & {"passed", "holds", "proved"}
