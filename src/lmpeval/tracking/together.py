"""Outcomes that are told together, as metrics of a study's run."""

from __future__ import annotations

from math import isfinite

from lmpeval.engine.running import StudyResult
from lmpeval.finding import Finding
from lmpeval.jointly.draws import Ranged
from lmpeval.outcomes_together import ByCategory, ForMoney, NotTold, Substituted, asked_together
from lmpeval.tracking.metrics import metric_part


def together_metrics(result: StudyResult) -> dict[str, float]:
    """Numbers by their metric's name; nothing of what is not told, none that is not finite."""
    asked = asked_together(result.study, result.findings)
    named: dict[str, float] = {}
    for split in asked.by_category:
        named |= _parts(split)
    for moved in asked.substituted:
        named |= _moved(moved)
    for worth in asked.for_money:
        named |= _worth(worth)
    return {name: float(value) for name, value in named.items() if isfinite(value)}


def _of(finding: Finding) -> str:
    return f"{finding.cell.level}.{finding.cell.outcome.name}"


def _ranged(name: str, number: Ranged) -> dict[str, float]:
    return {f"{name}.{end}": value for end, value in zip(("effect", "low", "high"), number, strict=True)}


def _parts(asked: ByCategory) -> dict[str, float]:
    if isinstance(asked.found, NotTold):
        return {}
    named: dict[str, float] = {}
    for part, number in zip(asked.parts, asked.found.parts, strict=True):
        named |= _ranged(f"{_of(asked.total)}.part.{part.cell.outcome.name}", number)
    named |= _ranged(f"{_of(asked.total)}.in_no_part", asked.found.rest)
    for payer, number in asked.payers:
        named |= _ranged(f"{_of(asked.total)}.paid_by.{metric_part(payer)}", number)
    return named


def _moved(asked: Substituted) -> dict[str, float]:
    if isinstance(asked.found, NotTold):
        return {}
    name = f"{_of(asked.source)}.to.{asked.asked.destination}"
    named: dict[str, float] = {f"{name}.chance_that_care_moved": asked.found.as_meant.bounded}
    for what in ("moved", "added", "leaked"):
        named |= _ranged(f"{name}.{what}", getattr(asked.found, what))
    return named


def _worth(asked: ForMoney) -> dict[str, float]:
    if isinstance(asked.found, NotTold):
        return {}
    name = f"{_of(asked.cost)}.for.{asked.asked.gain}"
    named: dict[str, float] = {}
    for quadrant, chance in asked.found.quadrants.items():
        named[f"{name}.chance {quadrant}"] = chance.bounded
    for each in asked.found.benefits:
        named |= _ranged(f"{name}.net_benefit_at_{each.threshold:.0f}", each.net)
        named[f"{name}.chance_worth_it_at_{each.threshold:.0f}"] = each.chance.bounded
    return named
