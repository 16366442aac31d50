"""What is told of an estimate's surroundings, brought from the scale that it was found on to that of readers.

Estimates keep the scale that designs work on, for more is reckoned from them, and tell their own figures
(`Estimate.told`). What nothing more is reckoned from is told here, once: effects without a unit, starts that
never were, averages of starts, intervals of other methods.
"""

from __future__ import annotations

from dataclasses import replace

from lmpeval.beside.other_methods import OtherMethod
from lmpeval.effect_scale import EffectScale
from lmpeval.finding import Answered, SeveralStarts
from lmpeval.robustness import PlaceboStart, Robustness
from lmpeval.starts.averages import Averaged


def told(found: Answered) -> Answered:
    """An answer whose figures beside the estimate are as readers are told them."""
    scale = found.estimate.scale
    return replace(
        found,
        robustness=_robustness(found.robustness, scale),
        others=tuple(_other(each, scale) for each in found.others),
        several=None if found.several is None else _several(found.several, scale),
    )


def _robustness(found: Robustness, scale: EffectScale) -> Robustness:
    return replace(
        found,
        left_out=tuple(replace(each, effect=scale.told(each.effect)) for each in found.left_out),
        placebo_starts=tuple(_start(each, scale) for each in found.placebo_starts),
    )


def _start(found: PlaceboStart, scale: EffectScale) -> PlaceboStart:
    effect, low, high, error = map(scale.told, (found.effect, found.low, found.high, found.error))
    return replace(found, effect=effect, low=low, high=high, error=error)


def _other(found: OtherMethod, scale: EffectScale) -> OtherMethod:
    if found.interval is None:
        return found

    def told(interval: tuple[float, float]) -> tuple[float, float]:
        return scale.told(interval[0]), scale.told(interval[1])

    by_year = tuple(replace(each, interval=told(each.interval)) for each in found.by_year)
    return replace(found, interval=told(found.interval), by_year=by_year)


def _several(found: SeveralStarts, scale: EffectScale) -> SeveralStarts:
    return replace(found, averages=tuple(_averaged(each, scale) for each in found.averages))


def _averaged(found: Averaged, scale: EffectScale) -> Averaged:
    whole = found.overall
    return replace(
        found,
        effect=scale.told(found.effect),
        standard_error=scale.told(found.standard_error),
        interval=scale.told(found.interval),
        band=scale.told(found.band),
        overall=replace(
            whole,
            effect=scale.told(whole.effect),
            standard_error=scale.told(whole.standard_error),
            low=scale.told(whole.low),
            high=scale.told(whole.high),
        ),
    )
