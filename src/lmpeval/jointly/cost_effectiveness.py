"""What is gained for what is spent: the plane of both, net benefit at thresholds, and value with its parts.

Stinnett and Mullahy (1998), Medical Decision Making 18; van Hout, Al, Gordon and Rutten (1994), Health
Economics 3; Fenwick, O'Brien and Briggs (2004), Health Economics 13.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lmpeval.estimate import Estimate
from lmpeval.jointly.draws import Chance, JointDraws, Ranged, Reckoned, jointly
from lmpeval.panel import Bools, Floats

ON_THE_CURVE = 61
"""Thresholds at which acceptability is told, from nothing to half again the highest asked."""


class Quadrant(StrEnum):
    """Where gain and cost lie."""

    MORE_FOR_LESS = "more for less"
    MORE_FOR_MORE = "more for more"
    LESS_FOR_LESS = "less for less"
    LESS_FOR_MORE = "less for more"


@dataclass(frozen=True, eq=False)
class Terms:
    """How two effects become money a head.

    Attributes
    ----------
    sign : float
        1 where more of the gain is better, -1 where less is.
    gain_per : float
        Heads that a unit of the gain is spread over.
    programme : float
        What the programme cost a head and year: it is in the cost. Zero where that is not known.
    """

    sign: float
    gain_per: float = 1.0
    programme: float = 0.0


@dataclass(frozen=True)
class Benefit:
    """Net monetary benefit at one threshold.

    Attributes
    ----------
    threshold : float
        Euro that a unit of the gain is worth.
    net : Ranged
        What the gain is worth less what it cost, in euro a head and year.
    chance : Chance
        That it is above zero: that the programme is worth its money at this threshold.
    """

    threshold: float
    net: Ranged
    chance: Chance


@dataclass(frozen=True)
class Value:
    """Quality over payment, each held against what it would have been; never told without its two parts.

    Attributes
    ----------
    quality, payment, value : Ranged
        How each changed, as a share of what it would have been: 0.01 is one percent more.
    """

    quality: Ranged
    payment: Ranged
    value: Ranged


@dataclass(frozen=True, eq=False)
class CostEffect:
    """Cost and gain, jointly.

    Attributes
    ----------
    cost, gain : Ranged
        In euro a head, with the programme's own; and in units a head, better being more.
    points : array, shape (n_points, 2)
        Gain and cost that the figures leave possible.
    quadrants : mapping of Quadrant to Chance
    together : float
        Correlation of gain and cost by chance; not a number where one of them never moves.
    benefits : tuple of Benefit
        At the thresholds asked.
    curve : array, shape (n_thresholds, 2)
        Thresholds, and the chance that the net benefit is above zero.
    ratio : float or None
        Cost of a unit gained; None unless both intervals leave zero out with more gained for more, of which
        alone it can be read.
    value : Value or None
        Where quality is measured as more of something.
    years : tuple of int
        That count for both.
    """

    cost: Ranged
    gain: Ranged
    points: Floats
    quadrants: Mapping[Quadrant, Chance]
    together: float
    benefits: tuple[Benefit, ...]
    curve: Floats
    ratio: float | None
    value: Value | None
    years: tuple[int, ...]

    @property
    def step(self) -> float:
        """What the draws can tell apart."""
        return next(iter(self.quadrants.values())).step


def cost_effect(cost: Estimate, gain: Estimate, thresholds: Sequence[float], terms: Terms) -> CostEffect:
    """Set a cost against what is gained for it.

    Raises
    ------
    NotPaired
        As `jointly` says.
    """
    draws = jointly([cost, gain])
    spent = draws.scaled(0, plus=terms.programme)
    gained = draws.scaled(1, times=terms.sign / terms.gain_per)
    possible = draws.possible
    points = np.column_stack([_gained(terms)(possible), _spent(terms)(possible)])
    grid = np.linspace(0, 1.5 * max(thresholds), ON_THE_CURVE)
    curve = [draws.chance(_is_worth_it(terms, threshold)).share for threshold in grid]
    return CostEffect(
        cost=spent,
        gain=gained,
        points=points,
        quadrants={each: draws.chance(_lies_in(terms, each)) for each in Quadrant},
        together=_correlation(draws, terms),
        benefits=tuple(_benefit(draws, terms, threshold) for threshold in thresholds),
        curve=np.column_stack([grid, curve]),
        ratio=spent[0] / gained[0] if spent[1] > 0 and gained[1] > 0 else None,
        value=_value(draws, (cost, gain), terms),
        years=draws.told_years,
    )


def _spent(terms: Terms) -> Reckoned:
    return lambda effects: effects[..., 0] + terms.programme


def _gained(terms: Terms) -> Reckoned:
    return lambda effects: terms.sign * effects[..., 1] / terms.gain_per


def _worth(terms: Terms, threshold: float) -> Reckoned:
    return lambda effects: threshold * _gained(terms)(effects) - _spent(terms)(effects)


def _is_worth_it(terms: Terms, threshold: float) -> Callable[[Floats], Bools]:
    return lambda effects: _worth(terms, threshold)(effects) > 0


def _lies_in(terms: Terms, quadrant: Quadrant) -> Callable[[Floats], Bools]:
    def lies(effects: Floats) -> Bools:
        more, dearer = _gained(terms)(effects) > 0, _spent(terms)(effects) > 0
        return {
            Quadrant.MORE_FOR_LESS: more & ~dearer,
            Quadrant.MORE_FOR_MORE: more & dearer,
            Quadrant.LESS_FOR_LESS: ~more & ~dearer,
            Quadrant.LESS_FOR_MORE: ~more & dearer,
        }[quadrant]

    return lies


def _benefit(draws: JointDraws, terms: Terms, threshold: float) -> Benefit:
    return Benefit(
        threshold, draws.told(_worth(terms, threshold)), draws.chance(_is_worth_it(terms, threshold))
    )


def _correlation(draws: JointDraws, terms: Terms) -> float:
    cost, gain = draws.moves[:, 0], terms.sign * draws.moves[:, 1]
    size = float(np.sqrt((cost @ cost) * (gain @ gain)))
    return float(cost @ gain) / size if size > 0 else float("nan")


def _value(draws: JointDraws, of: tuple[Estimate, Estimate], terms: Terms) -> Value | None:
    """How quality over payment changed; None where less is better, or either might be nothing or less."""
    paid, quality = (_level(each, draws) for each in of)
    possible = draws.possible
    if terms.sign < 0 or not paid > 0 or not quality > 0:
        return None
    if (paid + _spent(terms)(possible) <= 0).any() or (quality + possible[:, 1] <= 0).any():
        return None
    return Value(
        quality=draws.scaled(1, times=1 / quality),
        payment=draws.scaled(0, times=1 / paid, plus=terms.programme / paid),
        value=draws.told(
            lambda x: (1 + x[..., 1] / quality) / (1 + _spent(terms)(x) / paid) - 1,
        ),
    )


def _level(found: Estimate, draws: JointDraws) -> float:
    """What the outcome would have been, over the years that count for both."""
    return float(found.comparison.counterfactual[np.isin(found.years, draws.years)].mean())
