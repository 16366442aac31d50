"""What a study's causal graph says in the ledger: what may be held constant, and whether it is."""

from dataclasses import replace

import pytest

from lmpeval.design import Status
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.engine.graph_evidence import beside_graph, matched_by, told_of_graph
from lmpeval.finding import Failed
from lmpeval.negative_controls import TOUCHED
from lmpeval.report.language import DUTCH
from lmpeval.report.language.phrases import AS_IT_IS, tell_phrase
from lmpeval.study import CausalGraph, Comparator, Data, Level
from lmpeval.study_files.identification import identify
from report.small_results import cost, finding, study

CONFOUNDED = CausalGraph(
    causes={"exposure": ("age",), "visits": ("exposure",), "outcome": ("exposure", "visits", "age")}
)
WIDE = CausalGraph(causes={"exposure": ("age", "wealth"), "outcome": ("exposure", "age", "wealth")})
HIDDEN = CausalGraph(
    causes={"exposure": ("age", "frailty"), "outcome": ("exposure", "age", "frailty")},
    unmeasured=("frailty",),
)


def asked(graph, *matched, **changes):
    return study(comparator=Comparator("none known", matched), causal_graph=graph, **changes)


def entry(of):
    return next(each for each in of.result.ledger.entries if each.assumption.number == TOUCHED)


def test_a_set_that_closes_all_ways_is_told_and_supports_nothing():
    before = finding(-60, 20, statuses={"parallel_trends": Status.UNCERTAIN})
    [heard] = beside_graph([before], asked(CONFOUNDED, "age"))
    assert entry(heard).status is Status.UNCERTAIN
    told = entry(heard).evidence.finding
    assert told.startswith(entry(before).evidence.finding)
    assert "age may be held constant (dowhy, the largest set); matched on: age, which closes all ways" in told
    assert told.endswith("the intervention moves visits")


def test_what_nobody_measured_puts_the_entry_in_doubt_and_the_verdict_follows():
    before = finding(-60, 20)
    [heard] = beside_graph([before], asked(HIDDEN, "age"))
    assert (entry(before).status, entry(heard).status) == (Status.SUPPORTED, Status.UNCERTAIN)
    assert "no measured variables close all ways" in entry(heard).evidence.finding
    assert "unmeasured: frailty" in entry(heard).evidence.finding
    assert "uncertain:parallel_trends" in heard.verdict.reasons


@pytest.mark.parametrize(("graph", "matched"), [(CONFOUNDED, "age"), (WIDE, "age"), (HIDDEN, "age")])
def test_it_is_told_in_dutch_too(graph, matched):
    told = told_of_graph(graph, (matched,), identify(graph, (matched,)))
    assert not tell_phrase(told, DUTCH).startswith(AS_IT_IS)


@pytest.mark.parametrize("status", [Status.NOT_SUPPORTED, Status.NOT_ASSESSED])
def test_doubt_is_never_taken_away(status):
    [heard] = beside_graph([finding(-60, 20, statuses={"parallel_trends": status})], asked(HIDDEN, "age"))
    assert entry(heard).status is status


def test_nothing_is_said_without_a_graph_or_an_answer_or_of_a_negative_control():
    plain, broken = finding(-60, 20), replace(finding(-60, 20), result=Failed("ValueError", ""))
    control = finding(-60, 20, outcome=cost(name="roads", primary=False, negative_control=True))
    assert beside_graph([plain, broken], study()) == (plain, broken)
    assert beside_graph([broken, control], asked(HIDDEN, "age")) == (broken, control)


def test_persons_are_held_to_what_persons_are_matched_on():
    both = study(
        comparator=Comparator("none known", ("share_old",), match_persons_on=("age",)),
        data=Data(panel="panel.csv", persons="people", municipalities="places.csv"),
    )
    alone = replace(both, data=Data(persons="people", municipalities="places.csv"))
    of_units = finding(-60, 20).cell
    of_persons = replace(of_units, design=PropensityMatching())
    assert matched_by(of_units, both) == ("share_old",)
    assert matched_by(of_persons, both) == matched_by(of_units, alone) == ("age",)
    reached = replace(of_units, level=Level.INTERVENTION)  # a design of units over persons
    assert matched_by(reached, both) == ("age",)


def test_one_list_may_close_what_the_other_leaves_open():
    [heard] = beside_graph([finding(-60, 20)], asked(WIDE, "age"))
    assert "leaves a way open that wealth would close" in entry(heard).evidence.finding
    assert entry(heard).status is Status.UNCERTAIN
