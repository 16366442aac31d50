"""How far an estimate that stands out is off, where there was little chance to see anything."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi, sqrt

from scipy.special import ndtr, ndtri

UNDERPOWERED = 0.5
"""Chance to see what matters below which an estimate that stands out is more false size than effect: at
one half it is 1.4 times too large on average."""


@dataclass(frozen=True)
class Exaggeration:
    """What an estimate that leaves zero out would be where the true effect is known.

    Attributes
    ----------
    power : float
        Chance to leave zero out on either side.
    wrong_sign : float
        Chance that one that does has the wrong sign (type S).
    times : float
        How many times too large it is on average (type M).
    """

    power: float
    wrong_sign: float
    times: float


def exaggeration(effect: float, error: float, level: float = 0.95) -> Exaggeration:
    """Reckon power and the errors of type S and M (Gelman and Carlin 2014), the estimate being normal.

    The mean size of an estimate that stands out is a mean of the two tails of a normal, in closed form (Lu,
    Qiu and Deng 2019).

    Parameters
    ----------
    effect : float
        True effect, not zero.
    error : float
        Standard error, above zero.

    >>> found = exaggeration(2.8, 1.0)
    >>> round(found.power, 2), round(found.times, 2)
    (0.8, 1.13)
    """
    true, cut = abs(effect) / error, float(ndtri((1 + level) / 2))
    right, wrong = float(ndtr(true - cut)), float(ndtr(-true - cut))
    power = right + wrong
    size = true * (right - wrong) + _density(cut - true) + _density(cut + true)
    return Exaggeration(power, wrong / power, size / power / true)


def _density(at: float) -> float:
    return exp(-(at**2) / 2) / sqrt(2 * pi)
