"""Which design sees the smallest effect on a region, on the Dutch municipalities of the four pioneer sites.

Places that never were sites are judged by every design as if they had been one, all by the same places. See
README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lmpeval.ahead.calibrating import sought_in
from lmpeval.calibration import Sought, calibrate
from lmpeval.design import Design
from lmpeval.engine.answering import NoPanel
from lmpeval.engine.planning import Prepared, plan
from lmpeval.engine.preparation import prepare
from lmpeval.panel import Panel
from lmpeval.parallel import in_order
from lmpeval.placebo_trial import Sites, Trial, blinded, placebo_sets, refuse_unmoved, trial
from lmpeval.study import DesignChoice

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from figure import draw_designs  # noqa: E402 - a neighbour of this file

SITES = sorted((HERE.parents[1] / "configs" / "lmp").glob("*.yaml"))
OUTCOMES_OF_COST = (
    "cost_core_standardised",
    "hospital_standardised",
    "gp_standardised",
    "pharmacy_standardised",
)
CATEGORIES = tuple(
    f"{name}_standardised"
    for name in (
        "hospital", "gp", "pharmacy", "mental_health", "paramedical", "devices", "transport", "dental",
        "birth_care", "other",
    )
)  # fmt: skip
DESIGNS = {
    "difference_in_differences": DesignChoice("difference_in_differences", primary=True),
    "synthetic_control": DesignChoice("synthetic_control"),
    "joint, 4 outcomes": DesignChoice("joint_synthetic_control", {"companions": list(OUTCOMES_OF_COST)}),
    "joint, 4 outcomes averaged": DesignChoice(
        "joint_synthetic_control", {"companions": list(OUTCOMES_OF_COST), "by": "averaged"}
    ),
    "joint, 10 categories": DesignChoice("joint_synthetic_control", {"companions": list(CATEGORIES)}),
    "synthetic_difference_in_differences": DesignChoice("synthetic_difference_in_differences"),
    "augmented_synthetic_control": DesignChoice("augmented_synthetic_control"),
    "generalised_synthetic_control": DesignChoice("generalised_synthetic_control"),
}
"""The designs in the order of the table, by the name that they have there."""
SEED = 20140101


@dataclass(frozen=True, eq=False)
class Asked:
    """One design on one outcome of one site's study, and the places to judge."""

    outcome: str
    design: str
    sought: Sought
    of: Design
    lag: int
    panel: Panel
    places: tuple[Sites, ...]


@dataclass(frozen=True, eq=False)
class Place:
    """One place to judge."""

    asked: Asked
    number: int


def asked_of(study: Path, data: Path, most: int) -> Iterator[Asked]:
    """Every outcome of a site's study by every design; of all its places at most so many, drawn once."""
    for task, name in zip(plan(by_all_designs(prepare([study], data)[0])).tasks, _names(), strict=False):
        if isinstance(task.panels, NoPanel):
            raise SystemExit(f"{task.cell.name}: {task.panels.reason}")
        panel, lag, design = blinded(task.panels[0]), task.circumstances.lag, task.cell.design
        places = some_of(placebo_sets(panel, np.random.default_rng(SEED)), most)
        refuse_unmoved(design, panel, places[0], lag, (SEED,))
        yield Asked(task.cell.outcome.name, name, sought_in(task.cell.outcome), design, lag, panel, places)


def by_all_designs(prepared: Prepared) -> Prepared:
    """The same study, asked by all designs."""
    return replace(prepared, study=replace(prepared.study, designs=tuple(DESIGNS.values())))


def _names() -> Iterator[str]:
    while True:
        yield from DESIGNS


def some_of(places: Sequence[Sites], most: int) -> tuple[Sites, ...]:
    """At most so many, the same ones for every design."""
    kept = np.random.default_rng(SEED).permutation(len(places))[:most]
    return tuple(places[i] for i in sorted(kept))


def judged(place: Place) -> Trial:
    """Judge one place by its design."""
    asked, rng = place.asked, np.random.default_rng((SEED, place.number))
    return trial(asked.of, asked.panel, asked.places[place.number], asked.lag, rng)


def told(rows: Sequence[tuple[Asked, list[Trial]]]) -> pd.DataFrame:
    """A row an outcome and design, over the places of all sites; effects in percent of the outcome's mean."""
    found = []
    for outcome in dict.fromkeys(asked.outcome for asked, _ in rows):
        by_design = {
            design: [
                t
                for asked, trials in rows
                if (asked.outcome, asked.design) == (outcome, design)
                for t in trials
            ]
            for design in DESIGNS
        }
        [sought] = {asked.sought for asked, _ in rows if asked.outcome == outcome}
        plain = effects(by_design["difference_in_differences"])
        for design, trials in by_design.items():
            found.append({"outcome": outcome, "design": design, **row(trials, sought, plain)})
    return pd.DataFrame(found)


def effects(trials: Sequence[Trial]) -> np.ndarray:
    """Effect found in every place, all of it error; shape (n_places,)."""
    return np.array([each.effect for each in trials])


def row(trials: Sequence[Trial], sought: Sought, plain: np.ndarray) -> dict[str, object]:
    """What one design does on one outcome; `plain` are the errors of difference-in-differences there."""
    found = calibrate(trials, sought)

    def percent(amount: float) -> float:
        return round(100 * found.relative(amount), 3)

    ratio, error = against(effects(trials), plain)
    return {
        "places": len(trials),
        "bias_percent": percent(found.bias.value),
        "bias_mc_error": percent(found.bias.error),
        "sd_percent": percent(found.spread.value),
        "sd_mc_error": percent(found.spread.error),
        "sd_over_plain": round(ratio, 3),
        "sd_over_plain_mc_error": round(error, 3),
        "mde_percent": percent(found.detectable.value),
        "mde_mc_error": percent(found.detectable.error),
        "matters_percent": percent(sought.margin),
        "power_matters": round(found.power(sought.margin).value, 3),
        "size": round(found.size.value, 3),
        "size_mc_error": round(found.size.error, 3),
        "coverage": round(found.coverage.value, 3),
    }


def against(errors: np.ndarray, plain: np.ndarray) -> tuple[float, float]:
    """Ratio of two standard deviations over the same places, and its jackknife error."""
    left_out = [
        np.delete(errors, i).std(ddof=1) / np.delete(plain, i).std(ddof=1) for i in range(len(errors))
    ]
    n = len(errors)
    return float(errors.std(ddof=1) / plain.std(ddof=1)), float(
        np.sqrt((n - 1) ** 2 / n) * np.std(left_out, ddof=1)
    )


def markdown(table: pd.DataFrame) -> str:
    """The table of the README: a row a design; in each cell SD, SD over that of the first, smallest found."""
    outcomes = list(dict.fromkeys(table["outcome"]))
    lines = ["| design | " + " | ".join(outcomes) + " |", "|---" * (1 + len(outcomes)) + "|"]
    for design in DESIGNS:
        rows = table[table["design"] == design].set_index("outcome")
        cells = [
            f"{rows.loc[each, 'sd_percent']:.2f} ({rows.loc[each, 'sd_over_plain']:.2f} ± "
            f"{rows.loc[each, 'sd_over_plain_mc_error']:.2f}), {rows.loc[each, 'mde_percent']:.1f} ± "
            f"{rows.loc[each, 'mde_mc_error']:.1f}"
            for each in outcomes
        ]
        lines.append(f"| {design.replace('_', ' ')} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the delivered files")
    parser.add_argument("--places", type=int, default=24, help="places judged for each site, at most")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE)
    options = parser.parse_args()
    rows = []
    for study in SITES:
        for asked in asked_of(study, options.data, options.places):
            places = [Place(asked, number) for number in range(len(asked.places))]
            rows.append((asked, list(in_order(judged, places, options.jobs))))
            sys.stderr.write(f"{study.stem}, {asked.outcome}, {asked.design}\n")
    table = told(rows)
    table.to_csv(options.out / "result.csv", index=False)
    draw_designs(table, options.out / "designs.svg")
    print(markdown(table))


if __name__ == "__main__":
    main()
