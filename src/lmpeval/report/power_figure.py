"""The figure of a calibration: power against size, and the strips of placebo effects."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from lmpeval.calibration import POWER
from lmpeval.report.figures import GREY, OBSERVED, WITHOUT
from lmpeval.report.numbers import THIN
from lmpeval.report.power import PowerSeries
from lmpeval.study import Better

STYLES = ((OBSERVED, "-", "o"), (WITHOUT, "--", "s"), ("#3d6b35", "-.", "^"), ("#55407d", ":", "D"))
"""Colour, line and marker of each design in turn: told apart without colour too."""
INCH_A_STRIP = 0.62


def power_figure(series: PowerSeries) -> Figure:
    """Draw the power curves above and the placebo effects below."""
    strips = 0.25 + INCH_A_STRIP * len(series.curves)
    height = 3.9 + strips
    figure = Figure(figsize=(4.8, height))
    above, below = figure.subplots(2, 1, height_ratios=(2.3, strips))
    _draw_power(above, series)
    _draw_strips(below, series)
    for axes, signed in ((above, False), (below, True)):
        axes.xaxis.set_major_locator(MaxNLocator(5))
        axes.xaxis.set_major_formatter(FuncFormatter(_tick(series, signed=signed)))
    figure.legend(
        *above.get_legend_handles_labels(), loc="lower center", ncols=1, frameon=False, fontsize=8,
        handlelength=2.6,
    )  # fmt: skip
    legend = 0.2 * (len(series.curves) + 1) + 0.1
    figure.subplots_adjust(
        left=0.12, right=0.97, top=1 - 0.62 / height, bottom=(legend + 0.5) / height, hspace=0.95 / strips
    )
    return figure


def _draw_power(axes: Any, series: PowerSeries) -> None:
    for i, curve in enumerate(series.curves):
        colour, line, marker = STYLES[i % len(STYLES)]
        axes.plot(
            series.sizes, curve.power, color=colour, linestyle=line, marker=marker, markersize=3,
            linewidth=1.6, label=curve.design,
        )  # fmt: skip
    axes.axhline(POWER, color="#555555", linewidth=0.9, linestyle="--")
    axes.text(
        0.01 * series.sizes[-1], POWER + 0.015, "four of five", va="bottom", fontsize=8, color="#333333"
    )
    for name, size in series.marked.items():
        matters = name.startswith("smallest")
        axes.axvline(
            size, color="#333333" if matters else GREY, linewidth=1.3 if matters else 0.8,
            linestyle=(0, (1, 1.5)) if matters else "-", label=name if matters else None, zorder=0.9,
        )  # fmt: skip
        if not matters:
            axes.text(
                size, 1.02, name.removesuffix(" of the mean"), ha="center", va="bottom", fontsize=8,
                color="#333333", transform=axes.get_xaxis_transform(),
            )  # fmt: skip
    axes.set_xlim(0, series.sizes[-1])
    axes.set_ylim(0, 1.02)
    axes.yaxis.set_major_formatter(PercentFormatter(1, symbol=f"{THIN}%"))
    way = "fall" if series.outcome.better is Better.LOWER else "rise"
    axes.set_title(f"How often a {way} of this size is found", loc="left", fontsize=9, pad=18)
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)


def _draw_strips(axes: Any, series: PowerSeries) -> None:
    for row, curve in enumerate(series.curves):
        colour, _, marker = STYLES[row % len(STYLES)]
        spread_out = row + 0.11 * (np.arange(len(curve.effects)) % 5 - 2)
        axes.plot(curve.effects, spread_out, marker, color=colour, markersize=3, alpha=0.75, linewidth=0)
    margin = series.outcome.minimal_important_difference
    for side in (-margin, margin):
        axes.axvline(side, color="#333333", linewidth=1.3, linestyle=(0, (1, 1.5)), zorder=0.9)
    axes.axvline(0, color="#333333", linewidth=0.9, zorder=0.9)
    axes.set_ylim(len(series.curves) - 0.5, -0.5)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_title("What was said where nothing happened", loc="left", fontsize=9, pad=5)


def _tick(series: PowerSeries, *, signed: bool) -> Any:
    def written(value: float, _: int) -> str:
        if abs(value) < 1e-9:
            return f"{series.scale.currency}0"
        text = series.scale.change(value) if signed else series.scale.amount(value)
        return text.rstrip("0").rstrip(".") if "." in text else text

    return written
