"""What compared persons count for, so that they are like the treated: by pairs, classes, odds, or moments.

All are weights for an effect on the treated: 1 for a treated person who is kept and 0 for one who is not;
compared persons weigh as much, all together and within each stratum, as the treated who are kept. Odds alone
can make both sides like another group of persons, whom the effect is then on.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from lmpeval.group_time.nuisance import NotEstimable
from lmpeval.panel import Bools, Floats

Positions = NDArray[np.intp]
MOST_STEPS = 200

Target = Literal["treated", "overlap", "everybody"]
"""Whom both sides are made like: the treated; those who might have been on either side, each by how even the
chance was; all persons."""


def by_pairs(ours: Positions, theirs: Positions, n_persons: int) -> Floats:
    """Let each treated person hand a weight of 1 to the matches, in equal parts; shape (n_persons,).

    Parameters
    ----------
    ours, theirs : array of int, shape (n_pairs,)
        As `nearest_neighbours.matched` gives them.
    n_persons : int
    """
    number = np.bincount(ours, minlength=n_persons)
    weights = np.bincount(theirs, 1 / number[ours], minlength=n_persons)
    weights[ours] = 1.0
    return np.asarray(weights)


def by_classes(logit: Floats, treated: Bools, strata: Positions, classes: int) -> Floats:
    """Let the compared of a class weigh as much as its treated; shape (n_persons,).

    Classes hold equal numbers of treated (Rosenbaum and Rubin 1984) and are crossed with strata; treated
    persons of a class without anybody to compare with are not kept.
    """
    edges = np.quantile(logit[treated], np.arange(1, classes) / classes)
    cell = np.searchsorted(edges, logit, side="right") + classes * np.unique(strata, return_inverse=True)[1]
    return _even_within(cell, treated, np.ones(len(logit)))


def by_membership(of: Positions, treated: Bools) -> Floats:
    """Let the compared of each class weigh as much as its treated; -1 is no class; shape (n_persons,)."""
    weights = _even_within(np.where(of >= 0, of, of.max() + 1), treated, np.ones(len(of)))
    return np.where(of >= 0, weights, 0.0)


def by_odds(logit: Floats, treated: Bools, strata: Positions, target: Target = "treated") -> Floats:
    """Weigh by the odds of the side that one was not on, so that both are like the target; (n_persons,).

    For the treated these are odds of being treated (Hirano, Imbens and Ridder 2003), for everybody inverse
    probabilities, and for the overlap the probability of the other side (Li, Morgan and Zaslavsky 2018, table
    1). Sides weigh the same in every stratum; both sum to the number of treated who have somebody there.
    """
    stratum = np.unique(strata, return_inverse=True)[1]
    if target == "treated":
        return _even_within(stratum, treated, np.exp(logit - logit[~treated].max()))
    other = np.where(treated, -logit, logit)  # logit of the side that a person was not on
    if target == "overlap":
        counts, mass = expit(other), expit(logit) * expit(-logit)
    else:
        inverse = np.logaddexp(0, other)
        counts, mass = np.exp(inverse - inverse.max()), np.ones(len(logit))
    of_target = np.bincount(stratum, mass)
    sums = [np.bincount(stratum, np.where(side, counts, 0.0)) for side in (treated, ~treated)]
    both = (sums[0] > 0) & (sums[1] > 0)
    share = [np.divide(of_target, side, out=np.zeros(len(side)), where=both) for side in sums]
    weights = counts * np.where(treated, share[0][stratum], share[1][stratum])
    kept = treated & both[stratum]
    return np.asarray(weights * (kept.sum() / weights[treated].sum()) if kept.any() else weights)


def _even_within(cell: Positions, treated: Bools, odds: Floats) -> Floats:
    """Scale the odds of the compared, cell by cell, to the number of treated who have somebody there."""
    n_treated = np.bincount(cell, treated)
    mass = np.bincount(cell, np.where(treated, 0.0, odds))
    share = np.divide(n_treated, mass, out=np.zeros(len(mass)), where=mass > 0)
    return np.where(treated, (mass > 0)[cell].astype(float), odds * share[cell])


def by_moments(covariates: Floats, treated: Bools, strata: Positions) -> Floats:
    """Weigh the compared so that all means equal those of the treated, as evenly as can be; (n_persons,).

    Entropy balancing (Hainmueller 2012): of all weights with those means, those nearest to equal ones in each
    stratum. Found in the dual by Newton's method with halved steps. Where persons of a stratum have nobody to
    be compared with they are not kept.

    Raises
    ------
    NotEstimable
        Where no weights give the treated's means: they lie outside what the compared span.
    """
    base = _even_within(np.unique(strata, return_inverse=True)[1], treated, np.ones(len(treated)))
    ours, pool = treated & (base > 0), ~treated & (base > 0)
    kinds = np.unique(strata[ours])[1:]
    moments = np.column_stack([covariates, *[(strata == kind).astype(float) for kind in kinds]])
    target, values = moments[ours].mean(axis=0), moments[pool]
    spread = np.sqrt(((values - target) ** 2).mean(axis=0))
    varies = spread > 0
    apart = (values[:, varies] - target[varies]) / spread[varies]
    weights = np.where(ours, 1.0, 0.0)
    weights[pool] = _tilted(apart, base[pool] / base[pool].sum()) * ours.sum()
    return weights


def _tilted(apart: Floats, base: Floats) -> Floats:
    """Base weights times an exponential of the covariates that brings their means to zero.

    Minimises the logarithm of ``sum base exp(-apart @ tilt)``, which is convex in the tilt.
    """
    tilt = np.zeros(apart.shape[1])
    value, weights = _at(apart, base, tilt)
    for _ in range(MOST_STEPS):
        mean = weights @ apart
        if np.abs(mean).max(initial=0.0) < 1e-10:
            return weights
        curvature = (apart * weights[:, None]).T @ apart - np.outer(mean, mean)
        step = np.linalg.lstsq(curvature, mean, rcond=1e-12)[0]
        length, gain = 1.0, 1e-4 * float(mean @ step)
        rounding = 1e-13 * (1 + abs(value))  # close to the end the gain is less than what rounding moves
        while (then := _at(apart, base, tilt + length * step))[0] > value - length * gain + rounding:
            length /= 2
            if length < 1e-10:
                raise _outside(mean)
        tilt, (value, weights) = tilt + length * step, then
    raise _outside(weights @ apart)


def _at(apart: Floats, base: Floats, tilt: Floats) -> tuple[float, Floats]:
    power = -apart @ tilt
    largest = power.max()
    parts = base * np.exp(power - largest)
    total = float(parts.sum())
    return float(largest + np.log(total)), parts / total


def _outside(mean: Floats) -> NotEstimable:
    return NotEstimable(
        f"no weights bring the compared to the treated's means: {int((np.abs(mean) >= 1e-10).sum())} of "
        f"{len(mean)} stay apart"
    )
