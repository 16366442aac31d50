"""How often a law that never was is called real in the wages, hours and unemployment of the American states.

The panel is that of Arkhangelsky and others (2021): 50 states, 1979 to 2018. Nothing happened in the states
that are drawn here, so that a test at 5 % should call one law in twenty real. See README.md beside this file.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from lmpeval.design import Design, estimate
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.designs.synthetic_difference_in_differences import SyntheticDifferenceInDifferences
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel

HERE = Path(__file__).parent
OUTCOMES = ("log_wage", "hours", "urate")
BEFORE, AFTER = 10, 5
AT_ONCE = (1, 3, 5)
"""States with the same law."""
AMONG = PlaceboGroups(draws=199)
DESIGNS: dict[str, Design] = {
    "difference-in-differences": DifferenceInDifferences(adjust="regression", inference=AMONG),
    "synthetic control": SyntheticControl(inference=AMONG),
    "synthetic difference-in-differences": SyntheticDifferenceInDifferences(inference=AMONG),
}


def with_law(table: pd.DataFrame, number: int, rng: np.random.Generator) -> Panel:
    """Years around a start that is drawn, and as many states with a law that never was."""
    start = int(rng.integers(int(table.index[0]) + BEFORE, int(table.index[-1]) - AFTER + 2))
    shown = table.loc[start - BEFORE : start + AFTER - 1]
    n_states = shown.shape[1]
    return Panel(
        outcome=shown.to_numpy(),
        exposure=np.ones(shown.shape),
        years=shown.index.to_numpy(),
        units=tuple(shown.columns),
        treated=np.isin(np.arange(n_states), rng.choice(n_states, number, replace=False)),
        start=start,
        covariates=np.zeros((n_states, 0)),
        covariate_names=(),
        groups=tuple(shown.columns),
        aside=np.zeros(n_states, dtype=bool),
    )


def judged(tables: dict[str, pd.DataFrame], draw: int) -> Iterator[dict[str, object]]:
    """One law of each kind in one outcome, the next one with every draw, by every design."""
    outcome = OUTCOMES[draw % len(OUTCOMES)]
    for number in AT_ONCE:
        rng = np.random.default_rng([draw, number])
        panel = with_law(tables[outcome], number, rng)
        for name, design in DESIGNS.items():
            sure = estimate(design, panel, 0, np.random.default_rng([draw, number, 1])).uncertainty
            low, high = sure.interval
            covered = low <= 0 <= high
            yield {"states": number, "design": name, "rejected": sure.p <= 0.05, "covered": covered}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--out", type=Path, default=HERE / "null_laws.csv")
    asked = parser.parse_args()
    delivered = pd.read_csv(asked.data / "replication" / "cps_placebo.csv")
    tables = {name: delivered.pivot(index="year", columns="state", values=name) for name in OUTCOMES}
    rows = pd.DataFrame([row for draw in range(asked.draws) for row in judged(tables, draw)])
    table = rows.groupby(["states", "design"])[["rejected", "covered"]].mean()
    table["draws"] = asked.draws
    table["mc_error"] = np.sqrt(table["rejected"] * (1 - table["rejected"]) / asked.draws)
    table = table.round(4).reset_index()
    table.to_csv(asked.out, index=False)
    table.to_string(sys.stdout, index=False)


if __name__ == "__main__":
    main()
