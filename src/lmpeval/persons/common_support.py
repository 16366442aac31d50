"""How far there are compared persons like the treated, and who of these was left out.

Overlap is judged by preference scores, as OHDSI does: the propensity had both sides been as large.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from scipy.special import expit

from lmpeval.cohort import Cohort
from lmpeval.panel import Bools, Floats
from lmpeval.persons.balance import over

EQUIPOISE = (0.3, 0.7)
"""Preference scores within which either care might have been given (Walker et al. 2013)."""
BINS = 20


@dataclass(frozen=True)
class Trimmed:
    """A covariate's mean among treated persons who were kept, and among those who were not.

    Attributes
    ----------
    covariate : str
    kept, left_out : float
        `left_out` is not a number where all were kept.
    difference : float
        Kept less all treated, in standard deviations of all treated.
    """

    covariate: str
    kept: float
    left_out: float
    difference: float


@dataclass(frozen=True, eq=False)
class Overlap:
    """How far the compared are like the treated.

    Attributes
    ----------
    equipoise : float
        Share of all persons with a preference score within `EQUIPOISE`.
    in_support : float
        Share of the treated whose score lies within those of the compared.
    left_out : float
        Share of the treated who were not kept.
    effective : float
        Number of equally weighted compared persons that would be as noisy (Kish 1965).
    preference : array, shape (2, BINS)
        Shares of the treated, then of the compared, by equal steps of the preference score from 0 to 1.
    trimmed : tuple of Trimmed
        One a covariate.
    too_few_for_slopes : bool
        Whether the compared are too few for the regression by which the design adjusts outcomes.
    """

    equipoise: float
    in_support: float
    left_out: float
    effective: float
    preference: Floats
    trimmed: tuple[Trimmed, ...]
    too_few_for_slopes: bool = False


def overlap_of(cohort: Cohort, weights: Floats, logit: Floats) -> Overlap:
    """Judge overlap by the score, and say who of the treated was left out.

    Parameters
    ----------
    cohort : Cohort
    weights, logit : array, shape (n_persons,)
        What a person counts for; logit of the probability of being treated.
    """
    treated = cohort.treated
    share = float(treated.mean())
    preference = expit(logit - np.log(share / (1 - share)))  # Walker et al. 2013
    low, high = EQUIPOISE
    bins = np.minimum((preference * BINS).astype(np.intp), BINS - 1)
    compared = weights[~treated]
    within = (logit[treated] >= logit[~treated].min()) & (logit[treated] <= logit[~treated].max())
    return Overlap(
        equipoise=float(((preference >= low) & (preference <= high)).mean()),
        in_support=float(within.mean()),
        left_out=float((weights[treated] == 0).mean()),
        effective=float(compared.sum() ** 2 / (compared @ compared)),
        preference=np.array(
            [np.bincount(bins[side], minlength=BINS) / side.sum() for side in (treated, ~treated)]
        ),
        trimmed=_trimmed(cohort, weights[treated] > 0),
    )


def _trimmed(cohort: Cohort, kept: Bools) -> tuple[Trimmed, ...]:
    values = cohort.covariates[cohort.treated]
    spread = values.std(axis=0, ddof=1) if len(values) > 1 else np.zeros(values.shape[1])
    mean, stay = values.mean(axis=0), values[kept].mean(axis=0)
    gone = np.full_like(mean, nan) if kept.all() else values[~kept].mean(axis=0)
    return tuple(
        Trimmed(name, float(s), float(g), over(float(s - m), float(sd)))
        for name, s, g, m, sd in zip(cohort.covariate_names, stay, gone, mean, spread, strict=True)
    )
