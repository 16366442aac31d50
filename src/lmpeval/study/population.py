"""Who: the people whose outcomes count as treated."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED, Text


class Level(StrEnum):
    """Whose outcome it is: everybody's in the region, or the people's that the intervention is for."""

    POPULATION = "population"
    INTERVENTION = "intervention"


class Delineation(StrEnum):
    """How the population is drawn."""

    MUNICIPALITIES = "municipalities"
    GP_CATCHMENT = "gp catchment"
    INSURED = "insured"


class Follow(StrEnum):
    """Which persons are counted in which year."""

    FIXED_COHORT = "fixed cohort"
    WHEREVER = "fixed cohort wherever they move"
    OPEN_COHORT = "open cohort"
    REPEATED_CROSS_SECTION = "repeated cross-section"


class ChosenBy(StrEnum):
    """By what people were chosen for the intervention."""

    RISK = "risk"
    OTHER = "other"


@dataclass(frozen=True, config=CLOSED)
class Population:
    """Who: the people whose outcomes count as treated."""

    level: Level
    delineation: Delineation
    members: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Municipalities, practices or insurers, as the delivered data names them."""
    subpopulation: Text | None = None
    """A rule on columns of the person-level contract; none for everybody. It selects here and elsewhere."""
    within: tuple[Text, ...] = ()
    """Municipalities in which the people of the practices or insurers live."""
    participants: Text | None = None
    """Of the people selected those who took part from the start on, by the intervention's name in the table
    of participants; all who were selected where left out."""
    selection: ChosenBy = ChosenBy.OTHER
    """`risk` where people were chosen for what they cost or used: then the rule must say so."""
    follow: Follow = Follow.FIXED_COHORT
    """Who is counted in which year: those selected in the last year before the start, until they move away or
    wherever they move; those selected in any year, from then on; or those selected in each year."""

    @property
    def units(self) -> tuple[str, ...]:
        """Municipalities of the site, or whatever units the delivered data has."""
        return self.within or self.members
