"""Why a number does not leave: the rule that it breaks, with the rule's limit and never what was found."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from lmpeval.errors import CannotEstimate


class Code(StrEnum):
    """Rules that a number can break; the catalogues have words for each."""

    NO_SUPPORT = "no-support"
    FEW_PERSONS = "few-persons"
    DOMINANT_PERSON = "dominant-person"
    DOMINANT_PROVIDER = "dominant-provider"
    DOMINANT_INSURER = "dominant-insurer"
    FEW_EVENTS = "few-events"
    ALL_OR_NONE = "all-or-none"
    GROUP = "group"
    FREEDOM = "freedom"
    BESIDE = "beside"
    TOO_ALIKE = "too-alike"


WORDS = {
    Code.NO_SUPPORT: "nobody can say who stands behind it",
    Code.FEW_PERSONS: "fewer than {limit:g} persons",
    Code.DOMINANT_PERSON: "one or two persons make up more than {limit:.0%} of it",
    Code.DOMINANT_PROVIDER: "one or two practices make up more than {limit:.0%} of it",
    Code.DOMINANT_INSURER: "one or two insurers make up more than {limit:.0%} of it",
    Code.FEW_EVENTS: "it holds of fewer than {limit:g} persons, or of all but so few",
    Code.ALL_OR_NONE: "it holds of everybody or of nobody, and so tells of each of them",
    Code.GROUP: "it holds of more than {limit:.0%} of the persons, and so tells of each of them",
    Code.FREEDOM: "a model that leaves fewer than {limit:g} degrees of freedom",
    Code.BESIDE: "withheld, so that another number that is withheld cannot be worked out",
    Code.TOO_ALIKE: "about nearly the same persons as another number: fewer than {limit:g} set the two apart",
}
"""In English, for runs and tables; a test holds the catalogue of pages to the same words."""


@dataclass(frozen=True)
class Refusal:
    """One rule that a number breaks.

    It tells the limit and never what was found: that a cell has nine persons is what may not be known.

    Attributes
    ----------
    code : Code
    limit : float
        What was to be kept, as the profile has it; 0 where the rule has no figure.
    """

    code: Code
    limit: float = 0.0

    def __str__(self) -> str:
        """The rule in words."""
        return WORDS[self.code].format(limit=self.limit)


class Withheld(CannotEstimate):
    """What was asked for may not leave."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        self.refusals = tuple(dict.fromkeys(refusals))
        super().__init__("; ".join(map(str, self.refusals)))
