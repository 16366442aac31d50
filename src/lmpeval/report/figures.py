"""Figures: an effect over the years, and the balance of the covariates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lmpeval.effect_scale import EffectScale
from lmpeval.panel import Floats
from lmpeval.persons.balance import Balance as PersonBalance
from lmpeval.report.numbers import percent, three_digits, tick
from lmpeval.report.series import PathSeries, unit_words
from lmpeval.report.tables import THRESHOLDS
from lmpeval.report.words import Words
from lmpeval.robustness import Balance

OBSERVED = "#12304a"
WITHOUT = "#b34700"
GREY = "#9a9a9a"
BAND = "#d9d9d9"
COUNTED = "#e3eef5"
TITLE_WIDTH = 56
"""Characters of a title that fit above a panel."""
RIGHT = 0.98
"""Where a plot of differences ends, as a share of its figure."""


@dataclass(frozen=True)
class Limits:
    """Vertical limits that the figures of one outcome share."""

    levels: tuple[float, float]
    gaps: tuple[float, float]


def shared_limits(many: Sequence[PathSeries]) -> Limits:
    """Limits that hold everything that is drawn of one outcome, so that its figures compare at sight."""
    levels = [values for series in many for values in (series.observed, series.counterfactual)]
    gaps = [
        values
        for series in many
        for values in (series.gap, series.interval, series.band, series.stand_ins, _margins(series))
    ]
    return Limits(_limits(levels), _limits(gaps))


def effect_figure(series: PathSeries, limits: Limits) -> Figure:
    """Draw observed against counterfactual above, and their difference below."""
    figure = Figure(figsize=(4.8, 5.3))
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(1, 1.15))
    _draw_levels(above, series)
    _draw_gaps(below, series)
    above.set_ylim(*limits.levels)
    below.set_ylim(*limits.gaps)
    for axes in (above, below):
        _draw_years(axes, series)
    _write_years(above, series)
    above.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(series, value, signed=False)))
    below.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(series, value, signed=True)))
    labelled = range(0, len(series.years), 1 + (len(series.years) - 1) // 10)
    below.set_xticks([series.years[i] for i in labelled], [series.year_words(i) for i in labelled])
    if series.since:
        below.set_xlabel(series.words.say("path.since"), fontsize=9)
    _legend(figure, (above, below))
    figure.subplots_adjust(
        left=0.15,
        right=0.985,
        top=0.91 if len(_level_title(series)) == 1 else 0.88,
        bottom=0.26 if series.since else 0.225,
        hspace=0.2,
    )
    return figure


def balance_reach(many: Iterable[Sequence[Balance]]) -> float:
    """Largest standardised difference of all, so that the dot plots of a page compare at sight."""
    return max(0.35, *(abs(each.standardised_difference) for some in many for each in some), 0.0)


def balance_figure(balances: Sequence[Balance], reach: float, words: Words) -> Figure:
    """Draw the standardised differences as dots between the customary thresholds, out to `reach`."""
    apart = [round(balance.standardised_difference, 2) for balance in balances]
    figure, axes, rows = _differences([balance.covariate for balance in balances], reach, words)
    axes.hlines(rows, 0, apart, color=GREY, linewidth=1)
    axes.plot(apart, rows, "o", color=OBSERVED, markersize=6)
    return figure


def love_figure(balances: Sequence[PersonBalance], words: Words) -> Figure:
    """Draw the standardised differences of persons, hollow before they were weighed and full after it."""
    before, after = (
        [round(side.difference, 2) for side in sides]
        for sides in ([each.before for each in balances], [each.after for each in balances])
    )
    reach = max(0.35, *(abs(value) for value in (*before, *after)))
    figure, axes, rows = _differences([each.covariate for each in balances], reach, words)
    axes.hlines(rows, before, after, color=GREY, linewidth=1)
    axes.plot(before, rows, "o", color=OBSERVED, markersize=6, markerfacecolor="white",
              label=words.say("balance.before"))  # fmt: skip
    axes.plot(after, rows, "o", color=OBSERVED, markersize=6, label=words.say("balance.after"))
    axes.legend(loc="upper right", fontsize=8, frameon=False)
    return figure


def _differences(covariates: Sequence[str], reach: float, words: Words) -> tuple[Figure, Any, list[int]]:
    """An empty plot of standardised differences, a row a covariate, between the customary thresholds."""
    figure = Figure(figsize=(4.8, 1.15 + 0.28 * len(covariates)))
    axes = figure.subplots()
    names = [short_name(words.catalogue.column(name)) for name in covariates]
    rows = list(range(len(covariates)))
    for threshold, style in zip(THRESHOLDS, ("--", ":"), strict=True):
        for side in (-threshold, threshold):
            axes.axvline(side, color="#555555", linewidth=0.9, linestyle=style)
    axes.axvline(0, color="#555555", linewidth=0.9)
    axes.set_xlim(-1.12 * reach, 1.12 * reach)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(rows, names)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: three_digits(round(value, 3), words.numerals))
    )
    limits = [three_digits(threshold, words.numerals) for threshold in THRESHOLDS]
    left = 0.05 + 0.0166 * max(len(name) for name in names)
    middle = (0.5 - left) / (RIGHT - left)
    axes.set_xlabel(words.say("balance.axis", near=limits[0], far=limits[1]), x=middle)
    figure.subplots_adjust(left=left, right=RIGHT, top=0.97, bottom=0.75 / figure.get_figheight())
    return figure, axes, rows


def _draw_levels(axes: Any, series: PathSeries) -> None:
    years, say = _with_holes(series.years), series.words.say
    observed, without = _holed(series, series.observed), _holed(series, series.counterfactual)
    axes.plot(years, without, "s--", color=WITHOUT, markerfacecolor="white", markersize=5, linewidth=1.6,
              label=say("path.without"))  # fmt: skip
    axes.plot(years, observed, "o-", color=OBSERVED, markersize=5, linewidth=1.8, label=say("path.observed"))
    axes.set_title("\n".join(_level_title(series)), loc="left", fontsize=9, pad=17)


def _level_title(series: PathSeries) -> list[str]:
    """What the upper panel shows, on as many lines as its unit asks for."""
    return wrap(series.words.say("path.level", unit=unit_words(series.outcome, series.words)), TITLE_WIDTH)


def _draw_gaps(axes: Any, series: PathSeries) -> None:
    years, say = _with_holes(series.years), series.words.say
    for i, line in enumerate(series.stand_ins):
        name = _line_name(series) if i == 0 else None
        axes.plot(years, _holed(series, line), color=GREY, linewidth=0.5, alpha=0.55, label=name)
    if len(series.stand_ins):
        low, high = _holed(series, series.band[:, 0]), _holed(series, series.band[:, 1])
        axes.fill_between(years, low, high, color=BAND, linewidth=0, label=say("path.band"), zorder=0.8)
    axes.axhline(0, color="#333333", linewidth=0.9)
    low, high = _margins(series)
    for margin in (low, high):
        axes.axhline(margin, color="#555555", linewidth=0.9, linestyle=(0, (1, 2)), label=say("path.margin"))
    bounded = np.isfinite(series.interval).all(axis=1)
    at = np.array(series.years)[bounded]
    axes.vlines(
        at,
        *series.interval[bounded].T,
        color=OBSERVED,
        linewidth=1.5,
        label=say("path.by-year", level=percent(series.level, series.scale.numerals)),
    )
    axes.plot(years, _holed(series, series.gap), "o-", color=OBSERVED, markersize=5, linewidth=1.8)
    ratio = series.outcome.scale is EffectScale.RATIO
    axes.set_title(say("path.gap-percent" if ratio else "path.gap"), loc="left", fontsize=9, pad=7)


def _line_name(series: PathSeries) -> str:
    whole = len(series.stand_ins) == series.n_stand_ins
    return series.words.say("path.each-line" if whole else "path.some-of")


def _draw_years(axes: Any, series: PathSeries) -> None:
    for year, counted in zip(series.years, series.counted, strict=True):
        if counted:
            label = series.words.say("path.counted-years")
            axes.axvspan(year - 0.5, year + 0.5, color=COUNTED, linewidth=0, zorder=0, label=label)
    axes.axvline(series.start - 0.5, color="#333333", linewidth=1.1)
    for year in series.breaks:
        axes.axvline(year - 0.5, color="#333333", linewidth=1.1, linestyle=(0, (1, 1.5)))
    axes.set_xlim(series.years[0] - 0.5, series.years[-1] + 0.5)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)


def _write_years(axes: Any, series: PathSeries) -> None:
    """Name the vertical lines above the upper panel."""
    say = series.words.say
    names = {year: say("path.break") for year in series.breaks}
    names[series.start] = say("path.start-break" if series.start in names else "path.start")
    for year, name in names.items():
        axes.text(year - 0.45, 1.01, name, ha="left", va="bottom", fontsize=8, color="#333333",
                  transform=axes.get_xaxis_transform())  # fmt: skip


def _legend(figure: Figure, panels: Sequence[Any]) -> None:
    found: dict[str, Any] = {}
    for axes in panels:
        handles, labels = axes.get_legend_handles_labels()
        found |= dict(zip(labels, handles, strict=True))
    names = list(found)
    figure.legend(
        [found[name] for name in names], names, loc="lower center", ncols=2, frameon=False, fontsize=8,
        handlelength=2.2, columnspacing=1.6,
    )  # fmt: skip


def _tick(series: PathSeries, value: float, *, signed: bool) -> str:
    if abs(value) < 1e-9 and signed:
        return series.scale.zero
    scale = series.scale
    return tick(scale.change(value) if signed else scale.amount(value), scale.numerals)


def _margins(series: PathSeries) -> Floats:
    margin = series.outcome.minimal_important_difference
    return np.array([-margin, margin])


def _limits(values: Sequence[Floats]) -> tuple[float, float]:
    together = np.concatenate([np.ravel(some) for some in values])
    together = together[np.isfinite(together)]
    low, high = float(together.min()), float(together.max())
    room = 0.06 * (high - low) or abs(high) or 1.0
    return low - room, high + room


def _with_holes(years: Sequence[int]) -> list[int]:
    return list(range(years[0], years[-1] + 1))


def _holed(series: PathSeries, values: Floats) -> Floats:
    """Values by calendar year, NaN in years left out: no line is drawn across them."""
    filled = np.full(series.years[-1] - series.years[0] + 1, np.nan)
    filled[np.array(series.years) - series.years[0]] = values
    return filled


def short_name(name: str, most: int = 32) -> str:
    """Cut a long name."""
    return name if len(name) <= most else name[: most - 1] + "…"
