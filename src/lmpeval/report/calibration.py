"""Everything that a page shows of a calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite

from lmpeval.calibrating import Calibrated
from lmpeval.calibration import COVERAGE_ALLOWED, Calibration
from lmpeval.calibration_file import Foreseen, Standing
from lmpeval.report.calibration_tables import errs_table, relative_words, seen_table
from lmpeval.report.cells import Picture
from lmpeval.report.glance import design_words
from lmpeval.report.numbers import percent, scale_of
from lmpeval.report.power import placebo_table, power_alt, power_series, power_table
from lmpeval.report.power_figure import power_figure
from lmpeval.report.reach import by_reach
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
from lmpeval.study import Study


@dataclass(frozen=True)
class Reading:
    """What the calibration of one cell says, in words."""

    name: str
    primary: bool
    answers: bool
    sentences: tuple[str, ...]


@dataclass(frozen=True)
class OutcomeView:
    """The designs of one outcome."""

    outcome: str
    readings: tuple[Reading, ...]
    picture: Picture | None


@dataclass(frozen=True)
class CalibrationView:
    """A study's calibration, ready to print."""

    outcomes: tuple[OutcomeView, ...]
    seen: Table
    errs: Table


def calibration_view(cells: Sequence[Calibrated], study: Study, words: Words) -> CalibrationView:
    """Lay a calibration out by outcome, in the order of the study."""
    grouped: dict[str, list[Calibrated]] = {}
    for each in cells:
        grouped.setdefault(each.cell.outcome.name, []).append(each)
    with drawing():
        outcomes = tuple(
            OutcomeView(
                some[0].cell.outcome.called,
                tuple(_reading(each, study, words) for each in some),
                _picture(some, f"k{number}"),
            )
            for number, some in enumerate(grouped.values(), start=1)
        )
    return CalibrationView(outcomes, seen_table(cells), errs_table(cells))


@dataclass(frozen=True)
class ForeseenView:
    """What the report of a run shows of the calibration: either the note or the view."""

    note: str
    view: CalibrationView | None
    made_with: str


def foreseen_view(known: Foreseen, study: Study, words: Words) -> ForeseenView:
    """Show a calibration that is current, or say in one line why none is shown."""
    if known.standing is Standing.CURRENT:
        return ForeseenView("", calibration_view(known.cells, study, words), known.made_with)
    note = words.sentences[f"calibration {known.standing}"].format(why=known.why)
    return ForeseenView(note, None, known.made_with)


def _reading(each: Calibrated, study: Study, words: Words) -> Reading:
    name = design_words(each.cell.label)
    found, scale = each.result, scale_of(each.cell.outcome).fine
    if not isinstance(found, Calibration):
        why = found.reason if hasattr(found, "reason") else found.error
        return Reading(name, each.cell.primary, False, (words.sentences["not calibrated"].format(why=why),))
    key = "cannot see" if not isfinite(found.detectable.value) else "cannot answer"
    said = words.sentences["can answer" if found.answers else key].format(
        detectable=scale.size(found.detectable.value),
        per=scale.per,
        share=f"{relative_words(found, found.detectable.value)} of the mean",
        margin=scale.amount(found.sought.margin),
    )
    more = (_covers(found, words), by_reach(each, study, words))
    return Reading(name, each.cell.primary, found.answers, (said, *(text for text in more if text)))


def _covers(found: Calibration, words: Words) -> str | None:
    if found.covers:
        return None
    least, most = COVERAGE_ALLOWED
    key = "covers too little" if found.coverage.value < least else "covers too much"
    return words.sentences[key].format(
        coverage=percent(found.coverage.value), least=percent(least), most=percent(most)
    )


def _picture(cells: Sequence[Calibrated], name: str) -> Picture | None:
    series = power_series(cells)
    if series is None:
        return None
    alt = power_alt(series)
    return Picture(
        inline_svg(power_figure(series), name, alt), alt, (power_table(series), placebo_table(series))
    )
