import re
from dataclasses import astuple, replace
from itertools import product
from math import inf
from string import Formatter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmpeval.effect_scale import EffectScale
from lmpeval.ledger import Certainty
from lmpeval.report.language import DUTCH, ENGLISH, LANGUAGES, MINUS
from lmpeval.report.numbers import persons, scale_of
from lmpeval.report.sentences import About, Told, shown_code, tell
from lmpeval.report.words import BLOCKED, SIGNS
from lmpeval.study import Aim, Better, Level
from lmpeval.verdict import State, Verdict
from report.small_results import cost

WITH_NUMBERS = (
    State.BETTER,
    State.LEAN_BETTER,
    State.NO_MATERIAL_DIFFERENCE,
    State.INCONCLUSIVE,
    State.LEAN_WORSE,
    State.WORSE,
)
UNITS = ("euro per insured year", "deaths per 1,000 insured years", "points of ten")


def outcome(aim=Aim.COST, unit=UNITS[0], **changes):
    price = {} if unit.startswith("euro") else {"price": None}
    return cost(aim=aim, unit=unit, label="what it costs", label_nl="de kosten", **price, **changes)


def verdict(state, certainty, numbers=(-1234.5, -2000.25, -30.0), *, blocked=False):
    """As `judge` makes them: no numbers, no certainty of them."""
    if state not in WITH_NUMBERS:
        return Verdict(state, ("none",))
    if state is State.NO_MATERIAL_DIFFERENCE and certainty not in (Certainty.HIGH, Certainty.MODERATE):
        state = State.INCONCLUSIVE
    blocking = ("not assessed:parallel_trends",) if blocked else ()
    return Verdict(state, blocking, certainty, blocked, *numbers, margin=25.0)


ALL = [
    (verdict(state, certainty, blocked=blocked), About(outcome(aim), level, 2015, 2018))
    for state, aim, certainty, level, blocked in product(State, Aim, Certainty, Level, (False, True))
]


def facts(told: Told):
    return astuple(told)[:-1]


def numbers_in(text: str, decimal: str) -> list[float]:
    """Every number of a text as it is read in a language, without its sign."""
    thousands = "," if decimal == "." else r"\."
    found = re.findall(rf"\d{{1,3}}(?:{thousands}\d{{3}})+(?:\{decimal}\d+)?|\d+(?:\{decimal}\d+)?", text)
    return [float(re.sub(thousands, "", each).replace(decimal, ".")) for each in found]


@pytest.mark.parametrize("key", sorted(ENGLISH.messages))
def test_both_languages_have_every_message_with_the_same_slots(key):
    slots = [
        {name for _, name, _, _ in Formatter().parse(c.messages[key]) if name} for c in LANGUAGES.values()
    ]
    assert slots[0] == slots[1]


def test_no_message_of_one_language_alone():
    assert set(DUTCH.messages) == set(ENGLISH.messages)


SAME_WORDS = {
    "calibration.privacy", "column.diabetes", "comparison.ended", "facts.start", "facts.starts", "groups.p",
    "methods.privacy",
    "methods.triple-aim", "other.name-WILD", "owner.vektis", "page.start", "page.starts", "path.start",
    "persons.overlap", "plan.was", "rule.is", "starts.start",
}  # fmt: skip
"""Words that both languages have."""


def test_what_is_not_a_name_or_a_unit_differs_between_the_languages():
    same = {key for key, text in ENGLISH.messages.items() if DUTCH.messages[key] == text}
    named = {key for key in same if re.search(r"[a-z]", re.sub(r"\{\w+\}", "", ENGLISH.messages[key]))}
    assert named == SAME_WORDS


def test_both_languages_tell_the_same_of_every_state_aim_certainty_and_level():
    for said, on in ALL:
        dutch, english = tell(said, on, DUTCH), tell(said, on, ENGLISH)
        assert facts(dutch) == facts(english)
        assert sorted(numbers_in(dutch.text, ",")) == sorted(numbers_in(english.text, "."))
        assert "{" not in dutch.text + english.text


@settings(max_examples=150, deadline=None)
@given(
    state=st.sampled_from(WITH_NUMBERS),
    certainty=st.sampled_from(Certainty),
    numbers=st.tuples(*[st.floats(-1e6, 1e6)] * 3).map(lambda three: tuple(sorted(three))),
    unit=st.sampled_from(UNITS),
    ratio=st.booleans(),
)
def test_the_numbers_read_in_a_sentence_are_those_it_tells(state, certainty, numbers, unit, ratio):
    low, effect, high = numbers
    on = About(
        outcome(unit=unit, scale=EffectScale.RATIO if ratio else EffectScale.DIFFERENCE), Level.POPULATION
    )
    said = verdict(state, certainty, (effect, low, high))
    dutch, english = tell(said, on, DUTCH), tell(said, on, ENGLISH)
    assert facts(dutch) == facts(english)
    read = numbers_in(dutch.text, ",")
    assert sorted(read) == sorted(numbers_in(english.text, "."))
    told = {abs(end) for end in dutch.range if end}
    written = {round(each, 6) for each in read}
    assert {round(each, 6) for each in told} <= written
    assert dutch.certainty is said.certainty


def test_certainty_is_heard_in_both_languages():
    def said(certainty, catalogue):
        return tell(verdict(State.BETTER, certainty), About(outcome(), Level.POPULATION), catalogue).text

    for catalogue, moderate, low in (
        (DUTCH, "waarschijnlijk", "mogelijk"),
        (ENGLISH, "probably", "may have"),
    ):
        assert moderate in said(Certainty.MODERATE, catalogue)
        assert low in said(Certainty.LOW, catalogue)
        assert not re.search(f"{moderate}|{low}", said(Certainty.HIGH, catalogue))


@pytest.mark.parametrize(
    ("catalogue", "never"),
    [
        (DUTCH, "Dit betekent niet dat het niet werkt."),
        (ENGLISH, "This does not mean that it does not work."),
    ],
)
def test_whatever_cannot_be_told_says_that_it_may_work(catalogue, never):
    cannot = [
        (said, on) for said, on in ALL if shown_code(said) in (State.INCONCLUSIVE, BLOCKED, "VERY-UNCERTAIN")
    ]
    assert len(cannot) > 50
    assert all(tell(said, on, catalogue).text.endswith(never) for said, on in cannot)


def test_the_dutch_sentence_reads_as_dutch():
    said = tell(verdict(State.BETTER, Certainty.MODERATE), About(outcome(), Level.POPULATION), DUTCH).text
    assert said == (
        "De aanpak verlaagde de kosten in de hele regio waarschijnlijk met €\u00a01.234 per verzekerde per "
        "jaar (tussen €\u00a030 en €\u00a02.000). Dat is een verbetering, en meer dan het kleinste verschil "
        "dat ertoe doet: €\u00a025."
    )


def test_an_outcome_without_a_dutch_name_keeps_its_own():
    said = tell(
        verdict(State.NO_DATA, None), About(cost(label="what it costs"), Level.POPULATION), DUTCH
    ).text
    assert said == "De gegevens geven geen antwoord voor what it costs in de hele regio."


def test_each_language_writes_numbers_its_own_way():
    deaths = outcome(unit=UNITS[1], minimal_important_difference=0.3)
    assert scale_of(deaths, DUTCH).interval(-1234.5, 0.39) == f"{MINUS}1.234,50 tot +0,39"
    assert scale_of(deaths, ENGLISH).interval(-1234.5, 0.39) == f"{MINUS}1,234.50 to +0.39"
    assert scale_of(outcome(), DUTCH).change(-60) == f"{MINUS}€\u00a060"
    assert (
        scale_of(outcome(), DUTCH).interval(-inf, 3) == "+€\u00a03 of minder; naar beneden niet te begrenzen"
    )
    assert persons(7, DUTCH.numerals) == "minder dan 10"
    assert persons(3412, DUTCH.numerals) == "3.410"


def test_an_unbounded_range_has_open_ends_and_no_sentence_says_infinite():
    said = verdict(State.INCONCLUSIVE, Certainty.MODERATE, (3.0, -inf, inf))
    for catalogue in LANGUAGES.values():
        told = tell(said, About(outcome(), Level.POPULATION), catalogue)
        assert told.range == (None, None)
        assert "inf" not in told.text


def test_the_way_is_judged_by_what_is_better_and_told_by_the_sign():
    risen = replace(verdict(State.BETTER, Certainty.LOW), effect=60.0, low=40.0, high=80.0)
    on = About(outcome(better=Better.HIGHER), Level.INTERVENTION)
    assert "verhoogde de kosten bij de doelgroep mogelijk met €\u00a060" in tell(risen, on, DUTCH).text


def test_every_code_that_is_shown_has_a_sentence_and_a_word():
    for catalogue in LANGUAGES.values():
        assert {f"verdict.{code}" for code in SIGNS} <= set(catalogue.messages)
        assert {f"mark.{code}" for code in SIGNS} <= set(catalogue.messages)
        assert len({catalogue.messages[f"mark.{code}"] for code in SIGNS}) == len(SIGNS)
