"""What cannot be so of outcomes that are told together: parts of a cost, care that moves, gains for money."""

from __future__ import annotations

from lmpeval.effect_scale import EffectScale
from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.outcome import Aim, Outcome, Price
from lmpeval.study.several_outcomes import CostEffectiveness, Substitution


def parts_add_up(outcomes: tuple[Outcome, ...]) -> Found:
    """Parts are other costs of the study, in the same euros per the same heads, and of one total alone."""
    by_name = {outcome.name: outcome for outcome in outcomes}
    owner: dict[str, str] = {}
    for position, total in enumerate(outcomes):
        for number, name in enumerate(total.parts):
            at = ("outcomes", position, "parts", number)
            part = by_name.get(name)
            if part is None or part is total:
                yield Contradiction(at, f"'{name}' is no other outcome of the study")
            elif name in owner:
                yield Contradiction(
                    at, f"'{name}' is a part of '{owner[name]}' already: it would count twice"
                )
            elif wrong := _apart(total, part):
                yield Contradiction(at, f"'{name}' cannot be a part of '{total.name}': {wrong}")
            owner.setdefault(name, total.name)


def _apart(total: Outcome, part: Outcome) -> str:
    """Why one outcome cannot be summed into another; empty where it can."""
    if total.aim is not Aim.COST or part.aim is not Aim.COST:
        return "both must be costs"
    if part.parts:
        return "it has parts itself, which would count twice"
    if EffectScale.RATIO in (total.scale, part.scale):
        return "percentages do not add up: both need scale 'difference'"
    if (total.unit, total.exposure) != (part.unit, part.exposure):
        return f"it is in {part.unit} by {part.exposure}, the total in {total.unit} by {total.exposure}"
    ours, theirs = _followed(total), _followed(part)
    if ours != theirs:
        column = total.column or total.name
        return (
            "its price is not that of the total, so their euros do not add up; with index 'national' let it "
            f"follow the total: `column: {column}` in its `price`"
        )
    return ""


def _followed(outcome: Outcome) -> tuple[object, ...]:
    """In whose euros an outcome is."""
    price = outcome.price
    if price is None or price.index == "none":
        return ("none",)
    if isinstance(price.index, dict):
        return (price.year, tuple(sorted(price.index.items())))
    return (price.year, price.column or outcome.column or outcome.name)


def followed_price_is_national(outcomes: tuple[Outcome, ...]) -> Found:
    """Only a national index follows the mean of a column."""
    for position, outcome in enumerate(outcomes):
        price: Price | None = outcome.price
        if price is not None and price.column is not None and price.index != "national":
            yield Contradiction(
                ("outcomes", position, "price", "column"),
                "only index 'national' follows the mean of a column: leave it out",
            )


def care_can_move(outcomes: tuple[Outcome, ...], substitutions: tuple[Substitution, ...]) -> Found:
    """Care moves between two outcomes of the study that count the same."""
    by_name = {outcome.name: outcome for outcome in outcomes}
    for position, each in enumerate(substitutions):
        at = ("substitutions", position)
        known = [by_name.get(name) for name in (each.source, each.destination)]
        for key, name, found in zip(
            ("source", "destination"), (each.source, each.destination), known, strict=True
        ):
            if found is None:
                yield Contradiction((*at, key), f"'{name}' is no outcome of the study")
        one, other = known
        if one is None or other is None:
            continue
        if one is other:
            yield Contradiction((*at, "destination"), "care cannot move to where it was")
        elif EffectScale.RATIO in (one.scale, other.scale):
            yield Contradiction(at, "percentages cannot be held against each other: use scale 'difference'")
        elif (one.unit, one.exposure) != (other.unit, other.exposure):
            yield Contradiction(
                at,
                f"'{one.name}' is in {one.unit}, '{other.name}' in {other.unit}: what moved needs one unit",
            )
        elif (one.price is None) != (other.price is None) or _followed(one)[0] != _followed(other)[0]:
            yield Contradiction(at, "source and destination are in euros of different years")


def gain_is_for_money(
    outcomes: tuple[Outcome, ...], cost_effectiveness: tuple[CostEffectiveness, ...]
) -> Found:
    """A cost is set against an outcome of another aim, at thresholds that rise."""
    by_name = {outcome.name: outcome for outcome in outcomes}
    for position, each in enumerate(cost_effectiveness):
        at = ("cost_effectiveness", position)
        for key, name in (("cost", each.cost), ("gain", each.gain)):
            found = by_name.get(name)
            if found is None:
                yield Contradiction((*at, key), f"'{name}' is no outcome of the study")
            elif (found.aim is Aim.COST) != (key == "cost"):
                wanted = "a cost" if key == "cost" else "of another aim than cost"
                yield Contradiction((*at, key), f"'{name}' is of aim {found.aim}, expected {wanted}")
            elif found.scale is EffectScale.RATIO or found.negative_control:
                yield Contradiction(
                    (*at, key), f"'{name}' must be compared by differences and be no negative control"
                )
        if list(each.thresholds) != sorted(set(each.thresholds)):
            yield Contradiction((*at, "thresholds"), "they must rise")
