"""Speed of doubly robust group-time effects with a multiplier bootstrap, beside a peer timed in the same run.

    OMP_NUM_THREADS=1 python benchmarks/group_time.py

CPU seconds, one thread, median. Five cohorts over twenty years, two covariates, 999 Rademacher draws for all
effects and their average. The peer is diff-diff, timed where it can be imported; it is no dependency.
"""

from __future__ import annotations

import importlib.util
import resource
import time
from collections.abc import Callable

import numpy as np

from lmpeval.group_time.aggregation import simple
from lmpeval.group_time.bootstrap import Law, MultiplierBootstrap
from lmpeval.group_time.cohorts import Staggered
from lmpeval.group_time.effects import GroupTimeEffects, group_time_effects

YEARS, COHORTS, DRAWS, REPEATS = 20, (5, 8, 11, 14, 17), 999, 3


def cpu(work: Callable[[], object]) -> float:
    """Median CPU seconds."""
    taken = []
    for _ in range(REPEATS):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return float(np.median(taken))


def a_panel(units: int) -> Staggered:
    """Five cohorts and a never-exposed group of equal size; exposure and trend depend on covariates."""
    rng = np.random.default_rng(1)
    covariates = rng.normal(size=(units, 2))
    rank = np.argsort(np.argsort(covariates @ [0.3, -0.2] + rng.logistic(size=units)))
    cohort = np.array([0, *COHORTS], dtype=float)[rank * 6 // units]
    years = np.arange(1, YEARS + 1)
    exposed = (years[:, None] >= cohort) & (cohort > 0)
    trend = np.outer(years, 0.1 + 0.02 * covariates[:, 0])
    noise = rng.normal(size=(YEARS, units))
    outcome = rng.normal(size=units) + trend + noise + exposed * 0.5
    return Staggered(outcome, years, cohort, covariates, np.ones(units))


def drawn(effects: GroupTimeEffects, law: Law) -> object:
    """Bootstrap of every effect and their average."""
    influence = np.column_stack([effects.influence, simple(effects).overall.influence])
    return MultiplierBootstrap(draws=DRAWS, law=law)(influence, np.random.default_rng(2))


def peer(panel: Staggered) -> Callable[[], object] | None:
    """The same with diff-diff, or None where it is not installed."""
    if importlib.util.find_spec("diff_diff") is None:
        return None
    import pandas as pd  # noqa: PLC0415 - only for the peer
    from diff_diff import CallawaySantAnna  # noqa: PLC0415 - not a dependency

    n = len(panel.cohort)
    table = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(n), YEARS),
            "year": np.tile(panel.years, n),
            "y": panel.outcome.T.ravel(),
            "first": np.repeat(panel.cohort, YEARS).astype(int),
            "x1": np.repeat(panel.covariates[:, 0], YEARS),
            "x2": np.repeat(panel.covariates[:, 1], YEARS),
        }
    )

    def run() -> object:
        model = CallawaySantAnna(estimation_method="dr", n_bootstrap=DRAWS, seed=2, pscore_trim=1e-9)
        return model.fit(table, "y", "unit", "year", "first", covariates=["x1", "x2"])

    return run


def main() -> None:
    print(f"{'units':>7}  {'work':42} {'CPU s':>7} {'peer':>7} {'ratio':>6}")
    for units in (2_000, 50_000):
        panel = a_panel(units)
        ours = {
            "effects and influence": cpu(lambda panel=panel: group_time_effects(panel)),
            "effects, 999 Rademacher draws": cpu(
                lambda panel=panel: drawn(group_time_effects(panel), Law.RADEMACHER)
            ),
            "effects, 999 Mammen draws": cpu(
                lambda panel=panel: drawn(group_time_effects(panel), Law.MAMMEN)
            ),
            "effects, 999 normal draws": cpu(
                lambda panel=panel: drawn(group_time_effects(panel), Law.NORMAL)
            ),
        }
        run = peer(panel)
        theirs = cpu(run) if run else float("nan")
        for work, seconds in ours.items():
            print(f"{units:7}  {work:42} {seconds:7.3f} {theirs:7.3f} {theirs / seconds:6.1f}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
