"""How likely it was to be treated, given what was known before the start: the logit of the probability."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from lmpeval.group_time.nuisance import NotEstimable, Separated, Singular
from lmpeval.panel import Bools, Floats

Order = NDArray[np.intp]
BLOCK = 16_384
"""Persons at a time: a block of 30 covariates stays in the processor's cache."""
WARM_FROM = 200_000
"""Persons from which on a tenth of them gives the first guess."""
PRECISE = 1e-12
"""Change of a coefficient, per standard deviation, at which a fit is found."""
LEAST = 1e-6
"""Probability to which boosted and given ones are held at either end."""


@dataclass(frozen=True, eq=False)
class Logistic:
    """A logit that has been fitted.

    Attributes
    ----------
    constant : float
    slopes : array, shape (n_covariates,)
        Per unit of the covariate; 0 for one that does not vary.
    steps : int
        Of Newton's method over all persons.
    """

    constant: float
    slopes: Floats
    steps: int

    def logit(self, covariates: Floats) -> Floats:
        """Logit of the probability, shape (n_persons,)."""
        return np.asarray(covariates @ self.slopes + self.constant)


def logistic(
    covariates: Floats,
    treated: Bools,
    shrinkage: float = 1.0,
    order: Order | None = None,
    most_steps: int = 50,
) -> Logistic:
    """Fit by Newton's method, each step halved until the likelihood does not fall.

    Maximises the likelihood less ``shrinkage / 2`` times the sum of squared slopes, each per standard
    deviation of its covariate (ridge; ``1 / C`` of scikit-learn). Whole steps diverge where overlap is poor,
    as in the samples of LaLonde (1986).

    Parameters
    ----------
    covariates : array, shape (n_persons, n_covariates)
    treated : array of bool, shape (n_persons,)
    shrinkage : float
        0 is maximum likelihood, which need not exist.
    order : array of int, shape (n_persons,), or None
        In which persons are added up: of `lmpeval.persons.shuffled`, so that sums do not depend on that of a
        file.
    most_steps : int

    Raises
    ------
    Singular
        Where covariates are collinear and nothing shrinks.
    Separated
        Where the likelihood has no maximum.
    """
    order = np.arange(len(treated)) if order is None else order
    scaled, centre, spread = _standardised(covariates, order)
    exposed = treated[order].astype(np.float64)
    share = float(exposed.mean())
    guess = np.r_[np.log(share / (1 - share)), np.zeros(scaled.shape[1])]
    if len(exposed) >= WARM_FROM:
        few = len(exposed) // 10
        guess, _ = _climb(_Likelihood(scaled[:few], exposed[:few], shrinkage), guess, most_steps)
    found, steps = _climb(_Likelihood(scaled, exposed, shrinkage), guess, most_steps)
    slopes = np.divide(found[1:], spread, out=np.zeros_like(spread), where=spread > 0)
    return Logistic(float(found[0] - slopes @ centre), slopes, steps)


def _standardised(covariates: Floats, order: Order) -> tuple[Floats, Floats, Floats]:
    """A copy in order with means 0 and variances 1, the means, and the standard deviations.

    A covariate that differs by rounding alone becomes zero, and its standard deviation too.
    """
    scaled = covariates[order]
    centre = scaled.mean(axis=0)
    largest = np.abs(scaled).max(axis=0, initial=0.0)
    scaled -= centre
    spread = np.sqrt(np.einsum("ij,ij->j", scaled, scaled) / len(scaled))
    spread = np.where(spread > 1e-12 * largest, spread, 0.0)
    scaled *= np.divide(1.0, spread, out=np.zeros_like(spread), where=spread > 0)
    return scaled, centre, spread


@dataclass(frozen=True, eq=False)
class _Likelihood:
    """Standardised covariates (n_persons, n_covariates), ones for the treated (n_persons,), and the ridge."""

    scaled: Floats
    exposed: Floats
    shrinkage: float

    def at(self, coefficients: Floats) -> tuple[float, Floats, Floats]:
        """Log-likelihood less the ridge's penalty, its slope and its curvature."""
        constant, slopes = coefficients[0], coefficients[1:]
        n = len(coefficients)
        value, slope, curvature = 0.0, np.zeros(n), np.zeros((n, n))
        for begin in range(0, len(self.exposed), BLOCK):
            block, exposed = self.scaled[begin : begin + BLOCK], self.exposed[begin : begin + BLOCK]
            linear = block @ slopes + constant
            value += float(exposed @ linear - np.logaddexp(0, linear).sum())
            chance = expit(linear)
            surprise, weight = exposed - chance, chance * (1 - chance)
            slope[0] += surprise.sum()
            slope[1:] += surprise @ block
            curvature[0, 0] += weight.sum()
            curvature[0, 1:] += weight @ block
            rooted = block * np.sqrt(weight)[:, None]
            curvature[1:, 1:] += rooted.T @ rooted  # one buffer twice: half the work
        curvature[1:, 0] = curvature[0, 1:]
        curvature[1:, 1:] += self.shrinkage * np.eye(n - 1)
        slope[1:] -= self.shrinkage * slopes
        return value - self.shrinkage / 2 * float(slopes @ slopes), slope, curvature


def _climb(likelihood: _Likelihood, begin: Floats, most_steps: int) -> tuple[Floats, int]:
    still = np.r_[False, ~likelihood.scaled.any(axis=0)]
    here, (value, slope, curvature) = begin, likelihood.at(begin)
    for taken in range(1, most_steps + 1):
        curvature[still, still] = 1.0
        _refuse_flat(curvature, likelihood)
        step, length = np.linalg.solve(curvature, slope), 1.0
        if np.abs(step).max() < PRECISE:
            return here, taken - 1
        then = likelihood.at(here + step)
        while not then[0] >= value - 1e-12 * abs(value) and length > 1e-6:
            length /= 2
            then = likelihood.at(here + length * step)
        here, (value, slope, curvature) = here + length * step, then
        if length == 1.0 and np.abs(step).max() < np.sqrt(PRECISE):
            return here, taken  # Newton squares the error: what is left is below `PRECISE`
    raise Separated("the covariates all but tell treated from compared: the logit has no best fit")


def _refuse_flat(curvature: Floats, likelihood: _Likelihood) -> None:
    spread = np.linalg.eigvalsh(curvature)
    if spread[0] > 1e-12 * spread[-1]:
        return
    collinear = np.linalg.eigvalsh(likelihood.scaled.T @ likelihood.scaled)
    if collinear[0] <= 1e-12 * collinear[-1]:
        raise Singular(
            f"{len(likelihood.exposed)} persons do not tell {len(collinear)} covariates and a constant apart"
        )
    raise Separated("the covariates all but tell treated from compared: the logit has no best fit")


def boosted(covariates: Floats, treated: Bools, order: Order, folds: int, seed: int) -> Floats:
    """Logit of a probability that gradient-boosted trees learn from other persons than those it is of.

    Folds are every so many persons in `order`, so that they do not depend on that of a file.

    Parameters
    ----------
    covariates : array, shape (n_persons, n_covariates)
    treated : array of bool, shape (n_persons,)
    order : array of int, shape (n_persons,)
    folds : int
        2 or more.
    seed : int

    Returns
    -------
    array, shape (n_persons,)

    Raises
    ------
    NotEstimable
        Where a fold would learn from one side alone.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415 - a second that others save

    found, fold = np.empty(len(order)), np.arange(len(order)) % folds
    for k in range(folds):
        learn, apply = order[fold != k], order[fold == k]
        if treated[learn].all() or not treated[learn].any():
            raise NotEstimable(f"a fold of {folds} holds all of one side: choose fewer")
        trees = HistGradientBoostingClassifier(
            max_iter=100, learning_rate=0.1, max_leaf_nodes=15, early_stopping=False, random_state=seed
        )
        with threadpool_limits(
            1
        ):  # threads that wait for each other take longer where cells run side by side
            trees.fit(covariates[learn], treated[learn])
        found[apply] = trees.predict_proba(covariates[apply])[:, 1]
    return given(found)


def given(probability: Floats) -> Floats:
    """Logit of a probability that is known already, shape (n_persons,).

    Raises
    ------
    NotEstimable
        Where it lies outside 0 and 1.
    """
    if probability.min() < 0 or probability.max() > 1:
        raise NotEstimable("the propensity that is given does not lie within 0 and 1")
    return np.asarray(logit(np.clip(probability, LEAST, 1 - LEAST)))
