"""What was done, where, and from when."""

from __future__ import annotations

from dataclasses import field
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED, NotNegative, Text, Year


class Theme(StrEnum):
    """What kind of change the intervention is."""

    SUBSTITUTION = "substitution"
    INTEGRATION = "integration"
    PREVENTION = "prevention"
    OTHER = "other"


class Status(StrEnum):
    """Where the intervention stands in its life."""

    PLANNED = "planned"
    RUNNING = "running"
    ABSORBED = "absorbed"
    STOPPED = "stopped"
    NEVER_DELIVERED = "never delivered"


NOT_STARTED = (Status.PLANNED, Status.NEVER_DELIVERED)
"""There is no start to estimate around: the window holds what was delivered so far."""


class Assigned(StrEnum):
    """What was assigned to the intervention as a whole, and is one treated group."""

    SITE = "site"
    MEMBER = "member"


@dataclass(frozen=True, config=CLOSED)
class Site:
    """One of several places that started by themselves."""

    site: Text
    members: Annotated[tuple[Text, ...], Field(min_length=1)]
    """Those members of the population that are in this site."""
    start: Year
    """First calendar year in which people were reached here."""


@dataclass(frozen=True, config=CLOSED)
class Intervention:
    """What was done, where, and from when."""

    name: Text
    site: Text
    theme: Theme
    status: Status
    start: Year
    """First calendar year in which people were reached, be it for a part of the year."""
    sites: tuple[Site, ...] = ()
    """The sites, each with its own start, where there are several; one that holds all members if empty."""
    assigned: Assigned = Assigned.SITE
    """Whether a whole site took up the intervention, or every member by itself (states that passed a law)."""
    announced: date | None = None
    """When those concerned could know that it would come: behaviour may change from then on."""
    ended: Year | None = None
    """Last year of delivery; with status absorbed, the year in which it became regular care."""
    reach: dict[Year, Annotated[int, Field(ge=0, strict=True)]] = field(default_factory=dict)
    """Persons reached per year, from the register."""
    programme_cost: dict[Year, NotNegative] = field(default_factory=dict)
    """Euro spent on the programme per year, where known, in euros of that year; cost is told net of it."""
    programme_paid_by: Text | None = None
    """Who pays the programme."""
    name_nl: Text | None = None
    """The name on Dutch pages; the name itself where left out."""

    def named_in(self, language: str) -> str:
        """What readers of a language are shown."""
        return self.name_nl if language == "nl" and self.name_nl else self.name
