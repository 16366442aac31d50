"""One fixed sentence for each verdict, in every language from the same code and the same numbers."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from lmpeval.finding import Answered, Failed, Finding
from lmpeval.ledger import Certainty
from lmpeval.report.language import Catalogue
from lmpeval.report.numbers import PercentScale, Scale, scale_of
from lmpeval.report.refusals import refusal_words, refusals_of
from lmpeval.report.words import BLOCKED, VERY_UNCERTAIN, Words
from lmpeval.study import Aim, Level, Outcome
from lmpeval.verdict import State, Verdict

_NUMBERED = frozenset(
    {State.BETTER, State.LEAN_BETTER, State.NO_MATERIAL_DIFFERENCE, State.LEAN_WORSE, State.WORSE}
)


@dataclass(frozen=True)
class Told:
    """A sentence, and what it tells: the same in every language.

    Attributes
    ----------
    code : str
        A `State`, `BLOCKED` or `VERY-UNCERTAIN`.
    aim : Aim
    level : Level
    number : float or None
        The difference as it is written, rounded; None where the sentence states none.
    range : tuple of (float or None) or None
        From where to where, as written; an end is None where nothing bounds it. None where the sentence gives
        no range.
    certainty : Certainty or None
        None where there is no result to be certain of, or no headline.
    text : str
    """

    code: str
    aim: Aim
    level: Level
    number: float | None
    range: tuple[float | None, float | None] | None
    certainty: Certainty | None
    text: str


@dataclass(frozen=True)
class About:
    """What a verdict is about, and the years that a sentence may name.

    Attributes
    ----------
    outcome : Outcome
    level : Level
    expected, last : int or None
        The first year in which a change may be expected and the last with figures.
    since_start : bool
        Whether these count from the start of each site.
    """

    outcome: Outcome
    level: Level
    expected: int | None = None
    last: int | None = None
    since_start: bool = False


def about(finding: Finding) -> About:
    """What a finding is about."""
    outcome, level, result = finding.cell.outcome, finding.cell.level, finding.result
    if not isinstance(result, Answered):
        return About(outcome, level)
    expected, last = result.estimate.start + outcome.expected_lag, int(result.estimate.years[-1])
    return About(outcome, level, expected, last, since_start=result.several is not None)


def shown_code(verdict: Verdict) -> str:
    """The code that a reader sees: a blocked or very uncertain headline hides what its interval says."""
    if verdict.blocked:
        return BLOCKED
    if verdict.certainty is Certainty.VERY_LOW and verdict.state in _NUMBERED:
        return VERY_UNCERTAIN
    return verdict.state.value


def tell(verdict: Verdict, on: About, catalogue: Catalogue) -> Told:
    """Say what a verdict says.

    Parameters
    ----------
    verdict : Verdict
    on : About
    catalogue : Catalogue

    Returns
    -------
    Told
        All but its text is the same for every catalogue.
    """
    code, scale = shown_code(verdict), scale_of(on.outcome, catalogue)
    slots = {"outcome": _named(on, catalogue)}
    number: float | None = None
    between: tuple[float | None, float | None] | None = None
    if code == BLOCKED:
        slots["blocking"] = _blocking(verdict, catalogue)
    elif code == State.TOO_EARLY:
        slots |= _years(on, catalogue)
    elif verdict.effect is not None and verdict.low is not None and verdict.high is not None:
        numbers = (verdict.effect, verdict.low, verdict.high)
        slots |= _numbers(scale, on.outcome, numbers, catalogue) | {
            "possible": _possible(scale, numbers, catalogue)
        }
        if code in _NUMBERED and verdict.certainty:
            way = "rise" if verdict.effect > 0 else "fall"
            way = "same" if code == State.NO_MATERIAL_DIFFERENCE else way
            slots["changed"] = catalogue.say(f"changed.{way}.{verdict.certainty}", **slots)
        number = None if code == State.INCONCLUSIVE else scale.rounded(verdict.effect)
        between = (_end(verdict.low, scale), _end(verdict.high, scale))
    return Told(
        code=code,
        aim=on.outcome.aim,
        level=on.level,
        number=number,
        range=between,
        certainty=verdict.certainty if between else None,
        text=catalogue.say(f"verdict.{code}", **slots),
    )


def sentence(finding: Finding, words: Words) -> str:
    """Say what one finding says."""
    outcome, state = finding.cell.outcome, shown_code(finding.verdict)
    if state == State.NOT_STUDIED and outcome.negative_control:
        return words.say("glance.negative-control", outcome=words.called(outcome))
    return tell(finding.verdict, about(finding), words.catalogue).text


def reasons(finding: Finding, words: Words) -> tuple[str, ...]:
    """The verdict's reasons, its codes replaced by the claims that they are about, one text a kind."""
    claims, known = _claims(finding, words), words.catalogue.messages
    if withheld := refusals_of(finding):
        return refusal_words(withheld, words)
    if isinstance(finding.result, Failed):
        return (words.say("reason.broke", error=finding.result.error.partition("\n")[0]),)
    said: dict[str, list[str]] = {}
    for reason in finding.verdict.reasons:
        kind, _, name = reason.partition(":")
        if name in claims and f"reason.{kind}" in known:
            said.setdefault(words.say(f"reason.{kind}"), []).append(claims[name])
        else:
            said.setdefault(known.get(f"reason.{reason}") or words.told(reason), [])
    return tuple(" ".join([kind, *of]) for kind, of in said.items())


def _claims(finding: Finding, words: Words) -> dict[str, str]:
    result = finding.result
    if not isinstance(result, Answered):
        return {}
    return {entry.assumption.name: words.told(entry.assumption.claim) for entry in result.ledger.entries}


def _named(on: About, catalogue: Catalogue) -> str:
    """The outcome, and whose it is."""
    return catalogue.say(f"of.{on.level}", outcome=on.outcome.called_in(catalogue.language))


def _blocking(verdict: Verdict, catalogue: Catalogue) -> str:
    n = sum(reason.startswith("not assessed:") for reason in verdict.reasons)
    return catalogue.say("blocking.one" if n == 1 else "blocking.more", n=n)


def _end(value: float, scale: Scale) -> float | None:
    return scale.rounded(value) if isfinite(value) else None


def _years(on: About, catalogue: Catalogue) -> dict[str, str]:
    expected, last = ("since-start", "last-of-all") if on.since_start else ("calendar", "calendar")
    return {
        "expected": catalogue.say(f"when.{expected}", year=on.expected),
        "last": catalogue.say(f"when.{last}", year=on.last),
    }


def told_of(scale: Scale, catalogue: Catalogue) -> str:
    """What a difference is of, as it follows it in a sentence: a percentage says of what."""
    return f" {catalogue.say('refers.base')}" if isinstance(scale, PercentScale) else scale.after


def _numbers(
    scale: Scale, outcome: Outcome, numbers: tuple[float, float, float], catalogue: Catalogue
) -> dict[str, str]:
    effect, low, high = numbers
    per, margin = told_of(scale, catalogue), scale.size(outcome.minimal_important_difference)
    return {
        "per": per,
        "effect": scale.size(effect),
        "signed": scale.change(effect),
        "interval": scale.interval(low, high),
        "least": scale.size(min(numbers[1:], key=abs)),
        "most": scale.size(max(numbers[1:], key=abs)),
        "margin": margin + per if isinstance(scale, PercentScale) else margin,
    }


def _possible(scale: Scale, numbers: tuple[float, float, float], catalogue: Catalogue) -> str:
    """What an interval leaves possible."""
    _, low, high = numbers
    if not (isfinite(low) and isfinite(high)):
        return catalogue.say("possible.unbounded")
    fall, rise = scale.size(low), scale.size(high)
    vanishing = catalogue.numerals.about_zero in (fall, rise)
    key = "fall-or-rise" if low < 0 < high and not vanishing else "one-side"
    slots = {
        "fall": fall,
        "rise": rise,
        "interval": scale.interval(low, high),
        "per": told_of(scale, catalogue),
    }
    return catalogue.say(f"possible.{key}", **slots)
