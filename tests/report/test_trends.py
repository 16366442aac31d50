"""Figures on trends: their tables hold what is drawn, and what cannot be drawn is said."""

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.design import Status
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.trend_figures import event_figure, parted_figure
from lmpeval.report.trends import (
    event_alt,
    event_series,
    event_table,
    parted_alt,
    parted_series,
    parted_table,
)
from lmpeval.report.words import ENGLISH
from report.small_results import cost, finding
from report.test_figures import column, numbers

OUTCOME = cost()


def answered(effect=-150.0, reach=40.0, **drawn):
    return finding(effect, reach, **drawn).result


def bars(axes, label):
    found = next(c for c in axes.collections if label in str(c.get_label()))
    return [segment[:, 1].tolist() for segment in found.get_segments()]


def test_the_table_of_the_event_study_holds_what_is_drawn():
    series = event_series(answered(), OUTCOME, ENGLISH)
    table = event_table(series)
    with drawing():
        (axes,) = event_figure(series).axes
    kept = [row for row in table.rows if row[1] != "counted from here"]
    assert [row[0] for row in table.rows][2:5] == ["2013, before", "2014", "2015, counted"]
    dots = next(line for line in axes.get_lines() if line.get_marker() == "o")
    assert list(dots.get_ydata()) == [0, 0, -150, -150, -150, -150, -150]
    for position, label in ((2, "that year alone"), (3, "at once")):
        written = [numbers(row[position].split(" to ")) for row in kept]
        assert bars(axes, label) == written


def test_the_table_of_the_intervals_holds_what_is_drawn():
    series = parted_series(answered(), OUTCOME, ENGLISH)
    table = parted_table(series)
    with drawing():
        left, right = parted_figure(series).axes
    spans = [numbers(text.split(" to ")) for text in column(table, table.head[1])[:10]]
    assert bars(left, "interval") == spans[:5]
    assert bars(right, "interval") == spans[5:]
    marked = [line for line in left.get_lines() if line.get_linestyle() == "--"]
    assert [line.get_xdata()[0] for line in marked] == [series.found.falls_at_step]
    assert f"{series.found.falls_at_step:.2g} times the largest step" in table.rows[10][1]


def test_an_effect_that_is_not_claimed_has_no_line_where_it_falls():
    series = parted_series(answered(-30, 60), OUTCOME, ENGLISH)
    assert parted_table(series).rows[-1][1] == "no departure at all: the answer's own range holds it"
    with drawing():
        left, _ = parted_figure(series).axes
    assert not [line for line in left.get_lines() if line.get_linestyle() == "--"]


def test_years_outside_the_band_are_counted_for_those_who_do_not_see_them():
    said = event_alt(event_series(answered(), OUTCOME, ENGLISH))
    assert "Of 2 years before it, 0 leave zero outside" in said
    assert "of 5 years from the start on, 5" in said
    assert "€25" in said
    said = parted_alt(parted_series(answered(), OUTCOME, ENGLISH))
    assert "counted from 2013" in said


def test_too_few_stand_ins_draw_no_bar_and_say_so():
    few = answered(stand_ins=18)
    series = event_series(few, OUTCOME, ENGLISH)
    assert {row[2] for row in event_table(series).rows} == {"cannot be bounded", "\u2013"}
    with drawing():
        svg = inline_svg(event_figure(series), "a", event_alt(series))
    assert "nan" not in svg
    assert parted_series(few, OUTCOME, ENGLISH) is None
    assert event_series(answered(stand_ins=0), OUTCOME, ENGLISH) is None


@pytest.mark.parametrize("series", [event_series, parted_series])
def test_a_design_that_is_fitted_to_the_years_before_has_no_such_figure(series):
    result = answered()
    entries = tuple(
        replace(e, assumption=replace(e.assumption, check=None)) if e.assumption.number == 3 else e
        for e in result.ledger.entries
    )
    assert series(replace(result, ledger=replace(result.ledger, entries=entries)), OUTCOME, ENGLISH) is None


def test_years_since_the_start_are_written_as_such():
    result = answered()
    found = replace(result.estimate, years=np.arange(-3, 5), start=0)
    since = event_series(replace(result, estimate=found), OUTCOME, ENGLISH)
    table = event_table(since)
    assert table.head[0] == "years since the start"
    assert [row[0] for row in table.rows][:3] == ["\u22123, before", "\u22122, before", "\u22121, before"]
    assert "counted from \u22121" in parted_alt(
        parted_series(replace(result, estimate=found), OUTCOME, ENGLISH)
    )


def test_what_is_shown_does_not_depend_on_the_verdict():
    doubted = finding(-150.0, 40.0, statuses={"parallel_trends": Status.NOT_SUPPORTED}).result
    assert event_table(event_series(doubted, OUTCOME, ENGLISH)) == event_table(
        event_series(answered(), OUTCOME, ENGLISH)
    )
