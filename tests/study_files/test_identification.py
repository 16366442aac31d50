"""What a causal graph allows, held to graphs of which the answer is known (Pearl 2009, chapter 3)."""

from dataclasses import replace
from itertools import combinations

import networkx as nx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmpeval.report.causal_graph import arrows_table, graph_view
from lmpeval.report.words import ENGLISH
from lmpeval.study import EXPOSURE, OUTCOME, CausalGraph, Comparator, contradictions
from lmpeval.study_files.identification import graph_contradictions, identify
from report.small_results import study

CONFOUNDED = CausalGraph(causes={"exposure": ("age",), "outcome": ("exposure", "age")})
MEDIATED = CausalGraph(causes={"exposure": ("age",), "visits": ("exposure",), "outcome": ("visits", "age")})
# bad luck: the two ways into `score` meet there, and only there
COLLIDING = CausalGraph(
    causes={"exposure": ("wealth",), "outcome": ("exposure", "frailty"), "score": ("wealth", "frailty")},
    unmeasured=("frailty",),
)
HIDDEN = CausalGraph(
    causes={"exposure": ("age", "frailty"), "outcome": ("exposure", "age", "frailty")},
    unmeasured=("frailty",),
)


def matching(*names: str) -> Comparator:
    return Comparator(register="none known", match_on=names)


def test_a_common_cause_must_be_matched_on():
    assert identify(CONFOUNDED, ()).missing == ("age",)
    assert identify(CONFOUNDED, ("age",)).closed


def test_what_the_intervention_moves_is_named():
    assert identify(MEDIATED, ("age",)).moved == ("visits",)


def test_a_variable_where_two_ways_meet_opens_them():
    assert identify(COLLIDING, ()).closed
    assert identify(COLLIDING, ("score",)).missing == ("wealth",)
    assert identify(COLLIDING, ("score", "wealth")).closed


def test_what_nobody_measured_cannot_be_made_up_for():
    found = identify(HIDDEN, ("age",))
    assert found.adjustable is None
    assert not found.closed
    assert found.missing == ()


def test_no_more_is_asked_for_than_is_needed():
    instrument = CausalGraph(causes={"exposure": ("age", "lottery"), "outcome": ("exposure", "age")})
    assert identify(instrument, ()).missing == ("age",)


NAMES = ("exposure", "outcome", "a", "b", "c", "d")


@st.composite
def graphs(draw):
    """Graphs over six variables, in which exposure leads to outcome and one variable may be unmeasured."""
    order = draw(st.permutations(NAMES))
    if order.index(EXPOSURE) > order.index(OUTCOME):
        order = order[::-1]
    arrows = draw(st.sets(st.sampled_from(list(combinations(order, 2))))) | {(EXPOSURE, OUTCOME)}
    causes = {e: tuple(sorted(c for c, to in arrows if to == e)) for e in {to for _, to in arrows}}
    named = {name for arrow in arrows for name in arrow} - {EXPOSURE, OUTCOME}
    hidden = draw(st.sets(st.sampled_from(sorted(named)), max_size=2)) if named else set()
    return CausalGraph(causes=causes, unmeasured=tuple(sorted(hidden)))


def closes(graph: CausalGraph, held: set[str]) -> bool:
    """Back-door criterion: with the arrows out of exposure cut, nothing ties it to the outcome."""
    cut = nx.DiGraph([(c, e) for c, e in graph.edges if c != EXPOSURE])
    cut.add_nodes_from(graph.variables)
    return nx.is_d_separator(cut, {EXPOSURE}, {OUTCOME}, held)


@settings(max_examples=300, deadline=None)
@given(graphs(), st.data())
def test_every_graph_is_judged_as_by_trying_all_sets(graph, data):
    free = [name for name in graph.measured if name not in graph.caused_by(EXPOSURE)]
    held = set(data.draw(st.sets(st.sampled_from(free)))) if free else set()
    found = identify(graph, sorted(held))
    possible = any(closes(graph, set(some)) for n in range(len(free) + 1) for some in combinations(free, n))
    assert (found.adjustable is not None) == possible
    assert found.closed == (possible and closes(graph, held))
    if possible:
        assert closes(graph, held | set(found.missing))
        for name in found.missing:
            assert not closes(graph, (held | set(found.missing)) - {name})


@pytest.mark.parametrize(
    ("graph", "path", "words"),
    [
        (CausalGraph(causes={"exposure": ("outcome",), "outcome": ("exposure",)}), ("causes",), "circle"),
        (CausalGraph(causes={"exposure": ("age",), "outcome": ("age",)}), ("causes",), "no effect to find"),
        (replace(CONFOUNDED, unmeasured=("luck",)), ("unmeasured", 0), "'luck' stands nowhere"),
        (replace(CONFOUNDED, unmeasured=("outcome",)), ("unmeasured", 0), "must be measured"),
    ],
)
def test_an_unsound_graph_is_refused_at_its_place(graph, path, words):
    [found] = contradictions({"causal_graph": graph})
    assert found.path == ("causal_graph", *path)
    assert words in found.message
    assert graph_contradictions({"causal_graph": graph, "comparator": matching()}) == []


@pytest.mark.parametrize(
    ("graph", "name", "words"),
    [
        (MEDIATED, "visits", "moves 'visits'"),
        (CONFOUNDED, "height", "does not say what 'height'"),
        (HIDDEN, "frailty", "unmeasured"),
    ],
)
def test_a_variable_that_must_not_be_matched_on_is_refused_by_name(graph, name, words):
    [found] = contradictions({"causal_graph": graph, "comparator": matching("age", name)})
    assert found.path == ("comparator", "match_on", 1)
    assert words in found.message


def test_what_leaves_a_way_open_is_refused_with_what_would_close_it():
    [found] = graph_contradictions({"causal_graph": CONFOUNDED, "comparator": matching()})
    assert found.path == ("comparator", "match_on")
    assert "'age'" in found.message
    assert graph_contradictions({"causal_graph": CONFOUNDED, "comparator": matching("age")}) == []
    assert graph_contradictions({"causal_graph": HIDDEN, "comparator": matching("age")}) == []
    assert graph_contradictions({"comparator": matching()}) == []


def test_what_persons_are_matched_on_is_held_to_the_graph_too():
    def persons(*names: str) -> Comparator:
        return Comparator(register="none known", match_on=(), match_persons_on=names)

    [found] = contradictions({"causal_graph": MEDIATED, "comparator": persons("age", "visits")})
    assert found.path == ("comparator", "match_persons_on", 1)
    assert "moves 'visits'" in found.message
    [missing] = graph_contradictions({"causal_graph": CONFOUNDED, "comparator": persons("height")}) or [None]
    assert missing is None  # `height` stands nowhere in the graph, and that is told first
    wide = replace(CONFOUNDED, causes={**CONFOUNDED.causes, "height": ("age",)})
    [missing] = graph_contradictions({"causal_graph": wide, "comparator": persons("height")})
    assert missing.path == ("comparator", "match_persons_on")
    assert "'age'" in missing.message
    assert graph_contradictions({"causal_graph": CONFOUNDED, "comparator": persons("age")}) == []


def test_the_page_draws_the_graph_and_says_what_follows():
    shown = graph_view(study(comparator=matching("age"), causal_graph=MEDIATED), ENGLISH)
    assert shown is not None
    assert shown.picture.tables == (arrows_table(MEDIATED, ENGLISH),)
    assert len(shown.picture.tables[0].rows) == len(MEDIATED.edges)
    assert all(name.replace("_", " ") in shown.picture.svg for name in MEDIATED.variables)
    assert "With age alike" in shown.sentences[0]
    assert "never matched on: visits" in shown.sentences[1]
    hidden = graph_view(study(comparator=matching("age"), causal_graph=HIDDEN), ENGLISH)
    assert hidden is not None
    assert "unmeasured: frailty" in hidden.sentences[0]
    assert graph_view(study(), ENGLISH) is None
