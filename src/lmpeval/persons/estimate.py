"""A design of persons, asked: persons weighed, added up by region, and regions compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances, estimate
from lmpeval.disclosure import Profile
from lmpeval.inference import NoReference
from lmpeval.panel import Bools, Floats
from lmpeval.persons.balance import Balance, balance_of
from lmpeval.persons.common_support import overlap_of
from lmpeval.persons.design import CohortAnswer, CohortCase, CohortDesign, Matched
from lmpeval.persons.region_means import FEWEST_TREATED, RegionMeans, region_panel
from lmpeval.persons.region_ranks import StandIns
from lmpeval.persons.shuffled import shuffled
from lmpeval.persons.support import refused_trait

POOL = 20
"""Persons of the pool for each of a stand-in: more make pairs hardly nearer, and cost time."""
MOST_STAND_INS = 99
"""With 99 a rank has steps of one in a hundred."""


def estimate_cohort(
    design: CohortDesign, cohort: Cohort, circumstances: Circumstances, rng: np.random.Generator
) -> CohortCase:
    """Weigh the persons, add them up by region, compare regions; `CohortCase.answer` may leave.

    Raises
    ------
    NoReference
        Where nobody is like the treated, or they cannot be told.
    ValueError
        Where the design's answer is no weighing: shape, missing or negative figures, unequal sides.
    """
    matched = design.compare(cohort)
    refuse_unsound(matched, cohort, type(design).__name__)
    panel = region_panel(cohort, matched.weights, matched.slopes, of_logarithm=matched.of_logarithm)
    regions = design.regions
    if len(panel.sites) < FEWEST_TREATED:
        regions = replace(regions, stand_ins=stand_ins_of(design, cohort))
    used = matched.weights > 0
    answer = CohortAnswer(
        estimate=estimate(regions, panel, circumstances.lag, rng),
        panel=panel,
        regions=regions,
        balance=_told(
            balance_of(cohort.covariates, cohort.covariate_names, cohort.treated, matched.weights),
            cohort,
            used,
            circumstances.gate.profile,
        ),
        overlap=replace(
            overlap_of(cohort, matched.weights, matched.logit), too_few_for_slopes=matched.too_few_for_slopes
        ),
        n_treated=int(cohort.treated.sum()),
        n_kept=int(used[cohort.treated].sum()),
        n_compared=int(used[~cohort.treated].sum()),
    )
    return CohortCase(design, cohort, matched, answer, circumstances, rng)


def _told(table: Sequence[Balance], cohort: Cohort, used: Bools, profile: Profile) -> tuple[Balance, ...]:
    """The table with what keeps a covariate's means from leaving."""
    each = zip(table, cohort.covariates.T, strict=True)
    return tuple(replace(b, refused=refused_trait(v, cohort.treated, used, profile)) for b, v in each)


def stand_ins_of(design: CohortDesign, cohort: Cohort) -> StandIns:
    """Match every comparison region with the others, as if it had been the treated one.

    It is cut to as many persons as the mean treated region has, and compared with at most `POOL` times as
    many: both drawn by `shuffled`, so that they do not depend on the order of persons. A region that cannot
    be matched stands in for nobody; where there are more than `MOST_STAND_INS`, the rest is not asked.
    """
    cohort = cohort.in_order(shuffled(cohort, 0))  # once: what is drawn below then lies together in memory
    others = np.flatnonzero(~cohort.treated)
    home = cohort.regions[others]
    n_treated = len(np.unique(cohort.regions[cohort.treated]))
    most = max(1, round(int(cohort.treated.sum()) / n_treated))
    _, first = np.unique(home, return_index=True)
    labels, paths = [], []
    for region in home[np.sort(first)][:MOST_STAND_INS]:
        ours, pool = others[home == region][:most], others[home != region]
        chosen = np.r_[ours, pool[: POOL * len(ours)]]
        if len(chosen) == len(ours):
            continue
        stand_in = cohort.in_order(chosen, np.arange(len(chosen)) < len(ours))
        try:
            matched = design.compare(stand_in)
            panel = region_panel(stand_in, matched.weights, matched.slopes, of_logarithm=matched.of_logarithm)
        except NoReference:
            continue
        labels.append(cohort.region_names[int(region)])
        paths.append(panel.treated_mean - RegionMeans(differences=False).compare(panel).counterfactual)
    return StandIns(tuple(labels), cohort.years, np.array(paths).reshape(-1, len(cohort.years)))


def refuse_unsound(matched: Matched, cohort: Cohort, design: str) -> None:
    """Refuse an answer of the design so named that weighs no persons.

    Raises
    ------
    ValueError
        As `estimate_cohort` says.
    """
    for name in ("weights", "logit"):
        values: Floats = getattr(matched, name)
        if values.shape != cohort.treated.shape or not np.isfinite(values).all():
            raise ValueError(f"{design} answers {name} that are not one finite figure a person")
    if (matched.weights < 0).any():
        raise ValueError(f"{design} answers weights below zero")
    sums = [float(matched.weights[side].sum()) for side in _sides(cohort)]
    if not sums[0] > 0 or abs(sums[0] - sums[1]) > 1e-6 * sums[0]:
        raise ValueError(f"{design} answers weights that sum to {sums[0]:g} and {sums[1]:g}, not to the same")


def _sides(cohort: Cohort) -> tuple[Bools, Bools]:
    return cohort.treated, ~cohort.treated
