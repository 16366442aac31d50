"""Designs that answer the same question otherwise than chance lets them: each lowers how sure the other is.

Two designs look at one region, so what chance does to both is much alike, and their ranges may overlap where
their answers cannot both be right. What sets their answers apart is therefore held against what sets them
apart on the stand-ins, where nothing happened. It counts where it is beyond chance and as large as what
matters; then at least one of the designs rests on something that does not hold, and no figure says which.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lmpeval.finding import Answered, Finding
from lmpeval.jointly.draws import NotPaired, jointly


def beside_other_designs(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Let every answer hear which designs answer otherwise, and judge it anew.

    Parameters
    ----------
    findings : sequence of Finding
        Of one study, as they stand once controls and people were heard: a design whose number may not be
        stated contradicts nobody.
    """
    return tuple(_heard(finding, _others(finding, findings)) for finding in findings)


def _others(finding: Finding, findings: Sequence[Finding]) -> list[Finding]:
    """What other designs state of the same outcome and the same people."""
    cell = finding.cell
    return [
        each
        for each in findings
        if each is not finding
        and (each.cell.outcome, each.cell.level) == (cell.outcome, cell.level)
        and _stated(each)
    ]


def _stated(finding: Finding) -> bool:
    return finding.verdict.effect is not None and not finding.verdict.blocked


def _heard(finding: Finding, others: Sequence[Finding]) -> Finding:
    if not isinstance(finding.result, Answered) or not _stated(finding):
        return finding
    apart = tuple(each.cell.label for each in others if are_apart(finding, each, len(others)))
    return finding.with_ledger(replace(finding.result.ledger, apart=apart)) if apart else finding


def are_apart(one: Finding, other: Finding, n_compared: int = 1) -> bool:
    """Whether two answers differ by what matters or more, and by more than chance.

    Chance is that of the permutation test: the difference of the two designs on the same stand-ins, at the
    level of the estimates, shared among the `n_compared` designs that one is held against (Bonferroni). Where
    stand-ins cannot be paired, as of ratios, only ranges without a common value are apart.
    """
    assert isinstance(one.result, Answered)
    assert isinstance(other.result, Answered)
    found = (one.result.estimate, other.result.estimate)
    difference = abs(found[0].told.effect - found[1].told.effect)
    if difference < one.cell.outcome.minimal_important_difference:
        return False
    try:
        draws = jointly(found)
    except NotPaired:
        (low, high), (least, most) = (each.told.interval for each in found)
        return low > most or least > high
    shared = replace(draws, level=1 - (1 - draws.level) / n_compared)
    _, low, high = shared.told(lambda effects: effects[..., 0] - effects[..., 1])
    return not low <= 0 <= high
