"""How often verdicts are right where the truth is known. See README.md beside this file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files
from math import sqrt
from pathlib import Path

import numpy as np
import pandas as pd

from lmpeval.engine.answering import answer
from lmpeval.engine.planning import Prepared, plan
from lmpeval.parallel import in_order
from lmpeval.simulation.regions import Country, draw
from lmpeval.sources import Delivery
from lmpeval.study import Study
from lmpeval.study_files.reading import load_study
from lmpeval.verdict import State

HERE = Path(__file__).parent
USUAL = Country(groups=25, units=5, first=2010, last=2017)
COUNTRIES = {
    "usual": USUAL,
    "quiet": replace(USUAL, shock=USUAL.shock / 8, noise=USUAL.noise / 8),
}
"""Noise of the Dutch municipalities, and an eighth of it: a state that takes a narrow range is seen there."""
MARGINS = (-3.0, -1.0, 0.0, 1.0, 3.0)
"""True effects, in smallest differences that matter; lower is better. Ones are the hardest to get right."""
WRONG = {
    State.BETTER: lambda effect: effect >= -1,
    State.LEAN_BETTER: lambda effect: effect >= 0,
    State.NO_MATERIAL_DIFFERENCE: lambda effect: abs(effect) >= 1,
    State.LEAN_WORSE: lambda effect: effect <= 0,
    State.WORSE: lambda effect: effect <= 1,
}
"""Where what a state says of the true effect does not hold; other states say nothing of it."""
EDGES = {
    State.BETTER: (-1.0,),
    State.LEAN_BETTER: (0.0,),
    State.NO_MATERIAL_DIFFERENCE: (-1.0, 1.0),
    State.LEAN_WORSE: (0.0,),
    State.WORSE: (1.0,),
}
"""Of the effects for which a state is wrong, those that are nearest to what it says."""


@dataclass(frozen=True)
class Asked:
    """One drawn country with one true effect."""

    country: str
    margins: float
    seed: int


def study() -> Study:
    """The demonstration's study, its cost by the primary design alone, on the small country's years."""
    demo = load_study(Path(str(files("lmpeval.simulation") / "demo.yaml")))
    window = replace(demo.window, first=USUAL.first, last=USUAL.last)
    return replace(demo, outcomes=demo.outcomes[:1], designs=demo.designs[:1], window=window)


STUDY = study()
MARGIN = STUDY.outcomes[0].minimal_important_difference


def judged(asked: Asked) -> dict[str, object]:
    """Draw the country, answer the study, tell state and truth."""
    country = replace(COUNTRIES[asked.country], effect=asked.margins * MARGIN)
    table = draw(country, asked.seed).sort_values(["unit", "year"], ignore_index=True)
    register = pd.DataFrame(columns=["initiative", "unit", "start", "end", "status", "source"])
    [task] = plan(Prepared(STUDY, Delivery(table, (), ()), register)).tasks
    verdict = answer(task).verdict
    if verdict.effect is None or verdict.low is None or verdict.high is None:
        holds = None
    else:
        holds = verdict.low <= asked.margins * MARGIN <= verdict.high
    return {
        "country": asked.country,
        "true_effect": asked.margins * MARGIN,
        "seed": asked.seed,
        "state": str(verdict.state),
        "answer": str(verdict.answer),
        "certainty": str(verdict.certainty or ""),
        "interval_holds": holds,
        "wrong": verdict.state in WRONG and bool(WRONG[verdict.state](asked.margins)),
    }


def confusion(found: pd.DataFrame) -> pd.DataFrame:
    """Share of each state by country and truth, in percent."""
    counted = pd.crosstab([found["country"], found["true_effect"]], found["state"], normalize="index")
    kept = [str(state) for state in State if str(state) in counted.columns]
    return (100 * counted[kept]).round(1)


SAID = {
    State.BETTER: "better",
    State.LEAN_BETTER: "better",
    State.NO_MATERIAL_DIFFERENCE: "little or no difference",
    State.INCONCLUSIVE: "cannot tell",
    State.LEAN_WORSE: "worse",
    State.WORSE: "worse",
}
"""What a reader takes from a state; from all others that nothing is said."""
TRUTHS = {-1: "better", 0: "none", 1: "worse"}


def in_short(found: pd.DataFrame) -> pd.DataFrame:
    """Share of what is said by country and truth, in percent: better, none or worse, whatever the size."""
    said = found["state"].map({str(state): what for state, what in SAID.items()}).fillna("nothing")
    truth = np.sign(found["true_effect"]).map(TRUTHS)
    counted = pd.crosstab([found["country"], truth], said, normalize="index")
    return (100 * counted[[*dict.fromkeys(SAID.values()), "nothing"]]).round(1)


def told_in_short(found: pd.DataFrame) -> Iterator[str]:
    """The first table of the README."""
    table = in_short(found)
    yield "| country | true effect | " + " | ".join(table.columns) + " |"
    yield "|---" * (2 + len(table.columns)) + "|"
    for (country, truth), row in table.iterrows():
        yield f"| {country} | {truth} | " + " | ".join(f"{share:g}" for share in row) + " |"


def told(found: pd.DataFrame) -> Iterator[str]:
    """The other tables of the README."""
    table = confusion(found)
    yield "| country | true effect | " + " | ".join(table.columns) + " |"
    yield "|---" * (2 + len(table.columns)) + "|"
    for (country, effect), row in table.iterrows():
        yield f"| {country} | {effect:+.0f} | " + " | ".join(f"{share:g}" for share in row) + " |"
    yield ""
    yield "| state | country and true effect at its edge | wrong there (Monte Carlo error) |"
    yield "|---|---|---|"
    for state, edges in EDGES.items():
        for (country, effect), rows in found.groupby(["country", "true_effect"]):
            if effect / MARGIN in edges:
                share = float((rows["state"] == str(state)).mean())
                kept = min(max(share, 1 / (2 * len(rows))), 1 - 1 / (2 * len(rows)))
                error = sqrt(kept * (1 - kept) / len(rows))
                yield f"| {state} | {country}, {effect:+.0f} | {100 * share:.1f} % ({100 * error:.1f}) |"
    holds = found.dropna(subset="interval_holds").groupby("country")["interval_holds"].mean()
    yield ""
    yield "Intervals hold the truth: " + ", ".join(
        f"{name} {100 * share:.1f} %" for name, share in holds.items()
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=HERE)
    parser.add_argument("--read", action="store_true", help="tell the tables of result.csv and draw nothing")
    options = parser.parse_args()
    if options.read:
        found = pd.read_csv(options.out / "result.csv")
        print("\n".join([*told_in_short(found), "", *told(found)]))
        return
    asked = [
        Asked(country, margins, seed)
        for seed in range(1, options.seeds + 1)
        for country in COUNTRIES
        for margins in MARGINS
    ]
    rows = []
    for each in in_order(judged, asked, options.jobs):
        rows.append(each)
        if len(rows) % 100 == 0:
            sys.stderr.write(f"{len(rows)} of {len(asked)}\n")
    found = pd.DataFrame(rows)
    found.to_csv(options.out / "result.csv", index=False)
    print("\n".join([*told_in_short(found), "", *told(found)]))


if __name__ == "__main__":
    main()
