"""With whom: the units that are compared."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED, Name, Text


class Neighbours(StrEnum):
    """What happens to comparison units in the site's own neighbourhood."""

    LEAVE_OUT = "leave out"
    KEEP = "keep"


class LaterStarts(StrEnum):
    """What happens to sites that start later while an earlier start is judged."""

    SET_ASIDE = "set aside"
    UNTIL_THEY_START = "compare until they start"


@dataclass(frozen=True, config=CLOSED)
class Exclusion:
    """Units that may not serve as comparison, and why."""

    reason: Text
    units: tuple[Text, ...] = ()
    groups: tuple[Text, ...] = ()
    """Whole neighbourhoods, by the name of their group."""
    areas: tuple[Text, ...] = ()
    """Whole areas (provinces)."""


@dataclass(frozen=True, config=CLOSED)
class Comparator:
    """With whom: the pool, who is left out of it and why, and what makes two units alike."""

    register: Text
    """Register of other initiatives (contract initiative_register): a file beside the study file, or
    `none known` where the evaluator has looked and found none."""
    match_on: tuple[Name, ...]
    """Baseline covariates, as columns of the delivered data; an empty list for none."""
    matches: Annotated[int, Field(ge=1, le=200, strict=True)] = 10
    """Comparison units kept for each treated unit."""
    pool: Literal["all"] | Annotated[tuple[Text, ...], Field(min_length=1)] = "all"
    """Comparison units to choose from; all that were delivered, or a list."""
    exclude: tuple[Exclusion, ...] = ()
    neighbours: Neighbours = Neighbours.LEAVE_OUT
    borders: Text | None = None
    """Who borders on whom (contract municipality_neighbours): a file beside the study file or with the data.
    What borders on the site is its neighbour too, whatever its group."""
    later_starts: LaterStarts = LaterStarts.SET_ASIDE
    """Sites that start later: compared with nobody, or compared with until their own start."""
    match_persons_on: tuple[Name, ...] = ()
    """Covariates of persons in the last year before the start, as columns of the person-level data."""

    @property
    def matched(self) -> tuple[str, ...]:
        """All that units or persons are matched on, each once."""
        return tuple(dict.fromkeys((*self.match_on, *self.match_persons_on)))
