"""What a study asks of several outcomes together, answered from their findings.

Outcomes are told together as one design judged them at one level: the primary one where it speaks of that
level. Nothing is told together of which a part may not be told alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from lmpeval.economics import NetEffect
from lmpeval.estimate import Estimate
from lmpeval.finding import Answered, Finding
from lmpeval.jointly.by_category import Split, split
from lmpeval.jointly.cost_effectiveness import CostEffect, Terms, cost_effect
from lmpeval.jointly.draws import NotPaired, Ranged, Why
from lmpeval.jointly.substitution import Moved, moved_between
from lmpeval.study import Better, CostEffectiveness, Level, Outcome, Study, Substitution

Found = TypeVar("Found")


@dataclass(frozen=True)
class NotTold:
    """Why outcomes are not told together, and those without an answer."""

    why: Why
    of: tuple[Outcome, ...] = ()


@dataclass(frozen=True, eq=False)
class ByCategory:
    """A difference in cost by what it is spent on and who pays it.

    Attributes
    ----------
    total : Finding
    parts : tuple of Finding
        Those with an answer, in the order of the study file.
    absent : tuple of Outcome
        Parts without an answer, which are in the rest.
    found : Split or NotTold
    programme : float or None
        Its cost a head and year; None where it is not known.
    payers : tuple of (str, Ranged)
        Everybody who is named as paying, the programme's payer among them.
    """

    total: Finding
    parts: tuple[Finding, ...]
    absent: tuple[Outcome, ...]
    found: Split | NotTold
    programme: float | None
    payers: tuple[tuple[str, Ranged], ...]


@dataclass(frozen=True, eq=False)
class Substituted:
    """A substitution that the study names, taken apart."""

    asked: Substitution
    source: Finding
    destination: Finding | None
    found: Moved | NotTold


@dataclass(frozen=True, eq=False)
class ForMoney:
    """A cost set against what is gained for it.

    Attributes
    ----------
    programme : float or None
        Its cost a head and year, which is in the cost; None where it is not known.
    """

    asked: CostEffectiveness
    cost: Finding
    gain: Finding | None
    found: CostEffect | NotTold
    programme: float | None


@dataclass(frozen=True, eq=False)
class AskedTogether:
    """All that a study asks of several outcomes together, level by level."""

    by_category: tuple[ByCategory, ...]
    substituted: tuple[Substituted, ...]
    for_money: tuple[ForMoney, ...]

    def __bool__(self) -> bool:
        """Whether anything is asked."""
        return bool(self.by_category or self.substituted or self.for_money)


def asked_together(study: Study, findings: Sequence[Finding]) -> AskedTogether:
    """Answer what a study asks of several outcomes together."""
    return AskedTogether(
        tuple(_by_category(study, findings)),
        tuple(_substituted(study, findings)),
        tuple(_for_money(study, findings)),
    )


def _by_category(study: Study, findings: Sequence[Finding]) -> Iterator[ByCategory]:
    for outcome in study.outcomes:
        for total in _leading(findings, outcome) if outcome.parts else ():
            asked = [each for name in outcome.parts for each in study.outcomes if each.name == name]
            beside = [_beside(findings, total, each) for each in asked]
            parts = tuple(each for each in beside if each is not None and _estimate(each) is not None)
            absent = tuple(
                each
                for each, found in zip(asked, beside, strict=True)
                if found is None or _estimate(found) is None
            )
            found = _together([total, *parts], partial(_split, [each.cell.outcome.paid_by for each in parts]))
            programme = _programme(total)
            yield ByCategory(total, parts, absent, found, programme, _payers(study, found, programme))


def _split(payers: Sequence[str | None], of: Sequence[Estimate]) -> Split:
    return split(of[0], of[1:], payers)


def _payers(study: Study, found: Split | NotTold, programme: float | None) -> tuple[tuple[str, Ranged], ...]:
    """Who pays more or less, the programme's own payer among them."""
    if isinstance(found, NotTold):
        return ()
    payers, own = dict(found.payers), study.intervention.programme_paid_by
    if own and programme is not None:
        value, low, high = payers.get(own, (0.0, 0.0, 0.0))
        payers[own] = (value + programme, low + programme, high + programme)
    return tuple(payers.items())


def _substituted(study: Study, findings: Sequence[Finding]) -> Iterator[Substituted]:
    by_name = {outcome.name: outcome for outcome in study.outcomes}
    for asked in study.substitutions:
        for source in _leading(findings, by_name[asked.source]):
            destination = _beside(findings, source, by_name[asked.destination])
            found = _together([source, destination], _moved)
            yield Substituted(asked, source, destination, found)


def _moved(of: Sequence[Estimate]) -> Moved:
    source, destination = of
    return moved_between(source, destination)


def _for_money(study: Study, findings: Sequence[Finding]) -> Iterator[ForMoney]:
    by_name = {outcome.name: outcome for outcome in study.outcomes}
    for asked in study.cost_effectiveness:
        for cost in _leading(findings, by_name[asked.cost]):
            gain = _beside(findings, cost, by_name[asked.gain])
            programme = _programme(cost, gain)
            sign = 1.0 if by_name[asked.gain].better is Better.HIGHER else -1.0
            terms = Terms(sign, asked.gain_per, programme or 0.0)
            found = _together([cost, gain], partial(_cost_effect, asked, terms))
            yield ForMoney(asked, cost, gain, found, programme)


def _cost_effect(asked: CostEffectiveness, terms: Terms, of: Sequence[Estimate]) -> CostEffect:
    cost, gain = of
    return cost_effect(cost, gain, asked.thresholds, terms)


def _leading(findings: Sequence[Finding], outcome: Outcome) -> Iterator[Finding]:
    """The finding of an outcome that leads at each level: of the primary design where it speaks of that."""
    for level in Level:
        found = [f for f in findings if f.cell.outcome == outcome and f.cell.level is level]
        if found:
            yield max(found, key=lambda each: each.cell.primary)  # the first of them


def _beside(findings: Sequence[Finding], leading: Finding, outcome: Outcome) -> Finding | None:
    """The finding of another outcome by the same design at the same level."""
    cell = leading.cell
    return next(
        (
            f
            for f in findings
            if f.cell.outcome == outcome and (f.cell.level, f.cell.label) == (cell.level, cell.label)
        ),
        None,
    )


def _estimate(finding: Finding | None) -> Estimate | None:
    """The estimate of a finding that may be told; None where there is none."""
    if finding is None or not isinstance(finding.result, Answered):
        return None
    if finding.verdict.effect is None or finding.verdict.blocked:
        return None
    return finding.result.estimate


def _programme(cost: Finding, beside: Finding | None = None) -> float | None:
    """What the programme cost a head, in the years that count for both; None where it is not known."""
    net = cost.result.net if isinstance(cost.result, Answered) else None
    if not isinstance(net, NetEffect):
        return None
    estimates = [each for each in (_estimate(cost), _estimate(beside)) if each is not None]
    counted = [set(each.years[each.counted].tolist()) for each in estimates]
    return net.programme_in(set.intersection(*counted) if counted else ())


def _together(
    findings: Sequence[Finding | None], asks: Callable[[Sequence[Estimate]], Found]
) -> Found | NotTold:
    estimates = [_estimate(each) for each in findings]
    known = [each for each in estimates if each is not None]
    if len(known) < len(estimates):
        silent = [f.cell.outcome for f in findings if f is not None and _estimate(f) is None]
        return NotTold(Why.NO_ANSWER, tuple(silent))
    try:
        return asks(known)
    except NotPaired as found:
        return NotTold(found.why)
