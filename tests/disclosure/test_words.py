"""A refusal is said in words: the same in runs and on pages, and in every language."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.disclosure import CBS, OPENSAFELY, Code, Refusal, rounded, rounded_count, shown_count, to_digits
from lmpeval.disclosure.refusals import WORDS
from lmpeval.finding import NotEstimable
from lmpeval.persons.support import refused_trait
from lmpeval.report.language.phrases import AS_IT_IS, numbers_in
from lmpeval.report.refusals import refusal_words
from lmpeval.report.sentences import reasons
from lmpeval.report.words import DUTCH, ENGLISH
from lmpeval.verdict import State, Verdict
from report.small_results import finding

LIMITS = {code: 0.5 if "%" in words else 10.0 for code, words in WORDS.items()}


@pytest.mark.parametrize("code", Code)
def test_every_rule_is_said_in_both_languages(code):
    refusal = Refusal(code, LIMITS[code])
    assert refusal_words([refusal], ENGLISH) == (numbers_in(str(refusal), ENGLISH.numerals),)
    [told] = refusal_words([refusal], DUTCH)
    assert AS_IT_IS not in told
    assert told != str(refusal)
    number = numbers_in(f"{LIMITS[code]:.0%}", DUTCH.numerals) if "%" in WORDS[code] else "10"
    assert (number in told) == ("limit" in WORDS[code])


def test_a_page_says_why_a_number_is_withheld():
    refusals = (Refusal(Code.FEW_PERSONS, 10), Refusal(Code.DOMINANT_PROVIDER, 0.5))
    hidden = replace(finding(), verdict=Verdict(State.WITHHELD))
    found = replace(hidden, result=NotEstimable("", refusals))
    assert reasons(found, ENGLISH) == (
        "fewer than 10 persons",
        "one or two practices make up more than 50\u202f% of it",
    )
    assert reasons(found, DUTCH) == (
        "minder dan 10 mensen",
        "een of twee praktijken maken er meer dan 50\u202f% van uit",
    )


def test_counts_are_those_of_the_profile():
    assert [rounded(n, CBS) for n in (0, 9, 10, 44, 46)] == [0, None, 10, 40, 50]
    assert [rounded(n, OPENSAFELY) for n in (0, 7, 8, 44, 46)] == [0, None, 10, 45, 45]
    assert rounded_count(7, OPENSAFELY) == shown_count(7, OPENSAFELY) == "fewer than 8"
    assert [to_digits(x) for x in (123456.0, -0.00123456, 0.0)] == [123500.0, -0.001235, 0.0]


def test_a_share_of_persons_with_a_trait_is_withheld_where_it_tells_of_few_or_of_nearly_all():
    treated = np.arange(400) < 200
    used = np.ones(400, dtype=bool)

    def broken(here: int, there: int) -> set[Code]:
        values = np.r_[np.arange(200) < here, np.arange(200) < there].astype(float)
        return {each.code for each in refused_trait(values, treated, used, CBS)}

    assert broken(60, 80) == set()
    assert Code.FEW_PERSONS in broken(7, 80)
    assert Code.GROUP in broken(190, 80)
    assert Code.ALL_OR_NONE in broken(0, 80)
    assert broken(200, 200) == broken(0, 0) == set()  # the rule that selects them says so
    ages = np.linspace(40, 90, 400)
    assert refused_trait(ages, treated, used, CBS) == ()
