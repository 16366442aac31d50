"""Speed of matching persons, beside a numpy floor and scikit-learn in the same run.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/matching.py

CPU seconds on one thread and the largest memory. The floor is Newton's method in plain numpy and the same
pairs by a sorted list, without order, shrinkage or checks.
"""

from __future__ import annotations

import argparse
import resource
import time
from bisect import bisect_left
from collections.abc import Callable

import numpy as np
from scipy.special import expit
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
from lmpeval.persons.weights import by_pairs

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


def timed(work: Callable[[], object]) -> tuple[float, object]:
    """CPU seconds and what came of it."""
    begun = time.process_time()
    found = work()
    return time.process_time() - begun, found


def told(what: str, seconds: float, floor: float = np.nan, peer: str = "") -> None:
    """A row of the table."""
    beside = f"{floor:.2f} | {seconds / floor:.2f}" if np.isfinite(floor) else " | "
    print(f"| {what} | {seconds:.2f} | {beside} | {peer} |", flush=True)


def main() -> None:
    """Time every piece, then the whole."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--treated", type=int, default=50_000)
    parser.add_argument("--compared", type=int, default=950_000)
    parser.add_argument("--covariates", type=int, default=30)
    arguments = parser.parse_args()
    cohort = drawn(arguments.treated, arguments.compared, arguments.covariates)
    x, treated, n = cohort.covariates, cohort.treated, len(cohort.treated)
    print("| work | CPU s | floor | ratio | peer, CPU s |\n|---|---|---|---|---|")
    ordering, order = timed(lambda: shuffled(cohort, 0))
    told("shuffling, so that no order of a file matters", ordering)
    floor, plain = timed(lambda: plain_newton(x, treated))
    peer, _ = timed(lambda: LogisticRegression(solver="newton-cholesky", tol=1e-8).fit(x, treated))
    ours, fitted = timed(lambda: logistic(x, treated, 1e-9, order))
    logit = fitted.logit(x)
    assert np.abs(logit - plain).max() < 1e-6
    told("propensity, logistic", ours, floor, f"scikit-learn {peer:.2f}")
    caliper = 0.2 * float(logit.std())
    floor, number = timed(lambda: plain_pairs(logit, treated, caliper))
    ours, pairs = timed(lambda: matched(logit, treated, cohort.strata, order, Rule(caliper=caliper)))
    assert len(pairs[0]) == number
    told("pairs within a caliper", ours, floor)
    weights = by_pairs(*pairs, n)
    told("balance", timed(lambda: balance_of(x, cohort.covariate_names, treated, weights))[0])
    whole = timed(
        lambda: estimate_cohort(PropensityMatching(), cohort, Circumstances(1.0), np.random.default_rng(0))
    )
    told(f"all of an answer, {YEARS} years", whole[0])
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    data = sum(each.nbytes for each in (cohort.outcome, cohort.exposure, x)) / 2**30
    print(f"\nLargest memory {memory:.2f} GiB, of which the persons' own figures {data:.2f} GiB.")


if __name__ == "__main__":
    main()
