"""The twelve assumptions as they are shown: what the data say, what would overturn it, what people said."""

from __future__ import annotations

from dataclasses import dataclass

from lmpeval.design import Evidence
from lmpeval.finding import Answered
from lmpeval.ledger import Entry
from lmpeval.report.language.phrases import AS_IT_IS
from lmpeval.report.numbers import Scale, three_digits
from lmpeval.report.words import Mark, Words, day_words


@dataclass(frozen=True)
class LedgerRow:
    """One assumption as it is shown."""

    number: int
    name: str
    claim: str
    matters: str
    critical: bool
    mark: Mark
    status: str
    finding: str
    held_against: str
    source: str
    detectable: str
    breakdown: str
    sensitivity: str
    """What came of doing it otherwise, where that bears on this assumption."""
    bias: str
    verdict: str
    """What the status comes to, in a fixed sentence."""
    argument: str | None
    judged: str
    """What somebody said of it, with what the data had given; empty where nobody did."""

    @property
    def foreign(self) -> bool:
        """Whether a part of it is in another language than the page's."""
        texts = (self.claim, self.matters, self.finding, self.source, self.bias)
        return any(AS_IT_IS in text for text in texts)


def ledger_rows(result: Answered, scale: Scale, words: Words) -> tuple[LedgerRow, ...]:
    """The twelve assumptions in order."""
    return tuple(_ledger_row(entry, result, scale, words) for entry in result.ledger.entries)


def _ledger_row(entry: Entry, result: Answered, scale: Scale, words: Words) -> LedgerRow:
    assumption, evidence, say = entry.assumption, entry.evidence, words.say
    compared = ""
    if evidence.number is not None and evidence.threshold is not None:
        number, threshold = (three_digits(x, words.numerals) for x in (evidence.number, evidence.threshold))
        compared = say("ledger.against", number=number, threshold=threshold)
    return LedgerRow(
        number=assumption.number,
        name=words.catalogue.messages.get(f"assumption.{assumption.name}", assumption.name.replace("_", " ")),
        claim=words.told(assumption.claim),
        matters=words.told(assumption.matters),
        critical=assumption.critical,
        mark=words.statuses[entry.status],
        status=entry.status.name.lower().replace("_", "-"),
        finding=words.told(evidence.finding),
        held_against=compared,
        source=words.told(evidence.threshold_source),
        detectable="" if evidence.detectable is None else scale.size(evidence.detectable),
        breakdown=_breakdown(evidence, result, scale, words),
        sensitivity=_sensitivity(assumption.number, result, scale, words),
        bias=words.told(evidence.bias_if_wrong),
        verdict=say(f"ledger.verdict-{entry.status}"),
        argument=entry.argument,
        judged=_judged(entry, words),
    )


def _breakdown(evidence: Evidence, result: Answered, scale: Scale, words: Words) -> str:
    """How wrong the assumption may be before the conclusion falls.

    Where no check worked it out in its own terms: how far the estimate would have to be off, for whatever
    reason, before its interval reached zero. Where nothing is concluded, nothing can fall.
    """
    if evidence.breakdown == 0:
        return words.say("ledger.breaks-at-once")
    if evidence.breakdown is not None:
        return words.say("ledger.breaks", times=three_digits(evidence.breakdown, words.numerals))
    low, high = result.estimate.told.interval
    if low <= 0 <= high:
        return words.say("ledger.nothing-concluded")
    return words.say("ledger.breaks-by", error=scale.size(min(low, high, key=abs)))


def _sensitivity(number: int, result: Answered, scale: Scale, words: Words) -> str:
    """The range of what other starts, or the pool less a unit, say; empty for other assumptions."""
    tried = {
        **dict.fromkeys((2, 3), ("starts", [each.effect for each in result.robustness.placebo_starts])),
        **dict.fromkeys((7, 8), ("units", [each.effect for each in result.robustness.left_out])),
    }
    key, effects = tried.get(number, ("", []))
    if not effects:
        return ""
    return words.say(
        f"ledger.sensitive-{key}", low=scale.change(min(effects)), high=scale.change(max(effects))
    )


def _judged(entry: Entry, words: Words) -> str:
    judged, say = entry.judged, words.say
    if judged is None:
        return ""
    key = "refused" if entry.refused else "with-reason" if judged.reason else "without-reason"
    return say(
        f"judged.{key}",
        by=judged.by, on=day_words(judged.on, words), when=say("judged.beforehand") if judged.blind else "",
        status=words.statuses[judged.status].word,
        reason=judged.reason or "", machine=words.statuses[entry.evidence.status].word,
    )  # fmt: skip
