"""Of persons: whether there are others like the treated, and whether those who are compared are."""

from __future__ import annotations

import numpy as np

from lmpeval.assumptions.balance import FINE, LARGEST
from lmpeval.assumptions.overlap import weight_on_few
from lmpeval.design import Evidence, Status
from lmpeval.disclosure import may_be_shown, rounded_count, shown_count
from lmpeval.persons.design import CohortCase

LEAST_EQUIPOISE = 0.2
MOST_LEFT_OUT = 0.1
VARIANCES = (0.5, 2.0)
ON_OTHERS = {
    "overlap": "the effect is on those who might have been on either side, each by how even the chance was",
    "everybody": "the effect is on all persons of both sides, not on the treated alone",
}
"""Whom the effect is on, where a design's `target` is not the treated."""


def common_support(case: CohortCase) -> Evidence | None:
    """Ask how many might have got either care, how many were left out, and on whom the estimate leans."""
    overlap = case.answer.overlap
    leaning = weight_on_few(case.regional)
    worst = max(overlap.trimmed, key=lambda each: abs(each.difference), default=None)
    profile = case.circumstances.gate.profile
    left = case.answer.n_treated - case.answer.n_kept
    few = not may_be_shown(left, profile)  # their share, and how they differ, would tell of each
    told = (
        f"{overlap.equipoise:.0%} of all persons might have been on either side; "
        f"{shown_count(left, profile) if few else f'{overlap.left_out:.1%}'} of "
        f"the treated have nobody like them and are left out; the compared are worth "
        f"{rounded_count(round(overlap.effective), profile)} persons of equal weight"
    )
    if overlap.left_out and worst is not None and not few:
        told += (
            f"; those kept differ from all treated by up to {abs(worst.difference):.2f} ({worst.covariate})"
        )
    target = ON_OTHERS.get(getattr(case.design, "target", ""))
    told += f"; {target}" if target else ""
    fine = overlap.equipoise >= LEAST_EQUIPOISE and overlap.left_out <= MOST_LEFT_OUT
    status = Status.SUPPORTED if fine else Status.UNCERTAIN
    if leaning is not None:
        told += f"; of regions {leaning.finding}"
        status = leaning.status if fine else status
    return Evidence(
        status=Status.NOT_SUPPORTED if overlap.equipoise < LEAST_EQUIPOISE else status,
        finding=told,
        number=overlap.equipoise,
        threshold=LEAST_EQUIPOISE,
        threshold_source="0.2 as OHDSI (CohortMethod; Walker et al. 2013); that a tenth may be left out is "
        "our convention",
        bias_if_wrong="the effect holds for those who are kept, or rests on a few persons and regions",
    )


def balanced(case: CohortCase) -> Evidence | None:
    """Find the covariate in which the two sides differ most once they are weighed."""
    table = case.answer.balance
    if not table:
        return None
    worst = max(table, key=lambda each: abs(each.after.difference))
    before = max(abs(each.before.difference) for each in table)
    ratios = [each.after.variance_ratio for each in table if np.isfinite(each.after.variance_ratio)]
    uneven = sum(not VARIANCES[0] <= ratio <= VARIANCES[1] for ratio in ratios)
    size = abs(worst.after.difference)
    status = Status.SUPPORTED if size <= FINE and not uneven else Status.UNCERTAIN
    return Evidence(
        status=Status.NOT_SUPPORTED if size > LARGEST else status,
        finding=f"largest standardised difference {worst.after.difference:.2f}, in {worst.covariate}, and "
        f"{before:.2f} before weighing; {sum(abs(e.after.difference) > FINE for e in table)} of {len(table)} "
        f"covariates differ by more than {FINE}, {uneven} in variance by more than a factor of two",
        number=size,
        threshold=FINE,
        threshold_source="0.1 as OHDSI (CohortMethod); above 0.25 What Works Clearinghouse (2022) sees no "
        "comparable groups; variances as Rubin (2001)",
        bias_if_wrong="groups that differ may move differently",
    )
