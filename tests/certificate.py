"""How far a mixture can be from the best one: the gap between primal and dual, in long doubles."""

import numpy as np

LONG = np.longdouble


def solved(matrix, right):
    """Solution of a small linear system in long doubles, by elimination with pivots."""
    rows = np.column_stack([matrix, right]).astype(LONG)
    for i in range(len(rows)):
        pivot = i + int(np.abs(rows[i:, i]).argmax())
        rows[[i, pivot]] = rows[[pivot, i]]
        below = rows[i + 1 :, i] / rows[i, i]
        rows[i + 1 :] -= below[:, None] * rows[i]
    found = np.zeros(len(rows), dtype=LONG)
    for i in reversed(range(len(rows))):
        found[i] = (rows[i, -1] - rows[i, i + 1 : -1] @ found[i + 1 :]) / rows[i, i]
    return found


def level(pull, price):
    """The t for which ``sum(max(0, t - pull) / price)`` is one."""
    order = np.argsort(pull)
    pull, inverse = pull[order], 1 / price[order]
    levels = (1 + np.cumsum(inverse * pull)) / np.cumsum(inverse)
    return levels[int((levels <= np.r_[pull[1:], LONG(np.inf)]).argmax())]


def excess(donors, target, price, weights, half=0.0):
    """Objective of `weights` and a bound on how much less any mixture can have.

    The objective is ``sum((donors @ w - target)**2) + sum(price * w**2) + 2 * half @ w``; all prices are
    positive. Every pair of a residual r and a level t bounds it from below (Lagrange); tried are the residual
    of the weights themselves and the one for which the donors in use are the right ones.
    """
    donors, target, price = donors.astype(LONG), target.astype(LONG), price.astype(LONG)
    weights = weights.astype(LONG) / weights.astype(LONG).sum()
    half = np.broadcast_to(np.asarray(half, dtype=LONG), weights.shape)
    own = donors @ weights - target
    value = own @ own + price @ weights**2 + 2 * half @ weights
    used = weights > 0
    inverse = 1 / price[used]
    products = (donors[:, used] * inverse) @ donors[:, used].T + np.eye(len(donors), dtype=LONG)
    sums = donors[:, used] @ inverse
    system = np.block([[products, -sums[:, None]], [-sums[None], np.atleast_2d(inverse.sum())]])
    paid = half[used] * inverse
    right = np.r_[-target - donors[:, used] @ paid, 1 + paid.sum()]
    least = value
    for residual in (own, solved(system, right)[:-1]):
        pull = donors.T @ residual + half
        t = level(pull, price)
        bound = 2 * t - residual @ (2 * target + residual) - (np.maximum(t - pull, 0) ** 2 / price).sum()
        least = min(least, value - bound)
    return float(value), float(least)
