"""What persons say of the twelve premises: the statements are those of regions, the checks their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lmpeval.assumptions.anticipation import NO_ANTICIPATION
from lmpeval.assumptions.argued import STABLE_COMPOSITION, WELL_DEFINED
from lmpeval.assumptions.balance import FINE, LARGEST, OBSERVED_BALANCE
from lmpeval.assumptions.equivalence import Violation, three_digits
from lmpeval.assumptions.measurement import SAME_MEASUREMENT
from lmpeval.assumptions.other_change import NO_OTHER_CHANGE
from lmpeval.assumptions.overlap import OVERLAP, weight_on_few
from lmpeval.assumptions.scale import MOST_MOVED, RIGHT_SCALE
from lmpeval.assumptions.selection import FEWEST_YEARS, SELECTION_NOT_BY_CHANCE
from lmpeval.assumptions.spillover import NO_SPILLOVER
from lmpeval.assumptions.trend import PARALLEL_TRENDS, trend_carried_on
from lmpeval.assumptions.uncertainty import FEWEST, VALID_UNCERTAINTY, enough_stand_ins
from lmpeval.cohort_design import CohortAssumption, CohortCase
from lmpeval.design import Assumption, Case, Evidence, Status
from lmpeval.panel import Floats
from lmpeval.region_means import FEWEST_TREATED, region_panel

LEAST_EQUIPOISE = 0.2
MOST_LEFT_OUT = 0.1
VARIANCES = (0.5, 2.0)
ATTRITION_APART = 0.05
MEASURES_THE_OUTCOME = 0.9
"""Correlation with the outcome of a year before the start from which on a covariate stands for it."""


def of_regions(statement: Assumption) -> CohortAssumption:
    """The check of regions serves as it is: persons say no more."""
    check = statement.check
    if check is None:
        return CohortAssumption(statement)
    return CohortAssumption(statement, _on_regions(check))


def _on_regions(check: Callable[[Case], Evidence | None]) -> Callable[[CohortCase], Evidence | None]:
    return lambda case: check(case.regional)


def alike_without_it(case: CohortCase) -> Evidence | None:
    """Carry the trend before the start on; where levels are compared, ask for none of a gap before it."""
    if case.answer.regions.differences:
        return trend_carried_on(case.regional)
    found = case.answer.estimate
    before = found.years < found.start
    violation = Violation(float(found.gap[before].mean()), found.uncertainty.placebo[:, before].mean(axis=1))
    return violation.evidence(
        "difference before the start, when there was no intervention",
        case.circumstances.margin,
        "the estimate is off by as much as the two sides differed already",
    )


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
    if share < ATTRITION_APART:
        return Evidence(
            Status.NOT_ASSESSED, f"{share:.1%} of the compared have a practice that cares for treated too"
        )
    return Evidence(
        status=Status.UNCERTAIN,
        finding=f"{share:.1%} of the compared have a practice that cares for treated persons too",
        number=share,
        threshold=ATTRITION_APART,
        threshold_source="our convention",
        bias_if_wrong="compared persons who get some of the new care make the effect look smaller",
    )


def common_support(case: CohortCase) -> Evidence | None:
    """Ask how many might have got either care, how many were left out, and on whom the estimate leans."""
    overlap = case.answer.overlap
    leaning = weight_on_few(case.regional)
    worst = max(overlap.trimmed, key=lambda each: abs(each.difference), default=None)
    told = (
        f"{overlap.equipoise:.0%} of all persons might have been on either side; {overlap.left_out:.1%} of "
        f"the treated have nobody like them and are left out; the compared are worth {overlap.effective:.0f} "
        "persons of equal weight"
    )
    if overlap.left_out and worst is not None:
        told += (
            f"; those kept differ from all treated by up to {abs(worst.difference):.2f} ({worst.covariate})"
        )
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


def matched_on_the_outcome(case: CohortCase) -> Evidence | None:
    """Count the years before the start; show the effect without weighing where it rests on the outcome."""
    cohort, found = case.cohort, case.answer.estimate
    n_before = int(cohort.before.sum())
    stand_ins = _stand_for_the_outcome(case)
    plain = _effect(case, np.where(cohort.treated, 1.0, cohort.treated.sum() / (~cohort.treated).sum()))
    moved = found.moved_to(plain)
    told = (
        f"{n_before} year{'s' * (n_before > 1)} before the start; without weighing or regression the effect "
        f"is {three_digits(plain)} instead of {three_digits(found.effect)} ({found.apart_words(plain)})"
    )
    if stand_ins:
        told += (
            f"; {', '.join(stand_ins)} stand{'s' * (len(stand_ins) == 1)} for the outcome before the start"
        )
    fine = n_before >= FEWEST_YEARS and (not stand_ins or moved < MOST_MOVED)
    return Evidence(
        status=Status.SUPPORTED if fine else Status.UNCERTAIN,
        finding=told,
        number=float(n_before),
        threshold=float(FEWEST_YEARS),
        threshold_source="our convention: three years; Daw and Hatfield (2018)",
        bias_if_wrong="persons who are matched on a chance high fall back to what they usually are",
    )


def _stand_for_the_outcome(case: CohortCase) -> list[str]:
    """Covariates that are all but the outcome of a year before the start."""
    cohort = case.cohort
    found = []
    for name, values in zip(cohort.covariate_names, cohort.covariates.T, strict=True):
        for t in np.flatnonzero(cohort.before):
            here = cohort.exposure[t] > 0
            if _correlation(values[here], cohort.outcome[t, here]) >= MEASURES_THE_OUTCOME:
                found.append(name)
                break
    return found


def _correlation(left: Floats, right: Floats) -> float:
    left, right = left - left.mean(), right - right.mean()
    scale = float(np.sqrt((left @ left) * (right @ right)))
    return abs(float(left @ right)) / scale if scale > 0 else 0.0


def _effect(case: CohortCase, weights: Floats, slopes: Floats | None = None) -> float:
    """The effect with other weights and slopes."""
    panel = region_panel(case.cohort, weights, slopes)
    gap = panel.treated_mean - case.answer.regions.compare(panel).counterfactual
    return float(gap[case.answer.estimate.counted].mean())


def enough_regions(case: CohortCase) -> Evidence | None:
    """Count the regions on either side: as many independent draws there are, however many persons."""
    if case.answer.estimate.uncertainty.rank:
        return enough_stand_ins(case.regional)
    panel = case.answer.panel
    treated, compared = int(panel.treated.sum()), int(panel.compared.sum())
    enough = treated >= FEWEST_TREATED and compared >= FEWEST
    return Evidence(
        status=Status.SUPPORTED if enough else Status.UNCERTAIN,
        finding=f"{case.answer.estimate.uncertainty.method}; {case.answer.n_kept} treated and "
        f"{case.answer.n_compared} compared persons in {treated} and {compared} regions. Errors that take "
        "persons for independent would be far too small where whole regions were assigned",
        number=float(treated),
        threshold=float(FEWEST_TREATED),
        threshold_source="our convention, from experiments/person_level_size",
        bias_if_wrong="none on the estimate; the interval may be too narrow or too wide",
    )


def scale_and_form(case: CohortCase) -> Evidence | None:
    """Compare ratios instead of differences, and leave the regression away."""
    ratios = RIGHT_SCALE.check(case.regional) if RIGHT_SCALE.check else None
    if case.matched.slopes is None:
        return ratios
    found = case.answer.estimate
    plain = _effect(case, case.matched.weights)
    moved = found.moved_to(plain)
    told = f"without the regression the effect is {three_digits(plain)} ({found.apart_words(plain)})"
    doubted = moved >= MOST_MOVED
    if ratios is not None:
        status = Status.UNCERTAIN if doubted else ratios.status
        return replace(ratios, status=status, finding=f"{ratios.finding}; {told}")
    return Evidence(
        status=Status.UNCERTAIN if doubted else Status.SUPPORTED,
        finding=told,
        number=moved if np.isfinite(moved) else None,
        threshold=MOST_MOVED,
        threshold_source="our convention, in standard errors",
        bias_if_wrong="where weighing and regression disagree at least one of them is wrong",
    )


OF_PERSONS = (
    CohortAssumption(WELL_DEFINED),
    of_regions(NO_ANTICIPATION),
    CohortAssumption(PARALLEL_TRENDS, alike_without_it),
    CohortAssumption(STABLE_COMPOSITION, who_stayed),
    CohortAssumption(NO_SPILLOVER, shared_practices),
    of_regions(NO_OTHER_CHANGE),
    CohortAssumption(OVERLAP, common_support),
    CohortAssumption(OBSERVED_BALANCE, balanced),
    CohortAssumption(SELECTION_NOT_BY_CHANCE, matched_on_the_outcome),
    of_regions(SAME_MEASUREMENT),
    CohortAssumption(VALID_UNCERTAINTY, enough_regions),
    CohortAssumption(RIGHT_SCALE, scale_and_form),
)
"""All twelve, for a design that weighs persons."""
