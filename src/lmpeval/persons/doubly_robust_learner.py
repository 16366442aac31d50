"""A second road to the same effect: the doubly robust learner of econml, beside and on request.

It learns propensity and outcome from other persons than those they are applied to. It lends its figure and
no error: its own takes persons for independent, where whole regions were assigned
(`experiments/person_level_size`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.panel import Floats

MOST_ODDS = 1e-3
"""Propensity at which econml's is cut off at either end."""


@dataclass(frozen=True)
class Learned:
    """Effects by `econml.dr.LinearDRLearner`.

    Attributes
    ----------
    on_treated : float
        Mean effect on treated persons, in the unit of the outcome.
    of_persons : tuple of float
        Mean effect on everybody and the ends of its own 95 % interval, which takes persons for independent:
        to be compared with, never to be reported.
    """

    on_treated: float
    of_persons: tuple[float, float, float]


def learned_effect(cohort: Cohort, folds: int = 5, seed: int = 0) -> Learned:
    """Learn the effect on the change from the years before the start to those after it.

    Parameters
    ----------
    cohort : Cohort
        Persons without exposure on a side of the start take no part.
    folds : int
    seed : int
    """
    from econml.dr import LinearDRLearner  # noqa: PLC0415 - several seconds that only this road pays
    from sklearn.linear_model import LinearRegression, LogisticRegression  # noqa: PLC0415

    change, used = changes(cohort)
    covariates, treated = cohort.covariates[used], cohort.treated[used].astype(int)
    learner = LinearDRLearner(
        model_propensity=LogisticRegression(C=1.0, max_iter=1_000),
        model_regression=LinearRegression(),
        min_propensity=MOST_ODDS,
        cv=folds,
        random_state=seed,
    )
    scaled = (covariates - covariates.mean(axis=0)) / np.where((s := covariates.std(axis=0)) > 0, s, 1.0)
    learner.fit(change[used], treated, X=scaled)
    everybody = learner.ate_inference(scaled)
    low, high = everybody.conf_int_mean(alpha=0.05)
    return Learned(
        on_treated=float(learner.ate(scaled[treated == 1])),
        of_persons=(float(everybody.mean_point), float(low), float(high)),
    )


def changes(cohort: Cohort) -> tuple[Floats, Floats]:
    """Mean outcome after less before the start by person, and whether there was exposure on both sides."""
    sides = [cohort.before, ~cohort.before]
    years = [cohort.exposure[side].sum(axis=0) for side in sides]
    means = [
        np.divide(cohort.amounts[side].sum(axis=0), n, out=np.zeros_like(n), where=n > 0)
        for side, n in zip(sides, years, strict=True)
    ]
    return means[1] - means[0], (years[0] > 0) & (years[1] > 0)
