"""What may not leave: counts of so few people that one of them could be known."""

from __future__ import annotations

SMALLEST_COUNT = 10
"""Fewer people than this are not counted in public (Statistics Netherlands; ESSnet guidelines)."""


def shown_count(persons: int) -> str:
    """Write a number of people as it may be shown.

    >>> shown_count(3412)
    '3,412'
    >>> shown_count(7)
    'fewer than 10'
    >>> shown_count(0)
    '0'
    """
    return f"{persons:,}" if may_be_shown(persons) else f"fewer than {SMALLEST_COUNT}"


def may_be_shown(persons: int) -> bool:
    """Whether a number of people may be shown as it is."""
    return not 0 < persons < SMALLEST_COUNT


def rounded_count(persons: int) -> str:
    """Write a number of people as it may stand beside others that add up: rounded, so that no few show.

    Exact counts give away what is hidden among them: what is missing from a sum, or how two of them differ.

    >>> rounded_count(3417), rounded_count(7), rounded_count(0)
    ('3,420', 'fewer than 10', '0')
    """
    nearest = SMALLEST_COUNT * round(persons / SMALLEST_COUNT)
    return f"{nearest:,}" if may_be_shown(persons) else shown_count(persons)
