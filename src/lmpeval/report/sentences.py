"""One fixed sentence for each verdict, made from its code and its numbers only."""

from __future__ import annotations

from math import isfinite

from lmpeval.finding import Answered, Finding
from lmpeval.ledger import Certainty
from lmpeval.report.numbers import ABOUT_ZERO, scale_of
from lmpeval.report.words import BLOCKED, VERY_UNCERTAIN, Words
from lmpeval.study import Outcome
from lmpeval.verdict import State, Verdict

_NUMBERED = frozenset(
    {State.BETTER, State.LEAN_BETTER, State.NO_MATERIAL_DIFFERENCE, State.LEAN_WORSE, State.WORSE}
)


def shown_code(verdict: Verdict) -> str:
    """The code that a reader sees: a blocked or very uncertain headline hides what its interval says."""
    if verdict.blocked:
        return BLOCKED
    if verdict.certainty is Certainty.VERY_LOW and verdict.state in _NUMBERED:
        return VERY_UNCERTAIN
    return verdict.state.value


def sentence(finding: Finding, words: Words) -> str:
    """Say what one finding says."""
    code = shown_code(finding.verdict)
    if code == State.NOT_STUDIED and finding.cell.outcome.negative_control:
        return words.sentences["negative control"].format(outcome=finding.cell.outcome.called)
    return words.sentences[code].format(**_fillings(finding, code, words))


def reasons(finding: Finding, words: Words) -> tuple[str, ...]:
    """The verdict's reasons, its codes replaced by the claims that they are about, one text a kind."""
    claims = _claims(finding)
    said: dict[str, list[str]] = {}
    for reason in finding.verdict.reasons:
        kind, _, name = reason.partition(":")
        if name in claims and kind in words.reasons:
            said.setdefault(words.reasons[kind], []).append(claims[name])
        else:
            said.setdefault(words.reasons.get(reason, reason), [])
    return tuple(" ".join([kind, *about]) for kind, about in said.items())


def _claims(finding: Finding) -> dict[str, str]:
    result = finding.result
    if not isinstance(result, Answered):
        return {}
    return {entry.assumption.name: entry.assumption.claim for entry in result.ledger.entries}


def _fillings(finding: Finding, code: str, words: Words) -> dict[str, str]:
    verdict, outcome, result = finding.verdict, finding.cell.outcome, finding.result
    filled = {"outcome": outcome.called}
    if code == BLOCKED:
        n = sum(reason.startswith("not assessed:") for reason in verdict.reasons)
        key = "blocking one" if n == 1 else "blocking more"
        filled["blocking"] = words.sentences[key].format(n=n)
    elif code == State.TOO_EARLY and isinstance(result, Answered):
        expected, last = result.estimate.start + outcome.expected_lag, int(result.estimate.years[-1])
        since = result.several is not None
        filled["expected"] = f"year {expected} since the start" if since else str(expected)
        filled["last"] = f"year {last}, the last that all sites have" if since else str(last)
    elif verdict.effect is not None and verdict.low is not None and verdict.high is not None:
        numbers = (verdict.effect, verdict.low, verdict.high)
        filled |= _numbers(outcome, numbers) | {"possible": _possible(outcome, numbers, words)}
        if code in _NUMBERED and verdict.certainty:
            way = "rise" if verdict.effect > 0 else "fall"
            way = "same" if code == State.NO_MATERIAL_DIFFERENCE else way
            filled["changed"] = words.changed[way, verdict.certainty]
    return filled


def _numbers(outcome: Outcome, numbers: tuple[float, float, float]) -> dict[str, str]:
    scale = scale_of(outcome)
    effect, low, high = numbers
    return {
        "per": scale.after,
        "effect": scale.size(effect),
        "signed": scale.change(effect),
        "interval": scale.interval(low, high),
        "least": scale.size(min(numbers[1:], key=abs)),
        "most": scale.size(max(numbers[1:], key=abs)),
        "margin": scale.size(outcome.minimal_important_difference),
    }


def _possible(outcome: Outcome, numbers: tuple[float, float, float], words: Words) -> str:
    """What an interval leaves possible."""
    scale, (_, low, high) = scale_of(outcome), numbers
    if not (isfinite(low) and isfinite(high)):
        return words.sentences["unbounded"]
    fall, rise = scale.size(low), scale.size(high)
    key = "fall or rise" if low < 0 < high and ABOUT_ZERO not in (fall, rise) else "one side"
    return words.sentences[key].format(
        fall=fall, rise=rise, interval=scale.interval(low, high), per=scale.after
    )
