"""Small numbers of people are said in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmpeval.disclosure import CBS, OPENSAFELY, may_be_shown, rounded, shown_count


def test_threshold_is_ten_people():
    assert CBS.least == 10


@pytest.mark.parametrize("persons", range(1, 10))
def test_one_to_nine_are_never_written(persons):
    assert not may_be_shown(persons)
    assert shown_count(persons) == "fewer than 10"


@pytest.mark.parametrize(("persons", "written"), [(0, "0"), (10, "10"), (999, "999"), (61234, "61,234")])
def test_nobody_and_ten_or_more_are_written(persons, written):
    assert may_be_shown(persons)
    assert shown_count(persons) == written


@pytest.mark.parametrize("profile", [CBS, OPENSAFELY, replace(CBS, least=12), replace(CBS, nearest=1)])
def test_rounding_twice_is_rounding_once_and_never_goes_below_the_least(profile):
    once = [rounded(n, profile) for n in range(200)]
    assert [each is None for each in once] == [0 < n < profile.least for n in range(200)]
    told = [each for each in once if each is not None]
    assert [rounded(each, profile) for each in told] == told
    assert all(each == 0 or each >= profile.least for each in told)
    assert all(each % profile.nearest == 0 for each in told)
