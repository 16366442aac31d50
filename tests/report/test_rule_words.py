import doctest

import pytest

from lmpeval.report import glance, rule_words
from lmpeval.report.rule_words import rule_words as told
from lmpeval.report.words import ENGLISH
from lmpeval.study.rule_reading import read_rule


@pytest.mark.parametrize("module", [rule_words, glance])
def test_examples_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("diabetes == 1", "diabetes is 1"),
        ("cost_hospital(-2) <= 1250.5", "cost hospital 2 years earlier is at most 1,250.50"),
        ("sex in ['V', 'M']", "sex is one of V, M"),
        ("age between 40 and 74", "age is from 40 to 74"),
        (
            "ses < p20 or ses != 3",
            "either socio-economic status is below percentile 20 or socio-economic status is not 3",
        ),
    ],
)
def test_a_rule_is_told_in_words(rule, words):
    assert told(read_rule(rule), ENGLISH) == words
    assert not set("=<>_()") & set(told(read_rule(rule), ENGLISH))
