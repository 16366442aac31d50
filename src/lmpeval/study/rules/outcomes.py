"""What cannot be so of outcomes: their names, headlines, sources, and the effects held for plausible."""

from __future__ import annotations

from collections import Counter

from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.outcome import Aim, Outcome, Provenance


def outcomes_fit(outcomes: tuple[Outcome, ...]) -> Found:
    """Names are unique, an aim has one primary outcome, euros have a price, modelled ones a reason."""
    twice = [name for name, count in Counter(outcome.name for outcome in outcomes).items() if count > 1]
    for position, outcome in enumerate(outcomes):
        at = ("outcomes", position)
        if outcome.name in twice:
            yield Contradiction((*at, "name"), f"'{outcome.name}' stands more than once")
        if outcome.aim is Aim.COST and outcome.price is None:
            yield Contradiction(at, f"'{outcome.name}' is in euro: add `price` with its year and index")
        if outcome.price and isinstance(outcome.price.index, dict) and not outcome.price.source:
            yield Contradiction((*at, "price", "index"), "a price series needs its `source`")
        if outcome.provenance is Provenance.MODELLED and not outcome.override:
            yield Contradiction(
                (*at, "provenance"),
                "modelled small-area figures are built from background traits and cannot show a local "
                "effect: use a registered or surveyed outcome, or say in `override` why this one serves",
            )
    for aim in Aim:
        of_aim = [outcome for outcome in outcomes if outcome.aim is aim and not outcome.negative_control]
        primaries = [position for position, o in enumerate(outcomes) if o.aim is aim and o.primary]
        for position in primaries[1:]:
            yield Contradiction(
                ("outcomes", position, "primary"),
                f"aim '{aim}' has {len(primaries)} primary outcomes: keep one",
            )
        if of_aim and not primaries:
            names = ", ".join(outcome.name for outcome in of_aim)
            yield Contradiction(("outcomes",), f"aim '{aim}' has no primary outcome: mark one of {names}")


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


def percentages_are_possible(outcomes: tuple[Outcome, ...]) -> Found:
    """Compared by ratios, nothing can fall by a hundred percent: a level of zero has no logarithm."""
    for position, outcome in enumerate(outcomes):
        at, lowest = ("outcomes", position), outcome.scale.lowest
        if outcome.minimal_important_difference >= -lowest:
            yield Contradiction(
                (*at, "minimal_important_difference"),
                f"with scale '{outcome.scale}' it is in percent and must be below 100, found "
                f"{outcome.minimal_important_difference:g}",
            )
        if outcome.plausible_effect is not None and outcome.plausible_effect.low <= lowest:
            yield Contradiction(
                (*at, "plausible_effect", "low"),
                f"with scale '{outcome.scale}' it is in percent and must be above -100, found "
                f"{outcome.plausible_effect.low:g}",
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
