"""Who stands behind a number: how many distinct persons and organisations, and how much of it is of few."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
LOOKED_AT = 2
"""How many of the largest contributors a share is told of."""


@dataclass(frozen=True)
class Contribution:
    """Distinct contributors of one kind to a number.

    Attributes
    ----------
    distinct : int
    shares : tuple of float
        Of the total, by the largest contributor; then by the two largest together. Empty where nothing is
        added up, as in a count.
    """

    distinct: int
    shares: tuple[float, ...] = ()

    def or_worse(self, other: Contribution) -> Contribution:
        """Fewer contributors and larger shares, of either."""
        shares = zip(self.shares, other.shares, strict=True) if self.shares and other.shares else ()
        longest = self.shares or other.shares
        return Contribution(
            min(self.distinct, other.distinct), tuple(max(pair) for pair in shares) or longest
        )


@dataclass(frozen=True)
class Support:
    """Who stands behind a number.

    Attributes
    ----------
    persons : Contribution
    providers, insurers : Contribution or None
        None where the data do not tell whose people they are, or where it is no secret: the study is about
        people of one that it names.
    events : int or None
        Persons of whom something holds, where the number says of how many it does.
    structural : bool
        Whether none or all of them follow from how the persons were chosen, so that it tells nothing.
    freedom : int or None
        Degrees of freedom that the model behind it leaves.
    """

    persons: Contribution
    providers: Contribution | None = None
    insurers: Contribution | None = None
    events: int | None = None
    structural: bool = False
    freedom: int | None = None


NOBODY = Support(Contribution(0))


def contributed(amounts: Floats, of: NDArray[np.integer], present: NDArray[np.bool_]) -> Contribution:
    """How a total is divided among those who contribute to it.

    Rows of one contributor count once, and what was corrected downwards counts by its size: a claim that is
    paid back tells as much of a person as one that is paid.

    Parameters
    ----------
    amounts : array, shape (n_rows,)
        What is added up.
    of : array of int, shape (n_rows,)
        Whose row it is.
    present : array of bool, shape (n_rows,)
        Rows that count.

    Examples
    --------
    >>> contributed(np.array([1.0, 2.0, 1.0]), np.array([7, 8, 7]), np.ones(3, dtype=bool))
    Contribution(distinct=2, shares=(0.5, 1.0))
    """
    if not present.any():
        return Contribution(0)
    _, position = np.unique(of[present], return_inverse=True)
    return shares_of(np.abs(np.bincount(position, amounts[present])))


def shares_of(totals: Floats) -> Contribution:
    """The same from the total of each contributor, shape (n_contributors,)."""
    return Contribution(len(totals), largest_of(totals))


def largest_of(amounts: Floats) -> tuple[float, ...]:
    """Shares of the largest amount and of the two largest together; empty where all are zero.

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
