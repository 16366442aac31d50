"""What cannot be so of the effect that a study holds for plausible, or for impossible."""

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


def controls_answer_nothing(outcomes: tuple[Outcome, ...]) -> Found:
    """An outcome that the intervention cannot move is no headline and does not stand alone."""
    if all(outcome.negative_control for outcome in outcomes):
        yield Contradiction(("outcomes",), "all are negative controls: nothing is left that the study asks")
    for position, outcome in enumerate(outcomes):
        if not outcome.negative_control:
            continue
        for key in ("primary", "plausible_effect"):
            if getattr(outcome, key):
                yield Contradiction(
                    ("outcomes", position, key),
                    f"'{outcome.name}' is a negative control, which the intervention cannot move: leave "
                    f"`{key}` out",
                )
