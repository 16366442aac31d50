"""A programme is paid once, out of the same purse: effects on cost are told with it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from lmpeval.assembly.programme_cost import spent_on
from lmpeval.economics import GrossOnly, Heads, NetEffect, Spent, heads_of_starts, net_effect
from lmpeval.finding import Answered
from lmpeval.panel import Panel
from lmpeval.report.net import net_view
from lmpeval.report.numbers import scale_of
from lmpeval.report.words import ENGLISH
from lmpeval.results.file import rows_of
from lmpeval.results.row import Quantity
from lmpeval.study import Aim, Price
from report.small_results import YEARS, cost, finding, study

HEADS = np.linspace(40_000, 47_000, len(YEARS))
SPENT = {year: 400_000.0 for year in range(2014, 2019)}


def found(effect=-60.0, reach=20.0, heads=HEADS, spent=SPENT, reached=None):
    answered = finding(effect, reach).result
    assert isinstance(answered, Answered)
    of = Heads.of_one_start(answered.estimate, heads)
    return answered, net_effect(answered.estimate, of, Spent(spent, reached or {}))


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


def test_the_programme_in_some_of_the_years_is_what_was_spent_in_these():
    _, net = found(spent=SPENT | {2017: 900_000.0})
    at = dict(zip(YEARS.tolist(), HEADS, strict=True))
    assert net.programme_in({2016, 2017}) == pytest.approx((400_000 / at[2016] + 900_000 / at[2017]) / 2)
    assert net.programme_in(set(range(2015, 2019))) == pytest.approx(net.programme)
    assert net.programme_in({2014, 2015}) == net.programme, "2014 does not count"


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
    assert isinstance(spent, Spent)
    assert spent.euro == {year: pytest.approx(400_000 / 1.02 ** (year - 2014)) for year in SPENT}
    assert spent.reached == {}, "of tables of regions it is spread over everybody"


def test_only_the_headline_of_cost_is_told_net_and_other_costs_say_that_they_are_gross():
    assert spent_on(paid(), cost(aim=Aim.HEALTH, price=None), pd.DataFrame()) is None
    other = spent_on(paid(), cost(primary=False), pd.DataFrame())
    assert isinstance(other, GrossOnly)
    assert "paid once" in other.reason


def test_it_is_spread_over_those_reached_where_a_register_counts_them():
    counted = dict.fromkeys(range(2015, 2019), 800.0)
    _, net = found(reached=counted)
    assert net.programme == pytest.approx(500.0)
    assert net.exposure == pytest.approx(800.0)
    _, gap = found(reached={year: n for year, n in counted.items() if year != 2016})
    assert gap == found()[1], "a register with a gap counts nobody"


def test_a_chance_of_saving_is_that_of_an_effect_beyond_the_programme_s_cost():
    answered, net = found(effect=-8.0)
    moves = answered.estimate.uncertainty.placebo[:, answered.estimate.counted].mean(axis=1)
    reach = np.sort(np.abs(moves))[-2]
    drawn = np.r_[-8.0 - moves * 20 / reach, -8.0 + moves * 20 / reach] + net.programme
    assert net.saving.share == pytest.approx(np.mean(drawn < 0))
    assert net.saving.step == pytest.approx(1 / 40)
    assert found(effect=-60.0)[1].saving.share > net.saving.share > found(effect=20.0)[1].saving.share


# Sites that started in different years


def two_starts():
    """Two panels over the same units and years: ten heads from 2014 on, thirty from 2016 on."""
    heads = np.array([10.0, 30.0, 99.0, 99.0])
    first = Panel(
        outcome=np.zeros((len(YEARS), 4)),
        exposure=np.repeat(heads[None], len(YEARS), axis=0),
        years=YEARS,
        units=("a", "b", "c", "d"),
        treated=np.array([True, False, False, False]),
        start=2014,
        covariates=np.zeros((4, 0)),
        covariate_names=(),
        groups=("a", "b", "c", "d"),
        aside=np.array([False, True, False, False]),
    )
    later = replace(
        first,
        start=2016,
        treated=np.array([False, True, False, False]),
        aside=np.array([True, False, False, False]),
    )
    return [first, later]


def test_sites_share_what_is_spent_once_they_have_started():
    panels = two_starts()
    # a quarter for the first start, the rest for the second, each in its second year
    shares = np.zeros((2, len(YEARS)))
    shares[0, YEARS == 2015], shares[1, YEARS == 2017] = 0.25, 0.75
    heads = heads_of_starts(YEARS, shares, panels)
    assert heads.exposure.sum(axis=0).tolist() == [0, 0, 0, 10, 10, 40, 40, 40]
    since = replace(
        finding(-60.0, 20.0).result.estimate, years=YEARS - 2014, start=0, counted=np.asarray(YEARS == 2015)
    )
    net = net_effect(since, heads, Spent({2014: 7.0, 2015: 100.0, 2016: 9e9, 2017: 800.0}))
    assert net.programme == pytest.approx(0.25 * 100 / 10 + 0.75 * 800 / 40)
    assert net.exposure == pytest.approx(0.25 * 10 + 0.75 * 40)
    assert net.before == 7.0
    assert isinstance(net_effect(since, heads, Spent({2015: 100.0})), GrossOnly)


@pytest.mark.parametrize(
    ("spent", "table", "outcome", "why"),
    [
        ({}, pd.DataFrame(), cost(), "is not given"),
        (SPENT, None, cost(), "nothing is delivered"),
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
