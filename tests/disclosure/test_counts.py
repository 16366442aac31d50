"""Small numbers of people are said in words."""

from __future__ import annotations

import pytest

from lmpeval.disclosure import CBS, may_be_shown, shown_count


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
