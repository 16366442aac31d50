"""The chart of a sheet: a region, what it would have been, and how far other regions drift by themselves."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from lmpeval.effect_scale import EffectScale
from lmpeval.finding import Answered, Finding
from lmpeval.panel import Floats
from lmpeval.report.figures import BAND, COUNTED, OBSERVED, WITHOUT
from lmpeval.report.glance import at_the_start
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import Scale, scale_of, tick
from lmpeval.report.series import PathSeries, path_series, unit_words
from lmpeval.report.sheets.document import Chart
from lmpeval.report.starts import since_words
from lmpeval.report.tables import Table
from lmpeval.report.words import ALL
from lmpeval.study import Window


def chart(finding: Finding, answer: Answered, window: Window, catalogue: Catalogue) -> Chart:
    """Draw one finding's path of levels, with its table."""
    outcome = finding.cell.outcome
    words = ALL[catalogue.language]
    series = path_series(answer.estimate, outcome, window, words)
    scale = scale_of(outcome, catalogue).fine
    drift = _drift(series)
    name = at_the_start(outcome.called_in(catalogue.language))
    return Chart(
        figure=_figure(series, drift, scale, catalogue),
        alt=_alt(series, scale, catalogue),
        caption=catalogue.say("sheet.picture", outcome=name)
        + ". "
        + catalogue.say("sheet.picture-note", unit=unit_words(outcome, words)),
        table=_table(series, drift, scale, catalogue),
    )


def _drift(series: PathSeries) -> Floats:
    """The band of other regions' movements around the level without the intervention; NaN if none."""
    without = series.counterfactual[:, None]
    if series.outcome.scale is EffectScale.RATIO:
        return np.asarray(without * (1 + series.band / 100))
    return np.asarray(without + series.band)


def _figure(series: PathSeries, drift: Floats, scale: Scale, catalogue: Catalogue) -> Figure:
    figure = Figure(figsize=(4.2, 1.8))
    axes = figure.subplots()
    years = np.array(series.years)
    for year, counted in zip(series.years, series.counted, strict=True):
        if counted:
            axes.axvspan(year - 0.5, year + 0.5, color=COUNTED, linewidth=0, zorder=0)
    if np.isfinite(drift).all():
        axes.fill_between(years, *drift.T, color=BAND, linewidth=0, label=catalogue.say("sheet.band"))
    axes.plot(
        years,
        series.counterfactual,
        "s--",
        color=WITHOUT,
        markersize=4,
        label=catalogue.say("sheet.counterfactual"),
    )
    axes.plot(
        years, series.observed, "o-", color=OBSERVED, markersize=4, label=catalogue.say("sheet.observed")
    )
    axes.axvline(series.start - 0.5, color="#333333", linewidth=1.1)
    axes.text(series.start - 0.45, 1.01, catalogue.say("sheet.start"), fontsize=8, color="#333333",
              transform=axes.get_xaxis_transform())  # fmt: skip
    axes.set_xlim(series.years[0] - 0.5, series.years[-1] + 0.5)
    labelled = range(0, len(series.years), 1 + (len(series.years) - 1) // 8)
    axes.set_xticks([series.years[i] for i in labelled], [series.year_words(i) for i in labelled])
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(scale.amount(value), scale.numerals)))
    axes.grid(axis="y", color="#e6e6e6", linewidth=0.6)
    figure.legend(loc="lower center", ncols=3, frameon=False, fontsize=7.5, handlelength=1.6,
                  handletextpad=0.5, columnspacing=0.9)  # fmt: skip
    figure.subplots_adjust(left=0.16, right=0.985, top=0.9, bottom=0.28)
    return figure


def _alt(series: PathSeries, scale: Scale, catalogue: Catalogue) -> str:
    return catalogue.say(
        "sheet.picture-alt",
        first=series.year_words(0),
        last=series.year_words(len(series.years) - 1),
        observed_first=scale.amount(series.observed[0]),
        observed_last=scale.amount(series.observed[-1]),
        without_first=scale.amount(series.counterfactual[0]),
        without_last=scale.amount(series.counterfactual[-1]),
    )


def _table(series: PathSeries, drift: Floats, scale: Scale, catalogue: Catalogue) -> Table:
    head = tuple(catalogue.say(f"sheet.{key}") for key in ("year", "observed", "counterfactual", "band"))
    written = catalogue.numerals.range
    rows = tuple(
        (
            since_words(year) if series.since else str(year),
            scale.amount(series.observed[i]),
            scale.amount(series.counterfactual[i]),
            written.format(low=scale.amount(drift[i, 0]), high=scale.amount(drift[i, 1]))
            if np.isfinite(drift[i]).all()
            else catalogue.numerals.unbounded,
        )
        for i, year in enumerate(series.years)
    )
    return Table(catalogue.say("sheet.table"), head, rows)
