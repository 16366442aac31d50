"""A programme is paid once, out of the same purse: effects on cost are told with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpeval.assembly.programme_cost import spent_on
from lmpeval.economics import GrossOnly, NetEffect, net_effect
from lmpeval.finding import Answered
from lmpeval.report.net import net_view
from lmpeval.report.numbers import scale_of
from lmpeval.report.words import ENGLISH
from lmpeval.results.file import rows_of
from lmpeval.results.row import Quantity
from lmpeval.study import Aim, Price
from report.small_results import YEARS, cost, finding, study

HEADS = np.linspace(40_000, 47_000, len(YEARS))
SPENT = {year: 400_000.0 for year in range(2014, 2019)}


def found(effect=-60.0, reach=20.0, heads=HEADS, spent=SPENT):
    answered = finding(effect, reach).result
    assert isinstance(answered, Answered)
    return answered, net_effect(answered.estimate, heads, spent)


def test_the_programme_moves_effect_and_interval_and_makes_neither_wider():
    answered, net = found()
    assert isinstance(net, NetEffect)
    counted = answered.estimate.counted
    a_head = np.mean([400_000 / heads for heads in HEADS[counted]])
    low, high = answered.estimate.told.interval
    assert net.programme == pytest.approx(a_head, rel=1e-12)
    assert net.effect == pytest.approx(answered.estimate.told.effect + a_head, rel=1e-12)
    assert net.interval == pytest.approx((low + a_head, high + a_head), rel=1e-12)
    assert net.in_all(net.programme) == pytest.approx(400_000, rel=0.01)


def test_years_before_those_that_count_are_told_apart():
    _, net = found()
    assert net.before == 400_000, "2014 is the year of the start, and an effect is expected from 2015 on"
    _, later = found(spent=SPENT | {2012: 9e9})
    assert later == net, "what was spent before the start is another programme's"


def test_a_free_programme_is_net_what_it_is_gross():
    answered, net = found(spent=dict.fromkeys(SPENT, 0.0))
    assert (net.effect, net.interval) == (answered.estimate.told.effect, answered.estimate.told.interval)


@pytest.mark.parametrize("times", [0.01, 100.0])
def test_amounts_and_heads_in_another_unit_change_nothing_but_the_unit(times):
    _, net = found()
    _, other = found(heads=HEADS * times, spent={year: euro * times for year, euro in SPENT.items()})
    assert other.programme == pytest.approx(net.programme, rel=1e-12)
    assert other.in_all(other.effect) == pytest.approx(net.in_all(net.effect) * times, rel=1e-12)


def test_a_year_without_a_figure_leaves_the_effect_gross():
    _, net = found(spent={year: euro for year, euro in SPENT.items() if year not in (2016, 2018)})
    assert net == GrossOnly("what the programme cost is not given for 2016, 2018")


# In the prices of the outcome, and for the headline of cost alone


def paid(spent=SPENT):
    asked = study([cost()])
    return replace(asked, intervention=replace(asked.intervention, programme_cost=spent))


def test_euros_of_every_year_are_brought_to_those_of_the_price_year():
    index = {year: 100.0 * 1.02 ** (year - 2014) for year in range(2011, 2019)}
    outcome = cost(price=Price(year=2014, index=index))
    spent = spent_on(paid(), outcome, pd.DataFrame())
    assert spent == {year: pytest.approx(400_000 / 1.02 ** (year - 2014)) for year in SPENT}


def test_only_the_headline_of_cost_is_told_net():
    for other in (cost(primary=False), cost(aim=Aim.HEALTH, price=None)):
        assert spent_on(paid(), other, pd.DataFrame()) is None


@pytest.mark.parametrize(
    ("spent", "table", "outcome", "why"),
    [
        ({}, pd.DataFrame(), cost(), "is not given"),
        (SPENT, None, cost(), "not of persons alone"),
        (SPENT, pd.DataFrame(), cost(price=Price(year=2014, index={2014: 1.0})), "prices of the outcome"),
    ],
)
def test_why_there_is_only_gross_is_said(spent, table, outcome, why):
    told = spent_on(paid(spent), outcome, table)
    assert isinstance(told, GrossOnly)
    assert why in told.reason


# On the page and in the table


def shown(effect, reach=20.0):
    whole = finding(effect, reach)
    _, net = found(effect, reach)
    return replace(whole, result=replace(whole.result, net=net))


@pytest.mark.parametrize(
    ("effect", "said"), [(-60.0, "lies below zero"), (-15.0, "both less and more"), (20.0, "lies above zero")]
)
def test_the_page_says_where_the_range_lies(effect, said):
    whole = shown(effect, reach=10.0)
    view = net_view(whole.result, scale_of(whole.cell.outcome), ENGLISH)
    assert said in view.sentence
    assert [row[0] for row in view.table.rows] == [
        "Cost of care", "Cost of the programme", "Both together: net"
    ]  # fmt: skip
    assert view.table.rows[1][2] == "known from the books"


def test_gross_only_is_said_in_words_without_a_table():
    whole = finding()
    view = net_view(
        replace(whole.result, net=GrossOnly("what the programme cost is not given")),
        scale_of(whole.cell.outcome),
        ENGLISH,
    )
    assert view.table is None
    assert view.sentence.startswith("Gross only: what the programme cost is not given.")
    assert net_view(whole.result, scale_of(whole.cell.outcome), ENGLISH) is None


def test_the_table_of_results_holds_both():
    rows = {row.quantity: row for row in rows_of(shown(-60.0))}
    net, gross = rows[Quantity.NET], rows[Quantity.EFFECT]
    assert net.estimate - gross.estimate == pytest.approx(rows[Quantity.PROGRAMME].estimate)
    assert net.low - gross.low == pytest.approx(net.high - gross.high)
