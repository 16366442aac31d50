"""An effect on those reached and one on everybody: reach times the first, and what is left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmpeval.effect_scale import EffectScale
from lmpeval.finding import Answered, Finding
from lmpeval.study import Level, Outcome

Ranged = tuple[float, float, float]
"""An effect with the ends of its interval."""


@dataclass(frozen=True)
class Reconciled:
    """One outcome on both levels.

    Attributes
    ----------
    outcome : Outcome
    population, intervention : Finding
        Of everybody in the region, and of the people whom the intervention is for.
    everybody, reached : tuple of float
        Their effects, each with its interval.
    reach : float
        Share of everybody who are reached.
    explained : tuple of float
        Effect and its interval on everybody that the effect on those reached amounts to.
    left_over : tuple of float
        What everybody's effect is beyond it, with an interval that holds it where both others hold theirs
        (Bonferroni: two intervals at 95 % give one at 90 % at least). Of a cost above zero it is care that
        others used in their stead; below zero it spilled over to them.
    """

    outcome: Outcome
    population: Finding
    intervention: Finding
    everybody: Ranged
    reached: Ranged
    reach: float
    explained: Ranged
    left_over: Ranged


def reconciled(findings: Sequence[Finding], outcome: Outcome, reach: float) -> Reconciled | None:
    """Hold the first answer of each level against the other; None where one has no number to state.

    Parameters
    ----------
    findings : sequence of Finding
    outcome : Outcome
    reach : float
        Share of everybody's insured years that are those of people reached.
    """
    stated = [
        finding
        for finding in findings
        if finding.cell.outcome == outcome
        and isinstance(finding.result, Answered)
        and finding.verdict.effect is not None
        and not finding.verdict.blocked
    ]
    by_level = {level: next((f for f in stated if f.cell.level is level), None) for level in Level}
    everybody, reached = by_level[Level.POPULATION], by_level[Level.INTERVENTION]
    if everybody is None or reached is None or not 0 < reach <= 1:
        return None
    whole, part = _numbers(everybody), _numbers(reached)
    explained = (reach * part[0], reach * part[1], reach * part[2])
    left_over = (whole[0] - explained[0], whole[1] - explained[2], whole[2] - explained[1])
    return Reconciled(outcome, everybody, reached, whole, part, reach, explained, left_over)


@dataclass(frozen=True)
class AsDelivered:
    """An effect on everybody, as assigned, beside what that is for each person reached.

    Attributes
    ----------
    finding : Finding
    everybody : tuple of float
        Effect with the ends of its interval, reached or not.
    reach : float
        Share of everybody who are reached.
    each : tuple of float
        The same over the reach (Bloom 1984, Evaluation Review 8): right only if those not reached did not
        change because of it.
    """

    finding: Finding
    everybody: Ranged
    reach: float
    each: Ranged


def as_delivered(finding: Finding, reached: float) -> AsDelivered | None:
    """Spread an effect on everybody over those reached.

    None without a number that may be stated, of ratios, where nobody was reached, or where more were than
    there are.

    Parameters
    ----------
    finding : Finding
    reached : float
        Persons reached a year.
    """
    result = finding.result
    if not isinstance(result, Answered) or finding.verdict.effect is None or finding.verdict.blocked:
        return None
    reach = reached / result.exposure
    if result.estimate.scale is not EffectScale.DIFFERENCE or not 0 < reach <= 1:
        return None
    effect, low, high = _numbers(finding)
    return AsDelivered(finding, (effect, low, high), reach, (effect / reach, low / reach, high / reach))


def _numbers(finding: Finding) -> Ranged:
    assert isinstance(finding.result, Answered)
    found = finding.result.estimate
    return (found.effect, *found.uncertainty.interval)
