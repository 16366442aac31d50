"""Differences in one outcome side by side: each alone, and seen together with the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lmpeval.panel import Floats
from lmpeval.portfolio.comparing import SameMeasure, SideBySide
from lmpeval.report.comparison_scoreboard import called
from lmpeval.report.figures import short_name
from lmpeval.report.numbers import scale_of, tick
from lmpeval.report.series import effect_words
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.tables import averaged
from lmpeval.report.words import Words

LONGEST = 46
"""Characters of a name beside the picture; the table has it in full."""
ALONE, TOGETHER, MATTERS = "#8a949c", "#0b4f7d", "#efe7d8"


@dataclass(frozen=True)
class Picture:
    """A figure with what it is of."""

    svg: Markup
    title: str


def together_picture(among: SameMeasure, compared: SideBySide, name: str, words: Words) -> Picture:
    """Draw the ranges of all that measure the same, a row an intervention, by theme and name."""
    first = among.members[0]
    assert first.answered is not None
    title = words.say(
        "comparison.measured",
        outcome=words.called(first.outcome),
        unit=effect_words(first.outcome, words),
        years=averaged(first.answered, words),
        whom=words.say(f"comparison.{among.measure.level}"),
    )
    named = [called(each.result.study.intervention, compared, words) for each in among.members]
    out = [label for label, each in zip(named, among.members, strict=True) if each.stands_out]
    alt = words.say(
        "comparison.figure-alt",
        n=len(among.members),
        outcome=words.called(first.outcome),
        out=", ".join(out) or words.say("comparison.no-one"),
    )
    with drawing():
        return Picture(inline_svg(_figure(among, named, words), name, alt), title[:1].upper() + title[1:])


def _figure(among: SameMeasure, named: Sequence[str], words: Words) -> Figure:
    rows = _rows(among, words)
    height = 0.9 + 0.27 * len(rows)
    figure = Figure(figsize=(8.4, height))
    axes = figure.subplots()
    margin = among.members[0].outcome.minimal_important_difference
    axes.axvspan(-margin, margin, color=MATTERS, linewidth=0, label=words.say("event.strip"))
    axes.axvline(0, color="#333333", linewidth=0.9)
    drawn = []
    for place, row in enumerate(rows):
        if isinstance(row, str):
            continue
        drawn += _drawn(axes, among, row, (float(place), words))
    labels = [row if isinstance(row, str) else short_name(named[row], LONGEST) for row in rows]
    _label(axes, labels, [isinstance(row, str) for row in rows])
    _dress(axes, (among, words), np.array([*drawn, 0.0, margin, -margin]))
    left = 0.4
    figure.subplots_adjust(left=left, right=0.98, top=1 - 0.08 / height, bottom=0.78 / height)
    handles, labels = axes.get_legend_handles_labels()
    kept = dict(zip(labels, handles, strict=True))
    figure.legend(list(kept.values()), list(kept), loc="lower center", ncols=3, frameon=False, fontsize=8,
                  handlelength=1.8)  # fmt: skip
    return figure


def _rows(among: SameMeasure, words: Words) -> list[str | int]:
    """Themes and the positions of their members, from above downwards."""
    rows: list[str | int] = []
    for i, each in enumerate(among.members):
        theme = words.say(f"comparison.theme.{each.result.study.intervention.theme}")
        if theme not in rows:
            rows.append(theme)
        rows.append(i)
    return rows


def _drawn(axes: Any, among: SameMeasure, i: int, row: tuple[float, Words]) -> list[float]:
    """Draw one member at its row; returns the finite ends."""
    at, words = row
    told = among.members[i].finding.verdict
    assert told.effect is not None
    assert told.low is not None
    assert told.high is not None
    ends = [told.low, told.high]
    if np.isfinite(ends).all():
        axes.hlines(at - 0.13, *ends, color=ALONE, linewidth=1.6, label=words.say("comparison.drawn-alone"))
    axes.plot([told.effect], [at - 0.13], "o", color=ALONE, markersize=4)
    if among.shrunk is not None:
        low, high = among.sign * float(among.shrunk.low[i]), among.sign * float(among.shrunk.high[i])
        axes.hlines(
            at + 0.17, low, high, color=TOGETHER, linewidth=2.6, label=words.say("comparison.drawn-together")
        )
        middle = among.sign * float(among.shrunk.effect[i])
        axes.plot([middle], [at + 0.17], "D", color=TOGETHER, markersize=4.5, markeredgecolor="white")
        ends += [low, high]
    return [end for end in (*ends, told.effect) if np.isfinite(end)]


def _label(axes: Any, labels: Sequence[str], headings: Sequence[bool]) -> None:
    """Name the rows, kinds of change in bold."""
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.set_yticks(range(len(labels)), labels)
    for label, heading in zip(axes.get_yticklabels(), headings, strict=True):
        label.set_fontweight("bold" if heading else "normal")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)


def _dress(axes: Any, of: tuple[SameMeasure, Words], values: Floats) -> None:
    among, words = of
    scale = scale_of(among.members[0].outcome, words.catalogue)
    room = 0.04 * float(np.ptp(values))
    axes.set_xlim(values.min() - room, values.max() + room)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(
        FuncFormatter(
            lambda value, _: scale.zero if abs(value) < 1e-9 else tick(scale.change(value), scale.numerals)
        )
    )
    axes.grid(axis="x", color="#e6e6e6", linewidth=0.6)
