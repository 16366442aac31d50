"""How often permutation calls a difference real for sites smaller or larger than all other regions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from countries import BEFORE, Setting, country, outcomes
from methods import contrasts

HERE = Path(__file__).parent
ALPHA, ABOUT = 0.05, 1e-9
A_LAYOUT, SEED = 50, 5
FACTORS = {
    "by size": (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 2.0),
    "as measured": (0.5, 0.7, 1.4, 2.0),
}
DRAWS = {1: 2000, 3: 1000}


def rejected(setting: Setting, draws: int) -> float:
    """Share of true nulls rejected at 5 %; every map serves for 50 draws."""
    found = []
    for layout in range(draws // A_LAYOUT):
        rng = np.random.default_rng([SEED, layout])
        panel = country(setting, rng)
        drawn = outcomes(panel, setting, A_LAYOUT, rng)
        change = drawn[:, BEFORE:].mean(axis=1) - drawn[:, :BEFORE].mean(axis=1)
        found.append(contrasts(panel, rng).p_values(change)["permutation"] <= ALPHA + ABOUT)
    return float(np.mean(found))


def main() -> None:
    rows = [
        (sites, noise, factor, draws, round(rejected(Setting(sites, "equal", noise, factor), draws), 3))
        for sites, draws in DRAWS.items()
        for noise, factors in FACTORS.items()
        for factor in factors
    ]
    table = pd.DataFrame(rows, columns=["sites", "noise", "factor", "draws", "rejected"])
    table.to_csv(HERE / "unusual.csv", index=False)
    print(table.to_string())


if __name__ == "__main__":
    main()
