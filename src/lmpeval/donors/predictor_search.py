"""Importance of predictors by search: of all mixtures that some importance gives, the one that follows best.

For importances v >= 0 of predictors the classical synthetic control has the mixture w that minimises
``sum(v * left**2)``, where ``left = apart @ w`` is what it leaves of each predictor of the target. With
``pull = v * left`` no donor lies farther towards the target, in the direction `pull`, than those of the
mixture do. Turned round: a mixture is given by some importance just if there is a pull that has the signs of
what it leaves, and that no donor answers to better than its own; then ``v = pull / left``. So a pull stands
for a whole piece of mixtures, those of the donors that answer to it best that leave its signs, and the best
on it is the solution of a small quadratic programme, found exactly. Pulls of a mixture form a cone; its edges
stand for the largest pieces around that mixture, and where none of them holds a better one, no small change
of importance helps. The search walks along edges until then, from many places.

The problem is that of Abadie, Diamond and Hainmueller (2010). Searches over the importances themselves, of
which the fit is a function with many valleys and places without slope, often stop short of the best (Becker
and Kloessner 2018, Econometrics and Statistics 5), or report a fit that the mixture, solved to less than all
digits, does not have.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from lmpeval.mixtures.simplex import on_simplex
from lmpeval.panel import Floats

DRAWN = 12
"""Importances drawn to set out from, beside those that are even, one predictor's, or given."""
PATIENCE = 12
"""Edges looked at in vain before a walk ends."""
SPAN = 4.0
"""Decades that the importances drawn lie apart by at most."""
ROUNDING = 1e-9
"""Weights, and shares of the objective, that are none."""
TIED = 1e-8
"""Difference in what donors answer, and in what is left, that is none; pulls have length one."""
STEEP = 1e-6
"""Slope towards a bound from which on rounding does not decide where it is met."""


@dataclass(frozen=True, eq=False)
class Search:
    """What is searched, and the pieces seen so far.

    Attributes
    ----------
    apart : array, shape (n_predictors, n_donors)
        Target less donors, each predictor in its standard deviation.
    objective : array, shape (n_donors, n_donors)
        Positive definite: ``w @ objective @ w`` is to be least.
    """

    apart: Floats
    objective: Floats
    _seen: dict[bytes, Floats] = field(default_factory=dict)

    def best(self, *starts: Floats) -> Floats:
        """Weights of the best mixture found; shape (n_donors,). The same data give the same weights.

        Parameters
        ----------
        starts : arrays, each of shape (n_predictors,)
            Importances to set out from beside those that are drawn.
        """
        chance, n = np.random.default_rng(2010), len(self.apart)
        drawn = 10.0 ** chance.uniform(-SPAN, 0, (DRAWN, n))
        found = [
            self._walked(weights, pull, chance)
            for importance in (*starts, np.ones(n), *(np.eye(n) + 10**-SPAN), *drawn)
            for weights, pull in self._given_by(importance)
        ]
        return min(found, key=self.value)

    def value(self, weights: Floats) -> float:
        """The objective at a mixture."""
        return float(weights @ self.objective @ weights)

    def _given_by(self, importance: Floats) -> Iterator[tuple[Floats, Floats]]:
        """The mixture that an importance gives, and its pull; none where rounding hides which it is."""
        weights = on_simplex(np.sqrt(importance)[:, None] * self.apart)
        pull = _level(self.apart[:, weights > 0]) @ (importance * (self.apart @ weights))
        size = float(np.linalg.norm(pull))
        if size > 0 and (self._bounds(weights) @ pull >= -TIED * size).all():
            yield weights, pull / size

    def _bounds(self, weights: Floats) -> Floats:
        """Rows that a pull of a mixture has no negative product with, shape (n_bounds, n_predictors).

        No other donor answers better, and the pull has the signs of what the mixture leaves.
        """
        left = self.apart @ weights
        donors = self.apart - self.apart[:, [int(weights.argmax())]]
        signs = np.diag(np.sign(left))
        return np.vstack([donors[:, weights == 0].T, signs[np.abs(left) > TIED]])

    def _walked(self, weights: Floats, pull: Floats, chance: np.random.Generator) -> Floats:
        """The mixture from which no edge looked at leads to a better one."""
        place: tuple[Floats, Floats] | None = (self._best_of(pull, weights), pull)
        while place is not None:
            weights, pull = place
            place = self._better(weights, pull, chance)
        return weights

    def _better(
        self, weights: Floats, pull: Floats, chance: np.random.Generator
    ) -> tuple[Floats, Floats] | None:
        """A better mixture and the edge that leads to it; None where `PATIENCE` edges lead to none."""
        value, bounds = self.value(weights), self._bounds(weights)
        level = _level(self.apart[:, weights > 0])
        for _ in range(PATIENCE):
            edge = _edge(pull, bounds, level, chance.normal(size=(len(pull), len(pull))))
            found = self._best_of(edge, weights)
            if self.value(found) < value * (1 - ROUNDING):
                return found, edge
        return None

    def _best_of(self, pull: Floats, weights: Floats) -> Floats:
        """The best mixture of the piece that a pull stands for, from one of it."""
        reach = pull @ self.apart
        support = np.flatnonzero(reach < reach[weights > 0].max() + TIED)
        signs = np.where(np.abs(pull) > TIED, np.sign(pull), 0.0)
        piece = support.tobytes() + signs.tobytes()
        if piece not in self._seen:
            signed = signs[signs != 0, None] * self.apart[np.ix_(signs != 0, support)]
            least = np.vstack([np.eye(len(support)), signed])
            best = np.zeros_like(weights)
            best[support] = within(self.objective[np.ix_(support, support)], least, weights[support])
            best[best < ROUNDING] = 0
            self._seen[piece] = best / best.sum()
        return self._seen[piece]


def _level(members: Floats) -> Floats:
    """Projection on the pulls to which all these donors answer alike; shape (n_predictors, n_predictors)."""
    basis = np.linalg.qr(members[:, 1:] - members[:, :1])[0]
    return np.asarray(np.eye(len(members)) - basis @ basis.T)


def _edge(pull: Floats, bounds: Floats, free: Floats, drawn: Floats) -> Floats:
    """An edge of the cone of pulls of a mixture, by chance: from bound to bound until no way is left.

    Parameters
    ----------
    pull : array, shape (n_predictors,)
        Within the cone.
    bounds : array, shape (n_bounds, n_predictors)
    free : array, shape (n_predictors, n_predictors)
        Projection on the pulls to which the donors of the mixture answer alike.
    drawn : array, shape (n_predictors, n_predictors)
        A way for every bound.
    """
    edge, left = pull, free
    for way in drawn:
        step = left @ way
        step -= edge * (edge @ step)
        size = float(np.linalg.norm(step))
        length, met = _first_met(bounds, edge, step / size) if size > STEEP else (np.inf, 0)
        if not np.isfinite(length):
            break
        row = left @ bounds[met]
        left = left - np.outer(row, row) / (row @ row)
        edge = left @ (edge + length * step / size)
        edge = edge / np.linalg.norm(edge)
    within_cone = (bounds @ edge > -TIED).all() and np.abs(free @ edge - edge).max() < TIED
    return edge if within_cone else pull


def _first_met(bounds: Floats, pull: Floats, step: Floats) -> tuple[float, int]:
    """How far a step leads, forward or else backward, and to which bound; infinite where it meets none."""
    room, slope = np.maximum(bounds @ pull, 0), bounds @ step
    for forward in (slope, -slope):
        length = np.divide(room, -forward, out=np.full(len(room), np.inf), where=forward < -STEEP)
        if np.isfinite(length).any():
            met = int(length.argmin())
            return float(length[met]) if forward is slope else -float(length[met]), met
    return np.inf, 0


def within(objective: Floats, least: Floats, weights: Floats, most_steps: int = 200) -> Floats:
    """Minimise ``w @ objective @ w`` where ``least @ w >= 0``, the sum of `weights` kept.

    A primal active-set method: bounds that block the way are taken up, those that hold nothing back are let
    go (Nocedal and Wright 2006, algorithm 16.3).

    Parameters
    ----------
    objective : array, shape (n, n)
        Positive definite.
    least : array, shape (n_bounds, n)
    weights : array, shape (n,)
        Within the bounds.
    """
    n, held = len(weights), np.zeros(len(least), dtype=bool)
    objective = objective / np.abs(objective).max()  # as large as the bounds: digits are shared by both
    for _ in range(most_steps):
        equal = np.vstack([np.ones(n), least[held]])
        kkt = np.block([[objective, equal.T], [equal, np.zeros((len(equal), len(equal)))]])
        right = np.concatenate([-objective @ weights, np.zeros(len(equal))])
        solved = np.linalg.lstsq(kkt, right, rcond=1e-14)[0]
        step, price = solved[:n], -solved[n + 1 :]
        if np.abs(step).max() < 1e-11:
            if not held.any() or price.min() >= 0:
                break
            held[np.flatnonzero(held)[price.argmin()]] = False
            continue
        slope, room = least @ step, np.maximum(least @ weights, 0)
        length = np.divide(room, -slope, out=np.full(len(least), np.inf), where=~held & (slope < -1e-14))
        first = int(length.argmin())
        weights = weights + min(1.0, float(length[first])) * step
        held[first] |= bool(length[first] < 1)
    return weights
