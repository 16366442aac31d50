"""Speed of difference-in-differences, beside the fastest peers and a numpy floor in the same run.

    OMP_NUM_THREADS=1 python benchmarks/did.py

CPU seconds on one thread, median of three after one run to warm up; whole processes once a piece, imports and
all. Peers are timed where they can be imported and are no dependency: `benchmarks/requirements.txt` pins them
for an environment of the benchmark's own. Floors are plain numpy with equal results and no input checking.
"""

from __future__ import annotations

import importlib.util
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from honesty import an_event_study, by_programmes

from group_time import DRAWS, YEARS, a_panel, drawn
from group_time import peer as group_time_peer
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.group_time.bootstrap import Law
from lmpeval.group_time.effects import group_time_effects
from lmpeval.honesty import relative_magnitudes
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Floats, Panel
from lmpeval.uncertainty.clustered import Clusters, collapse
from lmpeval.uncertainty.wild_bootstrap import CannotReject, WildBootstrap

REPEATS, PERMUTATIONS, PLACEBOS = 3, 9_999, 10_000
Work = Callable[[], object]


@dataclass(frozen=True)
class Timed:
    """One row: ours, the fastest peer and the floor, in CPU seconds; NaN where there is none."""

    work: str
    ours: float
    peer: str = ""
    theirs: float = float("nan")
    floor: float = float("nan")

    def __str__(self) -> str:
        """As a row of the table in benchmarks/README.md."""
        named = [f"{self.ours:.3f}", f"{self.peer} {self.theirs:.2f}" if self.peer else "\u2013"]
        named += [_ratio(self.theirs / self.ours), _number(self.floor), _ratio(self.ours / self.floor)]
        return f"| {self.work} | {' | '.join(named)} |"


def _number(seconds: float) -> str:
    return f"{seconds:.3f}" if np.isfinite(seconds) else "\u2013"


def _ratio(ratio: float) -> str:
    return f"{ratio:.2g}" if np.isfinite(ratio) else "\u2013"


def cpu(work: Work, repeats: int = REPEATS) -> float:
    """Median CPU seconds, after one run that is not counted."""
    taken = []
    for _ in range(repeats + 1):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return float(np.median(taken[1:]))


def has(name: str) -> bool:
    return importlib.util.find_spec(name) is not None


# Group-time effects, doubly robust, with a multiplier bootstrap


def group_time_row(units: int) -> Timed:
    panel = a_panel(units)
    ours = cpu(lambda: drawn(group_time_effects(panel), Law.RADEMACHER))
    run = group_time_peer(panel)
    theirs = cpu(run, 1) if run else float("nan")
    work = f"doubly robust group-time effects, {units:,} units x {YEARS}, 5 cohorts, {DRAWS} draws"
    return Timed(work, ours, "diff-diff" if run else "", theirs)


# Placebo fits


def a_country(units: int = 355, years: int = 8) -> Panel:
    """Municipalities in neighbourhoods of six, a site of four."""
    rng = np.random.default_rng(1)
    return Panel(
        outcome=2000 + 100 * rng.normal(size=units) + 30 * rng.normal(size=(years, units)),
        exposure=np.tile(40_000 * rng.lognormal(0, 0.5, units), (years, 1)),
        years=np.arange(2011, 2011 + years),
        units=tuple(f"u{i:03d}" for i in range(units)),
        treated=np.arange(units) < 4,
        start=2014,
        covariates=rng.normal(size=(units, 6)),
        covariate_names=tuple("abcdef"),
        groups=tuple("site" if i < 4 else f"g{(i - 4) // 6}" for i in range(units)),
        aside=np.zeros(units, dtype=bool),
    )


def placebo_row() -> Timed:
    """Every placebo is a site of four units; its ten nearest are found anew in each."""
    panel, rng = a_country(), np.random.default_rng(2)
    pool = np.flatnonzero(panel.compared)
    chosen = [rng.choice(pool, 4, replace=False) for _ in range(PLACEBOS)]
    panels = [panel.placebo_sites({"placebo": members}) for members in chosen]
    design = DifferenceInDifferences()
    ours = cpu(lambda: design.compare_many(panels))
    one = cpu(lambda: [design.compare(p) for p in panels[:500]]) * PLACEBOS / 500
    work = f"{PLACEBOS:,} placebo fits with matching, 355 x 8"
    return Timed(work, ours, "ours, one by one", one)


# Randomisation inference


def randomisation_row() -> Timed:
    """Nine of forty regions, 9,999 assignments, without matching: every other region is compared with."""
    rng, n = np.random.default_rng(3), 40
    panel = Panel(
        outcome=rng.normal(size=(10, n)),
        exposure=np.ones((10, n)),
        years=np.arange(2005, 2015),
        units=tuple(f"r{i:02d}" for i in range(n)),
        treated=np.arange(n) < 9,
        start=2010,
        covariates=np.zeros((n, 0)),
        covariate_names=(),
        groups=tuple(f"r{i:02d}" for i in range(n)),
        aside=np.zeros(n, dtype=bool),
        apart=False,
    )
    design = DifferenceInDifferences(matches=n, inference=PlaceboGroups(draws=PERMUTATIONS))
    counted = ~panel.before

    def ours() -> object:
        return design.inference(design, panel, counted, np.random.default_rng(4))

    def floor() -> object:
        change = panel.outcome[counted].mean(axis=0) - panel.outcome[~counted].mean(axis=0)
        treated = np.random.default_rng(4).permuted(np.tile(panel.treated, (PERMUTATIONS, 1)), axis=1)
        return treated @ change / 9 - ~treated @ change / (n - 9)

    work = f"randomisation inference, 9 of 40 regions x 10, {PERMUTATIONS:,} assignments"
    run = _randomisation_peer(panel)
    theirs = cpu(run, 1) if run else float("nan")
    return Timed(work, cpu(ours), "diff-diff (2 x 2)" if run else "", theirs, cpu(floor))


def _randomisation_peer(panel: Panel) -> Work | None:
    if not has("diff_diff"):
        return None
    from diff_diff import permutation_test  # noqa: PLC0415 - not a dependency

    table = _long(panel)

    def run() -> object:
        return permutation_test(
            table, "y", treatment="treated", post="after", unit="unit", n_permutations=PERMUTATIONS, seed=4
        )

    return run


def _long(panel: Panel) -> object:
    import pandas as pd  # noqa: PLC0415 - for the peers

    n_years, n = panel.outcome.shape
    return pd.DataFrame(
        {
            "unit": np.tile(np.arange(n), n_years),
            "year": np.repeat(panel.years, n),
            "y": panel.outcome.ravel(),
            "treated": np.tile(panel.treated, n_years).astype(int),
            "after": np.repeat(~panel.before, n).astype(int),
        }
    )


# Wild cluster bootstrap


def clusters_of(rows: int, clusters: int = 40, treated: int = 20) -> tuple[Floats, Clusters]:
    """Changes of `rows` units in `clusters` clusters."""
    rng = np.random.default_rng(5)
    label = np.arange(rows) % clusters
    change = rng.normal(size=rows) + rng.normal(size=clusters)[label]
    return change, collapse(change, np.ones(rows), label < treated, label)


def wild_row(rows: int) -> Timed:
    change, clusters = clusters_of(rows)
    draws = 9_999

    def ours() -> object:
        try:
            return WildBootstrap(draws=draws)(clusters, np.random.default_rng(6))
        except CannotReject as reason:
            return reason

    def floor() -> object:
        """The p-value of no effect alone, from the clusters' sums."""
        label = np.arange(rows) % 40
        total, size = np.bincount(label, change), np.bincount(label)
        side = np.arange(40) < 20
        null = total - size * change.mean()
        points = np.sqrt([0.5, 1.0, 1.5])
        shaken = np.random.default_rng(6).choice(np.r_[-points, points], (draws, 40)) * null
        means = np.column_stack([shaken[:, s].sum(axis=1) / size[s].sum() for s in (side, ~side)])
        rest = shaken - size * np.where(side, means[:, :1], means[:, 1:])
        error = np.sqrt(sum((rest[:, s] ** 2).sum(axis=1) / size[s].sum() ** 2 for s in (side, ~side)))
        return (means[:, 0] - means[:, 1]) / error

    run = _wild_peer(change)
    theirs = cpu(run, 1) if run else float("nan")
    work = f"wild cluster bootstrap, {draws:,} draws, 40 clusters, {rows:,} rows; ours with its interval"
    return Timed(work, cpu(ours), "pyfixest" if run else "", theirs, cpu(floor))


def _wild_peer(change: Floats) -> Work | None:
    if not (has("pyfixest") and has("wildboottest")):
        return None
    import pandas as pd  # noqa: PLC0415 - not a dependency
    import pyfixest  # noqa: PLC0415 - not a dependency

    label = np.arange(len(change)) % 40
    table = pd.DataFrame({"y": change, "d": (label < 20).astype(float), "g": label})
    model = pyfixest.feols("y ~ d", table, vcov={"CRV1": "g"})
    return lambda: model.wildboottest(reps=9_999, param="d", cluster="g", weights_type="webb", seed=1)


# Honest intervals


def honest_row() -> Timed:
    case = an_event_study(4, 5)
    ours = cpu(lambda: [relative_magnitudes(*case, 1.0) for _ in range(20)]) / 20
    return Timed(
        "one honest interval (Mbar 1), 4 years before, 5 after", ours, "linprog", by_programmes(case)
    )


PIECES: dict[str, Callable[[], Timed]] = {
    "group_time_2k": lambda: group_time_row(2_000),
    "group_time_50k": lambda: group_time_row(50_000),
    "placebos": placebo_row,
    "randomisation": randomisation_row,
    "wild_400": lambda: wild_row(400),
    "wild_40k": lambda: wild_row(40_000),
    "honest": honest_row,
}


def main() -> None:
    """Every piece in a process of its own, so that peak memory is its own too."""
    print("| work | CPU s | peer | faster by | floor | times the floor |")
    print("|---|---|---|---|---|---|")
    for name in PIECES:
        begun, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        subprocess.run([sys.executable, __file__, name], check=True, env=environment)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        whole = after.ru_utime + after.ru_stime - used.ru_utime - used.ru_stime
        print(
            f"whole process {name}: {whole:.1f} CPU s, {time.perf_counter() - begun:.1f} s", file=sys.stderr
        )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        warnings.simplefilter("ignore")
        print(PIECES[sys.argv[1]](), flush=True)
    else:
        main()
