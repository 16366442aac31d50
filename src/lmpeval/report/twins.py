"""What stands beside an estimate: the same with one thing changed, and when a reader must know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import isfinite

from lmpeval.effect_scale import EffectScale
from lmpeval.finding import Answered, Failed, Finding, NotEstimable, Twin, TwinEffect
from lmpeval.report.numbers import PercentScale, Scale, percent, scale_of
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
from lmpeval.study import Outcome, Study


def percent_scale(words: Words) -> PercentScale:
    """How ratios that stand beside differences are written."""
    return PercentScale(False, "", 1, 2, words.numerals)


def twin_table(finding: Finding, study: Study, words: Words) -> Table | None:
    """The estimate among its twins; None where it has none."""
    if not isinstance(finding.result, Answered) or not finding.twins:
        return None
    found, sure = finding.result.estimate.told, finding.result.estimate.uncertainty
    own = TwinEffect(found.effect, *found.interval, sure.p)
    rows = [
        (
            _of_what(None, finding, study, words),
            *_numbers(own, scale_of(finding.cell.outcome, words.catalogue)),
        )
    ]
    for twin, result in finding.twins.items():
        of_what = _of_what(twin, finding, study, words)
        if isinstance(result, TwinEffect):
            rows.append(
                (of_what, *_numbers(result, _scale(twin, finding.cell.outcome, finding.result, words)))
            )
        else:
            rows.append((of_what, words.told(_why(result)), ""))
    level = percent(sure.level, words.numerals)
    head = (words.say("twins.mean"), words.say("numbers.value"), words.say("path.interval", level=level))
    return Table(words.say("twins.caption"), head, tuple(rows))


def twin_notices(findings: Iterable[Finding], study: Study, words: Words) -> tuple[str, ...]:
    """A sentence for every twin of a stated number that has another sign or lies further off than matters."""
    return tuple(
        words.say(f"twins.differs-{twin.name}", **_fillings(twin, beside, finding, (study, words)))
        for finding in findings
        for twin, beside in _apart(finding)
    )


def _apart(finding: Finding) -> Iterator[tuple[Twin, TwinEffect]]:
    """Twins that would have a reader think otherwise."""
    verdict, result = finding.verdict, finding.result
    if verdict.blocked or verdict.effect is None or not isinstance(result, Answered):
        return
    scale = scale_of(finding.cell.outcome)
    for twin, beside in finding.twins.items():
        if isinstance(beside, TwinEffect):
            effect = _in_own_unit(twin, beside.effect, result.estimate.told.counterfactual_mean)
            opposite = scale.rounded(effect) * scale.rounded(verdict.effect) < 0
            far = abs(effect - verdict.effect) > finding.cell.outcome.minimal_important_difference
            if opposite or far:
                yield twin, beside


def _in_own_unit(twin: Twin, effect: float, level: float) -> float:
    """What a twin says, in the unit of the cell that it stands beside."""
    if twin is Twin.RATIO:
        return effect * level / 100
    return 100 * effect / level if twin is Twin.DIFFERENCE else effect


def _fillings(twin: Twin, beside: TwinEffect, finding: Finding, told: tuple[Study, Words]) -> dict[str, str]:
    study, words = told
    outcome, verdict = finding.cell.outcome, finding.verdict
    scale = scale_of(outcome, words.catalogue)
    own = scale.change(verdict.effect) if verdict.effect is not None else ""
    return {
        "outcome": words.called(outcome),
        "own": f"{own}{scale.after}",
        "twin": _twin_words(twin, beside, finding, words),
        **_of_one(outcome, study, words),
    }


def _of_what(twin: Twin | None, finding: Finding, study: Study, words: Words) -> str:
    key = twin.name if twin else "itself"
    return words.say(f"twins.{key}", **_of_one(finding.cell.outcome, study, words))


def _of_one(outcome: Outcome, study: Study, words: Words) -> dict[str, str]:
    return {
        "unit": words.say(f"unit-of.{study.population.delineation}"),
        "one": one_of(outcome.exposure, words),
    }


def _twin_words(twin: Twin, beside: TwinEffect, finding: Finding, words: Words) -> str:
    assert isinstance(finding.result, Answered)
    scale = _scale(twin, finding.cell.outcome, finding.result, words)
    return scale.change(beside.effect) + (scale.after if twin is Twin.DIFFERENCE else "")


def _scale(twin: Twin, outcome: Outcome, answer: Answered, words: Words) -> Scale:
    """How a twin's numbers are written; differences beside ratios as finely as the margin's percentage is."""
    if twin is Twin.RATIO:
        return percent_scale(words)
    if twin is Twin.DIFFERENCE:
        margin = outcome.minimal_important_difference / 100 * answer.estimate.told.counterfactual_mean
        outcome = replace(
            outcome, scale=EffectScale.DIFFERENCE, minimal_important_difference=margin, plausible_effect=None
        )
    return scale_of(outcome, words.catalogue)


def _numbers(effect: TwinEffect, scale: Scale) -> tuple[str, str]:
    bounded = isfinite(effect.low) and isfinite(effect.high)
    interval = scale.interval(effect.low, effect.high) if bounded else scale.numerals.unbounded
    return scale.change(effect.effect), interval


def _why(result: NotEstimable | Failed) -> str:
    return result.reason if isinstance(result, NotEstimable) else result.error


def one_of(exposure: str, words: Words) -> str:
    """One of what a column counts.

    >>> from lmpeval.report.words import DUTCH, ENGLISH
    >>> one_of("insured_years", ENGLISH), one_of("population", ENGLISH), one_of("insured_years", DUTCH)
    ('insured year', 'unit of population', 'verzekerd jaar')
    """
    column = exposure.replace("_", " ")
    known = words.catalogue.messages.get(f"one-of.{column}")
    return known or words.say("one-of.other", column=column)
