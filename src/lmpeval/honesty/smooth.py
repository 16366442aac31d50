"""A difference in trend may bend by so much a year."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from lmpeval.honesty.question import Question
from lmpeval.panel import Floats


class FrontierNotFound(ArithmeticError):
    """The trade-off between bias and variance could not be followed to its end."""


def smoothness(
    path: Floats,
    covariance: Floats,
    n_before: int,
    weights: Floats,
    m: float,
    level: float = 0.95,
) -> tuple[float, float]:
    """Interval for an effect where the difference in trend bends by at most `m` from one year to the next.

    Any straight difference in trend is allowed. Of the intervals around a linear function of the path whose
    length does not depend on the data, this is the shortest that keeps its level whatever the trend did.

    Parameters
    ----------
    path, covariance, n_before, weights, level
        As in `Question`.
    m : float
        Largest second difference of the trend, in the unit of the path; 0: it goes straight on.

    Returns
    -------
    low, high : float

    Raises
    ------
    UnusableEventPath

    Notes
    -----
    Restriction: Rambachan and Roth (2023). Intervals of fixed length: Armstrong and Kolesar (2018).

    >>> low, high = smoothness(np.array([-1.0, 3.0]), np.eye(2), 1, np.ones(1), 0.0)
    >>> round(low, 3), round(high, 3)  # 3 - 1, give or take 1.96 sqrt(2)
    (-0.772, 4.772)
    """
    asked = Question(path, covariance, n_before, weights, m, level)
    frontier = _frontier(asked)
    price = _best_price(frontier, asked)
    centre, spread = float(frontier.estimator(price) @ path), frontier.at(price, asked)
    half = spread.error * spread.critical
    return centre - half, centre + half


@dataclass(frozen=True, eq=False)
class Frontier:
    """Linear estimators that no other beats in both variance and worst bias, by the price of bias.

    An estimator has the `weights` from the start on, and before it whatever cancels straight lines. Written
    by its responses x to a bend in each year before the reference, it is ``straight + bends @ x`` and its
    worst bias `m` times ``after + sum(|x|)``. Half the variance plus price times sum is a lasso in x, whose
    solutions are linear in the price between a few knots (Osborne, Presnell and Turlach 2000).

    Attributes
    ----------
    straight : array, shape (n_years,)
        Carries on the last step before the reference: least bias.
    bends : array, shape (n_years, n_before - 1)
    after : float
        Worst bias, per unit of `m`, from bends at the reference year and later: nothing can be done.
    prices : array, shape (n_knots,)
        Rising from 0 (least variance).
    responses : array, shape (n_knots, n_before - 1)
    """

    straight: Floats
    bends: Floats
    after: float
    prices: Floats
    responses: Floats

    def response(self, price: float) -> Floats:
        """Response x at a price, shape (n_before - 1,)."""
        return np.array([np.interp(price, self.prices, one) for one in self.responses.T])

    def estimator(self, price: float) -> Floats:
        """Weights on the path, shape (n_years,)."""
        return np.asarray(self.straight + self.bends @ self.response(price))

    def at(self, price: float, asked: Question) -> Spread:
        """Spread of the estimator at a price."""
        used = self.estimator(price)
        error = float(np.sqrt(used @ asked.covariance @ used))
        bias = asked.bound * (self.after + float(np.abs(self.response(price)).sum()))
        return Spread(error, bias / error, folded_quantile(asked.level, bias / error))


@dataclass(frozen=True)
class Spread:
    """Standard error of an estimator, its worst bias in standard errors, and the critical value for it."""

    error: float
    bias: float
    critical: float


def folded_quantile(level: float, mean: float) -> float:
    """Value that the size of a normal variable with this mean and variance 1 stays below, so often.

    >>> round(folded_quantile(0.95, 0.0), 4), round(folded_quantile(0.95, 3.0) - 3, 4)
    (1.96, 1.6449)
    """
    low, high = mean + ndtri(level), mean + ndtri((1 + level) / 2)  # one tail alone, two as large as that
    return float(
        brentq(lambda x: ndtr(x - mean) - ndtr(-x - mean) - level, low - 1e-9, high + 1e-9, xtol=1e-13)
    )


def _best_price(frontier: Frontier, asked: Question) -> float:
    """Price of bias at which the interval is shortest.

    Along the frontier half the variance falls by the price of each unit of bias, and the critical value
    grows by ``tanh(bias * critical)``. The length is convex in the bias: its slope changes sign once.
    """

    def slope(price: float) -> float:
        here = frontier.at(price, asked)
        steep = np.tanh(here.bias * here.critical)
        return float(price * (here.critical - here.bias * steep) - asked.bound * here.error * steep)

    dearest = float(frontier.prices[-1])
    if slope(dearest) <= 0:
        return dearest
    return float(brentq(slope, 0.0, dearest, xtol=1e-14 * dearest)) if asked.bound > 0 else 0.0


def _frontier(asked: Question) -> Frontier:
    n_before, n_after = asked.n_before, len(asked.weights)
    before, after = np.arange(-n_before, 0), np.arange(1, n_after + 1)
    bent = np.maximum(np.arange(1 - n_before, 0)[:, None] - before, 0)  # what a bend in a year does before it
    inverse = np.linalg.inv(np.vstack([bent, before]))
    straight = np.concatenate([-inverse[:, -1] * (after @ asked.weights), asked.weights])
    bends = np.vstack([inverse[:, :-1], np.zeros((n_after, n_before - 1))])
    prices, responses = _lasso(bends.T @ asked.covariance @ bends, bends.T @ asked.covariance @ straight)
    return Frontier(
        straight=straight,
        bends=bends,
        after=float(np.abs(np.maximum(after - np.arange(n_after)[:, None], 0) @ asked.weights).sum()),
        prices=prices[::-1],
        responses=responses[::-1],
    )


def _lasso(curve: Floats, tilt: Floats) -> tuple[Floats, Floats]:
    """Knots of the minimiser of ``x @ curve @ x / 2 + tilt @ x + price * sum(|x|)`` as the price falls.

    Returns prices, shape (n_knots,), from where the minimiser is zero to a price of zero, and minimisers,
    shape (n_knots, len(tilt)).
    """
    sign, price = np.zeros(len(tilt)), float(np.abs(tilt).max(initial=0.0))
    knots, found = [price], [np.zeros(len(tilt))]
    for _ in range(2 * 3 ** len(tilt)):  # no set of signs comes back
        if price == 0:
            return np.array(knots), np.array(found)
        used = np.flatnonzero(sign)
        inner = curve[np.ix_(used, used)]
        level, fall = np.linalg.solve(inner, -np.column_stack([tilt[used], -sign[used]])).T
        change = _next_change(tilt + curve[:, used] @ level, curve[:, used] @ fall, sign, (level, fall))
        first = int(change.argmax())
        price = min(price, max(0.0, float(change[first])))
        here = np.zeros(len(tilt))
        here[used] = level - price * fall
        knots.append(price)
        found.append(here)
        pull = tilt[first] + curve[first] @ here
        sign[first] = 0.0 if sign[first] else -np.sign(pull)
    raise FrontierNotFound(f"the path of a lasso with {len(tilt)} coefficients does not end")


def _next_change(constant: Floats, slope: Floats, sign: Floats, response: tuple[Floats, Floats]) -> Floats:
    """Price, shape (n,), at which each coefficient enters or leaves as the price falls; 0 where it does not.

    Those out have the gradient ``constant - price * slope`` and enter where its size outgrows the price;
    those in are ``response[0] - price * response[1]`` and leave where they shrink to zero.
    """
    level, fall = response
    room = 1 + np.sign(constant) * slope
    change = np.where(room > 0, np.abs(constant) / np.where(room > 0, room, 1.0), 0.0)
    used = np.flatnonzero(sign)
    shrinks = sign[used] * fall < 0
    change[used] = np.where(shrinks, level / np.where(shrinks, fall, 1.0), 0.0)
    return change
