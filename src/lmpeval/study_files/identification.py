"""Whether the causal graph of a study lets its effect be told from what the matched units have in common."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lmpeval.study import EXPOSURE, OUTCOME, CausalGraph, Contradiction
from lmpeval.study.rules.causal_graph import contradicted

if TYPE_CHECKING:
    import networkx as nx


@dataclass(frozen=True)
class Identification:
    """What the graph says of the covariates (Pearl 1995, back-door criterion).

    Attributes
    ----------
    adjustable : tuple of str, or None
        Every measured variable that may be held constant, in the order of the graph. None where no set of
        measured variables closes all ways by which exposure and outcome are related without one causing the
        other.
    moved : tuple of str
        Measured variables that the intervention moves: never to be held constant.
    missing : tuple of str
        Variables that close, with those that are matched on, the ways that these leave open: none of them can
        be spared. Empty where nothing is missing or nothing measured would do.
    """

    adjustable: tuple[str, ...] | None
    moved: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether what is matched on closes every way but those by which the intervention works."""
        return self.adjustable is not None and not self.missing


def identify(graph: CausalGraph, matched: Collection[str]) -> Identification:
    """Hold what is matched on against the graph.

    The largest set that may be held constant comes from dowhy (`maximal-adjustment`: its default search
    grows with the number of subsets). A study need not match on all of it: what counts is that the ways are
    closed, and an instrument held constant adds nothing but noise.

    Parameters
    ----------
    graph : CausalGraph
        Sound, as a `Study` is.
    matched : collection of str
        Variables of the graph.
    """
    # dowhy costs seconds that only a study with a graph pays
    from dowhy.causal_identifier.auto_identifier import BackdoorAdjustment, identify_backdoor  # noqa: PLC0415

    drawn = _drawn(graph)
    observed = [EXPOSURE, OUTCOME, *graph.measured]
    sets = identify_backdoor(drawn, [EXPOSURE], [OUTCOME], observed, BackdoorAdjustment.BACKDOOR_MAX)
    after = graph.caused_by(EXPOSURE)
    moved = tuple(name for name in graph.measured if name in after)
    if not sets:
        return Identification(None, moved)
    # the largest and, where nothing needs to be closed, the empty set before it
    largest = set[str]().union(*(each.get_adjustment_variables() for each in sets))
    adjustable = tuple(name for name in graph.measured if name in largest)
    return Identification(adjustable, moved, _missing(drawn, matched, adjustable))


def graph_contradictions(parts: Mapping[str, Any]) -> list[Contradiction]:
    """Matching variables that leave a way open which others could close.

    Parameters
    ----------
    parts : mapping of field name to value
        Any subset of a `Study`'s fields. Without a graph or a comparator, or where these are contradictory by
        themselves, there is nothing to find.
    """
    graph, comparator = parts.get("causal_graph"), parts.get("comparator")
    if graph is None or comparator is None or contradicted(graph, comparator):
        return []
    missing = identify(graph, comparator.matched).missing
    if not missing:
        return []
    named = " and ".join(f"'{name}'" for name in missing)
    return [
        Contradiction(
            ("comparator", "match_persons_on" if comparator.match_persons_on else "match_on"),
            "the causal graph says that exposure and outcome go together for another reason too: match on "
            f"{named} as well",
        )
    ]


def _drawn(graph: CausalGraph) -> nx.DiGraph:
    from networkx import DiGraph  # noqa: PLC0415 - as above

    return DiGraph(graph.edges)


def _missing(drawn: nx.DiGraph, matched: Collection[str], adjustable: Iterable[str]) -> tuple[str, ...]:
    """What must be added to the matched variables so that they close all ways; none of it can be spared.

    A variable where two ways meet opens them, so more is not always enough, nor fewer always too few.
    """
    if _closes(drawn, {*matched}):
        return ()
    added = [name for name in adjustable if name not in matched]
    while True:
        fewer = ([other for other in added if other != name] for name in added)
        enough = next((some for some in fewer if _closes(drawn, {*matched, *some})), None)
        if enough is None:
            return tuple(added)
        added = enough


def _closes(drawn: nx.DiGraph, held: set[str]) -> bool:
    from dowhy.graph import check_valid_backdoor_set  # noqa: PLC0415 - as above

    return bool(check_valid_backdoor_set(drawn, [EXPOSURE], [OUTCOME], held)["is_dseparated"])
