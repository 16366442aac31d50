"""What stands beside an estimate: the same with one thing changed, and when a reader must know of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from math import isfinite

from lmpeval.effect_scale import EffectScale
from lmpeval.finding import Answered, Failed, Finding, NotEstimable, Twin, TwinEffect
from lmpeval.report.numbers import UNBOUNDED, PercentScale, Scale, percent, scale_of
from lmpeval.report.tables import Table
from lmpeval.report.words import Words
from lmpeval.study import Delineation, Outcome, Study

PERCENT = PercentScale(False, "", 1, 2)
UNITS = {
    Delineation.MUNICIPALITIES: "municipality",
    Delineation.GP_CATCHMENT: "practice",
    Delineation.INSURED: "insurer",
}


def twin_table(finding: Finding, study: Study, words: Words) -> Table | None:
    """The estimate among its twins; None where it has none."""
    if not isinstance(finding.result, Answered) or not finding.twins:
        return None
    found, sure = finding.result.estimate.told, finding.result.estimate.uncertainty
    own = TwinEffect(found.effect, *found.interval, sure.p)
    rows = [(_of_what(None, finding, study, words), *_numbers(own, scale_of(finding.cell.outcome)))]
    for twin, result in finding.twins.items():
        of_what = _of_what(twin, finding, study, words)
        if isinstance(result, TwinEffect):
            rows.append((of_what, *_numbers(result, _scale(twin, finding.cell.outcome, finding.result))))
        else:
            rows.append((of_what, _why(result), ""))
    head = ("mean difference", "value", f"{percent(sure.level)} interval")
    return Table("The difference, and the same with one thing changed", head, tuple(rows))


def twin_notices(findings: Iterable[Finding], study: Study, words: Words) -> tuple[str, ...]:
    """A sentence for every twin of a stated number that has another sign or lies further off than matters."""
    return tuple(
        words.sentences[f"differs: {twin}"].format(**_fillings(twin, beside, finding, study))
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


def _fillings(twin: Twin, beside: TwinEffect, finding: Finding, study: Study) -> dict[str, str]:
    outcome, verdict = finding.cell.outcome, finding.verdict
    scale = scale_of(outcome)
    own = scale.change(verdict.effect) if verdict.effect is not None else ""
    return {
        "outcome": outcome.called,
        "own": f"{own}{scale.after}",
        "twin": _twin_words(twin, beside, finding),
        "unit": UNITS[study.population.delineation],
        "one": one_of(outcome.exposure),
    }


def _of_what(twin: Twin | None, finding: Finding, study: Study, words: Words) -> str:
    key = f"beside: {twin}" if twin else "beside: itself"
    unit = UNITS[study.population.delineation]
    return words.sentences[key].format(unit=unit, one=one_of(finding.cell.outcome.exposure))


def _twin_words(twin: Twin, beside: TwinEffect, finding: Finding) -> str:
    assert isinstance(finding.result, Answered)
    scale = _scale(twin, finding.cell.outcome, finding.result)
    return scale.change(beside.effect) + (scale.after if twin is Twin.DIFFERENCE else "")


def _scale(twin: Twin, outcome: Outcome, answer: Answered) -> Scale:
    """How a twin's numbers are written; differences beside ratios as finely as the margin's percentage is."""
    if twin is Twin.RATIO:
        return PERCENT
    if twin is Twin.DIFFERENCE:
        margin = outcome.minimal_important_difference / 100 * answer.estimate.told.counterfactual_mean
        as_difference = replace(
            outcome, scale=EffectScale.DIFFERENCE, minimal_important_difference=margin, plausible_effect=None
        )
        return scale_of(as_difference)
    return scale_of(outcome)


def _numbers(effect: TwinEffect, scale: Scale) -> tuple[str, str]:
    low, high = effect.low, effect.high
    interval = f"{scale.change(low)} to {scale.change(high)}"
    bounded = isfinite(low) and isfinite(high)
    return scale.change(effect.effect), interval if bounded else UNBOUNDED


def _why(result: NotEstimable | Failed) -> str:
    return result.reason if isinstance(result, NotEstimable) else result.error


def one_of(exposure: str) -> str:
    """One of what a column counts.

    >>> one_of("insured_years"), one_of("population")
    ('insured year', 'unit of population')
    """
    words = exposure.replace("_", " ")
    return words[:-1] if words.endswith("s") else f"unit of {words}"
