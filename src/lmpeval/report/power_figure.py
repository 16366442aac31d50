"""The figure of a calibration: power against size, and the strips of placebo effects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from lmpeval.calibration import POWER
from lmpeval.finding import Cell
from lmpeval.report.figures import GREY, OBSERVED, WITHOUT
from lmpeval.report.glance import design_words
from lmpeval.report.numbers import THIN, tick
from lmpeval.report.power import PowerSeries, effect_unit
from lmpeval.report.words import Words

STYLES = ((OBSERVED, "-", "o"), (WITHOUT, "--", "s"), ("#3d6b35", "-.", "^"), ("#55407d", ":", "D"))
"""Colour, line and marker of each design in turn: told apart without colour too."""
MATTERS: dict[str, Any] = {"color": "#333333", "linewidth": 1.3, "linestyle": (0, (1, 1.5))}
INCH_A_STRIP = 0.5
SMALL = 8
PAPER = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}

Look = tuple[str, str, str]
"""Colour, line and marker."""


def looks_of(cells: Sequence[Cell], words: Words) -> dict[str, Look]:
    """Give every design of a study a look of its own, the same in all its figures."""
    designs = dict.fromkeys(design_words(cell.label, words) for cell in cells)
    return {design: STYLES[i % len(STYLES)] for i, design in enumerate(designs)}


def legend_figure(looks: Mapping[str, Look], words: Words) -> Figure:
    """Draw the legend that all figures of a page share."""
    rows = len(looks) + 2
    figure = Figure(figsize=(4.8, 0.2 * rows + 0.05))
    lines = [
        Line2D([], [], color=colour, linestyle=line, marker=marker, markersize=3, linewidth=1.6, label=design)
        for design, (colour, line, marker) in looks.items()
    ]
    lines.append(Line2D([], [], label=words.say("path.margin"), **MATTERS))
    lines.append(Line2D([], [], color=GREY, linewidth=0.8, label=words.say("power.shares")))
    figure.legend(handles=lines, loc="center left", frameon=False, fontsize=SMALL, handlelength=2.6)
    return figure


def power_figure(series: PowerSeries, looks: Mapping[str, Look]) -> Figure:
    """Draw the power curves above and the placebo effects below."""
    strips = INCH_A_STRIP * len(series.curves)
    height = 3.7 + strips
    figure = Figure(figsize=(4.8, height))
    above, below = figure.subplots(2, 1, height_ratios=(2.0, strips))
    _draw_power(above, series, looks)
    _draw_strips(below, series, looks)
    for axes, signed in ((above, False), (below, True)):
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(_tick(series, signed=signed)))
    gap = 0.85  # inch, for the title of the x-axis above and the title of the strips
    figure.subplots_adjust(
        left=0.12, right=0.89, top=1 - 0.55 / height, bottom=0.5 / height, hspace=gap / ((2.0 + strips) / 2)
    )
    return figure


def _draw_power(axes: Any, series: PowerSeries, looks: Mapping[str, Look]) -> None:
    for curve in series.curves:
        colour, line, marker = looks[curve.design]
        axes.plot(
            series.sizes, curve.power, color=colour, linestyle=line, marker=marker, markersize=3,
            linewidth=1.6,
        )  # fmt: skip
    axes.axhline(POWER, color="#555555", linewidth=0.9, linestyle="--")
    axes.text(
        1.01, POWER, series.words.say("power.four-of-five"), va="center", fontsize=SMALL, color="#333333",
        transform=axes.get_yaxis_transform(),
    )  # fmt: skip
    axes.axvline(series.margin, zorder=0.9, **MATTERS)
    for share, size in series.shares.items():
        axes.axvline(size, color=GREY, linewidth=0.8, zorder=0.9)
        axes.text(
            size, 1.02, share, ha="center", va="bottom", fontsize=SMALL,
            color="#333333", transform=axes.get_xaxis_transform(),
        )  # fmt: skip
    axes.set_xlim(0, series.sizes[-1])
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=f"{THIN}%"))
    say, unit = series.words.say, effect_unit(series)
    axes.set_title(say(f"power.title-{series.way}"), loc="left", fontsize=9, pad=18)
    axes.set_xlabel(say(f"power.axis-{series.way}", unit=unit), fontsize=SMALL)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)


def _draw_strips(axes: Any, series: PowerSeries, looks: Mapping[str, Look]) -> None:
    for row, curve in enumerate(series.curves):
        colour, *_ = looks[curve.design]
        axes.vlines(curve.effects, row, row + 0.38, color=colour, linewidth=1.1, alpha=0.55)
        axes.text(
            0, row - 0.08, curve.design, va="bottom", fontsize=SMALL, color=colour,
            transform=axes.get_yaxis_transform(), bbox=PAPER,
        )  # fmt: skip
    for side in (-series.margin, series.margin):
        axes.axvline(side, zorder=0.9, **MATTERS)
    axes.axvline(0, color="#333333", linewidth=0.9, zorder=0.9)
    axes.set_ylim(len(series.curves) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_title(series.words.say("power.strips"), loc="left", fontsize=9, pad=5)
    axes.set_xlabel(series.words.say("power.axis", unit=effect_unit(series)), fontsize=SMALL)


def _tick(series: PowerSeries, *, signed: bool) -> Any:
    scale = series.scale

    def written(value: float, _: int) -> str:
        if abs(value) < 1e-9:
            return scale.zero
        return tick(scale.change(value) if signed else scale.size(value), scale.numerals)

    return written
