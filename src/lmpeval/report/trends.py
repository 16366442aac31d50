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
from lmpeval.report.numbers import THIN, UNBOUNDED, Scale, percent, scale_of, three_digits
from lmpeval.report.starts import SINCE, since_words
from lmpeval.report.tables import Table
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
    """

    outcome: Outcome
    scale: Scale
    study: EventStudy
    path: Floats
    alone: Floats
    together: Floats

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

    @property
    def reference_words(self) -> str:
        """The reference year as it is written."""
        return since_words(self.found.reference) if self.since else str(self.found.reference)

    def ends(self, interval: tuple[float, float]) -> tuple[float, float]:
        """The two numbers that are written."""
        return self.scale.rounded(interval[0]), self.scale.rounded(interval[1])


def event_series(answer: Answered, outcome: Outcome) -> EventSeries | None:
    """Take from an answer what is drawn; None where no trend is taken for granted, or none can be seen."""
    found = answer.estimate
    if not rests_on_trends(answer.ledger) or not len(found.uncertainty.placebo):
        return None
    try:
        study = event_study(found)
    except NoEventPath:
        return None
    scale = scale_of(outcome).fine
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
    )


def parted_series(answer: Answered, outcome: Outcome) -> PartedSeries | None:
    """Take from an answer what is drawn; None where the ledger could not work it out either."""
    if not rests_on_trends(answer.ledger):
        return None
    try:
        found = parted(answer.estimate, outcome.minimal_important_difference)
    except NoEventPath:
        return None
    return PartedSeries(outcome, scale_of(outcome).fine, found, answer.estimate.start == 0)


def event_table(series: EventSeries) -> Table:
    """Every number of the figure."""
    level, reference = percent(series.study.level), series.study.reference
    rows: list[tuple[str, ...]] = []
    for i, year in enumerate(series.study.years.tolist()):
        side = "before" if year < series.study.start else "counted" if series.study.counted[i] else ""
        named = series.year_words(year) + (f", {side}" if side else "")
        if year == reference:
            rows.append((named, "counted from here", "\u2013", "\u2013"))
        else:
            spans = (_span(series.scale, ends[i]) for ends in (series.alone, series.together))
            rows.append((named, series.scale.change(float(series.path[i])), *spans))
    head = (SINCE if series.since else "year", "difference", f"{level}, that year alone",
            f"{level}, all years on that side of the start at once")  # fmt: skip
    return Table(f"Differences counted from {series.year_words(reference)}", head, tuple(rows))


def _span(scale: Scale, ends: Floats) -> str:
    return scale.interval(*ends.tolist()) if np.isfinite(ends).all() else UNBOUNDED


def event_alt(series: EventSeries) -> str:
    """Say what the figure shows to those who do not see it."""
    study = series.study
    before = (study.years < study.start) & (study.years != study.reference)
    after = study.years >= study.start
    outside = np.abs(study.path) > study.together
    return (
        f"Differences in {series.outcome.called} counted from {series.year_words(study.reference)}. Of "
        f"{before.sum()} years before it, {(outside & before).sum()} leave zero outside the band that holds "
        f"all of them at once; of {after.sum()} years from the start on, {(outside & after).sum()}. The "
        f"strip is the smallest difference that matters, "
        f"{series.scale.size(series.outcome.minimal_important_difference)} either way."
    )


def parted_table(series: PartedSeries) -> Table:
    """Every number of the figure, and where the conclusion falls."""
    found, scale = series.found, series.scale
    said = [(_step_words(mbar), ends) for mbar, ends in found.by_steps]
    said += [(_bend_words(bend, series.outcome.scale), ends) for bend, ends in found.by_bends]
    rows = [(text, scale.interval(*series.ends(ends))) for text, ends in said]
    rows += [("zero comes in at", text) for text in _falls(found, series.outcome.scale)]
    head = ("if", f"mean difference, counted from {series.reference_words}")
    return Table("The effect if trends are not parallel", head, tuple(rows))


def _step_words(mbar: float) -> str:
    if not mbar:
        return "trends are parallel from then on"
    return f"steps apart are at most {mbar:g} times the largest before the start"


def _bend_words(bend: float, scale: EffectScale) -> str:
    if not bend:
        return "the difference in trend goes straight on"
    return f"the difference in trend bends by at most {_in_unit(three_digits(bend), scale)} a year"


def _in_unit(number: str, scale: EffectScale) -> str:
    return f"{number}{THIN}{scale.sign}" if scale.sign else number


def _falls(found: Parted, scale: EffectScale) -> tuple[str, ...]:
    if found.falls_at_step is None or found.falls_at_bend is None:
        return ("no departure at all: the answer's own range holds it",)
    step, bend = found.falls_at_step, found.falls_at_bend
    steps = (
        "more than a hundred times the largest step"
        if step >= BEYOND_SAYING
        else f"{step:.2g} times the largest step"
        if step
        else "no step at all: it is in with parallel trends"
    )
    bends = (
        f"a bend of {_in_unit(f'{bend:.2g}', scale)} a year"
        if bend
        else "no bend at all: it is in if the trend goes straight on"
    )
    return steps, bends


def parted_alt(series: PartedSeries) -> str:
    """Say what the figure shows to those who do not see it."""
    scale, steps = series.scale, dict(series.found.by_steps)
    falls = "; ".join(_falls(series.found, series.outcome.scale))
    return (
        f"Intervals of the effect on {series.outcome.called}, counted from {series.reference_words}. With "
        f"parallel trends {scale.interval(*series.ends(steps[0.0]))}; with steps apart as large as the "
        f"largest before the start {scale.interval(*series.ends(steps[1.0]))}; twice as large "
        f"{scale.interval(*series.ends(steps[2.0]))}. Zero comes in at: {falls}."
    )
