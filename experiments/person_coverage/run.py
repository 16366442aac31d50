"""How often intervals for participants hold the truth, in nine sites of a small synthetic country.

Beside them stand the analyses that one should not do. See README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from country import OUTCOMES, TooFew, draw, participants, small_country
from methods import Remembered, told

from lmpeval.inference import NoReference
from lmpeval.parallel import in_order
from lmpeval.simulation.planting import COSTLIEST

HERE = Path(__file__).parent
FIRST_OF_SITES = (
    "site_1_diabetes_care", "site_2_outpatient_near_home", "site_3_diabetes_care", "site_4_one_care_plan",
    "site_5_frail_elderly", "site_6_formulary", "site_7_mental_care_by_gp", "site_8_lifestyle",
    "site_9_diabetes_care",
)  # fmt: skip
"""The programme that each site began with."""
NO_ANSWER = "no answer"


@dataclass(frozen=True)
class Asked:
    """One country, and the folder that its rows go to."""

    persons: int
    seed: int
    rows: Path

    @property
    def path(self) -> Path:
        """The file of its rows, there once all of them are known."""
        return self.rows / f"{self.persons}-{self.seed:04d}.csv"


def answered(asked: Asked) -> Path:
    """Draw a country, ask about the participants of every site, and keep the rows."""
    half = asked.path.with_suffix(".half")
    pd.DataFrame(rows_of(asked.persons, asked.seed)).assign(seed=asked.seed).to_csv(half, index=False)
    return half.replace(asked.path)


def rows_of(persons: int, seed: int) -> list[dict[str, object]]:
    """One row a site, outcome and method."""
    drawn, rows = draw(small_country(persons, seed)), []
    for name in (*FIRST_OF_SITES, COSTLIEST):
        people, design = participants(drawn, name), Remembered()
        for outcome in OUTCOMES:
            about: dict[str, object] = {"programme": name, "outcome": outcome}
            try:
                kept, truth, methods = told(people, outcome, design, seed)
            except (TooFew, NoReference) as reason:
                rows.append(about | {"method": NO_ANSWER, "why": type(reason).__name__})
                continue
            about |= {"persons": kept, "truth": truth}
            rows += [about | vars(each) for each in methods]
    return rows


def counted(found: pd.DataFrame) -> pd.DataFrame:
    """How often intervals hold the truth, by outcome, site and method, and of the nine sites together.

    The error is that of the share over countries: sites of one country are not drawn apart.
    """
    nine = found[found["programme"].isin(FIRST_OF_SITES)].assign(programme="all nine")
    tables = []
    for (outcome, programme, method), rows in pd.concat([found, nine]).groupby(
        ["outcome", "programme", "method"], sort=False
    ):
        held = ((rows["low"] <= rows["truth"]) & (rows["truth"] <= rows["high"])).groupby(rows["seed"])
        by_country, n = held.mean(), held.size()
        share = float(np.average(by_country, weights=n))
        tables.append(
            {
                "outcome": outcome, "programme": programme, "method": method, "answers": len(rows),
                "countries": len(n), "persons": rows["persons"].median(), "coverage": share,
                "monte_carlo_error": float(np.sqrt((n**2 * (by_country - share) ** 2).sum()) / n.sum()),
                "truth": rows["truth"].mean(), "bias": (rows["effect"] - rows["truth"]).mean(),
                "spread": (rows["effect"] - rows["truth"]).std(),
                "median_width": (rows["high"] - rows["low"]).median(),
            }
        )  # fmt: skip
    return pd.DataFrame(tables)


def main() -> None:
    """Draw what is missing, and count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--persons", type=int, default=150_000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--rows", type=Path, default=HERE / "rows", help="kept, so that a run can be resumed")
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    options.rows.mkdir(parents=True, exist_ok=True)
    asked = [Asked(options.persons, seed, options.rows) for seed in range(1, options.seeds + 1)]
    missing = [each for each in asked if not each.path.is_file()]
    with closing(in_order(answered, missing, options.jobs)) as done:
        for number, _ in enumerate(done, start=1):
            sys.stderr.write(f"{number} of {len(missing)}\n")
    found = pd.concat([pd.read_csv(each.path) for each in asked], ignore_index=True)
    counted(found).to_csv(options.out / "result.csv", index=False, float_format="%.4g")


if __name__ == "__main__":
    main()
