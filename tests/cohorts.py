"""Cohorts that tests are drawn from, and those of published studies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmpeval.cohort import Cohort


def a_cohort(seed=0, n=3_000, n_regions=40, n_treated=6, effect=-0.5, **more):
    """Persons in regions, of whom the treated are sicker and, without care, would get dearer faster."""
    rng = np.random.default_rng(seed)
    regions = rng.integers(0, n_regions, n)
    treated = regions < n_treated
    covariates = rng.normal(size=(n, 4))
    covariates[:, 0] += 0.5 * treated
    covariates[:, 3] = covariates[:, 3] > 0.3
    n_years, before = 6, 4
    level = covariates @ np.array([1.0, 0.5, 0.2, 0.4]) + rng.normal(size=n)
    trend = np.outer(np.arange(n_years), 0.2 * covariates[:, 0])
    outcome = 10 + level + trend + rng.normal(size=(n_years, n))
    outcome += more.pop("shared", 0.05) * rng.normal(size=(n_years, n_regions))[:, regions]
    outcome[before:] += effect * treated
    exposure = np.ones((n_years, n))
    gone = rng.random(n) < 0.04
    exposure[before, gone], exposure[before + 1 :, gone] = 0.5, 0.0
    outcome[exposure == 0] = np.nan
    return Cohort(
        outcome=outcome,
        exposure=exposure,
        years=np.arange(2011, 2011 + n_years),
        start=2011 + before,
        treated=treated,
        covariates=covariates,
        covariate_names=("need", "age", "income", "woman"),
        strata=more.pop("strata", np.zeros(n, dtype=np.intp)),
        regions=regions,
        region_names=tuple(f"region {g:02d}" for g in range(n_regions)),
        **more,
    )


def two_sides(table, treated, covariates: Sequence[str], outcomes: dict[int, str], start: int) -> Cohort:
    """A published study without regions: everybody treated in one, the others in another."""
    n, treated = len(table), np.asarray(treated, dtype=bool)
    return Cohort(
        outcome=np.array([table[name].to_numpy(float) for name in outcomes.values()]),
        exposure=np.ones((len(outcomes), n)),
        years=np.array(list(outcomes)),
        start=start,
        treated=treated,
        covariates=table[list(covariates)].to_numpy(float),
        covariate_names=tuple(covariates),
        strata=np.zeros(n, dtype=np.intp),
        regions=treated.astype(np.intp),
        region_names=("elsewhere", "here"),
    )
