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
    return f"fewer than {SMALLEST_COUNT}" if 0 < persons < SMALLEST_COUNT else f"{persons:,}"
