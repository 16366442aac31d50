"""Of persons: what something unmeasured would have to be like to explain the effect away."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lmpeval.assumptions.equivalence import Violation, three_digits
from lmpeval.assumptions.trend import trend_carried_on
from lmpeval.design import Evidence
from lmpeval.panel import Bools, Floats
from lmpeval.persons.design import CohortCase
from lmpeval.persons.hidden_bias import gamma_that_explains, hidden_bias

FEWEST_FOR_RANKS = 5
"""Treated regions from which on signed ranks can reach 5 %, one-sided."""


def alike_without_it(case: CohortCase) -> Evidence | None:
    """Carry the trend before the start on, and say how strong a hidden trait would have to be.

    Where levels are compared, the difference before the start takes the place of the trend: there should be
    none. What a hidden trait would do is told and not tested: nobody knows how strong it is.
    """
    found = trend_carried_on(case.regional) if case.answer.regions.differences else _gap_before(case)
    return (
        None if found is None else replace(found, finding=f"{found.finding}; {told_of_hidden_traits(case)}")
    )


def _gap_before(case: CohortCase) -> Evidence:
    found = case.answer.estimate
    before = found.years < found.start
    violation = Violation(float(found.gap[before].mean()), found.uncertainty.placebo[:, before].mean(axis=1))
    return violation.evidence(
        "difference before the start, when there was no intervention",
        case.circumstances.margin,
        "the estimate is off by as much as the two sides differed already",
    )


def told_of_hidden_traits(case: CohortCase) -> str:
    """Say what would explain the effect away, beside the strongest trait that was measured."""
    cohort = case.cohort
    outcome, lived = _compared_outcome(case)
    bias = hidden_bias(
        outcome[lived], cohort.treated[lived], cohort.covariates[lived], cohort.covariate_names,
        case.matched.weights[lived],
    )  # fmt: skip
    told = (
        f"something unmeasured that explains {bias.robustness:.1%} of what is left of both who was treated "
        f"and the outcome would explain the effect away (robustness value), or a trait with risk ratios of "
        f"{bias.e_value:.2f} (E-value)"
    )
    if bias.strongest is not None:
        each = bias.strongest
        told += (
            f"; {each.covariate} explains {each.with_treatment:.1%} and {each.with_outcome:.1%}, and a trait "
            f"as strong as it would move the effect by {three_digits(each.moves)} at most"
        )
    n_treated = len(case.answer.panel.sites)
    if n_treated < FEWEST_FOR_RANKS:
        return told
    gamma = gamma_that_explains(_by_treated_region(case))
    stands = "no effect stands at 5 %"
    if gamma > 1:
        stands = f"an effect stands until hidden traits of regions change the odds by {gamma:.2f} (Rosenbaum)"
    return f"{told}; by signed ranks of {n_treated} regions {stands}"


def _compared_outcome(case: CohortCase) -> tuple[Floats, Bools]:
    """Outcome in the counted years, less that before where changes are compared; and who has one."""
    cohort = case.cohort
    after, lived = _mean(case, case.answer.estimate.counted)
    if not case.answer.regions.differences:
        return after, lived
    early, were = _mean(case, cohort.before)
    return after - early, lived & were


def _mean(case: CohortCase, years: Bools) -> tuple[Floats, Bools]:
    exposure = case.cohort.exposure[years].sum(axis=0)
    amount = case.cohort.amounts[years].sum(axis=0)
    return np.divide(amount, exposure, out=np.zeros_like(amount), where=exposure > 0), exposure > 0


def _by_treated_region(case: CohortCase) -> Floats:
    """Each treated region's gap in the counted years, shape (n_treated,)."""
    panel, found = case.answer.panel, case.answer.estimate
    path = panel.outcome[:, panel.treated] - panel.treated_mean[:, None]
    if case.answer.regions.differences:
        path = path - path[panel.before].mean(axis=0)
    return np.asarray(path[found.counted].mean(axis=0) + found.effect)
