"""A difference in cost by what it is spent on and by who pays it, adding up to the last digit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmpeval.estimate import Estimate
from lmpeval.jointly.draws import JointDraws, NotPaired, Ranged, Reckoned, Why, jointly
from lmpeval.panel import Floats


@dataclass(frozen=True, eq=False)
class Split:
    """A total and what it is made of.

    Attributes
    ----------
    total : Ranged
    parts : tuple of Ranged
        In the order in which they were given.
    rest : Ranged
        What the parts leave of the total: cost that no part holds.
    payers : tuple of (str, Ranged)
        Parts of the same payer added up, in the order of their first; parts without one are in none.
    rest_share : Ranged or None
        The rest as a share of the total; None where the total may be nothing, of which nothing is a share.
    own_mixtures : bool
        Whether parts and total were compared with different mixtures of units: then what that moves is in
        the rest.
    years : tuple of int
        That count, calendar or since the start.
    """

    total: Ranged
    parts: tuple[Ranged, ...]
    rest: Ranged
    payers: tuple[tuple[str, Ranged], ...]
    rest_share: Ranged | None
    own_mixtures: bool
    years: tuple[int, ...]


def split(total: Estimate, parts: Sequence[Estimate], payers: Sequence[str | None]) -> Split:
    """Split the effect on a cost by its parts; what they leave is a part of its own.

    Parameters
    ----------
    total : Estimate
    parts : sequence of Estimate
        Of costs in the same euros per the same heads.
    payers : sequence of str or None
        Who pays each part.

    Raises
    ------
    NotPaired
        As `jointly` says.
    """
    if not parts:
        raise NotPaired(Why.NO_PART)
    draws = jointly([total, *parts])
    whole = draws.each(0)
    named = dict.fromkeys(payer for payer in payers if payer)
    return Split(
        total=whole,
        parts=tuple(draws.each(i + 1) for i in range(len(parts))),
        rest=draws.told(_rest),
        payers=tuple((name, draws.told(_sum_of(payers, name))) for name in named),
        rest_share=draws.told(lambda x: _rest(x) / x[..., 0]) if _is_something(draws) else None,
        own_mixtures=any(not _same_weights(total, part) for part in parts),
        years=draws.told_years,
    )


def _rest(effects: Floats) -> Floats:
    return np.asarray(effects[..., 0] - effects[..., 1:].sum(axis=-1))


def _sum_of(payers: Sequence[str | None], name: str) -> Reckoned:
    chosen = np.array([0.0, *(float(payer == name) for payer in payers)])
    return lambda effects: np.asarray(effects @ chosen)


def _is_something(draws: JointDraws) -> bool:
    """Whether the total's interval leaves zero out."""
    low, high = draws.intervals[0]
    return low > 0 or high < 0


def _same_weights(one: Estimate, other: Estimate) -> bool:
    mine, theirs = one.comparison.weights, other.comparison.weights
    return mine.shape == theirs.shape and bool(np.allclose(mine, theirs, rtol=0, atol=1e-9))
