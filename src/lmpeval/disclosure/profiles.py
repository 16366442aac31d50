"""Whose rules are kept: how few may stand behind a number, and what else may not be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Profile:
    """Thresholds of what may leave.

    Attributes
    ----------
    name : str
    least : int
        Fewest distinct persons that may stand behind a number; 2 or more.
    nearest : int
        What released counts are rounded to a multiple of.
    largest : tuple of float
        Share of a total that its largest contributor may have at most, then its two largest together, and so
        on.
    group : float
        Share of a group of persons that one category of a characteristic may hold at most.
    freedom : int
        Fewest degrees of freedom that a released model may leave.
    digits : int
        Significant digits of a released figure of persons.
    source : str
        Whose rules these are.
    entered : date
        When they were taken from there: guidelines change, so verify them against the current one.
    """

    name: str
    least: int
    nearest: int
    largest: tuple[float, ...]
    group: float
    freedom: int
    digits: int
    source: str
    entered: date


CBS = Profile(
    name="cbs",
    least=10,
    nearest=10,
    largest=(0.5, 0.85),
    group=0.9,
    freedom=10,
    digits=4,
    source="Statistics Netherlands (microdata output) and the ESSnet guidelines on output checking; the two "
    "largest together as the research data centre of the Deutsche Bundesbank",
    entered=date(2026, 11, 28),
)
OPENSAFELY = Profile(
    name="opensafely",
    least=8,
    nearest=5,
    largest=(0.5, 0.85),
    group=0.9,
    freedom=10,
    digits=4,
    source="OpenSAFELY: counts of seven or fewer are redacted, the others rounded to five",
    entered=date(2026, 11, 28),
)
PROFILES: Mapping[str, Profile] = {each.name: each for each in (CBS, OPENSAFELY)}
