"""One verdict for one estimate: a code, its certainty and its numbers; every sentence is made from it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from lmpeval.estimate import Estimate
from lmpeval.ledger import Certainty, Ledger
from lmpeval.study import Better, Outcome


class State(StrEnum):
    """What can be said of one outcome."""

    BETTER = "BETTER"
    LEAN_BETTER = "LEAN-BETTER"
    NO_MATERIAL_DIFFERENCE = "NO-MATERIAL-DIFFERENCE"
    INCONCLUSIVE = "INCONCLUSIVE"
    LEAN_WORSE = "LEAN-WORSE"
    WORSE = "WORSE"
    NOT_CREDIBLE = "NOT-CREDIBLE"
    TOO_EARLY = "TOO-EARLY"
    NOT_STUDIED = "NOT-STUDIED"
    NO_DATA = "NO-DATA"
    NOT_DELIVERED = "NOT-DELIVERED"
    FAILED = "FAILED"
    WITHHELD = "WITHHELD"


class Answer(StrEnum):
    """The answers that a policy adviser must be able to tell apart."""

    WORKED = "worked"
    DID_NOT = "did not"
    CANNOT_TELL = "cannot tell"
    TOO_EARLY = "too early"
    NOT_STUDIED = "not studied"


ANSWERS = {
    State.BETTER: Answer.WORKED,
    State.LEAN_BETTER: Answer.WORKED,
    State.NO_MATERIAL_DIFFERENCE: Answer.DID_NOT,
    State.LEAN_WORSE: Answer.DID_NOT,
    State.WORSE: Answer.DID_NOT,
    State.INCONCLUSIVE: Answer.CANNOT_TELL,
    State.NOT_CREDIBLE: Answer.CANNOT_TELL,
    State.FAILED: Answer.CANNOT_TELL,
    State.WITHHELD: Answer.CANNOT_TELL,
    State.TOO_EARLY: Answer.TOO_EARLY,
    State.NOT_STUDIED: Answer.NOT_STUDIED,
    State.NO_DATA: Answer.NOT_STUDIED,
    State.NOT_DELIVERED: Answer.NOT_STUDIED,
}


@dataclass(frozen=True)
class Verdict:
    """What can be said, and why.

    Attributes
    ----------
    state : State
    reasons : tuple of str
        Codes, the weightiest first: `uncertain:parallel_trends`, `not assessed:stable_composition`,
        `unbounded interval`, `follow-up shorter than lag`.
    certainty : Certainty or None
        None where there is no result to be certain of.
    blocked : bool
        A critical assumption was not assessed: the numbers exist, the headline does not.
    effect, low, high : float or None
        Observed minus counterfactual and its interval, in the outcome's unit or, where it is compared by
        ratios, in percent; sign as measured. None
        where there is no number to state; a result that is not credible keeps its number in the
        estimate only.
    margin : float or None
        Minimal important difference, in the same.
    """

    state: State
    reasons: tuple[str, ...] = ()
    certainty: Certainty | None = None
    blocked: bool = False
    effect: float | None = None
    low: float | None = None
    high: float | None = None
    margin: float | None = None

    @property
    def answer(self) -> Answer:
        """Which of the five answers this is; a blocked headline or very low certainty answers nothing."""
        silent = self.blocked or self.certainty is Certainty.VERY_LOW
        return Answer.CANNOT_TELL if silent else ANSWERS[self.state]


def judge(estimate: Estimate, ledger: Ledger, outcome: Outcome) -> Verdict:
    """Judge one estimate by its interval, the minimal important difference, the lag and the ledger."""
    low, high = estimate.told.interval
    margin = outcome.minimal_important_difference
    reasons = _reasons(ledger, bounded=isfinite(low) and isfinite(high))
    if int(estimate.years[-1]) < estimate.start + outcome.expected_lag:
        return Verdict(State.TOO_EARLY, ("follow-up shorter than lag", *reasons), margin=margin)
    if ledger.contradicted:
        return Verdict(State.NOT_CREDIBLE, reasons, ledger.certainty, margin=margin)
    gain = (-high, -low) if outcome.better is Better.LOWER else (low, high)
    return Verdict(
        state=_state(gain, margin, ledger.certainty),
        reasons=reasons,
        certainty=ledger.certainty,
        blocked=bool(ledger.unassessed),
        effect=estimate.told.effect,
        low=low,
        high=high,
        margin=margin,
    )


def _state(gain: tuple[float, float], margin: float, certainty: Certainty) -> State:
    """Place the interval of the gain (positive is better) among zero and the margins."""
    low, high = gain
    # where little is certain, a narrow interval around nothing shows nothing
    sure = certainty in (Certainty.MODERATE, Certainty.HIGH)
    if sure and -margin < low and high < margin:
        return State.NO_MATERIAL_DIFFERENCE
    if low > 0:
        return State.BETTER if low > margin else State.LEAN_BETTER
    if high < 0:
        return State.WORSE if high < -margin else State.LEAN_WORSE
    return State.INCONCLUSIVE


def _reasons(ledger: Ledger, *, bounded: bool) -> tuple[str, ...]:
    return (
        *(f"not supported:{name}" for name in ledger.contradicted),
        *(f"not assessed:{name}" for name in ledger.unassessed),
        *(("designs apart",) if ledger.apart else ()),
        *(f"uncertain:{name}" for name in ledger.uncertain),
        *(f"not supported:{name}" for name in ledger.unsupported),
        *(() if bounded else ("unbounded interval",)),
    )
