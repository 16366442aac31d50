"""Speed of matching persons, beside a plain floor, scikit-learn, scipy and dowhy in the same run.

    python benchmarks/matching.py

The floor is Newton's method in plain numpy and the same pairs by a sorted list, without order, shrinkage or
checks. causalml and psmpy do not finish at this size, and MatchIt is no Python: see README.md.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator
from math import nan

import numpy as np
from measured import Measured, Size, cpu, held, main, named
from scipy.special import expit
from scipy.stats import ks_2samp
from sklearn.linear_model import LogisticRegression

from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.panel import Bools, Floats
from lmpeval.persons.balance import balance_of
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.nearest_neighbours import Rule, matched
from lmpeval.persons.propensity import logistic
from lmpeval.persons.shuffled import shuffled

REGIONS, SITES, YEARS, BEFORE = 60, 6, 6, 4


def drawn(n_treated: int, n_compared: int, n_covariates: int, seed: int = 0) -> Cohort:
    """Persons of whom the treated differ, in regions of which a tenth is treated."""
    rng = np.random.default_rng(seed)
    treated = np.arange(n_treated + n_compared) < n_treated
    n = len(treated)
    covariates = rng.normal(size=(n, n_covariates)) + np.outer(treated, rng.uniform(-0.3, 0.3, n_covariates))
    regions = np.where(treated, rng.integers(0, SITES, n), rng.integers(SITES, REGIONS, n))
    return Cohort(
        outcome=covariates[:, 0] + rng.normal(size=(YEARS, n)),
        exposure=np.ones((YEARS, n)),
        years=np.arange(2011, 2011 + YEARS),
        start=2011 + BEFORE,
        treated=treated,
        covariates=covariates,
        covariate_names=tuple(f"x{k}" for k in range(n_covariates)),
        strata=np.zeros(n, dtype=np.intp),
        regions=regions,
        region_names=tuple(f"region {g}" for g in range(REGIONS)),
    )


def plain_newton(covariates: Floats, treated: Bools, block: int = 65_536) -> Floats:
    """Logit by whole Newton steps."""
    centre, spread = covariates.mean(axis=0), covariates.std(axis=0)
    found = np.r_[np.log(treated.mean() / (1 - treated.mean())), np.zeros(covariates.shape[1])]
    step = np.ones(1)
    while np.abs(step).max() > 1e-9:
        slope, curvature = np.zeros(len(found)), np.zeros((len(found), len(found)))
        for at in range(0, len(treated), block):
            here = (covariates[at : at + block] - centre) / spread
            design = np.column_stack([np.ones(len(here)), here])
            chance = expit(design @ found)
            slope += design.T @ (treated[at : at + block] - chance)
            curvature += (design * (chance * (1 - chance))[:, None]).T @ design
        step = np.linalg.solve(curvature, slope)
        found = found + step
    return found[0] + ((covariates - centre) / spread) @ found[1:]


def plain_pairs(score: Floats, treated: Bools, caliper: float) -> int:
    """Number of pairs by a sorted list from which persons are taken out: fast while it is short."""
    free = np.sort(score[~treated]).tolist()
    number = 0
    for here in -np.sort(-score[treated]):
        at = bisect_left(free, here)
        near = [k for k in (at - 1, at) if 0 <= k < len(free)]
        best = min(near, key=lambda k: abs(free[k] - here), default=None)
        if best is not None and abs(free[best] - here) <= caliper:
            del free[best]
            number += 1
    return number


def cohort_of(size: Size) -> Cohort:
    """50,000 treated and 950,000 compared with 30 covariates, or a few."""
    return drawn(size.of(50_000, 60), size.of(950_000, 1_200), size.of(30, 5))


def spoken(cohort: Cohort) -> str:
    n_treated = int(cohort.treated.sum())
    return (
        f"{n_treated:,} against {len(cohort.treated) - n_treated:,}, {cohort.covariates.shape[1]} covariates"
    )


def propensity(size: Size) -> Iterator[Measured]:
    """Ours with the shuffle that frees it from the order of a file; the floor sums in that order."""
    cohort = cohort_of(size)
    x, treated = cohort.covariates, cohort.treated
    found: list[Floats] = []
    ours = cpu(lambda: found.append(logistic(x, treated, 1e-9, shuffled(cohort, 0)).logit(x)), 1)
    memory = held()
    floor = cpu(lambda: found.append(plain_newton(x, treated)), 1)
    assert np.abs(found[0] - found[1]).max() < 1e-6
    whole = size is Size.WHOLE
    peer = LogisticRegression(solver="newton-cholesky", tol=1e-8)
    theirs = cpu(lambda: peer.fit(x, treated), 1) if whole else nan
    name = named("scikit-learn") if whole else ""
    yield Measured(f"propensity, logistic; {spoken(cohort)}", ours, memory, floor, name, theirs)


def pairs(size: Size) -> Iterator[Measured]:
    """Nearest within a caliper, without replacement."""
    cohort = cohort_of(size)
    x, treated, order = cohort.covariates, cohort.treated, shuffled(cohort, 0)
    logit = logistic(x, treated, 1e-9, order).logit(x)
    caliper, rule = 0.2 * float(logit.std()), Rule(caliper=0.2 * float(logit.std()))
    found: list[int] = []
    ours = cpu(lambda: found.append(len(matched(logit, treated, cohort.strata, order, rule)[0])), 1)
    memory = held()
    floor = cpu(lambda: found.append(plain_pairs(logit, treated, caliper)), 1)
    assert found[0] == found[1]
    yield Measured(f"pairs within a caliper; {spoken(cohort)}", ours, memory, floor)


def balance(size: Size) -> Iterator[Measured]:
    """Means, squares, variances and distributions, before and after; scipy tests distributions alone."""
    cohort = cohort_of(size)
    x, treated = cohort.covariates, cohort.treated
    weights = PropensityMatching().compare(cohort).weights
    ours = cpu(lambda: balance_of(x, cohort.covariate_names, treated, weights), 1)
    memory = held()
    whole = size is Size.WHOLE
    theirs = cpu(lambda: [ks_2samp(each[treated], each[~treated]) for each in x.T], 1) if whole else nan
    name = f"{named('scipy')}, distributions alone" if whole else ""
    yield Measured(f"table of balance; {spoken(cohort)}", ours, memory, peer=name, theirs=theirs)


def whole(size: Size) -> Iterator[Measured]:
    """Matching, table of balance, effect by region, and the twelve assumptions."""
    cohort, design = cohort_of(size), PropensityMatching()

    def answered() -> None:
        case = estimate_cohort(design, cohort, Circumstances(1.0), np.random.default_rng(0))
        for each in design.assumptions:
            if each.check is not None:
                each.check(case)

    ours = cpu(answered, 1)
    work = f"matching, balance, effect and ledger, {YEARS} years; {spoken(cohort)}"
    memory = held()
    name, theirs = (
        (f"{named('dowhy')}, matching alone", cpu(by_dowhy(cohort), 1)) if size is Size.WHOLE else ("", nan)
    )
    yield Measured(work, ours, memory, peer=name, theirs=theirs)


def by_dowhy(cohort: Cohort) -> Callable[[], object]:
    """Matching on the propensity with replacement and without a caliper, as dowhy has it."""
    import pandas as pd  # noqa: PLC0415 - for the peer
    from dowhy import CausalModel  # noqa: PLC0415 - takes seconds

    names = list(cohort.covariate_names)
    change = cohort.outcome[~cohort.before].mean(axis=0) - cohort.outcome[cohort.before].mean(axis=0)
    table = pd.DataFrame(cohort.covariates, columns=names)
    table = table.assign(treated=cohort.treated.astype(int), change=change)
    model = CausalModel(table, treatment="treated", outcome="change", common_causes=names)
    estimand = model.identify_effect(method_name="maximal-adjustment")
    return lambda: model.estimate_effect(
        estimand, method_name="backdoor.propensity_score_matching", target_units="att"
    )


PIECES = {"propensity": propensity, "pairs": pairs, "balance": balance, "whole": whole}

if __name__ == "__main__":
    main(PIECES, __doc__)
