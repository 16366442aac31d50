"""Quadratic programmes of a few weights within bounds."""

from __future__ import annotations

import numpy as np

from lmpeval.panel import Floats


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
