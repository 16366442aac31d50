"""Tables of counts: cells that may not leave, and those that would give them away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lmpeval.disclosure.profiles import Profile
from lmpeval.disclosure.refusals import Code

Counts = NDArray[np.integer]
Bools = NDArray[np.bool_]
Codes = NDArray[np.object_]
NOTHING_STRUCTURAL = np.zeros((1, 1), dtype=bool)


def withheld_cells(
    counts: Counts,
    profile: Profile,
    *,
    characteristic: bool = True,
    structural: Bools = NOTHING_STRUCTURAL,
) -> Codes:
    """Say of every cell of a table of counts why it may not leave.

    Parameters
    ----------
    counts : array of int, shape (n_rows, n_columns)
        Distinct persons, whose totals by row and column may be known.
    profile : Profile
    characteristic : bool
        Whether columns are categories of something that persons have, so that a row whose persons are nearly
        all in one, or in none, tells of each of them.
    structural : array of bool, shape (n_rows, n_columns)
        Cells that are empty, or hold all, by how the persons were chosen.

    Returns
    -------
    array of Code or None, shape (n_rows, n_columns)
    """
    fixed = np.broadcast_to(structural, counts.shape)
    why = np.full(counts.shape, None, dtype=object)
    why[(counts > 0) & (counts < profile.least)] = Code.FEW_PERSONS
    if characteristic:
        for cells, of, free in ((counts, why, fixed), (counts.T, why.T, fixed.T)):
            _hide_groups(cells, of, free, profile)
    hidden = why != None  # noqa: E711 - elementwise
    why[beside(counts, hidden, profile.least, fixed) & ~hidden] = Code.BESIDE
    return why


def _hide_groups(counts: Counts, why: Codes, fixed: Bools, profile: Profile) -> None:
    """Hide cells that hold nearly all of their row, and empty ones: both tell of everybody in it."""
    totals = counts.sum(axis=1, keepdims=True)
    several = counts.shape[1] > 1
    nearly_all = several & (counts > profile.group * totals) & ~fixed & (totals > 0)
    none = several & (counts == 0) & (totals > 0) & ~fixed
    why[nearly_all & (why == None)] = Code.GROUP  # noqa: E711 - elementwise
    why[none & (why == None)] = Code.ALL_OR_NONE  # noqa: E711 - elementwise


def beside(counts: Counts, hidden: Bools, least: int, fixed: Bools = NOTHING_STRUCTURAL) -> Bools:
    """Which cells are hidden once none of them can be worked out from the totals of its row and column.

    Hidden cells of a line must be two at least and hold `least` persons together; until they do, the smallest
    that is told is hidden too.

    Parameters
    ----------
    counts : array of int, shape (n_rows, n_columns)
    hidden : array of bool, shape (n_rows, n_columns)
    least : int
    fixed : array of bool, shape (n_rows, n_columns)
        Empty cells that everybody knows to be empty: hiding them hides nothing.

    Examples
    --------
    >>> beside(np.array([[3, 40, 20]]), np.array([[True, False, False]]), 10)
    array([[ True, False,  True]])
    """
    found = hidden.copy()
    known = np.broadcast_to(fixed, counts.shape) & (counts == 0)
    changed = True
    while changed:
        changed = False
        for cells, of, empty in ((counts, found, known), (counts.T, found.T, known.T)):
            if cells.shape[1] > 1:
                for line, told, nothing in zip(cells, of, empty, strict=True):
                    changed |= _hide_one_more(line, told, nothing, least)
    return found


def _hide_one_more(line: Counts, hidden: Bools, known: Bools, least: int) -> bool:
    """Hide the smallest cell of a line whose hidden ones give themselves away; whether one was."""
    if not hidden.any() or (hidden.sum() > 1 and line[hidden].sum() >= least):
        return False
    shown = np.flatnonzero(~hidden & ~known)
    if not len(shown):
        return False
    hidden[shown[np.argmin(line[shown])]] = True
    return True
