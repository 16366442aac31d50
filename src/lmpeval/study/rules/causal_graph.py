"""What cannot be so of a causal graph, and of what is matched on under it."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from lmpeval.study.causal_graph import EXPOSURE, OUTCOME, CausalGraph
from lmpeval.study.comparator import Comparator
from lmpeval.study.contradiction import Contradiction, Found


def graph_is_sound(causal_graph: CausalGraph | None) -> Found:
    """A graph without circles in which the intervention leads to the outcome, and nobody is named in vain."""
    if causal_graph is None:
        return
    try:
        TopologicalSorter(causal_graph.causes).prepare()
    except CycleError as error:
        circle = " -> ".join(reversed(error.args[1]))
        yield Contradiction(("causal_graph", "causes"), f"goes in a circle, {circle}: nothing causes itself")
        return
    if OUTCOME not in causal_graph.caused_by(EXPOSURE):
        yield Contradiction(
            ("causal_graph", "causes"),
            f"no way leads from `{EXPOSURE}` to `{OUTCOME}`: the graph says that there is no effect to find",
        )
    yield from _wrongly_unmeasured(causal_graph)


def _wrongly_unmeasured(graph: CausalGraph) -> Iterator[Contradiction]:
    for position, name in enumerate(graph.unmeasured):
        at = ("causal_graph", "unmeasured", position)
        if name in (EXPOSURE, OUTCOME):
            yield Contradiction(at, f"`{name}` is what the study is about and must be measured")
        elif name not in graph.variables:
            yield Contradiction(at, f"'{name}' stands nowhere under `causes`")


def matched_stand_in_the_graph(causal_graph: CausalGraph | None, comparator: Comparator) -> Found:
    """Matching variables are ones of which the graph says something, and none that the intervention moves."""
    if causal_graph is None or any(graph_is_sound(causal_graph)):
        return
    moved = causal_graph.caused_by(EXPOSURE)
    for key, position, name in _matched(comparator):
        at = ("comparator", key, position)
        if name in moved:
            yield Contradiction(
                at,
                f"the causal graph says that the intervention moves '{name}': held constant, it takes part "
                "of the effect away",
            )
        elif name not in causal_graph.variables:
            yield Contradiction(at, f"the causal graph does not say what '{name}' causes or is caused by")
        elif name in causal_graph.unmeasured:
            yield Contradiction(at, f"the causal graph says that '{name}' is unmeasured")


def _matched(comparator: Comparator) -> Iterator[tuple[str, int, str]]:
    """Every matching variable with the key and the position where it stands."""
    for key in ("match_on", "match_persons_on"):
        for position, name in enumerate(getattr(comparator, key)):
            yield key, position, name


def contradicted(causal_graph: CausalGraph, comparator: Comparator) -> bool:
    """Whether a graph and what is matched on under it cannot be judged any further."""
    return any(graph_is_sound(causal_graph)) or any(matched_stand_in_the_graph(causal_graph, comparator))
