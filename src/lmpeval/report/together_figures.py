"""Pictures of outcomes that are told together: parts of a difference, the plane of cost and gain, worth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lmpeval.jointly.cost_effectiveness import CostEffect
from lmpeval.jointly.draws import Ranged
from lmpeval.report.figures import GREY, OBSERVED, WITHOUT, short_name
from lmpeval.report.numbers import Scale, tick

MOST_DOTS = 300
"""More only make the page heavy."""


def ranges_figure(rows: Sequence[tuple[str, Ranged]], scale: Scale, bold: int | None = None) -> Figure:
    """Draw numbers with their ranges, a row each; an end that cannot be bounded leaves the picture."""
    figure = Figure(figsize=(5.4, 0.75 + 0.3 * len(rows)))
    axes = figure.subplots()
    axes.axvline(0, color="#333333", linewidth=0.9)
    low, high = _limits([number for _, told in rows for number in told])
    axes.set_xlim(low, high)
    for at, (_, (value, least, most)) in enumerate(rows):
        axes.plot([max(least, low), min(most, high)], [at, at], color=OBSERVED, linewidth=1.6)
        axes.plot([value], [at], "o", color=OBSERVED, markersize=5)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), [short_name(name) for name, _ in rows])
    for at, label in enumerate(axes.get_yticklabels()):
        label.set_fontweight("bold" if at == bold else "normal")
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick_of(scale, value)))
    left = 0.05 + 0.0152 * max(len(short_name(name)) for name, _ in rows)
    figure.subplots_adjust(left=min(left, 0.6), right=0.96, top=0.97, bottom=0.42 / figure.get_figheight())
    return figure


def plane_figure(
    found: CostEffect, labels: tuple[str, str], scales: tuple[Scale, Scale], per: float
) -> Figure:
    """Draw gain and cost as the figures leave them possible, and the estimate.

    Parameters
    ----------
    found : CostEffect
    labels : pair of str
        Of the axes: gain, then cost.
    scales : pair of Scale
        In the same order.
    per : float
        Heads that a unit of the gain is told for.
    """
    figure = Figure(figsize=(5.0, 4.0))
    axes = figure.subplots()
    step = max(1, -(-len(found.points) // MOST_DOTS))
    dots = found.points[::step]
    axes.axhline(0, color="#333333", linewidth=0.9)
    axes.axvline(0, color="#333333", linewidth=0.9)
    axes.plot(dots[:, 0] * per, dots[:, 1], "o", color=GREY, markersize=3, linestyle="none")
    axes.plot([found.gain[0] * per], [found.cost[0]], "P", color=WITHOUT, markersize=9)
    axes.set_xlim(*_limits([*(dots[:, 0] * per), found.gain[0] * per]))
    axes.set_ylim(*_limits([*dots[:, 1], found.cost[0]]))
    _ticks(axes, scales)
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    figure.subplots_adjust(left=0.17, right=0.96, top=0.97, bottom=0.14)
    return figure


def _ticks(axes: Any, scales: tuple[Scale, Scale]) -> None:
    for axis, scale in zip((axes.xaxis, axes.yaxis), scales, strict=True):
        axis.set_major_locator(MaxNLocator(5))
        axis.set_major_formatter(FuncFormatter(lambda value, _, scale=scale: tick_of(scale, value)))


def curve_figure(
    found: CostEffect, labels: tuple[str, str], euro: Callable[[float], str], share: Callable[[float], str]
) -> Figure:
    """Draw the chance that the programme is worth its money by what a unit gained is worth."""
    figure = Figure(figsize=(5.0, 3.0))
    axes = figure.subplots()
    for each in found.benefits:
        axes.axvline(each.threshold, color="#555555", linewidth=0.9, linestyle=(0, (1, 2)))
    axes.plot(found.curve[:, 0], np.clip(found.curve[:, 1], found.step, 1 - found.step), color=OBSERVED)
    axes.set_ylim(0, 1)
    axes.set_xlim(0, found.curve[-1, 0])
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: euro(value)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: share(value)))
    axes.set_xlabel(labels[0])
    axes.set_ylabel(labels[1])
    figure.subplots_adjust(left=0.16, right=0.92, top=0.96, bottom=0.19)
    return figure


def tick_of(scale: Scale, value: float) -> str:
    """A difference at the tick of an axis."""
    return scale.zero if abs(value) < 1e-12 else tick(scale.fine.change(value), scale.numerals)


def _limits(numbers: Sequence[float]) -> tuple[float, float]:
    known = [float(number) for number in numbers if isfinite(number)]
    low, high = min(0.0, *known), max(0.0, *known)
    room = 0.06 * (high - low) or 1.0
    return low - room, high + room
