"""What cannot be so of outcomes in euro."""

from __future__ import annotations

from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.parts import Aim, Outcome


def cut_is_another_cost(outcomes: tuple[Outcome, ...]) -> Found:
    """Only a cost is delivered with its tail cut off, in a column of its own."""
    for position, outcome in enumerate(outcomes):
        at = ("outcomes", position, "truncated")
        if outcome.truncated is None:
            continue
        if outcome.aim is not Aim.COST:
            yield Contradiction(at, "only costs have a tail that is cut off: leave it out")
        if outcome.truncated == (outcome.column or outcome.name):
            yield Contradiction(
                at, f"'{outcome.truncated}' is the cost that is not cut; name the other column"
            )
