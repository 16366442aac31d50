"""What a figure of an effect shows, rounded as its data table writes it: both are made from this."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.effect_scale import EffectScale
from lmpeval.estimate import Estimate
from lmpeval.panel import Floats
from lmpeval.report.numbers import Scale, percent, scale_of
from lmpeval.report.starts import since_words
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
from lmpeval.study import Outcome, Window

BAND = (5, 95)
"""Percentiles of the stand-ins' own movements that the grey band spans."""
MOST_LINES = 100
"""Sets of stand-ins of several starts that are drawn one by one; more would be a grey mass."""


@dataclass(frozen=True, eq=False)
class PathSeries:
    """One design's effect path.

    Attributes
    ----------
    outcome : Outcome
    scale : Scale
    years : tuple of int
    observed, counterfactual, gap : array, shape (n_years,)
        Rounded; levels in the outcome's unit, the gap and all that follows in that of effects.
    interval, band : array, shape (n_years, 2)
        Pointwise interval of the gap, and the percentiles `BAND` of the stand-ins' gaps; NaN where
        there is none.
    stand_ins : array, shape (n_placebos, n_years)
        Gaps of the stand-ins, the largest mean effect first; nameless, because they show how other
        regions did. Of the many sets that stand in for several starts, evenly chosen ones.
    n_stand_ins : int
        Of all that the band holds.
    counted : array of bool, shape (n_years,)
    start : int
        0 where sites started in different years and the years count from each one's own.
    breaks : tuple of int
        Those within the years.
    level : float
        Of the interval.
    words : Words
        Of the language that it is told in.
    """

    outcome: Outcome
    scale: Scale
    years: tuple[int, ...]
    observed: Floats
    counterfactual: Floats
    gap: Floats
    interval: Floats
    band: Floats
    stand_ins: Floats
    n_stand_ins: int
    counted: tuple[bool, ...]
    start: int
    breaks: tuple[int, ...]
    level: float
    words: Words

    @property
    def since(self) -> bool:
        """Whether the years count from the start, because sites started in different ones."""
        return self.start == 0

    def year_words(self, i: int) -> str:
        """A year as it is written."""
        return since_words(self.years[i]) if self.since else str(self.years[i])


def path_series(found: Estimate, outcome: Outcome, window: Window, words: Words) -> PathSeries:
    """Take from an estimate what is drawn, rounded to what is written."""
    scale, told = scale_of(outcome, words.catalogue).fine, found.told
    rounded = np.vectorize(scale.rounded, otypes=[float])
    rounded_level = np.vectorize(scale.rounded_level, otypes=[float])
    placebo = told.placebo
    n_years = len(found.years)
    if found.uncertainty.placebo_labels:  # what is drawn is nobody's path
        mean = np.abs(placebo[:, found.counted].mean(axis=1))
        placebo = placebo[np.argsort(-mean, kind="stable")]
        band = np.percentile(placebo, BAND, axis=0).T
    else:
        placebo, band = np.empty((0, n_years)), np.full((n_years, 2), np.nan)
    # a single start keeps its one line a group, several starts have hundreds of sets of groups
    drawn = placebo[:: 1 + max(len(placebo) - 1, 0) // MOST_LINES] if found.start == 0 else placebo
    years = tuple(int(year) for year in found.years)
    return PathSeries(
        outcome=outcome,
        scale=scale,
        years=years,
        observed=rounded_level(told.observed),
        counterfactual=rounded_level(told.counterfactual),
        gap=rounded(told.gap),
        interval=rounded(told.path_interval),
        band=rounded(band),
        stand_ins=rounded(drawn) if len(drawn) else drawn,
        n_stand_ins=len(placebo),
        counted=tuple(bool(c) for c in found.counted),
        start=found.start,
        breaks=tuple(dated.year for dated in window.breaks if years[0] <= dated.year <= years[-1]),
        level=found.uncertainty.level,
        words=words,
    )


def path_table(series: PathSeries) -> Table:
    """Every number of the figure but the stand-ins' single lines."""
    scale, say = series.scale, series.words.say

    def span(pair: Floats) -> str:
        return scale.interval(*pair) if np.isfinite(pair).all() else scale.numerals.unbounded

    head = [
        say("path.since") if series.since else say("path.year"),
        say("path.observed"),
        say("path.without"),
        say("path.difference"),
        say("path.interval", level=percent(series.level, scale.numerals)),
    ]
    columns = [
        [_year(series, i) for i in range(len(series.years))],
        [scale.amount(value) for value in series.observed],
        [scale.amount(value) for value in series.counterfactual],
        [scale.change(value) for value in series.gap],
        [span(pair) for pair in series.interval],
    ]
    if len(series.stand_ins):
        head.append(say("path.stand-ins", low=BAND[0], high=BAND[1]))
        columns.append([span(pair) for pair in series.band])
    rows = tuple(zip(*columns, strict=True))
    key = "path.caption-percent" if series.outcome.scale is EffectScale.RATIO else "path.caption"
    return Table(say(key, unit=unit_words(series.outcome, series.words)), tuple(head), rows)


def stand_in_table(series: PathSeries) -> Table | None:
    """The single grey lines; None where there are none."""
    if not len(series.stand_ins):
        return None
    rows = tuple(
        (str(i + 1), *(series.scale.change(value) for value in line))
        for i, line in enumerate(series.stand_ins)
    )
    say, n = series.words.say, len(series.stand_ins)
    caption = say("path.lines") if n == series.n_stand_ins else say("path.some-lines", n=n)
    years = map(series.year_words, range(len(series.years)))
    return Table(caption, (say("path.stand-in"), *years), rows)


def path_alt(series: PathSeries) -> str:
    """Say what the figure shows to those who do not see it."""
    scale, last = series.scale, len(series.years) - 1
    n = series.n_stand_ins
    outside = sum(
        bool(np.isfinite(pair).all() and not pair[0] <= gap <= pair[1])
        for gap, pair, counted in zip(series.gap, series.band, series.counted, strict=True)
        if counted
    )
    say = series.words.say
    counted = sum(series.counted)
    observed, without = series.observed, series.counterfactual
    first, final = series.year_words(0), series.year_words(last)
    key = "since" if series.since else "calendar"
    parts = [
        say(f"path.alt-when-{key}", first=first, final=final, start=series.start),
        say(
            "path.alt-above",
            outcome=series.words.called(series.outcome),
            observed=scale.amount(observed[0]), observed_last=scale.amount(observed[last]),
            without=scale.amount(without[0]), without_last=scale.amount(without[last]),
        ),
        say(
            f"path.alt-below-{key}",
            low=scale.change(series.gap[0]), high=scale.change(series.gap[last]), first=first, final=final,
        ),
    ]  # fmt: skip
    return " ".join([*parts, *([say("path.alt-spread", outside=outside, counted=counted, n=n)] if n else [])])


def effect_words(outcome: Outcome, words: Words) -> str:
    """The unit of effects; a percentage with what it is of."""
    if outcome.scale is EffectScale.RATIO:
        return words.say("path.percent-of", unit=unit_words(outcome, words))
    return unit_words(outcome, words)


def unit_words(outcome: Outcome, words: Words) -> str:
    """The unit with its price year, if it has one."""
    unit = words.unit(outcome)
    if outcome.price is None:
        return unit
    key = "refers.own-prices" if outcome.price.index == "none" else "refers.prices"
    return f"{unit}, {words.say(key, year=outcome.price.year)}"


def _year(series: PathSeries, i: int) -> str:
    year, say = series.year_words(i), series.words.say
    if series.counted[i]:
        return say("path.counted", year=year)
    return say("path.before", year=year) if series.years[i] < series.start else year
