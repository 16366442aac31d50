"""Of persons: the effect again, with one thing of the way to it changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lmpeval.assumptions.equivalence import Violation, three_digits
from lmpeval.assumptions.scale import MOST_MOVED, RIGHT_SCALE
from lmpeval.assumptions.selection import FEWEST_YEARS
from lmpeval.design import Evidence, Status
from lmpeval.panel import Floats
from lmpeval.persons.design import CohortCase
from lmpeval.persons.doubly_robust_learner import learned_effect
from lmpeval.persons.region_means import region_panel

MEASURES_THE_OUTCOME = 0.9
"""Correlation with the outcome of a year before the start from which on a covariate stands for it."""


def chosen_or_matched_for_a_high(case: CohortCase) -> Evidence | None:
    """Look for a jump in the last year before the start, and show the effect without weighing.

    Where one side was chosen for a chance high, or matched on one, the two sides part in the year that was
    looked at and come together again by themselves. The jump must be shown to be small.
    """
    cohort, found = case.cohort, case.answer.estimate
    n_before = int(cohort.before.sum())
    stand_ins = _stand_for_the_outcome(case)
    plain = _effect(case, np.where(cohort.treated, 1.0, cohort.treated.sum() / (~cohort.treated).sum()))
    moved = found.moved_to(plain)
    told = f"{n_before} year{'s' * (n_before > 1)} before the start"
    status = Status.UNCERTAIN
    if n_before > 1:
        jump = _jump(case)
        status = jump.status if n_before >= FEWEST_YEARS or jump.status is Status.NOT_SUPPORTED else status
        told += f"; {jump.finding}"
    told += (
        f"; without weighing or regression the effect is {three_digits(plain)} instead of "
        f"{three_digits(found.effect)} ({found.apart_words(plain)})"
    )
    if stand_ins:
        told += (
            f"; measured by {', '.join(stand_ins)}, the outcome before the start takes part in the weighing"
        )
        if moved >= MOST_MOVED and status is Status.SUPPORTED:
            status = Status.UNCERTAIN
    return Evidence(
        status=status,
        finding=told,
        number=float(n_before),
        threshold=float(FEWEST_YEARS),
        threshold_source="our convention: three years, and a jump within the minimal important difference; "
        "Daw and Hatfield (2018)",
        bias_if_wrong="who is chosen or matched for a chance high falls back to what is usual",
    )


def _jump(case: CohortCase) -> Evidence:
    """How far the two sides part in the last year before the start, against the years before it."""
    found = case.answer.estimate
    before = np.flatnonzero(found.years < found.start)
    weights = np.zeros(len(found.years))
    weights[before[:-1]], weights[before[-1]] = -1 / (len(before) - 1), 1.0
    violation = Violation(float(found.gap @ weights), found.uncertainty.placebo @ weights)
    return violation.evidence(
        f"jump of the difference in {found.years[before[-1]]}, the last year before the start",
        case.circumstances.margin,
        "what jumped falls back by itself",
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


def scale_and_form(case: CohortCase) -> Evidence | None:
    """Compare ratios instead of differences, leave the regression away, and let another learner answer."""
    ratios = RIGHT_SCALE.check(case.regional) if RIGHT_SCALE.check else None
    found, others = case.answer.estimate, _by_other_models(case)
    if not others:
        return ratios
    moved = max(found.moved_to(effect) for effect in others.values())
    told = "; ".join(
        f"{how} the effect is {three_digits(effect)} ({found.apart_words(effect)})"
        for how, effect in others.items()
    )
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


def _by_other_models(case: CohortCase) -> dict[str, float]:
    others = {}
    if case.matched.slopes is not None:
        others["without the regression"] = _effect(case, case.matched.weights)
    if getattr(case.design, "learner", False) and case.answer.regions.differences:
        others["by a doubly robust learner of all persons"] = learned_effect(case.cohort).on_treated
    return others


def _effect(case: CohortCase, weights: Floats, slopes: Floats | None = None) -> float:
    """The effect with other weights and slopes."""
    panel = region_panel(case.cohort, weights, slopes)
    gap = panel.treated_mean - case.answer.regions.compare(panel).counterfactual
    return float(gap[case.answer.estimate.counted].mean())
