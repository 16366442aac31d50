"""Everything that a page shows of a calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite

from markupsafe import Markup

from lmpeval.ahead.calibrating import Calibrated
from lmpeval.ahead.calibration_file import Foreseen, Standing
from lmpeval.calibration import COVERAGE_ALLOWED, Calibration
from lmpeval.finding import Failed, Finding, NotEstimable
from lmpeval.report.ahead import AheadLine, ahead_lines
from lmpeval.report.calibration_headline import headline, stands_out
from lmpeval.report.calibration_tables import errs_table, seen_table
from lmpeval.report.cells import Picture
from lmpeval.report.glance import at_the_start, design_words
from lmpeval.report.numbers import percent
from lmpeval.report.power import placebo_table, power_alt, power_series, power_table
from lmpeval.report.power_figure import Look, legend_figure, looks_of, power_figure
from lmpeval.report.reach import by_reach
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
from lmpeval.study import Study


@dataclass(frozen=True)
class OutcomeView:
    """The figure of one outcome."""

    outcome: str
    picture: Picture | None


@dataclass(frozen=True)
class CalibrationView:
    """A study's calibration, ready to print.

    Attributes
    ----------
    headline : str
        What it comes to.
    remarks : tuple of str
        What could not be measured or bounded, and what an effect would take of those reached.
    narrow_or_wide : tuple of str
        Where intervals do not hold the truth as often as they say.
    seen, errs : Table
    outcomes : tuple of OutcomeView
    legend : Markup or None
        Of all figures at once.
    """

    headline: str
    remarks: tuple[str, ...]
    narrow_or_wide: tuple[str, ...]
    seen: Table
    errs: Table
    outcomes: tuple[OutcomeView, ...]
    legend: Markup | None


def calibration_view(cells: Sequence[Calibrated], study: Study, words: Words) -> CalibrationView:
    """Lay a calibration out by outcome, in the order of the study."""
    grouped: dict[str, list[Calibrated]] = {}
    for each in cells:
        grouped.setdefault(each.cell.outcome.name, []).append(each)
    ordered = [each for some in grouped.values() for each in some]
    looks = looks_of([each.cell for each in sorted(ordered, key=lambda each: not each.cell.primary)], words)
    with drawing():
        outcomes = tuple(
            OutcomeView(words.called(some[0].cell.outcome), _picture(some, looks, f"k{number}", words))
            for number, some in enumerate(grouped.values(), start=1)
        )
        drawn = any(view.picture for view in outcomes)
        alt = words.say("power.lines", designs=", ".join(looks))
        legend = inline_svg(legend_figure(looks, words), "k0", alt) if drawn else None
    return CalibrationView(
        headline(ordered, words),
        tuple(f"{_name(each, words)}: {said}" for each in ordered for said in _remarks(each, study, words)),
        tuple(f"{_name(each, words)}: {said}" for each in ordered if (said := _covers(each.result, words))),
        seen_table(ordered, words),
        errs_table(ordered, words),
        outcomes,
        legend,
    )


@dataclass(frozen=True)
class ForeseenView:
    """What the report of a run shows of the calibration: either the note or the view."""

    note: str
    view: CalibrationView | None
    known: Foreseen
    study: Study
    words: Words

    @property
    def made_with(self) -> str:
        """Version that the calibration was made with."""
        return self.known.made_with

    @property
    def ahead(self) -> tuple[AheadLine, ...]:
        """What the primary design can see, held against what is plausible."""
        return ahead_lines(self.known, self.study, self.words)

    def stands_out(self, findings: Sequence[Finding]) -> str | None:
        """Say which answers leave zero out though their design could not see what matters."""
        return stands_out(findings, self.known.calibrations(), self.words) if self.view else None


def foreseen_view(known: Foreseen, study: Study, words: Words) -> ForeseenView:
    """Show a calibration that is current, or say in one line why none is shown."""
    if known.standing is Standing.CURRENT:
        return ForeseenView("", calibration_view(known.cells, study, words), known, study, words)
    note = words.say(f"ahead.calibration-{known.standing}", why=words.told(known.why))
    return ForeseenView(note, None, known, study, words)


def _remarks(each: Calibrated, study: Study, words: Words) -> list[str]:
    found = each.result
    if not isinstance(found, Calibration):
        why = found.reason if hasattr(found, "reason") else found.error
        return [words.say("seen.not-calibrated", why=words.told(why))]
    if not isfinite(found.detectable.value):
        return [words.say("seen.bounds-nothing")]
    arithmetic = by_reach(each, study, words) if each.cell.primary else None
    return [arithmetic] if arithmetic else []


def _covers(found: Calibration | NotEstimable | Failed, words: Words) -> str | None:
    if not isinstance(found, Calibration) or found.covers:
        return None
    least, most = COVERAGE_ALLOWED
    key = "too-little" if found.coverage.value < least else "too-much"
    return words.say(
        f"seen.covers-{key}",
        coverage=percent(found.coverage.value, words.numerals),
        least=percent(least, words.numerals),
        most=percent(most, words.numerals),
    )


def _name(each: Calibrated, words: Words) -> str:
    return f"{at_the_start(words.called(each.cell.outcome))}, {design_words(each.cell.label, words)}"


def _picture(
    cells: Sequence[Calibrated], looks: Mapping[str, Look], name: str, words: Words
) -> Picture | None:
    series = power_series(cells, words)
    if series is None:
        return None
    alt = power_alt(series)
    drawn = inline_svg(power_figure(series, looks), name, alt)
    return Picture(drawn, alt, (power_table(series), placebo_table(series)))
