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

COUNTED = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


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
        for called, some in groupby(known, key=lambda each: each.cell.outcome.called)
    }
    seen = [called for called, answers in sees.items() if any(answers)]
    if not sees:
        key = "nothing measured"
    elif not seen:
        key = "none seen" if len(sees) > 1 else "none seen, one outcome"
    elif len(seen) < len(sees):
        key = "some seen"
    else:
        key = "all seen" if all(map(all, sees.values())) else "some designs see"
    unmeasured = len(cells) > len(known)
    designs = len({each.cell.label for each in known})
    return words.sentences[key].format(
        names=", ".join(seen or sees),
        outcomes=f"the {_count(len(sees))} outcomes" + (" that could be measured" if unmeasured else ""),
        every=next(iter(sees), "") if len(sees) == 1 else "every outcome",
        any_design=_of_designs(designs, "the design", "either design", "any design"),
        no_design=_of_designs(
            designs, "the design cannot see", "neither design can see", "no design can see"
        ),
        every_design=_of_designs(designs, "the design", "both designs", "every design"),
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
        f"{found.cell.outcome.called} ({design_words(found.cell.label)}, chance to see it "
        f"{_chance(known[found.cell.name])})"
        for found in findings
        if found.cell.name in known and not known[found.cell.name].answers and _leaves_zero_out(found)
    ]
    return words.sentences["stands out"].format(cells="; ".join(cells)) if cells else None


def _chance(known: Calibration) -> str:
    """To see what matters; as many digits as in the table."""
    chance = known.power(known.sought.margin)
    return share_give_or_take(chance.value, chance.error)


def _leaves_zero_out(found: Finding) -> bool:
    verdict = found.verdict
    if not isinstance(found.result, Answered) or verdict.blocked or verdict.effect is None:
        return False  # no number is shown that could stand out
    return verdict.low is not None and verdict.high is not None and (verdict.low > 0 or verdict.high < 0)


def _count(number: int) -> str:
    return COUNTED[number] if number < len(COUNTED) else str(number)


def _of_designs(number: int, one: str, two: str, more: str) -> str:
    return one if number == 1 else two if number == 2 else more
