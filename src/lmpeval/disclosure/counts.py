"""Counts of people as they may be shown: small ones in words, the others rounded where they add up."""

from __future__ import annotations

from math import ceil

from lmpeval.disclosure.profiles import CBS, Profile


def shown_count(persons: int, profile: Profile = CBS) -> str:
    """Write a number of people as it may be shown.

    >>> shown_count(3412)
    '3,412'
    >>> shown_count(7)
    'fewer than 10'
    >>> shown_count(0)
    '0'
    """
    return f"{persons:,}" if may_be_shown(persons, profile) else f"fewer than {profile.least}"


def may_be_shown(persons: int, profile: Profile = CBS) -> bool:
    """Whether a number of people may be shown as it is."""
    return not 0 < persons < profile.least


def rounded(persons: float, profile: Profile = CBS) -> int | None:
    """Round a number of people as it may leave; None for one that may not.

    One that may leave is never rounded below the least that may, so that rounding twice is rounding once.

    >>> rounded(3417), rounded(7), rounded(0)
    (3420, None, 0)
    """
    if 0 < persons < profile.least:
        return None
    lowest = ceil(profile.least / profile.nearest) if persons else 0
    return profile.nearest * max(round(persons / profile.nearest), lowest)


def to_digits(value: float, profile: Profile = CBS) -> float:
    """A figure of persons to no more digits than may leave: the last ones tell one person from another.

    >>> to_digits(2431.37), to_digits(-0.0123456), to_digits(0.0)
    (2431.0, -0.01235, 0.0)
    """
    return float(f"{value:.{profile.digits}g}")


def rounded_count(persons: int, profile: Profile = CBS) -> str:
    """Write a number of people as it may stand beside others that add up: rounded, so that no few show.

    Exact counts give away what is hidden among them: what is missing from a sum, or how two of them differ.

    >>> rounded_count(3417), rounded_count(7), rounded_count(0)
    ('3,420', 'fewer than 10', '0')
    """
    nearest = rounded(persons, profile)
    return shown_count(persons, profile) if nearest is None else f"{nearest:,}"
