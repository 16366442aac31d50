"""An effect on everybody, reached or not, beside what that is for each person reached."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lmpeval.engine.running import StudyResult
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import percent, scale_of
from lmpeval.report.reach import reached
from lmpeval.report.tables import Table
from lmpeval.report.together_parts import told
from lmpeval.study import Level
from lmpeval.two_levels import AsDelivered, as_delivered


@dataclass(frozen=True)
class DeliveredView:
    """Both side by side, and when the second may be believed."""

    table: Table
    note: str


def delivered_view(result: StudyResult, catalogue: Catalogue) -> DeliveredView | None:
    """The primary design's effects on everybody; None where reach is not known or too small to be shown."""
    found = tuple(_found(result))
    if not found:
        return None
    say = catalogue.say
    head = ("outcome", "everybody", "reach", "each")
    table = Table(
        say("joint.delivered-caption"),
        tuple(say(f"joint.delivered-{name}") for name in head),
        tuple(_row(each, catalogue) for each in found),
    )
    return DeliveredView(table, say("joint.delivered-note"))


def _found(result: StudyResult) -> Iterator[AsDelivered]:
    for finding in result.findings:
        cell = finding.cell
        persons = reached(result.study, cell.outcome)
        if cell.primary and cell.level is Level.POPULATION and persons is not None:
            found = as_delivered(finding, persons.persons)
            if found is not None:
                yield found


def _row(each: AsDelivered, catalogue: Catalogue) -> tuple[str, ...]:
    outcome = each.finding.cell.outcome
    scale = scale_of(outcome, catalogue)
    return (
        outcome.called_in(catalogue.language),
        told(each.everybody, scale),
        percent(each.reach, catalogue.numerals),
        told(each.each, scale),
    )
