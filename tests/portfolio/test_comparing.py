"""Studies held against each other: which share a column, which stand out, what is put together."""

from dataclasses import replace

import numpy as np
import pytest

from lmpeval.design import Status
from lmpeval.portfolio.comparison_file import Family
from lmpeval.portfolio.families import HOLM, STEP_DOWN
from lmpeval.portfolio.members import members_of
from lmpeval.portfolio.table import lines_of
from lmpeval.study import Aim, Better, Price, Theme
from portfolio.several_studies import compared, drawn, of
from report.small_results import cost, finding

NOT_CREDIBLE = {"parallel_trends": Status.NOT_SUPPORTED}


def test_rows_go_by_kind_of_change_and_name_whatever_the_estimates():
    effects = {"zuid": -90.0, "noord": 10.0, "oost": -40.0}
    themes = {"zuid": Theme.SUBSTITUTION, "noord": Theme.PREVENTION, "oost": Theme.SUBSTITUTION}
    found = compared(*(of(name, drawn(effects[name], 1), theme=themes[name]) for name in effects))
    assert [each.study.study for each in found.results] == ["oost", "zuid", "noord"]
    turned = {name: -effect for name, effect in effects.items()}
    again = compared(*(of(name, drawn(turned[name], 1), theme=themes[name]) for name in turned))
    assert [each.study.study for each in again.results] == ["oost", "zuid", "noord"]


@pytest.mark.parametrize(
    "other",
    [
        cost(price=Price(year=2016, index="national")),
        cost(price=Price(year=2018, index="none")),
        cost(unit="euro per person"),
        cost(expected_lag=2),
        cost(better=Better.HIGHER),
        cost(name="hospital"),
    ],
    ids=["price year", "price index", "unit", "years counted", "direction", "outcome"],
)
def test_only_what_measures_the_same_shares_a_column(other):
    same = [of(name, drawn(-10.0, i)) for i, name in enumerate(("noord", "oost", "west"))]
    found = compared(*same, of("zuid", drawn(-10.0, 9, outcome=other)))
    assert sorted(len(each.members) for each in found.measures) == [1, 3]
    [alone] = next(each.members for each in found.measures if len(each.members) == 1)
    assert alone.result.study.study == "zuid"


def test_what_may_not_be_quoted_is_neither_tested_nor_put_together():
    wrong = finding(effect=-500.0, statuses=NOT_CREDIBLE)
    found = compared(*(of(name, drawn(-10.0, 1)) for name in ("noord", "oost", "west")), of("zuid", wrong))
    [cost_family] = [each for each in found.families if each.members]
    assert len(cost_family.members) == 3
    assert [len(each.members) for each in found.measures] == [3]
    [line] = [each for each in lines_of(found) if each.study == "zuid" and each.aim == "cost"]
    assert (line.verdict, line.effect, line.together) == ("NOT-CREDIBLE", None, None)
    assert "not supported:parallel_trends" in line.reasons


def test_aims_without_an_outcome_have_a_line_of_their_own():
    lines = list(lines_of(compared(of("noord", finding()), of("zuid", finding()))))
    assert [(each.study, each.aim) for each in lines] == [
        (study, aim) for study in ("noord", "zuid") for aim in Aim
    ]
    assert {each.answer for each in lines if each.aim is not Aim.COST} == {"not studied"}


def test_the_better_side_is_up_whichever_way_the_outcome_goes():
    lower = [
        of(name, drawn(effect, i))
        for i, (name, effect) in enumerate(zip("abc", (-60.0, 0.0, 60.0), strict=True))
    ]
    [falls] = compared(*lower).measures
    assert falls.shrunk.above[0] > falls.shrunk.above[2]
    [first, _, last] = [each for each in lines_of(compared(*lower)) if each.aim == "cost"]
    assert first.effect < first.together < 0 < last.together < last.effect
    assert first.together_low < first.together < first.together_high
    assert first.rank_low <= last.rank_low


def nulls(seed, studies=6):
    rng = np.random.default_rng(seed)
    return [of(f"s{i}", drawn(float(rng.normal(0, 20)), 100 * seed + i)) for i in range(studies)]


def test_where_nothing_happened_one_in_twenty_portfolios_has_a_find():
    """Six studies each, judged by their own intervals and then together; the error is 2 points."""
    raw, still, n = 0, 0, 100
    for seed in range(n):
        [family] = [each for each in compared(*nulls(seed)).families if each.members]
        assert family.method == STEP_DOWN
        raw += bool((np.abs([each.finding.verdict.effect for each in family.members]) > 40).any())
        still += bool(min(family.adjusted) <= 0.05)
    assert raw > 0.12 * n
    assert still <= (0.05 + 3 * 0.022) * n


def test_an_effect_far_beyond_every_stand_in_still_stands_out():
    """Among five studies of nothing, with 39 stand-ins each: Holm could not tell it from chance."""
    found = compared(of("noord", drawn(-400.0, 1)), *nulls(3, studies=5))
    [family] = [each for each in found.families if each.members]
    assert family.still == tuple(each.result.study.study == "noord" for each in family.members)
    assert min(family.adjusted) * len(family.members) > 0.05


def test_outcomes_of_one_study_that_say_the_same_count_once():
    """Four outcomes with the same stand-ins and effects are corrected as one; of four studies as four."""
    names = ("cost_core", "b", "c", "d")
    one = of("noord", *(drawn(-50.0, 3, outcome=cost(name=name, primary=name == names[0])) for name in names))
    apart = [of(f"s{i}", drawn(-50.0, 3)) for i in range(4)]
    nothing = of("zuid", finding(statuses=NOT_CREDIBLE))
    together = compared(one, nothing, families=Family.EVERY_OUTCOME)
    [shared] = [each for each in together.families if each.members]
    [independent] = [each for each in compared(*apart).families if each.members]
    assert len(shared.members) == len(independent.members) == 4
    assert shared.adjusted.min() < independent.adjusted.min()
    assert np.ptp(shared.adjusted) == 0
    [headlines] = [each for each in compared(one, nothing).families if each.members]
    assert len(headlines.members) == 1


def test_without_stand_ins_p_values_are_corrected_by_holm():
    def unplaced(seed, p):
        made = drawn(-50.0, seed)
        found = made.result.estimate
        sure = replace(found.uncertainty, placebo=np.empty((0, len(found.years))), placebo_labels=(), p=p)
        return replace(made, result=replace(made.result, estimate=replace(found, uncertainty=sure)))

    [family] = [
        each
        for each in compared(of("noord", unplaced(1, 0.01)), of("zuid", unplaced(2, 0.04))).families
        if each.members
    ]
    assert family.method == HOLM
    assert family.adjusted == pytest.approx([0.02, 0.04])


def test_p_values_of_single_sites_are_stated_nowhere():
    one, more = drawn(-60.0, 1), drawn(-60.0, 2)
    more = replace(more, result=replace(more.result, n_sites=3))
    lines = [each for each in lines_of(compared(of("noord", one), of("zuid", more))) if each.aim == "cost"]
    assert [each.p_adjusted is None for each in lines] == [True, False]
    assert all(each.still_stands_out is not None for each in lines)


def test_designs_that_point_the_other_way_are_counted():
    first, same, other = finding(-60.0), finding(-20.0, primary=False), finding(30.0, primary=False)
    [member] = members_of(of("noord", first, same, other))
    assert member.agreeing() == (2, 3)


def test_kinds_of_change_are_put_together_from_two_on():
    studies = [of(n, drawn(-30.0, i)) for i, n in enumerate(("noord", "oost"))]
    studies.append(of("zuid", drawn(-30.0, 9), theme=Theme.INTEGRATION))
    [measure] = compared(*studies).measures
    [(theme, pooled)] = measure.by_theme
    assert (theme, pooled.n) == (Theme.SUBSTITUTION, 2)
    assert pooled.effect == pytest.approx(30.0)  # a fall in cost is a gain


def test_interventions_that_came_to_the_same_people_count_as_one():
    same = [of(name, drawn(-50.0, 3), region="kant") for name in ("noord", "oost")]
    other = of("west", drawn(-20.0, 3))
    found = compared(*same, other)
    [measure] = found.measures
    [(_, pooled)] = measure.by_theme
    assert pooled.n == 2
    assert pooled.effect == pytest.approx(35.0)  # of 50 and 20, not of 50, 50 and 20
    assert [[m.result.study.study for m in each] for each in found.sharing_people(Aim.COST)] == [
        ["noord", "oost"]
    ]
    assert found.sharing_people(Aim.HEALTH) == ()
    [family] = [each for each in found.families if each.members]
    [apart] = [
        each
        for each in compared(*(of(n, drawn(-50.0, 3)) for n in ("noord", "oost")), other).families
        if each.members
    ]
    assert family.adjusted[0] == family.adjusted[1]
    assert family.adjusted.min() < apart.adjusted.min()
    assert compared(same[0], other).sharing_people(Aim.COST) == ()


def test_those_who_follow_other_years_came_to_the_same_people_too():
    early, late = cost(expected_lag=0), cost(expected_lag=2)
    same = [of(f"n{lag.expected_lag}", drawn(-50.0, 3, outcome=lag), region="kant") for lag in (early, late)]
    found = compared(*same)
    assert len(found.measures) == 2
    assert [len(each) for each in found.sharing_people(Aim.COST)] == [2]
