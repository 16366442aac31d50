"""The causal graph of a study: a picture, its arrows as a table, and what follows for the covariates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from lmpeval.report.cells import Picture
from lmpeval.report.figures import GREY, OBSERVED, WITHOUT
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
from lmpeval.study import EXPOSURE, OUTCOME, CausalGraph, Study
from lmpeval.study_files.identification import Identification, identify

WIDEST = 14
"""Letters of a line in a box."""


@dataclass(frozen=True)
class GraphView:
    """The graph as the page shows it."""

    picture: Picture
    sentences: tuple[str, ...]


def graph_view(study: Study, words: Words) -> GraphView | None:
    """Draw the study's graph and say what follows from it; nothing where the study has none."""
    graph = study.causal_graph
    if graph is None:
        return None
    alt = words.say("graph.alt", edges=len(graph.edges), variables=len(graph.variables))
    with drawing():
        drawn = inline_svg(graph_figure(graph, words), "causes", alt)
    picture = Picture(drawn, alt, (arrows_table(graph, words),))
    return GraphView(picture, sentences(graph, study.comparator.matched, words))


def sentences(graph: CausalGraph, matched: tuple[str, ...], words: Words) -> tuple[str, ...]:
    """What the graph asks of the covariates, and whether they do it."""
    found = identify(graph, matched)
    said = [_of_closing(graph, found, matched, words)]
    if found.moved:
        said.append(words.say("graph.moved", names=_listed(found.moved, words)))
    return tuple(said)


def _of_closing(graph: CausalGraph, found: Identification, matched: tuple[str, ...], words: Words) -> str:
    if found.closed and matched:
        return words.say("graph.closed", names=_listed(matched, words))
    if found.closed:
        return words.say("graph.closed-alone")
    hidden = _listed(graph.unmeasured, words) if graph.unmeasured else words.say("graph.nothing")
    return words.say("graph.open", hidden=hidden)


def arrows_table(graph: CausalGraph, words: Words) -> Table:
    """Every arrow of the graph."""
    rows = tuple((_told(cause, graph, words), _told(effect, graph, words)) for cause, effect in graph.edges)
    return Table(words.say("graph.caption"), (words.say("graph.cause"), words.say("graph.effect")), rows)


def graph_figure(graph: CausalGraph, words: Words) -> Figure:
    """Draw the variables on a ring, on which no arrow between two runs through a third.

    Exposure stands left and outcome right, above them what comes before, below them what comes of it.
    """
    after = graph.caused_by(EXPOSURE)
    ordered = [
        name for name in TopologicalSorter(graph.causes).static_order() if name not in (EXPOSURE, OUTCOME)
    ]
    above = [name for name in ordered if name not in after]
    below = [name for name in ordered if name in after]
    places = {EXPOSURE: (-1.0, 0.0), OUTCOME: (1.0, 0.0), **_on_arc(above, 1), **_on_arc(below, -1)}
    height = 0.5 + (1.9 if above else 0.3) + (1.2 if below else 0.3)
    figure = Figure(figsize=(7.2, height))
    axes = figure.subplots()
    for name, place in places.items():
        _draw_box(
            axes, _variable(name, words), place, (name in (EXPOSURE, OUTCOME), name in graph.unmeasured)
        )
    for cause, effect in graph.edges:
        _draw_arrow(axes, places[cause], places[effect], works=cause == EXPOSURE)
    axes.set_xlim(-1.25, 1.25)
    axes.set_ylim(-1.2 if below else -0.3, 1.25 if above else 0.3)
    axes.axis("off")
    figure.subplots_adjust(left=0, right=1, top=1, bottom=0)
    return figure


def _on_arc(names: Sequence[str], side: int) -> Mapping[str, tuple[float, float]]:
    """Places of variables on the upper (1) or lower (-1) half of the ring, causes to the left."""
    angles = np.linspace(np.pi, 0, len(names) + 2)[1:-1]
    return {
        name: (float(np.cos(angle)), side * float(np.sin(angle)))
        for name, angle in zip(names, angles, strict=True)
    }


def _draw_box(axes: Any, name: str, place: tuple[float, float], look: tuple[bool, bool]) -> None:
    """Draw a variable; `look` says whether it is exposure or outcome, and whether nobody measured it."""
    main, hidden = look
    edge = WITHOUT if hidden else OBSERVED
    axes.text(
        *place, _folded(name), ha="center", va="center", fontsize=8, zorder=3,
        color="white" if main else "#222222",
        bbox={
            "boxstyle": "round,pad=0.4", "facecolor": OBSERVED if main else "white", "edgecolor": edge,
            "linestyle": "--" if hidden else "-",
        },
    )  # fmt: skip


def _draw_arrow(axes: Any, tail: tuple[float, float], head: tuple[float, float], *, works: bool) -> None:
    axes.annotate(
        "", xy=head, xytext=tail, zorder=1,
        arrowprops={
            "arrowstyle": "-|>", "color": OBSERVED if works else GREY, "linewidth": 1.6 if works else 1.0,
            "shrinkA": 14, "shrinkB": 22,
        },
    )  # fmt: skip


def _folded(name: str) -> str:
    """A name on lines of a few letters."""
    lines = [""]
    for word in name.split(" "):
        if lines[-1] and len(lines[-1]) + len(word) >= WIDEST:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return "\n".join(lines)


def _variable(name: str, words: Words) -> str:
    if name in (EXPOSURE, OUTCOME):
        return words.say(f"graph.{name}")
    return words.catalogue.column(name)


def _told(name: str, graph: CausalGraph, words: Words) -> str:
    told = _variable(name, words)
    return words.say("graph.unmeasured", name=told) if name in graph.unmeasured else told


def _listed(names: tuple[str, ...], words: Words) -> str:
    return words.listed(_variable(name, words) for name in names)
