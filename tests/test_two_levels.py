"""Both levels reconciled: reach times the effect on those reached, and what is left over of everybody's."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from lmpeval.disclosure import rounded_count
from lmpeval.finding import Finding
from lmpeval.report.persons import level_table, person_flow_table, reach_share
from lmpeval.report.words import ENGLISH
from lmpeval.sources.persons.flow import Flow, Step
from lmpeval.study import Level
from lmpeval.two_levels import reconciled
from simulation.quiet_regions import effect, judged, quiet


@pytest.fixture(scope="module")
def result():
    """A region that costs 60 euro a head less."""
    return judged(quiet(effect(-60), seed=5))


def at(finding: Finding, level: Level) -> Finding:
    return replace(finding, cell=replace(finding.cell, level=level))


def test_reach_times_the_effect_and_the_rest_are_everybody_s(result):
    [finding] = result.findings
    both = [at(finding, level) for level in Level]
    found = reconciled(both, finding.cell.outcome, 0.25)
    assert found.everybody == found.reached
    assert found.explained[0] == pytest.approx(0.25 * found.reached[0])
    assert found.explained[0] + found.left_over[0] == pytest.approx(found.everybody[0])
    # the range of the rest holds every pair of ends of the two ranges
    low, high = found.left_over[1:]
    ends = [a - b for a in found.everybody[1:] for b in found.explained[1:]]
    assert low == pytest.approx(min(ends))
    assert high == pytest.approx(max(ends))


def test_one_level_alone_is_not_reconciled(result):
    [finding] = result.findings
    assert reconciled([finding], finding.cell.outcome, 0.25) is None
    blocked = replace(finding, verdict=replace(finding.verdict, blocked=True))
    both = [at(finding, Level.POPULATION), at(blocked, Level.INTERVENTION)]
    assert reconciled(both, finding.cell.outcome, 0.25) is None
    assert level_table(result, ENGLISH) is None


FLOW = Flow(
    (
        Step("insured in the year before the start", "", 4003, 90_000),
        Step("not selected by the rule", "insured in the year before the start", 3601, 80_000),
        Step("in the cohort", "insured in the year before the start", 402, 10_000),
        Step("died", "in the cohort", 7, 312),
        Step("followed to the last year", "in the cohort", 395, 9688),
    )
)


def test_reach_is_that_of_the_rule_where_all_selected_are_reached(result):
    assert reach_share(result.study, FLOW, None) == pytest.approx(402 / 4003)
    assert reach_share(result.study, None, None) is None


def test_the_flow_is_shown_rounded_so_that_no_few_can_be_worked_out():
    rows = person_flow_table(FLOW, ENGLISH).rows
    shown = {row[0].removeprefix("of these, ").removeprefix("of the cohort, "): row[1:] for row in rows}
    assert shown["died"] == ("fewer than 10", "310")
    assert shown["in the cohort"] == ("400", "10,000")
    assert shown["followed to the last year"][0] == "400"  # 402 less 395 would be the seven
    assert not re.search(r"\b(402|395|4,003|3,601)\b", str(rows))


def test_rounding_keeps_to_ten():
    assert [rounded_count(n) for n in (0, 1, 9, 10, 14, 15, 26, 1234)] == [
        "0", "fewer than 10", "fewer than 10", "10", "10", "20", "30", "1,230",
    ]  # fmt: skip
