"""What the figures on trends show, rounded as their data tables write it: both are made from this."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.assumptions.robust import BEYOND_SAYING
from lmpeval.effect_scale import EffectScale
from lmpeval.event_path import NoEventPath
from lmpeval.event_study import EventStudy, Parted, event_study, parted, rests_on_trends
from lmpeval.finding import Answered
from lmpeval.panel import Floats
from lmpeval.report.numbers import Scale, percent, scale_of, three_digits
from lmpeval.report.starts import since_words
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
from lmpeval.study import Outcome


@dataclass(frozen=True, eq=False)
class EventSeries:
    """One design's path counted from the last year before the start.

    Attributes
    ----------
    outcome : Outcome
    scale : Scale
    study : EventStudy
    path : array, shape (n_years,)
        Rounded, in the unit of effects.
    alone, together : array, shape (n_years, 2)
        Rounded ends of the interval of each year, and of the band of all years on its side of the start;
        NaN in the reference year and where they cannot be bounded.
    words : Words
        Of the language that it is told in.
    """

    outcome: Outcome
    scale: Scale
    study: EventStudy
    path: Floats
    alone: Floats
    together: Floats
    words: Words

    @property
    def since(self) -> bool:
        """Whether the years count from the start, because sites started in different ones."""
        return self.study.start == 0

    def year_words(self, year: int) -> str:
        """A year as it is written."""
        return since_words(year) if self.since else str(year)


@dataclass(frozen=True, eq=False)
class PartedSeries:
    """One design's effect if trends part, its ends rounded to what is written."""

    outcome: Outcome
    scale: Scale
    found: Parted
    since: bool
    words: Words

    @property
    def reference_words(self) -> str:
        """The reference year as it is written."""
        return since_words(self.found.reference) if self.since else str(self.found.reference)

    def ends(self, interval: tuple[float, float]) -> tuple[float, float]:
        """The two numbers that are written."""
        return self.scale.rounded(interval[0]), self.scale.rounded(interval[1])


def event_series(answer: Answered, outcome: Outcome, words: Words) -> EventSeries | None:
    """Take from an answer what is drawn; None where no trend is taken for granted, or none can be seen."""
    found = answer.estimate
    if not rests_on_trends(answer.ledger) or not len(found.uncertainty.placebo):
        return None
    try:
        study = event_study(found)
    except NoEventPath:
        return None
    scale = scale_of(outcome, words.catalogue).fine
    rounded = np.vectorize(scale.rounded, otypes=[float])

    def ends(reach: Floats) -> Floats:
        bounded = np.where(study.years == study.reference, np.nan, reach)
        spans = np.column_stack([study.path - bounded, study.path + bounded])
        return np.asarray(rounded(found.scale.told(spans)))

    return EventSeries(
        outcome,
        scale,
        study,
        rounded(found.scale.told(study.path)),
        ends(study.pointwise),
        ends(study.together),
        words,
    )


def parted_series(answer: Answered, outcome: Outcome, words: Words) -> PartedSeries | None:
    """Take from an answer what is drawn; None where the ledger could not work it out either."""
    if not rests_on_trends(answer.ledger):
        return None
    try:
        found = parted(answer.estimate, outcome.minimal_important_difference)
    except NoEventPath:
        return None
    scale = scale_of(outcome, words.catalogue).fine
    return PartedSeries(outcome, scale, found, answer.estimate.start == 0, words)


def event_table(series: EventSeries) -> Table:
    """Every number of the figure."""
    say, level = series.words.say, percent(series.study.level, series.scale.numerals)
    reference = series.study.reference
    rows: list[tuple[str, ...]] = []
    for i, year in enumerate(series.study.years.tolist()):
        named = series.year_words(year)
        if year < series.study.start:
            named = say("path.before", year=named)
        elif series.study.counted[i]:
            named = say("path.counted", year=named)
        if year == reference:
            rows.append((named, say("event.from-here"), "\u2013", "\u2013"))
        else:
            spans = (_span(series.scale, ends[i]) for ends in (series.alone, series.together))
            rows.append((named, series.scale.change(float(series.path[i])), *spans))
    head = (
        say("path.since" if series.since else "path.year"), say("path.difference"),
        say("event.alone", level=level), say("event.together", level=level),
    )  # fmt: skip
    return Table(say("event.caption", year=series.year_words(reference)), head, tuple(rows))


def _span(scale: Scale, ends: Floats) -> str:
    return scale.interval(*ends.tolist()) if np.isfinite(ends).all() else scale.numerals.unbounded


def event_alt(series: EventSeries) -> str:
    """Say what the figure shows to those who do not see it."""
    study = series.study
    before = (study.years < study.start) & (study.years != study.reference)
    after = study.years >= study.start
    outside = np.abs(study.path) > study.together
    return series.words.say(
        "event.alt",
        outcome=series.words.called(series.outcome), year=series.year_words(study.reference),
        before=before.sum(), before_outside=(outside & before).sum(),
        after=after.sum(), after_outside=(outside & after).sum(),
        margin=series.scale.size(series.outcome.minimal_important_difference),
    )  # fmt: skip


def parted_table(series: PartedSeries) -> Table:
    """Every number of the figure, and where the conclusion falls."""
    found, scale, say = series.found, series.scale, series.words.say
    said = [(_step_words(mbar, series.words), ends) for mbar, ends in found.by_steps]
    said += [(_bend_words(bend, series), ends) for bend, ends in found.by_bends]
    rows = [(text, scale.interval(*series.ends(ends))) for text, ends in said]
    rows += [(say("parted.zero"), text) for text in _falls(series)]
    head = (say("parted.if"), say("parted.mean", year=series.reference_words))
    return Table(say("parted.caption"), head, tuple(rows))


def _step_words(mbar: float, words: Words) -> str:
    if not mbar:
        return words.say("parted.parallel")
    return words.say("parted.steps", times=three_digits(mbar, words.numerals))


def _bend_words(bend: float, series: PartedSeries) -> str:
    if not bend:
        return series.words.say("parted.straight")
    return series.words.say("parted.bends", bend=_in_unit(three_digits(bend, series.scale.numerals), series))


def _in_unit(number: str, series: PartedSeries) -> str:
    ratio = series.outcome.scale is EffectScale.RATIO
    return series.scale.numerals.percent.format(number=number) if ratio else number


def _falls(series: PartedSeries) -> tuple[str, ...]:
    found, say = series.found, series.words.say
    if found.falls_at_step is None or found.falls_at_bend is None:
        return (say("parted.at-nothing"),)
    step, bend = found.falls_at_step, found.falls_at_bend
    key = "parted.beyond" if step >= BEYOND_SAYING else "parted.at-step" if step else "parted.at-no-step"
    steps = say(key, times=_two_digits(step, series))
    bends = say(
        "parted.at-bend" if bend else "parted.at-no-bend", bend=_in_unit(_two_digits(bend, series), series)
    )
    return steps, bends


def _two_digits(number: float, series: PartedSeries) -> str:
    return three_digits(float(f"{number:.2g}"), series.scale.numerals)


def parted_alt(series: PartedSeries) -> str:
    """Say what the figure shows to those who do not see it."""
    steps = dict(series.found.by_steps)
    parallel, once, twice = (series.scale.interval(*series.ends(steps[mbar])) for mbar in (0.0, 1.0, 2.0))
    return series.words.say(
        "parted.alt",
        outcome=series.words.called(series.outcome), year=series.reference_words,
        parallel=parallel, once=once, twice=twice, falls="; ".join(_falls(series)),
    )  # fmt: skip
