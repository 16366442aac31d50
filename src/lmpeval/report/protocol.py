"""Whether a study was laid down before its results were seen, and what was changed since."""

from __future__ import annotations

from dataclasses import dataclass

from lmpeval.report.tables import Table
from lmpeval.report.words import ENGLISH, Words, day_words
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


def protocol_view(protocol: Protocol, study: Study, words: Words) -> ProtocolView:
    """Say what a reader may make of the plan, with a row for every key that was changed."""
    return ProtocolView(
        protocol.standing,
        told_protocol(protocol, study, words),
        _changes(protocol, words),
        protocol.other_files,
    )


def told_protocol(protocol: Protocol, study: Study, words: Words = ENGLISH) -> str:
    """Say in a sentence or two what a study's plan was."""
    if protocol.frozen_on is None:
        return words.say("plan.never")
    seen = "" if protocol.delivered_until is None else _seen(protocol.delivered_until, study, words)
    key = "unexplained" if protocol.standing is Standing.EXPLORATORY else str(protocol.standing)
    n = len(protocol.amendments)
    times = words.say("plan.once" if n == 1 else "plan.times", n=n)
    return words.say(f"plan.{key}", day=day_words(protocol.frozen_on, words), seen=seen, times=times)


def _seen(until: int, study: Study, words: Words) -> str:
    start = study.intervention.start
    return words.say("plan.nothing-seen" if until < start else "plan.seen", start=start, until=until)


def _changes(protocol: Protocol, words: Words) -> Table | None:
    say = words.say
    rows = [
        _row(change, day_words(each.on, words), each.reason)
        for each in protocol.amendments
        for change in each.changes or (Change(say("plan.data-alone"), None, None),)
    ]
    rows += [_row(change, say("plan.since-then"), say("plan.none-given")) for change in protocol.unexplained]
    if not rows:
        return None
    head = tuple(say(f"plan.{column}") for column in ("key", "was", "is", "changed", "reason"))
    return Table(say("plan.changes"), head, tuple(rows))


def _row(change: Change, when: str, why: str) -> tuple[str, ...]:
    absent = "\u2013"
    return (change.key, change.before or absent, change.after or absent, when, why)
