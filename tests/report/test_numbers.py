import doctest
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmpeval.report import numbers, tables
from lmpeval.report.language import DUTCH as IN_DUTCH
from lmpeval.report.numbers import (
    Scale,
    p_value,
    percent,
    persons,
    plain,
    scale_of,
    share_give_or_take,
    three_digits,
    tick,
)
from lmpeval.report.tables import numbers_table
from lmpeval.report.words import ENGLISH
from report.small_results import cost, finding


@pytest.mark.parametrize("module", [numbers, tables])
def test_examples_in_the_docstrings(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("value", "decimals", "written"),
    [
        (82.35, 0, "82"),
        (-1234.0, 0, "\u22121,234"),
        (0.4, 0, "0.4"),  # what is not nothing is not written as 0
        (-1e-16, 0, "0"),  # what is nothing has no sign
        (inf, 0, "cannot be bounded"),
    ],
)
def test_plain(value, decimals, written):
    assert plain(value, decimals) == written


def test_three_digits_keeps_whole_digits():
    assert [three_digits(x) for x in (123456.0, 1.2345, 0.00012345, 25.0)] == [
        "123,456",
        "1.23",
        "0.000123",
        "25",
    ]


@pytest.mark.parametrize(
    ("written", "shown"), [("€\u00a02.600", "€\u00a02.600"), ("1,50", "1,5"), ("2,0\u202f%", "2\u202f%")]
)
def test_a_dutch_tick_loses_no_thousands(written, shown):
    assert tick(written, IN_DUTCH.numerals) == shown


def test_small_shares_are_not_written_as_nothing():
    assert percent(0.00004) == "under 0.1\u202f%"
    assert percent(0.0) == "0.0\u202f%"


@given(st.integers(1, 2000), st.integers(1, 2000))
def test_no_p_below_the_smallest_attainable(n, rank):
    smallest = 1 / (n + 1)
    written = p_value(min(rank, n + 1) / (n + 1), smallest)
    if written.startswith("under"):
        assert smallest < 0.001
    else:
        assert float(written) >= smallest - 1e-9


@given(st.integers(0, 9))
def test_small_numbers_of_persons_are_hidden(count):
    assert persons(count) == ("fewer than 10" if count else "0")


def test_euros_have_no_decimals_and_other_units_follow_the_margin():
    assert scale_of(cost()).change(82.35) == "+€82"
    assert scale_of(cost(minimal_important_difference=0.05)).decimals == 3
    deaths = cost(unit="deaths per 1,000 insured years", minimal_important_difference=0.3, price=None)
    assert scale_of(deaths).interval(-0.659, 0.39) == "\u22120.66 to +0.39"


@pytest.mark.parametrize(
    ("low", "end", "written"),
    [(-0.02, "just below zero", "about zero"), (0.02, "just above zero", "about zero"), (0.0, "€0", "€0")],
)
def test_what_rounds_to_zero_has_no_sign_and_as_an_end_of_a_range_a_side(low, end, written):
    euros = scale_of(cost())
    assert euros.interval(low, 182.6) == f"{end} to +€183"
    assert euros.size(low) == written
    assert scale_of(cost(minimal_important_difference=0.05)).change(-0.02) == "\u2212€0.020"


@given(st.floats(-1e4, 1e4), st.sampled_from([0, 1, 2]))
def test_a_sign_that_is_written_is_true(value, decimals):
    written = Scale(True, "per head", decimals, decimals).change(value)
    assert not written.startswith("+") or value > 0
    assert not written.startswith("\u2212") or value < 0


def test_a_number_and_its_error_end_in_the_same_digit():
    euros = scale_of(cost())
    assert euros.give_or_take(127.6, 15.8) == "€128 ± €16"
    assert euros.give_or_take(-0.2, 0.3) == "€0 ± under €1"
    assert euros.give_or_take(3.0, inf) == "€3"
    assert share_give_or_take(0.0, 0.017) == "0 ± 2\u202f%"


@pytest.mark.parametrize("interval", [(-inf, inf), (-3.0, inf), (-inf, 3.0)])
def test_an_infinite_end_is_said_in_words(interval):
    written = Scale(True, "per head", 0, 0).interval(*interval)
    assert "cannot be bounded" in written
    assert "inf" not in written


@pytest.mark.parametrize(
    ("exposure", "shown"), [(4.0, "fewer than 10"), (13.2, "10"), (928.0, "930"), (93_412.0, "93,400")]
)
def test_the_size_of_a_site_tells_no_few_persons_apart(exposure, shown):
    found = finding().result
    sized = replace(found, exposure=exposure)
    rows = dict(numbers_table(sized, scale_of(cost()), ENGLISH).rows)
    assert rows["Size of the site"] == f"{shown}, mean per year before the start"
