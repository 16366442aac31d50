"""Numbers about nearly the same people: what sets them apart tells of the few who are in one of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Persons = NDArray[np.int64]


def few_apart(one: Persons, other: Persons, least: int) -> bool:
    """Whether the persons of two numbers differ by at least one and by fewer than `least`.

    Parameters
    ----------
    one, other : array of int
        Distinct persons behind each.
    least : int

    Examples
    --------
    >>> few_apart(np.arange(50), np.arange(53), 10), few_apart(np.arange(50), np.arange(50), 10)
    (True, False)
    """
    common = len(np.intersect1d(one, other, assume_unique=True))
    return 0 < len(one) + len(other) - 2 * common < least


def sizes_few_apart(one: Sequence[int], other: Sequence[int], least: int) -> bool:
    """The same where only sizes are known, group by group: nobody can rule out that one holds the other.

    >>> sizes_few_apart((120, 80), (120, 77), 10), sizes_few_apart((120, 80), (120, 60), 10)
    (True, False)
    """
    return any(0 < abs(a - b) < least for a, b in zip(one, other, strict=False))
