"""Of persons: whether those who are counted stayed the same, and whether both sides share their care."""

from __future__ import annotations

import numpy as np

from lmpeval.assumptions.balance import FINE, LARGEST
from lmpeval.design import Evidence, Status
from lmpeval.panel import Floats
from lmpeval.persons.design import CohortCase

ATTRITION_APART = 0.05
MOST_SHARED = 0.05


def who_stayed(case: CohortCase) -> Evidence | None:
    """See whether as many left on both sides, and whether those who stayed still resemble each other."""
    cohort, weights = case.cohort, case.matched.weights
    found = case.answer.estimate
    early = cohort.exposure[cohort.before].mean(axis=0)
    late = cohort.exposure[found.counted].mean(axis=0)
    lost = [
        1 - float((weights * late)[side].sum() / (weights * early)[side].sum())
        for side in (cohort.treated, ~cohort.treated)
    ]
    moved = _differences(case, weights * late) - _differences(case, weights * early)
    worst = float(np.abs(moved).max(initial=0.0))
    apart = lost[0] - lost[1]
    fine = abs(apart) < ATTRITION_APART and worst < FINE
    broken = abs(apart) >= 2 * ATTRITION_APART or worst >= LARGEST
    return Evidence(
        status=Status.SUPPORTED if fine else Status.NOT_SUPPORTED if broken else Status.UNCERTAIN,
        finding=f"{lost[0]:.1%} of the treated's insured years fell away by death or moving, and "
        f"{lost[1]:.1%} of the compared's; among those who stayed the largest change of a standardised "
        f"difference is {worst:.2f}",
        number=abs(apart),
        threshold=ATTRITION_APART,
        threshold_source="our convention: five points apart, and 0.1 for differences as OHDSI (CohortMethod)",
        bias_if_wrong="if the dearest leave on one side only, cost seems to fall there",
    )


def _differences(case: CohortCase, counts: Floats) -> Floats:
    """Standardised mean differences of the covariates with persons counted so; shape (n_covariates,)."""
    cohort = case.cohort
    means = [
        counts[side] @ cohort.covariates[side] / counts[side].sum()
        for side in (cohort.treated, ~cohort.treated)
    ]
    spread = cohort.covariates[cohort.treated].std(axis=0)
    apart = means[0] - means[1]
    return np.asarray(np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0))


def shared_practices(case: CohortCase) -> Evidence | None:
    """Look for practices that care for both sides; that there are none does not show that nothing spread."""
    practices = case.cohort.practices
    if practices is None:
        return None
    weights, treated = case.matched.weights, case.cohort.treated
    ours = np.unique(practices[treated & (weights > 0)])
    share = float(weights[~treated & np.isin(practices, ours)].sum() / weights[~treated].sum())
    if share < MOST_SHARED:
        return Evidence(
            Status.NOT_ASSESSED, f"{share:.1%} of the compared have a practice that cares for treated too"
        )
    return Evidence(
        status=Status.UNCERTAIN,
        finding=f"{share:.1%} of the compared have a practice that cares for treated persons too",
        number=share,
        threshold=MOST_SHARED,
        threshold_source="our convention",
        bias_if_wrong="compared persons who get some of the new care make the effect look smaller",
    )
