"""Speed of fitting every stand-in, as a ratio to a floor and to a peer timed in the same run.

    python benchmarks/stand_in_fits.py

CPU seconds, one thread, median of five. The floor solves each problem by itself with scipy's non-negative
least squares (the penalty written as extra rows), which is what a careful direct implementation would do. The
peer for difference-in-differences is a two-way fixed-effects regression per stand-in with linearmodels.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from linearmodels.panel import PanelOLS
from measured import Measured, Size, cpu, held, main, named
from scipy.optimize import nnls

from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.mixtures.simplex import Mixtures, mixtures
from lmpeval.panel import Floats, Panel
from lmpeval.uncertainty.placebo import stand_ins

DONORS, YEARS, REPEATS, PENALTY = 341, 10, 5, 0.05
FEW = 20


def every_unit_its_own_target(rng: np.random.Generator, donors: int = DONORS) -> Mixtures:
    """Three factors and noise; each of the units is fitted by all the others."""
    factors = rng.normal(size=(YEARS, 3)) @ rng.normal(size=(3, donors))
    path = factors + 0.5 * rng.normal(size=(YEARS, donors))
    path -= path.mean(axis=0)
    others = ~np.eye(donors, dtype=bool)
    return Mixtures(path, np.ones(donors), path.T.copy(), others, np.full(donors, PENALTY))


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


def a_panel(rng: np.random.Generator, n_units: int = 344) -> Panel:
    """A site of four units among the others in neighbourhoods of six, eight years."""
    n_years = 8
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


def together(size: Size) -> Iterator[Measured]:
    """Every unit by all others: the weights agree with those of scipy."""
    donors, repeats = size.of(DONORS, FEW), size.of(REPEATS, 1)
    problems = every_unit_its_own_target(np.random.default_rng(1), donors)
    ours, memory = cpu(lambda: mixtures(problems), repeats), held()
    assert np.abs(mixtures(problems) - by_nnls(problems)).max() < 1e-6
    floor = cpu(lambda: by_nnls(problems), 1)
    yield Measured(f"{donors} mixtures of {donors - 1} donors over {YEARS} years", ours, memory, floor)


def stand_in_fits(size: Size) -> Iterator[Measured]:
    """All stand-ins at once against one by one, and against a regression a stand-in."""
    rng, repeats = np.random.default_rng(1), size.of(REPEATS, 1)
    panel = a_panel(rng, size.of(344, 34))
    panels = [panel.placebo_sites({label: group}) for label, group in stand_ins(panel).items()]
    mixed, single = SyntheticControl(), DifferenceInDifferences()
    ours, memory = cpu(lambda: mixed.compare_many(panels), repeats), held()
    alone = cpu(lambda: [mixed.compare(p) for p in panels], repeats)
    work = f"synthetic control, {len(panels)} stand-ins"
    yield Measured(work, ours, memory, peer="ours, one by one", theirs=alone)
    ours, memory = cpu(lambda: [single.compare(p) for p in panels], repeats), held()
    theirs = cpu(lambda: [two_way(p) for p in panels], 1)
    work = f"difference-in-differences, {len(panels)} stand-ins"
    yield Measured(work, ours, memory, peer=named("linearmodels"), theirs=theirs)


PIECES = {"together": together, "stand_ins": stand_in_fits}

if __name__ == "__main__":
    main(PIECES, __doc__)
