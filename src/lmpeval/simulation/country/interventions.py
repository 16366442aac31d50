"""What an intervention of the synthetic country is: where, for whom, from when, and what it does to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lmpeval.study import NOT_STARTED, Delineation, Status, Theme

CATEGORIES = ("gp", "hospital", "pharmacy", "mental", "nursing", "other")
"""Kinds of cost; the total is their sum."""


@dataclass(frozen=True)
class Site:
    """A region that runs programmes: neighbouring municipalities of one neighbourhood.

    Attributes
    ----------
    name : str
    group : str
        The neighbourhood (COROP region) that it lies in.
    municipalities : int
        How many it counts: the first of them and those nearest to it.
    delineation : Delineation
        Whom its programmes are for: all inhabitants, the patients of three in five GP practices, or those
        insured with the largest insurer.
    """

    name: str
    group: str
    municipalities: int
    delineation: Delineation = Delineation.MUNICIPALITIES


@dataclass(frozen=True)
class Eligible:
    """Whom a programme is for; every bound that is given must hold.

    Attributes
    ----------
    condition : str
        One of the conditions of `People`; empty for everybody.
    from_age, to_age : int
        First age and last age.
    ses_below : float
        Socio-economic score, in standard deviations from the mean.
    cost_above : float
        Cost in the year before, in euro: a rule that finds people at a chance high.
    """

    condition: str = ""
    from_age: int = 0
    to_age: int = 120
    ses_below: float = float("inf")
    cost_above: float = 0.0


@dataclass(frozen=True)
class Effect:
    """What a programme does to a participant.

    Attributes
    ----------
    cost : mapping of category to float
        Relative change: -0.1 is a tenth less.
    mortality : float
        Relative change in the risk of dying within a year.
    health : float
        Shift of self-rated health, in standard deviations of its answers.
    experience : float
        Shift of a rating, in points of ten.
    """

    cost: Mapping[str, float] = field(default_factory=dict)
    mortality: float = 0.0
    health: float = 0.0
    experience: float = 0.0


@dataclass(frozen=True)
class Programme:
    """One intervention of a site.

    Attributes
    ----------
    name, title, title_nl : str
        Name for files, for readers, and for readers of Dutch; these see `title` where it is empty.
    site : Site
    theme : Theme
    status : Status
    start : int
        First year in which people take part.
    eligible : Eligible
        Looked at in the year before somebody joins: what the programme does cannot make people eligible.
    uptake : float
        Share of the eligible who take part once it is at full size.
    effect : Effect
    ramp : tuple of float
        Part of the uptake in the first years, the last for all years after it.
    ended : int or None
        Last year (stopped), or the year in which it became regular care (absorbed: it goes on).
    spillover, beyond : float
        Part of the effect felt by the eligible who do not take part, in the site and in municipalities
        that border on it.
    price : float
        Euro that it costs per participant and year.
    registered : bool
        Whether the register of initiatives knows it.
    """

    name: str
    title: str
    site: Site
    theme: Theme
    status: Status
    start: int
    eligible: Eligible
    uptake: float
    effect: Effect
    ramp: tuple[float, ...] = (0.4, 0.7, 1.0)
    ended: int | None = None
    spillover: float = 0.0
    beyond: float = 0.0
    price: float = 100.0
    registered: bool = True
    title_nl: str = ""

    @property
    def delivered(self) -> bool:
        """Whether anybody was ever reached."""
        return self.status not in NOT_STARTED

    def uptake_in(self, year: int) -> float:
        """Share of the eligible who take part in a year."""
        stopped = self.status is Status.STOPPED and self.ended is not None and year > self.ended
        if not self.delivered or year < self.start or stopped:
            return 0.0
        return self.uptake * self.ramp[min(year - self.start, len(self.ramp) - 1)]
