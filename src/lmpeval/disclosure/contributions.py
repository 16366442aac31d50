"""Totals divided among those who contribute to them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lmpeval.disclosure.support import Contribution

Floats = NDArray[np.float64]
LOOKED_AT = 2
"""How many of the largest contributors a share is told of."""


def shares_of(totals: Floats) -> Contribution:
    """How a sum is divided among contributors, from the total of each, shape (n_contributors,)."""
    return Contribution(len(totals), largest_of(totals))


def largest_of(amounts: Floats) -> tuple[float, ...]:
    """Shares of the largest amount and of the two largest together; empty where all are zero.

    What was corrected downwards counts by its size: a claim that is paid back tells as much of somebody as
    one that is paid.

    >>> largest_of(np.array([1.0, 5.0, 4.0]))
    (0.5, 0.9)
    """
    sizes = np.abs(amounts)
    whole = float(sizes.sum())
    if not whole:
        return ()
    beyond = max(len(sizes) - LOOKED_AT, 0)
    largest = np.sort(np.partition(sizes, beyond)[beyond:] if beyond else sizes)[::-1]
    return tuple(map(float, np.cumsum(largest) / whole))
