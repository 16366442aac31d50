"""Speed of fitting every stand-in, as a ratio to a floor and to a peer timed in the same run.

    python benchmarks/stand_in_fits.py

CPU seconds, one thread, median of five. The floor solves each problem by itself with scipy's non-negative
least squares (the penalty written as extra rows), which is what a careful direct implementation would do. The
peer for difference-in-differences is a two-way fixed-effects regression per stand-in with linearmodels.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS
from scipy.optimize import nnls
from threadpoolctl import threadpool_limits

from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.mixtures.simplex import Mixtures, mixtures
from lmpeval.panel import Floats, Panel
from lmpeval.uncertainty.placebo import stand_ins

DONORS, YEARS, REPEATS, PENALTY = 341, 10, 5, 0.05


def cpu(work: Callable[[], object]) -> float:
    """Median CPU seconds."""
    taken = []
    for _ in range(REPEATS):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return float(np.median(taken))


def every_unit_its_own_target(rng: np.random.Generator) -> Mixtures:
    """Three factors and noise; each of the units is fitted by all the others."""
    factors = rng.normal(size=(YEARS, 3)) @ rng.normal(size=(3, DONORS))
    path = factors + 0.5 * rng.normal(size=(YEARS, DONORS))
    path -= path.mean(axis=0)
    others = ~np.eye(DONORS, dtype=bool)
    return Mixtures(path, np.ones(DONORS), path.T.copy(), others, np.full(DONORS, PENALTY))


def by_nnls(problems: Mixtures) -> Floats:
    """Solve one problem at a time; the sum to one enters as a heavy row."""
    found = np.zeros(problems.allowed.shape)
    heavy = 1e4 * np.abs(problems.donors).max()
    for p, allowed in enumerate(problems.allowed):
        donors = problems.donors[:, allowed]
        priced = np.diag(np.sqrt(problems.penalty[p] * problems.noise[allowed]))
        rows = np.vstack([donors, priced, np.full(donors.shape[1], heavy)])
        target = np.r_[problems.targets[p], np.zeros(donors.shape[1]), heavy]
        found[p, allowed] = nnls(rows, target)[0]
    return found


def a_panel(rng: np.random.Generator) -> Panel:
    """A site of four units among 340 in 57 neighbourhoods, eight years."""
    n_units, n_years = 344, 8
    groups = tuple("site" if i < 4 else f"g{(i - 4) // 6}" for i in range(n_units))
    return Panel(
        outcome=2000 + 100 * rng.normal(size=n_units) + 30 * rng.normal(size=(n_years, n_units)),
        exposure=np.tile(40_000 * rng.lognormal(0, 0.5, n_units), (n_years, 1)),
        years=np.arange(2011, 2019),
        units=tuple(f"u{i:03d}" for i in range(n_units)),
        treated=np.arange(n_units) < 4,
        start=2014,
        covariates=rng.normal(size=(n_units, 6)),
        covariate_names=tuple("abcdef"),
        groups=groups,
        aside=np.zeros(n_units, dtype=bool),
    )


def two_way(panel: Panel) -> float:
    """Coefficient of exposure in a two-way fixed-effects regression."""
    kept = np.flatnonzero(~panel.aside)
    index = pd.MultiIndex.from_product([np.asarray(panel.units)[kept], panel.years])
    exposed = np.outer(panel.treated[kept], ~panel.before).ravel().astype(float)
    frame = pd.DataFrame({"y": panel.outcome[:, kept].T.ravel(), "exposed": exposed}, index=index)
    model = PanelOLS(frame["y"], frame[["exposed"]], entity_effects=True, time_effects=True)
    return float(model.fit(cov_type="unadjusted").params["exposed"])


def main() -> None:
    rng = np.random.default_rng(1)
    problems = every_unit_its_own_target(rng)
    panel = a_panel(rng)
    panels = [panel.placebo_sites({label: group}) for label, group in stand_ins(panel).items()]
    with threadpool_limits(1):
        apart = np.abs(mixtures(problems) - by_nnls(problems)).max()
        together, single = SyntheticControl(), DifferenceInDifferences()
        rows = [
            (
                f"{DONORS} mixtures of {DONORS - 1} donors over {YEARS} years",
                cpu(lambda: mixtures(problems)),
                "scipy nnls, one by one",
                cpu(lambda: by_nnls(problems)),
            ),
            (
                f"synthetic control, {len(panels)} stand-ins",
                cpu(lambda: together.compare_many(panels)),
                "the same, one by one",
                cpu(lambda: [together.compare(p) for p in panels]),
            ),
            (
                f"difference-in-differences, {len(panels)} stand-ins",
                cpu(lambda: [single.compare(p) for p in panels]),
                "linearmodels PanelOLS",
                cpu(lambda: [two_way(p) for p in panels]),
            ),
        ]
    print(f"largest difference in weight between mixtures and scipy nnls: {apart:.1e}")
    print(f"{'work':55} {'CPU s':>8}  {'against':25} {'CPU s':>8} {'ratio':>7}")
    for work, ours, against, theirs in rows:
        print(f"{work:55} {ours:8.4f}  {against:25} {theirs:8.4f} {theirs / ours:7.1f}")


if __name__ == "__main__":
    main()
