"""Whether a study was laid down before its results were seen, and what was changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from lmpeval.report.tables import Table
from lmpeval.study import Study
from lmpeval.study_files.changes import Change
from lmpeval.study_files.frozen import Protocol, Standing


@dataclass(frozen=True)
class ProtocolView:
    """What a page says of a study's protocol."""

    standing: Standing
    sentence: str
    changes: Table | None
    other_files: tuple[str, ...]


def protocol_view(protocol: Protocol, study: Study) -> ProtocolView:
    """Say what a reader may make of the plan, with a row for every key that was changed."""
    return ProtocolView(
        protocol.standing, told_protocol(protocol, study), _changes(protocol), protocol.other_files
    )


def told_protocol(protocol: Protocol, study: Study) -> str:
    """Say in a sentence or two what a study's plan was."""
    if protocol.frozen_on is None:
        return "Exploratory: the study was not frozen before its results were seen."
    frozen = f"frozen on {_day(protocol.frozen_on)}"
    seen = "" if protocol.delivered_until is None else _seen(protocol.delivered_until, study)
    match protocol.standing:
        case Standing.FROZEN:
            return f"{frozen.capitalize()} and not changed since.{seen}"
        case Standing.AMENDED:
            times = len(protocol.amendments)
            return f"Amended: {frozen}, changed {_times(times)} since, with reasons.{seen}"
        case Standing.EXPLORATORY:
            return f"Exploratory: {frozen}, but changed since without a reason.{seen}"


def _seen(until: int, study: Study) -> str:
    start = study.intervention.start
    if until < start:
        return f" No figure of {start} or later had been delivered then."
    return f" Figures until {until} had been delivered then, of years after the start ({start}) too."


def _times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _day(on: date) -> str:
    return f"{on.day} {on:%B %Y}"


def _changes(protocol: Protocol) -> Table | None:
    rows = [
        _row(change, _day(each.on), each.reason)
        for each in protocol.amendments
        for change in each.changes or (_OTHER_DATA,)
    ]
    rows += [_row(change, "since then", "none given") for change in protocol.unexplained]
    if not rows:
        return None
    head = ("key of the study", "was", "is", "changed", "reason")
    return Table("What was changed since the study was frozen", head, tuple(rows))


_OTHER_DATA = Change("the data alone", None, None)
"""An amendment that left the study as it was."""


def _row(change: Change, when: str, why: str) -> tuple[str, ...]:
    absent = "\u2013"
    return (change.key, change.before or absent, change.after or absent, when, why)
