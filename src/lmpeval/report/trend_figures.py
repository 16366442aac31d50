"""Figures on trends: the effect by year with its bands, and the effect if trends part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lmpeval.panel import Floats, Years
from lmpeval.report.figures import OBSERVED, WITHOUT
from lmpeval.report.numbers import Scale, percent, three_digits, tick
from lmpeval.report.trends import EventSeries, PartedSeries

MATTERS = "#efe7d8"
SMALL = 8
ROOM = 20
"""Characters that the ticks of half a figure have room for."""


def event_figure(series: EventSeries) -> Figure:
    """Draw the path counted from the last year before the start, a bar and a whisker a year."""
    figure = Figure(figsize=(4.8, 3.5))
    axes = figure.subplots()
    study, say = series.study, series.words.say
    level = percent(study.level, series.scale.numerals)
    _strip(axes, series)
    for year in study.years[study.counted]:
        axes.axvspan(year - 0.5, year + 0.5, ymax=0.03, color="#9cc3dc", linewidth=0,
                     label=say("path.counted-years"))  # fmt: skip
    _bars(axes, study.years, series.together, 1.0, say("event.its-side", level=level))
    _bars(axes, study.years, series.alone, 3.6, say("event.alone", level=level))
    at = study.years == study.reference
    axes.plot(
        study.years[~at], series.path[~at], "o", color=OBSERVED, markersize=5.5, markeredgecolor="white"
    )
    axes.plot(study.years[at], [0.0], "o", color=OBSERVED, markerfacecolor="white", markersize=6,
              label=say("event.from-here"))  # fmt: skip
    axes.axvline(study.start - 0.5, color="#333333", linewidth=1.1)
    axes.text(study.start - 0.45, 1.01, say("path.start"), fontsize=SMALL, va="bottom", color="#333333",
              transform=axes.get_xaxis_transform())  # fmt: skip
    labelled = study.years[:: 1 + (len(study.years) - 1) // 10]
    axes.set_xticks(labelled, [series.year_words(int(year)) for year in labelled])
    axes.set_xlim(study.years[0] - 0.5, study.years[-1] + 0.5)
    if series.since:
        axes.set_xlabel(say("path.since"), fontsize=9)
    _dress(axes, series.scale, (series.path, series.alone, series.together))
    title = say("event.title", year=series.year_words(study.reference))
    axes.set_title(title, loc="left", fontsize=9, pad=17)
    _legend(figure, (axes,))
    figure.subplots_adjust(left=0.15, right=0.985, top=0.87, bottom=0.3 if series.since else 0.25)
    return figure


def parted_figure(series: PartedSeries) -> Figure:
    """Draw the interval of the effect by Mbar on the left and by M on the right, the breakdown marked."""
    figure, found, say = Figure(figsize=(4.8, 3.3)), series.found, series.words.say
    left, right = figure.subplots(1, 2, sharey=True)
    for axes, some, falls in (
        (left, found.by_steps, found.falls_at_step),
        (right, found.by_bends, found.falls_at_bend),
    ):
        at = np.array([bound for bound, _ in some])
        ends = np.array([series.ends(interval) for _, interval in some])
        _strip(axes, series)
        _bars(axes, at, ends, 3.0, say("parted.interval"))
        room = 0.12 * at[-1]
        axes.set_xlim(-room, at[-1] + room)
        if falls is not None and falls <= at[-1] + room:
            axes.axvline(falls, color=WITHOUT, linewidth=1.4, linestyle="--", label=say("parted.here"))
        axes.set_xticks(at, _bounds(at, series.scale), fontsize=SMALL)
        _dress(
            axes, series.scale, (np.array([series.ends(i) for _, i in (*found.by_steps, *found.by_bends)]),)
        )
    left.set_xlabel(say("parted.axis-steps"), fontsize=SMALL)
    right.set_xlabel(
        say("parted.axis-percent" if series.outcome.scale.sign else "parted.axis-bends"), fontsize=SMALL
    )
    left.set_title(say("parted.title", year=series.reference_words), loc="left", fontsize=9)
    _legend(figure, (left, right))
    figure.subplots_adjust(left=0.15, right=0.985, top=0.92, bottom=0.33, wspace=0.12)
    return figure


def _bounds(at: Floats, scale: Scale) -> list[str]:
    """Names of ticks; every other one where all of them would run into each other."""
    names = [three_digits(float(f"{bound:.2g}"), scale.numerals) for bound in at]
    apart = 1 if sum(map(len, names)) <= ROOM else 2
    return [name if i % apart == 0 else "" for i, name in enumerate(names)]


def _strip(axes: Any, series: EventSeries | PartedSeries) -> None:
    margin, label = series.outcome.minimal_important_difference, series.words.say("event.strip")
    axes.axhspan(-margin, margin, color=MATTERS, linewidth=0, zorder=0.5, label=label)
    axes.axhline(0, color="#333333", linewidth=0.9)


def _bars(axes: Any, at: Floats | Years, ends: Floats, width: float, label: str) -> None:
    bounded = np.isfinite(ends).all(axis=1)
    axes.vlines(at[bounded], *ends[bounded].T, color=OBSERVED, linewidth=width, label=label)


def _dress(axes: Any, scale: Scale, drawn: Sequence[Floats]) -> None:
    values = np.concatenate([np.ravel(some) for some in drawn])
    values = np.append(values[np.isfinite(values)], 0.0)
    room = 0.08 * float(np.ptp(values)) or 1.0
    axes.set_ylim(values.min() - room, values.max() + room)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(scale, value)))
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)


def _tick(scale: Scale, value: float) -> str:
    if abs(value) < 1e-9:
        return scale.zero
    return tick(scale.change(value), scale.numerals)


def _legend(figure: Figure, panels: Sequence[Any]) -> None:
    found: dict[str, Any] = {}
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    figure.legend(list(found.values()), list(found), loc="lower center", ncols=2, frameon=False,
                  fontsize=SMALL, handlelength=1.8, columnspacing=1.4)  # fmt: skip
