"""What is said of a study before its answers: what it can see, and whether that is enough to ask at all."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite

from lmpeval.ahead.calibrating import Calibrated
from lmpeval.ahead.calibration_file import Foreseen
from lmpeval.calibration import Calibration
from lmpeval.effect_scale import EffectScale
from lmpeval.report.numbers import percent, scale_of
from lmpeval.report.reach import by_reach
from lmpeval.report.words import ENGLISH, Words
from lmpeval.study import Better, Study


@dataclass(frozen=True)
class AheadLine:
    """One outcome of the primary design.

    Attributes
    ----------
    text : str
    by_reach : str or None
        What the smallest effect that can be seen takes of those reached.
    cannot : bool
        Whether nothing that is plausible can be seen, so that there is no point in asking.
    """

    text: str
    by_reach: str | None
    cannot: bool


def ahead_lines(known: Foreseen, study: Study, words: Words) -> tuple[AheadLine, ...]:
    """Hold what the primary design can see against what is plausible, an outcome a line.

    Outcomes of which a current calibration is shown and no plausible range is stated have none.
    """
    shown = bool(known.cells)
    return tuple(
        line
        for each in known.primary
        if not (shown and each.cell.outcome.plausible_effect is None)
        and (line := _line(each, study, words, shown=shown))
    )


def _line(each: Calibrated, study: Study, words: Words, *, shown: bool) -> AheadLine | None:
    outcome, found = each.cell.outcome, each.result
    if not isinstance(found, Calibration):
        return None  # why not is said where the answer would stand
    scale, seen = scale_of(outcome, words.catalogue).fine, found.detectable.value
    effect, most = outcome.plausible_effect, outcome.largest_plausible_improvement
    if not isfinite(seen):
        key = "cannot-at-all"
    elif effect is None:
        key = "can-see"
    else:
        key = "cannot" if seen > most else "may"
    text = words.say(
        f"ahead.{key}",
        outcome=words.called(outcome),
        way=words.say("ahead.fall" if outcome.better is Better.LOWER else "ahead.rise"),
        seen=scale.size(seen) if isfinite(seen) else "",
        per=scale.after,
        share=_share(found, seen, words),
        most=scale.size(most) if most < inf else "",
        source=effect.source if effect else "",
    )
    told = None if shown else by_reach(each, study, words)
    return AheadLine(text, told, key.startswith("cannot"))


def _share(found: Calibration, seen: float, words: Words) -> str:
    """A size as a share of the mean, in brackets; nothing where it is told in percent already."""
    share = found.relative(seen)
    if found.sought.scale is EffectScale.RATIO or not isfinite(share):
        return ""
    return words.say("ahead.share", share=percent(share, words.numerals))


def told_ahead(study: Study, known: Foreseen) -> str:
    """The same as lines for a terminal; empty where nothing is to be said."""
    lines = ahead_lines(known, study, ENGLISH)
    if not lines:
        return ""
    return "\n".join([f"Before the answers: {study.title}", *(f"  {line.text}" for line in lines)])
