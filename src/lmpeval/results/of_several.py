"""Rows of the table of results on outcomes that are told together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from lmpeval.engine.running import StudyResult
from lmpeval.finding import Finding
from lmpeval.jointly.draws import Ranged
from lmpeval.outcomes_together import ByCategory, ForMoney, NotTold, Substituted, asked_together
from lmpeval.results.row import Quantity, Row, bounded

Starts = Callable[[Finding], Row]
"""The row that a finding's other rows begin from."""


def rows_of_several(result: StudyResult, begin: Starts) -> Iterator[Row]:
    """Parts of costs, care that moved, health for money; nothing of what is not told."""
    asked = asked_together(result.study, result.findings)
    for split in asked.by_category:
        yield from _parts(split, begin(split.total))
    for moved in asked.substituted:
        yield from _moved(moved, begin(moved.source))
    for worth in asked.for_money:
        yield from _worth(worth, begin(worth.cost))


def _parts(asked: ByCategory, row: Row) -> Iterator[Row]:
    if isinstance(asked.found, NotTold):
        return
    for part, number in zip(asked.parts, asked.found.parts, strict=True):
        yield _row(row, Quantity.PART, number, part.cell.outcome.name)
    yield _row(row, Quantity.REST, asked.found.rest)
    for payer, number in asked.payers:
        yield _row(row, Quantity.PAYER, number, payer)


def _moved(asked: Substituted, row: Row) -> Iterator[Row]:
    found, to = asked.found, asked.asked.destination
    if isinstance(found, NotTold):
        return
    yield _row(row, Quantity.MOVED, found.moved, to)
    yield _row(row, Quantity.ADDED, found.added, to)
    yield _row(row, Quantity.LEAKED, found.leaked, to)
    chance = replace(row, quantity=Quantity.AS_MEANT, by=to, unit="share")
    yield replace(chance, estimate=found.as_meant.bounded)


def _worth(asked: ForMoney, row: Row) -> Iterator[Row]:
    found, bought = asked.found, asked.asked.gain
    if isinstance(found, NotTold):
        return
    share = replace(row, unit="share")
    for quadrant, chance in found.quadrants.items():
        by = f"{bought}: {quadrant}"
        yield replace(share, quantity=Quantity.QUADRANT, by=by, estimate=chance.bounded)
    for each in found.benefits:
        by = f"{bought} at {each.threshold:g}"
        yield _row(row, Quantity.NET_BENEFIT, each.net, by)
        yield replace(share, quantity=Quantity.WORTH, by=by, estimate=each.chance.bounded)


def _row(row: Row, quantity: Quantity, number: Ranged, by: str = "") -> Row:
    value, low, high = number
    return replace(row, quantity=quantity, by=by, estimate=value, low=bounded(low), high=bounded(high))
