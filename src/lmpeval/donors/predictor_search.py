"""Importance of predictors by search: of all mixtures that some importance gives, the one that follows best.

For importances v >= 0 of predictors the classical synthetic control has the mixture w that minimises
``sum(v * left**2)``, where ``left = apart @ w`` is what it leaves of each predictor of the target. With
``pull = v * left`` no donor lies farther towards the target, in the direction `pull`, than those of the
mixture do. Turned round: a mixture is given by some importance just if there is a pull that has the signs of
what it leaves, and that no donor answers to better than its own; then ``v = pull / left``. With the pull as
long as makes the mixture's own donors answer one, that is

    pull @ apart >= 1,  weights >= 0,  and one of both is met with equality for every donor;
    pull and left have the same sign, or one of both is zero, for every predictor.

Weights and pull meet in these alternatives alone. Once it is decided for some donors and predictors which of
the two holds, what is asked of the weights and of the pull falls apart: the least misfit of such weights is a
quadratic programme, and bounds from below what all further decisions can reach; whether such a pull exists is
another one. So the search decides one alternative at a time where the two conflict, the place with the least
bound first, and ends with a mixture that no other can be better than (branch and bound; Bard 1998, Practical
Bilevel Optimization, section 5.4). Where the mixture that follows best of all is given by some importance it
is there at once, which Becker and Kloessner (2018) look at first too.

The problem is that of Abadie, Diamond and Hainmueller (2010). Searches over the importances themselves, of
which the fit is a function with many valleys and places without slope, often stop short of the best (Becker
and Kloessner 2018, Econometrics and Statistics 5), or report a fit that the mixture, solved to less than all
digits, does not have.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from heapq import heappop, heappush
from itertools import count

import numpy as np

from lmpeval.mixtures.nearest_point import Bounds, Conflict, Nearest
from lmpeval.mixtures.simplex import on_simplex
from lmpeval.mixtures.within_bounds import within
from lmpeval.panel import Bools, Floats

MOST_PLACES = 1_500
"""Places looked at before the best mixture so far is taken without proof: a second or so."""
ROUNDING = 1e-9
"""Weights that are none, and price of uneven weights that keeps bounds computable, as a share of a misfit."""
SMALL = 1e-7
"""Share of the misfit by which a mixture must be better to be looked for, and what is left that is none."""
TIED = 1e-8
"""Difference in what donors answer, and in what is left, that is none; pulls have length one."""


@dataclass(frozen=True, eq=False)
class Found:
    """The best mixture that was found.

    Attributes
    ----------
    weights : array, shape (n_donors,)
        Not below zero; sum to one.
    proved : bool
        Whether no importance gives a better one, but for a share of `SMALL`.
    places : int
        That were looked at.
    """

    weights: Floats
    proved: bool
    places: int


@dataclass(frozen=True, eq=False)
class Place:
    """What is decided, and the best that it leaves.

    Attributes
    ----------
    bound : float
        Misfit that no mixture that keeps to it can fall below.
    weights : array, shape (n_donors,)
        Mixture with that misfit; no pull may go with it.
    mixed, pulled : Nearest
        The mixture, and a pull, as points of the bounds asked for.
    asked : array of bool, shape (2 n_donors + 2 n_predictors + 1,)
        Of mixtures; the decisions are those from n_donors on.
    asked_pull : array of bool, shape (2 n_donors + 2 n_predictors,)
    """

    bound: float
    weights: Floats
    mixed: Nearest
    pulled: Nearest
    asked: Bools
    asked_pull: Bools


@dataclass(frozen=True, eq=False)
class Search:
    """What is searched.

    Attributes
    ----------
    apart : array, shape (n_predictors, n_donors)
        Target less donors, each predictor in its standard deviation.
    missed : array, shape (n_rows, n_donors)
        The sum of squares of ``missed @ w`` is to be least.
    """

    apart: Floats
    missed: Floats

    def best(self, *starts: Floats) -> Found:
        """The best mixture; the same data give the same.

        Parameters
        ----------
        starts : arrays, each of shape (n_predictors,)
            Importances whose mixtures are looked at first, beside that of even ones.

        Raises
        ------
        NotConverged
        """
        even = np.ones(len(self.apart))
        given = [on_simplex(np.sqrt(each)[:, None] * self.apart) for each in (*starts, even)]
        best = min(given, key=self.value)
        first = self._first()
        waiting: list[tuple[float, int, Place]] = [] if first is None else [(first.bound, 0, first)]
        places, numbers = 0, count(1)  # a number settles ties, so that places need no order
        while waiting:
            place: Place | None = heappop(waiting)[2]
            while place is not None and place.bound < self.value(best) * (1 - SMALL):
                if places == MOST_PLACES:
                    return Found(best, False, places)
                places += 1
                pull = self._pull_of(place)
                if isinstance(pull, Nearest):
                    best = min(best, self._best_of(pull.point, place.weights), key=self.value)
                    break
                alternatives = self._decided(place, pull)
                for other in alternatives[1:]:
                    heappush(waiting, (other.bound, next(numbers), other))
                place = alternatives[0] if alternatives else None
        return Found(best, True, places)

    def value(self, weights: Floats) -> float:
        """The misfit of a mixture."""
        return float(((self.missed @ weights) ** 2).sum())

    @cached_property
    def _size(self) -> float:
        """Misfit of the best single donor, in which misfits are measured."""
        return float(np.sqrt((self.missed**2).sum(axis=0).min())) or 1.0

    @cached_property
    def _of_point(self) -> Floats:
        """What weights are made of points, whose squared distance is the misfit; shape (n_donors, n_donors).

        A trace of a price of uneven weights keeps it from being singular.
        """
        n = self.missed.shape[1]
        rows = np.vstack([self.missed / self._size, np.sqrt(ROUNDING) * np.eye(n)])
        return np.asarray(np.linalg.inv(np.linalg.qr(rows, mode="r")))

    @cached_property
    def _mixtures(self) -> Bounds:
        """Weights not below zero, and not above; nothing left below zero, or above; a sum of one."""
        n = self.missed.shape[1]
        rows = np.vstack([np.eye(n), -np.eye(n), self.apart, -self.apart, np.ones((1, n))])
        return Bounds.of(rows @ self._of_point, np.append(np.zeros(len(rows) - 1), 1.0))

    @cached_property
    def _pulls(self) -> Bounds:
        """No donor answers less than one, or more; the pull not below zero, or not above."""
        k, n = self.apart.shape
        rows = np.vstack([self.apart.T, -self.apart.T, np.eye(k), -np.eye(k)])
        return Bounds.of(rows, np.concatenate([np.ones(n), -np.ones(n), np.zeros(2 * k)]))

    def _first(self) -> Place | None:
        """Nothing decided; None where the target lies among the donors, and no pull answers one for all."""
        k, n = self.apart.shape
        asked, asked_pull = np.zeros(2 * (n + k) + 1, dtype=bool), np.zeros(2 * (n + k), dtype=bool)
        asked[:n] = asked[-1] = asked_pull[:n] = True
        pulled = self._pulls.nearest(asked_pull, Nearest.unbound(k))
        if isinstance(pulled, Conflict):
            return None
        return self._place(asked, asked_pull, Nearest.unbound(n), pulled)

    def _place(self, asked: Bools, asked_pull: Bools, mixed: Nearest, pulled: Nearest) -> Place | None:
        """What is left by decisions, from the mixture and the pull of fewer; None where nothing is."""
        pull = self._pulls.nearest(asked_pull, pulled)
        if isinstance(pull, Conflict):
            return None
        found = self._mixtures.nearest(asked, mixed)
        if isinstance(found, Conflict):
            return None
        weights = self._of_point @ found.point
        weights[found.held[found.held < len(weights)]] = 0.0
        weights = np.where(weights > SMALL, weights, 0.0)
        bound = (float(found.point @ found.point) - ROUNDING) * self._size**2
        return Place(bound, weights / weights.sum(), found, pull, asked, asked_pull)

    def _pull_of(self, place: Place) -> Nearest | Conflict:
        """The pull that goes with the mixture of a place, or what is in its way."""
        k, n = self.apart.shape
        left, asked = self.apart @ place.weights, place.asked_pull.copy()
        signs = np.concatenate([left > SMALL, left < -SMALL])
        asked[n : 2 * n] |= place.weights > 0
        asked[2 * n :] |= signs & ~np.tile(asked[2 * n : 2 * n + k] | asked[2 * n + k :], 2)
        return self._pulls.nearest(asked, place.pulled)

    def _decided(self, place: Place, conflict: Conflict) -> list[Place]:
        """The alternatives of one donor or predictor in a conflict, the one with the lower bound first."""
        k, n = self.apart.shape
        free = ~place.asked_pull[conflict.bounds]
        left = np.abs(self.apart @ place.weights)
        matters = np.concatenate([np.zeros(n), place.weights, left, left])[conflict.bounds]
        if not free.any():
            return []
        chosen = int(conflict.bounds[free][(matters * conflict.multipliers)[free].argmax()])
        if chosen < 2 * n:
            sides = [((chosen,), ()), ((), (chosen,))]
        else:
            sign = 2 * n + (chosen - 2 * n) % k
            sides = [((sign,), (sign,)), ((sign + k,), (sign + k,))]
        found = []
        for of_weights, of_pull in sides:
            asked, asked_pull = place.asked.copy(), place.asked_pull.copy()
            asked[list(of_weights)] = asked_pull[list(of_pull)] = True
            found.append(self._place(asked, asked_pull, place.mixed, place.pulled))
        return sorted(filter(None, found), key=lambda each: each.bound)

    def _best_of(self, pull: Floats, weights: Floats) -> Floats:
        """The best of the mixtures that a pull stands for, from one of them."""
        reach = pull @ self.apart / np.linalg.norm(pull)
        support = np.flatnonzero(reach < reach[weights > 0].max() + TIED)
        signs = np.where(np.abs(pull) > TIED * np.linalg.norm(pull), np.sign(pull), 0.0)
        signed = signs[signs != 0, None] * self.apart[np.ix_(signs != 0, support)]
        own = self.missed[:, support]
        best = np.zeros_like(weights)
        best[support] = within(own.T @ own, np.vstack([np.eye(len(support)), signed]), weights[support])
        best[best < ROUNDING] = 0
        return np.asarray(best / best.sum())
