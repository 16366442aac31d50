"""What the fit of donors before the start says of the error after it.

Every stand-in of a drawn country, and of the Dutch panel where it is given, serves as a site in which nothing
was done. See README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from curves import draw_curves
from drawn import KINDS, draw, seen

from lmpeval.assembly.panels import assemble
from lmpeval.comparators import select
from lmpeval.engine.preparation import prepare

HERE = Path(__file__).parent
STUDY = HERE.parents[1] / "configs" / "lmp" / "mijnzorg.yaml"
BINS = {
    "hold_out": [0, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, np.inf],
    "misfit": [0, 0.5, 0.75, 1, 1.25, 1.5, 2, 3, np.inf],
    "scaled": [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, np.inf],
    "largest": [0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1],
    "effective": [1, 2, 3, 5, 8, 12, 20, 50, np.inf],
    "outside": [-1, 1e-9, 0.1, 0.2, 0.5, 1, 2, np.inf],
}
"""Edges of what is seen; the first of `outside` holds the regions within the hull."""


def countries(draws: int) -> pd.DataFrame:
    """All regions of all drawn countries."""
    rows = []
    for number, kind in enumerate(KINDS):
        for one in range(draws):
            found = seen(draw(kind, np.random.default_rng([20140101, number, one])))
            rows.append(found.assign(panel="drawn", before=kind.before, factor=kind.factor, draw=one))
    return pd.concat(rows)


def dutch(data: Path) -> pd.DataFrame:
    """All stand-ins of the Dutch panel, for every outcome with three years before the start."""
    prepared = prepare([STUDY], data)[0]
    selection = select(prepared.study, prepared.delivery.table, prepared.register)
    rows = []
    for outcome in prepared.study.outcomes:
        panel = assemble(prepared.study, outcome, prepared.delivery.table, selection).panel
        if panel.before.sum() >= 3:
            found = seen(panel, outcome.expected_lag)
            rows.append(found.assign(panel="Dutch", before=3, factor=np.nan, draw=outcome.name))
    return pd.concat(rows)


def by_what_was_seen(rows: pd.DataFrame) -> pd.DataFrame:
    """Size of the error and share called real by what was seen before the start.

    The Monte Carlo error takes regions of a draw for independent.
    """
    told = []
    rows = rows.assign(kind=rows["panel"] + ", " + rows["before"].astype(str) + " years before")
    moved = rows[(rows["factor"] > 0) | (rows["panel"] == "Dutch")]
    for name, some in (("noise alone", rows[rows["factor"] == 0]), ("factors", moved)):
        for measure, edges in BINS.items():
            cut = pd.cut(some[measure], edges, include_lowest=True)
            for (kind, bin_), inside in some.groupby(["kind", cut], observed=True):
                told.append(
                    {
                        "country": name,
                        "kind": kind,
                        "measure": measure,
                        "from": max(bin_.left, 0),
                        "to": bin_.right,
                        "median": inside[measure].median(),
                        "regions": len(inside),
                        "error": np.sqrt((inside["error"] ** 2).mean()),
                        "real": inside["real"].mean(),
                        "mc_error": np.sqrt(
                            inside["real"].mean() * (1 - inside["real"].mean()) / len(inside)
                        ),
                    }
                )
    return pd.DataFrame(told)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of the delivered files, for the Dutch panel")
    parser.add_argument("--draws", type=int, default=60)
    parser.add_argument("--out", type=Path, default=HERE / "result.csv")
    asked = parser.parse_args()
    rows = countries(asked.draws)
    if asked.data:
        rows = pd.concat([rows, dutch(asked.data)])
    table = by_what_was_seen(rows)
    table.round(4).to_csv(asked.out, index=False)
    draw_curves(table, asked.out.with_name("curves.svg"))
    table.round(3).to_string(sys.stdout, index=False)


if __name__ == "__main__":
    main()
