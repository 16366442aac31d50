"""Prediction intervals of a synthetic control: how often they hold the truth, and how wide they are.

See README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from lmpeval.beside.jackknife_plus import jackknife_plus
from lmpeval.beside.prediction import prediction_intervals
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.simulation.world import World

HERE = Path(__file__).parent
DESIGN = SyntheticControl()
LEVEL = 0.9
PLAIN = World("plain", groups=16, before=10, after=2, effect=0.0)
WORLDS = {
    "5 years before": replace(PLAIN, before=5),
    "10 years before": PLAIN,
    "10 years, lasting shocks": replace(PLAIN, shock=14.0, persistence=0.7),
    "10 years, a shared factor": replace(PLAIN, factor=200.0),
}


def intervals(draw: int) -> Iterator[dict[str, object]]:
    """One row an interval of the mean effect, and one for both years by themselves."""
    for number, (setting, world) in enumerate(WORLDS.items()):
        panel = world.draw(np.random.default_rng([number, draw])).panel
        counted = ~panel.before
        gap = panel.treated_mean - DESIGN.compare(panel).counterfactual
        kind = {"setting": setting, "draw": draw, "error": gap[counted].mean()}
        told = prediction_intervals(DESIGN, panel, counted, LEVEL, np.random.default_rng(draw))
        yield {
            **kind,
            "interval": "of the mean",
            "holds": float(_holds(told.mean)),
            "width": np.ptp(told.mean),
        }
        held = np.mean([_holds(each) for each in told.by_year])
        width = np.ptp(told.by_year, axis=1).mean()
        yield {**kind, "interval": "of a year", "holds": held, "width": width}
        if world.before >= 10:
            ends = jackknife_plus(DESIGN, panel, counted, LEVEL)
            yield {**kind, "interval": "jackknife+", "holds": float(_holds(ends)), "width": np.ptp(ends)}


def _holds(interval: tuple[float, float]) -> bool:
    return bool(interval[0] <= 0 <= interval[1])


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Share that hold the truth with its Monte Carlo error, and the width in that of the true errors."""
    grouped = rows.groupby(["setting", "interval"], sort=False)
    table = grouped.agg(
        holds=("holds", "mean"), width=("width", "mean"), draws=("draw", "size")
    ).reset_index()
    spread = rows[rows["interval"] == "of the mean"].groupby("setting")["error"].std()
    table["times_needed"] = table["width"] / (2 * 1.645 * table["setting"].map(spread))
    table["mc_error"] = np.sqrt(table["holds"] * (1 - table["holds"]) / table["draws"])
    return table.round(4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--out", type=Path, default=HERE / "result.csv")
    asked = parser.parse_args()
    table = summary(pd.DataFrame([row for draw in range(asked.draws) for row in intervals(draw)]))
    table.to_csv(asked.out, index=False)
    table.to_string(sys.stdout, index=False)


if __name__ == "__main__":
    main()
