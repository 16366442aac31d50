"""What cannot be so of the effect that a study holds for plausible."""

from __future__ import annotations

from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.parts import Outcome


def improvement_is_plausible(outcomes: tuple[Outcome, ...]) -> Found:
    """The range is in order and holds some improvement: nobody studies what cannot help."""
    for position, outcome in enumerate(outcomes):
        effect, at = outcome.plausible_effect, ("outcomes", position, "plausible_effect")
        if effect is None:
            continue
        if effect.low > effect.high:
            yield Contradiction(
                (*at, "low"), f"low {effect.low:g} is above high {effect.high:g}: a fall is below zero"
            )
        elif outcome.largest_plausible_improvement <= 0:
            way = "a fall, below zero" if outcome.better == "lower" else "a rise, above zero"
            yield Contradiction(
                at, f"{effect.low:g} to {effect.high:g} holds no improvement, which here is {way}"
            )
