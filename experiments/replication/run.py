"""Run the study files beside this file on published data, and hold what they find against what was printed.

See README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from deliveries import DELIVERIES  # noqa: E402 - a neighbour of this file
from place_by_ratio import NOT_RANKED, places_by_ratio  # noqa: E402 - the same

STUDIES = HERE / "studies"
PUBLISHED = HERE / "published.csv"
PLACE = ["quantity", "by", "start", "year", "since_start", "bound"]
"""What names one number of an outcome in a table of results."""
AS_EXPECTED = {
    "same": "equal",
    "none": "refused: no number",
    "other": "another number",
    "inside": "inside the interval",
}


def main(arguments: list[str] | None = None) -> int:
    """Run, write `result.csv` and print the table; 1 where a figure is not what is expected."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds replication/")
    parser.add_argument("--out", type=Path, help="folder for the pages; kept only if it is given")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as scratch:
        out = (asked.out or Path(scratch) / "out").resolve()
        found = compared(results(asked.data / "replication", Path(scratch), out, named()))
    found.to_csv(HERE / "result.csv", index=False, float_format="%.12g")
    print(markdown(found))
    return 0 if found["outcome_of_comparison"].isin(AS_EXPECTED.values()).all() else 1


def named(wanted: Callable[[str], bool] = lambda study: True) -> list[Path]:
    """Study files by what they are called."""
    return [path for path in sorted(STUDIES.glob("*.yaml")) if wanted(path.stem)]


def results(published: Path, scratch: Path, out: Path, studies: Sequence[Path]) -> pd.DataFrame:
    """Deliver every published file, run studies on them, and read what the runs leave.

    What follows from the figures of a run, and places that a source ranks in another way, are beside them.

    Raises
    ------
    RuntimeError
        Where the command does not end with 0; its words are in the message.
    """
    for name, deliver in DELIVERIES.items():
        deliver(published).to_csv(scratch / f"{name}.csv", index=False)
    done = lmpeval(scratch, "run", *studies, "--data", scratch, "--out", out, "--jobs", 1)
    if done.returncode:
        raise RuntimeError(f"lmpeval run ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    ran = pd.concat([pd.read_csv(out / f"{each.stem}.results.csv") for each in studies], ignore_index=True)
    ranked = [each for each in studies if each.stem in NOT_RANKED]
    places = [places_by_ratio(ranked, scratch)] if ranked else []
    return pd.concat([ran, of_mixtures(ran), *places], ignore_index=True)


def of_mixtures(ran: pd.DataFrame) -> pd.DataFrame:
    """What sources print of a mixture and follows from the differences and weights of a run."""
    rows: list[dict[str, object]] = []
    cell = ["study", "outcome", "design"]
    for names, told in ran.groupby(cell, sort=False):
        weights = told.loc[told["quantity"] == "weight", "estimate"]
        start = told.loc[told["quantity"] == "effect", "start"]
        if weights.empty or len(start) != 1:
            continue
        gap = told[told["quantity"] == "difference"].set_index("year")["estimate"]
        early, late = gap[gap.index < start.iloc[0]], gap[gap.index >= start.iloc[0]]
        place = told[(told["quantity"] == "other_rank") & (told["method"] == "ratio")]["rank"]
        figures = {
            "mean_squared_gap_before": (early**2).mean(),
            # no gap before the start, such as a difference from the only year there: nothing to divide by
            "ratio_of_squared_gaps": (late**2).mean() / (early**2).mean() if early.any() else float("nan"),
            "place_by_ratio": place.iloc[0] if len(place) == 1 else float("nan"),
            "imbalance": (early**2).sum() ** 0.5,
            "donors": len(weights),
            "largest_weight": weights.max(),
            "smallest_weight": weights.min(),
        }
        rows += [
            {**dict(zip(cell, names, strict=True)), "quantity": name, "estimate": figure}
            for name, figure in figures.items()
        ]
    return pd.DataFrame(rows)


def lmpeval(scratch: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Call the command line; its runs are kept in `scratch`."""
    return subprocess.run(
        [sys.executable, "-m", "lmpeval.cli", *map(str, arguments)],
        cwd=scratch,
        env={**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{scratch / 'runs.db'}"},
        capture_output=True,
        text=True,
        check=False,
    )


def compared(found: pd.DataFrame) -> pd.DataFrame:
    """Put beside every published figure of the studies that ran what was found; a row a figure."""
    rows = pd.read_csv(PUBLISHED)
    rows = rows[rows["study"].isin(found["study"])].reset_index(drop=True)
    rows["found"] = [_value(found, row) for row in rows.to_dict("records")]
    rows["difference"] = rows["found"] - rows["published"]
    for end in ("low", "high"):
        rows[end] = [_number(found, row, end) for row in rows.to_dict("records")]
    rows["outcome_of_comparison"] = [_judged(row) for row in rows.to_dict("records")]
    return rows


def _value(found: pd.DataFrame, row: dict[str, object]) -> float:
    """One number of the results, less that of `less_year` where one is named; NaN where there is none."""
    value = _number(found, row, str(row["column"]))
    if pd.isna(row["less_year"]):
        return value
    return value - _number(found, {**row, "year": row["less_year"]}, str(row["column"]))


def _number(found: pd.DataFrame, row: dict[str, object], column: str) -> float:
    """One number of the results.

    Raises
    ------
    LookupError
        Where there is not exactly one row to read it from.
    """
    chosen = (found["study"] == row["study"]) & (found["outcome"] == row["outcome"])
    if not pd.isna(row["design"]):
        chosen &= found["design"].str.partition(" (")[0] == row["design"]
    for name in PLACE:
        if not pd.isna(row[name]):
            chosen &= found[name] == row[name]
    if chosen.sum() != 1:
        raise LookupError(f"{chosen.sum()} results, not one, for {row}")
    return float(found.loc[chosen, column].iloc[0])


def _judged(row: dict[str, float]) -> str:
    """What became of the expectation."""
    none, close = pd.isna(row["found"]), abs(row["difference"]) <= row["tolerance"]
    became = "none" if none else "same" if close else "other"
    if row["expected"] == "inside" and row["low"] <= row["published"] <= row["high"]:
        became = "inside"
    return AS_EXPECTED[became] if became == row["expected"] else f"not as expected: {AS_EXPECTED[became]}"


def markdown(rows: pd.DataFrame) -> str:
    """The table of the README."""
    lines = ["| study | figure | published | found | difference | |", "|---|---|---|---|---|---|"]
    for row in rows.to_dict("records"):
        lines.append(
            f"| {row['study']} | {row['figure']} | {row['published']:.10g} | {_written(row['found'])} | "
            f"{_written(row['difference'])} | {row['outcome_of_comparison']} |"
        )
    return "\n".join(lines)


def _written(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.6g}" if abs(value) > 1e-12 else "0"


if __name__ == "__main__":
    sys.exit(main())
