"""What a calibration comes to: one sentence before the table, and one where an answer stands out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from lmpeval.ahead.calibrating import Calibrated
from lmpeval.calibration import Calibration
from lmpeval.finding import Answered, Finding
from lmpeval.report.glance import design_words
from lmpeval.report.numbers import share_give_or_take
from lmpeval.report.words import Words


def headline(cells: Sequence[Calibrated], words: Words) -> str:
    """Say for how many outcomes the smallest difference that matters can be seen.

    Parameters
    ----------
    cells : sequence of Calibrated
        The designs of an outcome side by side.
    """
    known = [each for each in cells if isinstance(each.result, Calibration)]
    sees = {
        called: [isinstance(each.result, Calibration) and each.result.answers for each in some]
        for called, some in groupby(known, key=lambda each: words.called(each.cell.outcome))
    }
    seen = [called for called, answers in sees.items() if any(answers)]
    if not sees:
        return words.say("seen.nothing-measured")
    if not seen:
        key = "none" if len(sees) > 1 else "none-of-one"
    elif len(seen) < len(sees):
        key = "some"
    else:
        key = "all" if all(map(all, sees.values())) else "by-some-designs"
    designs = min(len({each.cell.label for each in known}), 3)
    unmeasured = "-measured" if len(cells) > len(known) else ""
    return words.say(
        f"seen.{key}-{designs}",
        names=", ".join(seen or sees),
        outcomes=words.say(f"seen.outcomes{unmeasured}", n=_count(len(sees), words)),
        every=next(iter(sees)) if len(sees) == 1 else words.say("seen.every"),
    )


def stands_out(findings: Sequence[Finding], known: Mapping[str, Calibration], words: Words) -> str | None:
    """Say where an interval leaves zero out though its design could not see what matters; None if nowhere.

    Parameters
    ----------
    findings : sequence of Finding
    known : mapping
        Calibrations by the name of the cell.
    """
    cells = [
        words.say(
            "seen.cell",
            outcome=words.called(found.cell.outcome),
            design=design_words(found.cell.label, words),
            chance=_chance(known[found.cell.name], words),
        )
        for found in findings
        if found.cell.name in known and not known[found.cell.name].answers and _leaves_zero_out(found)
    ]
    return words.say("seen.stands-out", cells="; ".join(cells)) if cells else None


def _chance(known: Calibration, words: Words) -> str:
    """To see what matters; as many digits as in the table."""
    chance = known.power(known.sought.margin)
    return share_give_or_take(chance.value, chance.error, words.numerals)


def _leaves_zero_out(found: Finding) -> bool:
    verdict = found.verdict
    if not isinstance(found.result, Answered) or verdict.blocked or verdict.effect is None:
        return False  # no number is shown that could stand out
    return verdict.low is not None and verdict.high is not None and (verdict.low > 0 or verdict.high < 0)


def _count(number: int, words: Words) -> str:
    return words.catalogue.messages.get(f"counted.{number}", str(number))
