"""How often a difference is called real where nothing happened.

Sites that never were are drawn as groups of neighbouring municipalities from the untreated part of the
country and judged as if they had started in 2014. See README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from linearmodels.panel import PanelOLS

from lmpeval.assembly.panels import assemble
from lmpeval.comparators import select
from lmpeval.design import Design, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.engine.preparation import prepare
from lmpeval.panel import Panel
from lmpeval.uncertainty.placebo import LIKE_SIZE

HERE = Path(__file__).parent
ALPHA = 0.05
STUDY = HERE.parents[1] / "configs" / "lmp" / "mijnzorg.yaml"
SITE_SIZES = (218_903.0, 194_063.0, 139_269.0, 99_573.0)
"""Insured years of the four pioneer sites whose borders are known."""


@dataclass(frozen=True, eq=False)
class Base:
    """The panel of one outcome from which sites that never were are drawn; its real site stands aside."""

    outcome: str
    lag: int
    panel: Panel


def bases(data: Path) -> list[Base]:
    """Panels of all outcomes, without any known site or its neighbours among the units compared."""
    prepared = prepare([STUDY], data)[0]
    selection = select(prepared.study, prepared.delivery.table, prepared.register)
    return [
        Base(o.name, o.expected_lag, assemble(prepared.study, o, prepared.delivery.table, selection).panel)
        for o in prepared.study.outcomes
    ]


def drawn_site(panel: Panel, rng: np.random.Generator) -> np.ndarray:
    """Cut every neighbourhood at random into groups of a site's size and draw one of all groups.

    So a place is as likely to be drawn as it has people, and a site's municipalities are neighbours.
    """
    target = float(rng.choice(SITE_SIZES))
    pool = np.flatnonzero(panel.compared)
    groups = []
    for neighbourhood in sorted({panel.groups[i] for i in pool}):
        members = rng.permutation([i for i in pool if panel.groups[i] == neighbourhood])
        group: list[int] = []
        for i in members:
            group.append(int(i))
            if panel.size[group].sum() >= target * 0.75:
                groups.append(group)
                group = []
    like = [g for g in groups if target / LIKE_SIZE <= panel.size[g].sum() <= target * LIKE_SIZE]
    return np.asarray(like[rng.integers(len(like))])


def judged(base: Base, draw: int, designs: tuple[Design, ...]) -> list[dict[str, object]]:
    """Judge one site that never was by every design and by cluster-robust errors."""
    rng = np.random.default_rng([20130401, draw])
    panel = base.panel.placebo_sites({"never": drawn_site(base.panel, rng)})
    rows: list[dict[str, object]] = []
    for design in designs:
        sure = estimate(design, panel, base.lag, rng).uncertainty
        attainable = np.floor(ALPHA * (len(sure.placebo_labels) + 1) + 1e-9) * sure.smallest_p
        rows.append({"method": f"{type(design).__name__}, stand-ins", "p": sure.p, "attainable": attainable})
    for cluster, p in cluster_robust(panel, base.lag).items():
        rows.append({"method": f"two-way fixed effects, clustered by {cluster}", "p": p, "attainable": ALPHA})
    return [{"outcome": base.outcome, "draw": draw, **row} for row in rows]


def cluster_robust(panel: Panel, lag: int) -> dict[str, float]:
    """P-values of the usual regression with cluster-robust errors (linearmodels)."""
    kept = np.flatnonzero(~panel.aside)
    used = panel.before | (panel.years >= panel.start + lag)
    index = pd.MultiIndex.from_product([np.asarray(panel.units)[kept], panel.years[used]])
    exposed = np.outer(panel.treated[kept], ~panel.before[used]).ravel().astype(float)
    frame = pd.DataFrame({"y": panel.outcome[np.ix_(used, kept)].T.ravel(), "exposed": exposed}, index=index)
    model = PanelOLS(frame["y"], frame[["exposed"]], entity_effects=True, time_effects=True)
    number = pd.factorize(np.asarray(panel.groups)[kept])[0]
    region = pd.DataFrame({"region": np.repeat(number, used.sum())}, index=index)
    by_unit = model.fit(cov_type="clustered", cluster_entity=True)
    by_region = model.fit(cov_type="clustered", clusters=region)
    return {
        "municipality": float(by_unit.pvalues["exposed"]),
        "region": float(by_region.pvalues["exposed"]),
    }


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Share rejected at 5 % by method and outcome, with its Monte Carlo error."""
    rows = rows.assign(rejected=rows["p"] <= ALPHA + 1e-12)
    every = pd.concat([rows, rows.assign(outcome="all")])
    table = every.groupby(["method", "outcome"]).agg(
        draws=("draw", "nunique"), rejected=("rejected", "mean"), attainable=("attainable", "mean")
    )
    table["two_mc_errors"] = 2 * np.sqrt(ALPHA * (1 - ALPHA) / table["draws"])
    return table.round(4).reset_index()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the delivered files")
    parser.add_argument("--draws", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "result.csv")
    asked = parser.parse_args()
    designs = (DifferenceInDifferences(), SyntheticControl())
    tasks = (
        delayed(judged)(base, draw, designs) for base in bases(asked.data) for draw in range(asked.draws)
    )
    done = Parallel(n_jobs=asked.jobs, batch_size=20, verbose=1)(tasks)
    table = summary(pd.DataFrame([row for rows in done for row in rows]))
    table.to_csv(asked.out, index=False)
    table.to_string(sys.stdout, index=False)


if __name__ == "__main__":
    main()
