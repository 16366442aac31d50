"""Speed of difference-in-differences, beside the fastest peers and a numpy floor in the same run.

    python benchmarks/did.py

Peers are timed where they can be imported and are no dependency: `benchmarks/requirements.txt` pins them for
an environment of the benchmark's own. Floors are plain numpy with equal results and no input checking.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import nan

import numpy as np
from honesty import an_event_study, by_programmes
from measured import Measured, Size, cpu, has, held, main, named

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

PERMUTATIONS, PLACEBOS = 9_999, 10_000
Work = Callable[[], object]


# Group-time effects, doubly robust, with a multiplier bootstrap


def group_time_row(units: int, size: Size) -> Iterator[Measured]:
    panel, draws = a_panel(units), size.of(DRAWS, 49)
    ours = cpu(lambda: drawn(group_time_effects(panel), Law.RADEMACHER, draws))
    memory, run = held(), group_time_peer(panel) if has("diff_diff", size) else None
    theirs, name = (cpu(run, 1), named("diff-diff")) if run else (nan, "")
    work = f"doubly robust group-time effects, {units:,} units x {YEARS}, 5 cohorts, {draws} draws"
    yield Measured(work, ours, memory, peer=name, theirs=theirs)


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


def placebo_row(size: Size) -> Iterator[Measured]:
    """Every placebo is a site of four units; its ten nearest are found anew in each."""
    panel, rng = a_country(size.of(355, 64)), np.random.default_rng(2)
    placebos, few = size.of(PLACEBOS, 20), size.of(500, 20)
    pool = np.flatnonzero(panel.compared)
    chosen = [rng.choice(pool, 4, replace=False) for _ in range(placebos)]
    panels = [panel.placebo_sites({"placebo": members}) for members in chosen]
    design = DifferenceInDifferences()
    ours, memory = cpu(lambda: design.compare_many(panels)), held()
    one = cpu(lambda: [design.compare(p) for p in panels[:few]]) * placebos / few
    work = f"{placebos:,} placebo fits with matching, {len(panel.units)} x 8"
    yield Measured(work, ours, memory, peer="ours, one by one", theirs=one)


# Randomisation inference


def randomisation_row(size: Size) -> Iterator[Measured]:
    """Nine of forty regions, without matching: every other region is compared with."""
    rng, n, draws = np.random.default_rng(3), 40, size.of(PERMUTATIONS, 99)
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
    design = DifferenceInDifferences(matches=n, inference=PlaceboGroups(draws=draws))
    counted = ~panel.before

    def ours() -> object:
        return design.inference(design, panel, counted, np.random.default_rng(4))

    def floor() -> object:
        change = panel.outcome[counted].mean(axis=0) - panel.outcome[~counted].mean(axis=0)
        treated = np.random.default_rng(4).permuted(np.tile(panel.treated, (draws, 1)), axis=1)
        return treated @ change / 9 - ~treated @ change / (n - 9)

    seconds, memory = cpu(ours), held()
    run = _randomisation_peer(panel) if has("diff_diff", size) else None
    theirs, name = (cpu(run, 1), f"{named('diff-diff')}, 2 x 2") if run else (nan, "")
    work = f"randomisation inference, 9 of 40 regions x 10, {draws:,} assignments"
    yield Measured(work, seconds, memory, cpu(floor), name, theirs)


def _randomisation_peer(panel: Panel) -> Work:
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


def wild_row(rows: int, size: Size) -> Iterator[Measured]:
    change, clusters = clusters_of(rows)
    draws = size.of(9_999, 199)

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

    seconds, memory = cpu(ours), held()
    run = _wild_peer(change) if has("pyfixest", size) and has("wildboottest", size) else None
    theirs, name = (cpu(run, 1), named("pyfixest")) if run else (nan, "")
    work = f"wild cluster bootstrap, {draws:,} draws, 40 clusters, {rows:,} rows"
    yield Measured(work, seconds, memory, cpu(floor), name, theirs, "ours with its interval")


def _wild_peer(change: Floats) -> Work:
    import pandas as pd  # noqa: PLC0415 - not a dependency
    import pyfixest  # noqa: PLC0415 - not a dependency

    label = np.arange(len(change)) % 40
    table = pd.DataFrame({"y": change, "d": (label < 20).astype(float), "g": label})
    model = pyfixest.feols("y ~ d", table, vcov={"CRV1": "g"})
    return lambda: model.wildboottest(reps=9_999, param="d", cluster="g", weights_type="webb", seed=1)


# Honest intervals


def honest_row(size: Size) -> Iterator[Measured]:
    case = an_event_study(4, 5)
    ours, memory = cpu(lambda: [relative_magnitudes(*case, 1.0) for _ in range(20)]) / 20, held()
    theirs = by_programmes(case) if size is Size.WHOLE else nan
    work = "one honest interval (Mbar 1), 4 years before, 5 after"
    yield Measured(work, ours, memory, theirs, note="floor: linprog")


PIECES = {
    "group_time_2k": lambda size: group_time_row(size.of(2_000, 120), size),
    "group_time_50k": lambda size: group_time_row(size.of(50_000, 240), size),
    "placebos": placebo_row,
    "randomisation": randomisation_row,
    "wild_400": lambda size: wild_row(400, size),
    "wild_40k": lambda size: wild_row(size.of(40_000, 800), size),
    "honest": honest_row,
}

if __name__ == "__main__":
    main(PIECES, __doc__)
