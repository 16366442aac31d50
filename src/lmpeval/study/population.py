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


@dataclass(frozen=True, config=CLOSED)
class Population:
    """Who: the people whose outcomes count as treated."""

    level: Level
    delineation: Delineation
    members: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Municipalities, practices or insurers, as the delivered data names them."""
    subpopulation: Text | None = None
    """A rule on columns of the person-level contract; none for everybody."""
