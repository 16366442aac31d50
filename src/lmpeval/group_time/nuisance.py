"""What a comparison estimates on the way: a regression among the compared, a logit of exposure.

Each fit knows how it moves with every unit, so that an effect's influence function can carry it along: the
influence of unit i on a statistic s is ``n w_i ds/dw_i`` at its observation weight w_i, n units in all. Its
mean is zero, and the root of the sum of its squares, over n, is the statistic's standard error (Newey and
McFadden 1994, chapter 36 of the Handbook of Econometrics; Efron 1982 for the derivative in weights).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit

from lmpeval.panel import Bools, Floats

SINGULAR = 1e-12
"""Ratio of the smallest to the largest eigenvalue of a design's moments below which it has no inverse."""

PRECISE = 1e-22
"""Twice the likelihood that one more step would gain, a unit, at which a logit is found."""


class NotEstimable(ValueError):
    """These units do not say what the effect is."""


class EmptyGroup(NotEstimable):
    """Nobody to be compared, or nobody to be compared with."""


class Singular(NotEstimable):
    """Covariates that say the same, or more of them than there are units."""


class Separated(NotEstimable):
    """Covariates that tell exposed from compared without fail: nobody is like the exposed."""


def design_of(covariates: Floats, weights: Floats) -> Floats:
    """Constant and covariates, each with mean 0 and variance 1; shape (n_units, 1 + n_covariates).

    What is fitted does not depend on the units in which covariates are measured; rounding would.

    Parameters
    ----------
    covariates : array, shape (n_units, n_covariates)
    weights : array, shape (n_units,)

    Raises
    ------
    Singular
        Where a covariate is the same for all.
    """
    centre = weights @ covariates / weights.sum()
    apart = covariates - centre
    spread = np.sqrt(weights @ apart**2 / weights.sum())
    still = np.flatnonzero(spread <= 1e-12 * np.abs(covariates).max(axis=0, initial=0.0))
    if still.size:
        which = ", ".join(str(position + 1) for position in still)
        raise Singular(f"covariate {which} is the same for all {len(covariates)} units")
    return np.column_stack([np.ones(len(covariates)), apart / spread])


@dataclass(frozen=True, eq=False)
class Regression:
    """Weighted least squares of several outcomes on one design, carried to units outside the fit.

    Attributes
    ----------
    design : array, shape (n_units, n_terms)
    weights : array, shape (n_units,)
        Zero for units outside the fit.
    inverse : array, shape (n_terms, n_terms)
        Of the design's weighted moments.
    coefficients : array, shape (n_terms, n_outcomes)
    residual : array, shape (n_units, n_outcomes)
        Also for units outside the fit.
    """

    design: Floats
    weights: Floats
    inverse: Floats
    coefficients: Floats
    residual: Floats

    def influence(self, gradient: Floats) -> Floats:
        """Influence on ``gradient @ coefficients``, shape (n_units, n_outcomes); gradient (n_terms,)."""
        lever = len(self.weights) * self.weights * (self.design @ (self.inverse @ gradient))
        return np.asarray(lever[:, None] * self.residual)


def regress(design: Floats, outcome: Floats, weights: Floats) -> Regression:
    """Fit the outcomes where weights are positive.

    Parameters
    ----------
    design : array, shape (n_units, n_terms)
    outcome : array, shape (n_units, n_outcomes)
    weights : array, shape (n_units,)

    Raises
    ------
    Singular
        Where the units with weight do not pin down the coefficients.
    """
    weighted = design * weights[:, None]
    inverse = _inverse(weighted.T @ design, int((weights > 0).sum()))
    coefficients = inverse @ (weighted.T @ outcome)
    return Regression(design, weights, inverse, coefficients, outcome - design @ coefficients)


@dataclass(frozen=True, eq=False)
class Logit:
    """Probability of being exposed given covariates.

    Attributes
    ----------
    design : array, shape (n_units, n_terms)
    score : array, shape (n_units,)
        Weight times surprise: ``w (exposed - probability)``.
    inverse : array, shape (n_terms, n_terms)
        Of the information.
    odds : array, shape (n_units,)
        Probability over one minus probability.
    """

    design: Floats
    score: Floats
    inverse: Floats
    odds: Floats

    def influence(self, gradient: Floats) -> Floats:
        """Influence on ``coefficients @ gradient``, shape (n_units, k); gradient (n_terms, k)."""
        return len(self.score) * (self.score[:, None] * (self.design @ (self.inverse @ gradient)))


def logit(design: Floats, exposed: Bools, weights: Floats, most_steps: int = 50) -> Logit:
    """Fit by Newton's method, each step halved until the likelihood does not fall.

    Whole steps diverge where probabilities are extreme, as in the samples of LaLonde (1986).

    Parameters
    ----------
    design : array, shape (n_units, n_terms)
    exposed : array of bool, shape (n_units,)
    weights : array, shape (n_units,)
    most_steps : int

    Raises
    ------
    Separated
        Where the likelihood has no maximum (Albert and Anderson 1984).
    Singular
        Where covariates are collinear.
    """
    _inverse((design * weights[:, None]).T @ design, int((weights > 0).sum()))
    share = float(weights[exposed].sum() / weights.sum())
    coefficients = np.r_[np.log(share / (1 - share)), np.zeros(design.shape[1] - 1)]
    for _ in range(most_steps):
        linear = design @ coefficients
        chance = expit(linear)
        score = weights * (exposed - chance)
        information = (design * (weights * chance * (1 - chance))[:, None]).T @ design
        if np.linalg.eigvalsh(information)[0] <= SINGULAR * weights.sum():
            break
        slope = design.T @ score
        step = np.linalg.solve(information, slope)
        if slope @ step < PRECISE * weights.sum():
            return Logit(design, score, np.linalg.inv(information), np.exp(linear))
        coefficients = coefficients + _half(design, exposed, weights, linear, step)
    raise _why_not_found(design[weights > 0], exposed[weights > 0])


def _half(design: Floats, exposed: Bools, weights: Floats, linear: Floats, step: Floats) -> Floats:
    """Step, halved until the likelihood at ``linear`` does not fall by more than rounding."""

    def likelihood(at: Floats) -> float:
        return float(weights @ (exposed * at - np.logaddexp(0, at)))

    along, here = design @ step, likelihood(linear)
    least, length = here - 1e-12 * abs(here), 1.0
    while length > 1e-6 and likelihood(linear + length * along) < least:
        length /= 2
    return length * step


def _why_not_found(design: Floats, exposed: Bools) -> NotEstimable:
    """Tell separation, found by a linear programme (Konis 2007), from mere extremity."""
    signed = np.where(exposed, 1.0, -1.0)[:, None] * design
    best = linprog(-signed.mean(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    if best.status == 0 and -best.fun > 1e-9:
        n, compared = int(exposed.sum()), int((~exposed).sum())
        return Separated(f"covariates tell the {n} exposed from the {compared} compared units without fail")
    return Singular("the probability of exposure is so extreme that its model cannot be fitted")


def _inverse(moments: Floats, units: int) -> Floats:
    spread = np.linalg.eigvalsh(moments)
    if spread[0] <= SINGULAR * spread[-1]:
        raise Singular(f"{units} units do not tell {len(moments) - 1} covariates and a constant apart")
    return np.asarray(np.linalg.inv(moments))
