"""Speed of doubly robust group-time effects with a multiplier bootstrap, beside a peer timed in the same run.

    OMP_NUM_THREADS=1 python benchmarks/group_time.py

CPU seconds, one thread, median. Five cohorts over twenty years, two covariates, 999 Rademacher draws for all
effects and their average. The peer is diff-diff, timed where it can be imported; it is no dependency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import nan

import numpy as np
from measured import Measured, Size, cpu, has, held, main, named

from lmpeval.group_time.aggregation import simple
from lmpeval.group_time.bootstrap import Law, MultiplierBootstrap
from lmpeval.group_time.cohorts import Staggered
from lmpeval.group_time.effects import GroupTimeEffects, group_time_effects

YEARS, COHORTS, DRAWS = 20, (5, 8, 11, 14, 17), 999


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


def drawn(effects: GroupTimeEffects, law: Law, draws: int = DRAWS) -> object:
    """Bootstrap of every effect and their average."""
    influence = np.column_stack([effects.influence, simple(effects).overall.influence])
    return MultiplierBootstrap(draws=draws, law=law)(influence, np.random.default_rng(2))


def peer(panel: Staggered) -> Callable[[], object]:
    """The same with diff-diff."""
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


def laws(units: int, size: Size) -> Iterator[Measured]:
    """Effects alone, then with draws of each law; the peer draws signs."""
    panel, draws = a_panel(units), size.of(DRAWS, 49)
    about = f"{units:,} units x {YEARS}, {len(COHORTS)} cohorts"
    yield Measured(f"group-time effects, {about}", cpu(lambda: group_time_effects(panel)), held())
    works = {law: cpu(lambda law=law: drawn(group_time_effects(panel), law, draws)) for law in Law}
    memory, run = held(), peer(panel) if has("diff_diff", size) else None
    theirs, name = (cpu(run, 1), named("diff-diff")) if run else (nan, "")
    for law, ours in works.items():
        yield Measured(
            f"group-time effects, {about}, {draws} draws ({law})", ours, memory, peer=name, theirs=theirs
        )


PIECES = {
    "few": lambda size: laws(size.of(2_000, 120), size),
    "many": lambda size: laws(size.of(50_000, 240), size),
}

if __name__ == "__main__":
    main(PIECES, __doc__)
