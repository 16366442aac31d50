"""What an effect on a whole region takes of the few whom a programme reaches."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from lmpeval.ahead.calibrating import Calibrated
from lmpeval.calibration import Calibration
from lmpeval.disclosure import rounded
from lmpeval.effect_scale import EffectScale
from lmpeval.report.numbers import percent, plain, scale_of, three_digits
from lmpeval.report.words import Words
from lmpeval.study import Outcome, Study


@dataclass(frozen=True)
class Reached:
    """People reached a year, over the years in which an effect counts and reach is stated."""

    persons: float
    years: tuple[int, ...]


def reached(study: Study, outcome: Outcome) -> Reached | None:
    """Take the mean reach over the counted years, of the numbers as they may be told.

    None where the study states none for them, where nobody was reached, or where a number is too small
    to be shown: the mean would give it away.
    """
    start, reach = study.intervention.start, study.intervention.reach
    late = start + outcome.expected_lag
    first = late if late <= study.window.last else start
    left_out = {dated.year for dated in study.window.exclude}
    years = [year for year in range(first, study.window.last + 1) if year in reach and year not in left_out]
    told = [rounded(reach[year], study.gate.profile) for year in years]
    known = [each for each in told if each is not None]
    if len(known) < len(told) or not any(known):
        return None
    return Reached(sum(known) / len(known), tuple(years))


def by_reach(each: Calibrated, study: Study, words: Words) -> str | None:
    """Say what the detectable effect takes of those reached, with the arithmetic; None where it cannot."""
    found, result = reached(study, each.cell.outcome), each.result
    size = float(f"{each.site_size:.3g}")  # as shown, so that the arithmetic can be checked
    if found is None or not isinstance(result, Calibration) or not size > 0:
        return None
    count = rounded(found.persons, study.gate.profile)
    if not count or not isfinite(result.detectable.value):
        return None
    scale = scale_of(each.cell.outcome, words.catalogue).fine
    share = float(f"{count / size:.3g}")
    needed = scale.rounded(result.detectable.value) / share
    first, last = found.years[0], found.years[-1]
    beside = ""
    if result.sought.scale is EffectScale.DIFFERENCE:
        relative = percent(result.relative(needed), words.numerals)
        beside = words.say("ahead.share-of-region", share=relative)
    return words.say(
        "ahead.by-reach",
        persons=plain(count, 0, words.numerals),
        years=str(first) if first == last else f"{first}\u2013{last}",
        size=plain(size, 0, words.numerals),
        reached=words.numerals.percent.format(number=three_digits(100 * share, words.numerals)),
        detectable=scale.size(result.detectable.value),
        needed=scale.size(needed),
        needed_share=beside,
    )
