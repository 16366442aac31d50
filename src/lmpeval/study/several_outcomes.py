"""What is asked of two outcomes together: care that moved between them, health for money."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED, Name, Positive, Text


@dataclass(frozen=True, config=CLOSED)
class Substitution:
    """Care that is to move from one place to another."""

    source: Name
    """Outcome that should fall, as the source of the care."""
    destination: Name
    """Outcome that should rise by as much, in the same unit."""


@dataclass(frozen=True, config=CLOSED)
class CostEffectiveness:
    """A cost set against what is gained for it."""

    cost: Name
    """Outcome of aim cost."""
    gain: Name
    """Outcome that the money is to buy, of another aim."""
    thresholds: Annotated[tuple[Positive, ...], Field(min_length=1)]
    """Euro that one unit of the gain is held to be worth; for a year of life in full health the Dutch
    reference values are 20000, 50000 and 80000."""
    source: Text
    """Who holds it to be worth that."""
    gain_per: Positive = 1.0
    """Heads that a unit of the gain is spread over: 1000 for deaths per 1,000 insured years."""
