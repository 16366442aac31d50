"""What stands beside a synthetic control: how often it is right where nothing was done, and what it sees.

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

from lmpeval.beside.conformal import Nulls, p_values
from lmpeval.beside.jackknife_plus import jackknife_plus
from lmpeval.design import estimate
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.donors.held_out import held_out
from lmpeval.panel import Panel
from lmpeval.simulation.world import World
from lmpeval.uncertainty.gap_statistics import ranks

HERE = Path(__file__).parent
DESIGN = SyntheticControl()
EFFECTS = (0.0, 2.0)
"""In the noise of a region in a year."""
LONG = World("long", groups=16, before=26, after=2, effect=0.0)
SHORT = World("short", groups=20, before=7, after=2, effect=0.0)


def drawn(world: World, spread: float, rng: np.random.Generator) -> tuple[Panel, float]:
    """A panel without an effect, and the noise of a region; log noise of regions spreads by `spread`."""
    panel = world.draw(rng).panel
    noise = float(np.hypot(world.shock, world.noise / np.sqrt(world.units)))
    loud = np.exp(spread * rng.normal(size=world.groups))
    louder = np.repeat(loud, world.units)
    middle = panel.outcome.mean(axis=1, keepdims=True)
    apart = panel.outcome - middle
    return replace(panel, outcome=middle + apart.mean(axis=0) + louder * (apart - apart.mean(axis=0))), noise


def over_years(draw: int) -> Iterator[dict[str, object]]:
    """Methods that place the site among its own years, with 28 of them."""
    for persistence in (0.0, 0.6):
        world = replace(LONG, persistence=persistence)
        panel, noise = drawn(world, 0.0, np.random.default_rng([1, draw]))
        for effect in EFFECTS:
            moved = panel.plus_effect(effect * noise)
            counted = ~moved.before
            kind = {"setting": f"28 years, persistence {persistence:g}", "effect": effect, "draw": draw}
            p = p_values(DESIGN, Nulls.of(moved, counted), np.zeros(1))[0]
            yield {**kind, "method": "conformal", "found": bool(p <= 0.1)}
            low, high = jackknife_plus(DESIGN, moved, counted, 0.9)
            yield {**kind, "method": "jackknife+", "found": not low <= 0 <= high}


def over_regions(draw: int) -> Iterator[dict[str, object]]:
    """Statistics that place the site among its stand-ins, with seven years before the start."""
    for spread in (0.0, 0.6):
        panel, noise = drawn(SHORT, spread, np.random.default_rng([2, draw]))
        errors = held_out(DESIGN, panel).errors
        for effect in EFFECTS:
            found = estimate(DESIGN, panel.plus_effect(effect * noise), 0, np.random.default_rng(0))
            for rank in ranks(found, errors, exact=False):
                kept = "" if np.isinf(rank.within) else f", misfit within {rank.within:g} times"
                yield {
                    "setting": f"7 years before, noise spread {spread:g}",
                    "effect": effect,
                    "draw": draw,
                    "method": f"{rank.statistic}{kept}",
                    "found": rank.share is not None and rank.share <= 0.1,
                }


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Share found at 10 % and its Monte Carlo error."""
    table = rows.groupby(["setting", "method", "effect"])["found"].agg(["mean", "size"]).reset_index()
    table["mc_error"] = np.sqrt(table["mean"] * (1 - table["mean"]) / table["size"])
    return table.rename(columns={"mean": "found", "size": "draws"}).round(4)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=200)
    parser.add_argument("--out", type=Path, default=HERE / "result.csv")
    asked = parser.parse_args()
    rows = [row for draw in range(asked.draws) for of in (over_years, over_regions) for row in of(draw)]
    table = summary(pd.DataFrame(rows))
    table.to_csv(asked.out, index=False)
    table.to_string(sys.stdout, index=False)


if __name__ == "__main__":
    main()
