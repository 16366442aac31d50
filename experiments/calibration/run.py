"""What the designs can see on the Dutch municipalities, by the size of the site.

Every group of neighbours of about a size is judged as if it had started in 2014; so are sets of nine such
groups. See README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmpeval.ahead.calibrating import sought_in
from lmpeval.calibration import Calibration, calibrate
from lmpeval.design import Design
from lmpeval.engine.answering import NoPanel
from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.panel import Panel
from lmpeval.parallel import in_order
from lmpeval.placebo_trial import Trial, blinded, placebo_sets, trial
from lmpeval.study import Outcome
from lmpeval.uncertainty.placebo import stand_ins

HERE = Path(__file__).parent
STUDY = HERE.parents[1] / "configs" / "lmp" / "mijnzorg.yaml"
SIZES = (50_000, 100_000, 200_000, 400_000)
"""Insured years of a site; 200,000 is about the size of the larger pioneer sites."""
POOLED = 9
POOLED_SIZE = 200_000
SEED = 20130401


@dataclass(frozen=True, eq=False)
class Setting:
    """One design on one outcome, for sites of one kind."""

    site: str
    outcome: Outcome
    design: Design
    lag: int
    panel: Panel
    places: tuple[dict[str, NDArray[np.intp]], ...]


@dataclass(frozen=True, eq=False)
class Place:
    """One place to judge, in one setting."""

    setting: Setting
    number: int


def settings(data: Path, sets: int) -> list[Setting]:
    """Every outcome by every design, for every size of one site and for nine together."""
    found = []
    for task in plan(prepare([STUDY], data)[0]).tasks:
        if isinstance(task.panels, NoPanel):
            raise SystemExit(f"{task.cell.name}: {task.panels.reason}")
        base = blinded(task.panels[0])
        told = (task.cell.outcome, task.cell.design, task.circumstances.lag)
        for size in SIZES:
            panel = of_size(base, size)
            places = tuple(map(dict, placebo_sets(panel, np.random.default_rng(SEED))))
            found.append(Setting(f"one of {size}", *told, panel, places))
        panel = of_size(base, POOLED_SIZE)
        pooled = tuple(pooled_sets(panel, sets, np.random.default_rng(SEED)))
        found.append(Setting(f"{POOLED} of {POOLED_SIZE}", *told, panel, pooled))
    return found


def of_size(panel: Panel, size: float) -> Panel:
    """The panel with a site of another size: it only says how large its stand-ins must be."""
    factor = np.where(panel.treated, size / panel.size[panel.treated].sum(), 1.0)
    return replace(panel, exposure=panel.exposure * factor)


def pooled_sets(panel: Panel, sets: int, rng: np.random.Generator) -> Iterable[dict[str, NDArray[np.intp]]]:
    """Draw sets of nine stand-ins; nine neighbourhoods, so that a set is as spread out as real sites."""
    groups = stand_ins(panel)
    homes = {label: panel.groups[members[0]] for label, members in groups.items()}
    for _ in range(sets):
        chosen: dict[str, NDArray[np.intp]] = {}
        taken: set[str] = set()
        for label in rng.permutation(sorted(groups)).tolist():
            if len(chosen) < POOLED and homes[label] not in taken:
                chosen[label] = groups[label]
                taken.add(homes[label])
        yield chosen


def judged(place: Place) -> Trial:
    """Judge one place by its setting's design."""
    asked, rng = place.setting, np.random.default_rng((SEED, place.number))
    return trial(asked.design, asked.panel, asked.places[place.number], asked.lag, rng)


def row(asked: Setting, found: Calibration) -> dict[str, object]:
    """One line of the result; sizes of effects in percent of the outcome's mean."""

    def percent(amount: float) -> float:
        return round(100 * found.relative(amount), 2)

    return {
        "site": asked.site,
        "outcome": asked.outcome.name,
        "design": type(asked.design).__name__,
        "places": len(found.effects),
        "bias_percent": percent(found.bias.value),
        "sd_percent": percent(found.spread.value),
        "sd_mc_error": percent(found.spread.error),
        "mde_percent": percent(found.detectable.value),
        "mde_mc_error": percent(found.detectable.error),
        "matters_percent": percent(found.sought.margin),
        "power_matters": round(found.power(found.sought.margin).value, 3),
        "power_1": round(found.power(0.01 * found.mean).value, 3),
        "power_2": round(found.power(0.02 * found.mean).value, 3),
        "power_5": round(found.power(0.05 * found.mean).value, 3),
        "size": round(found.size.value, 3),
        "coverage": round(found.coverage.value, 3),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the delivered files")
    parser.add_argument("--sets", type=int, default=60, help="sets of nine sites")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=HERE / "result.csv")
    asked = parser.parse_args()
    rows = []
    for setting in settings(asked.data, asked.sets):
        places = [Place(setting, number) for number in range(len(setting.places))]
        trials = list(in_order(judged, places, asked.jobs))
        rows.append(row(setting, calibrate(trials, sought_in(setting.outcome))))
        sys.stderr.write(f"{setting.site}, {setting.outcome.name}, {type(setting.design).__name__}\n")
    table = pd.DataFrame(rows)
    table.to_csv(asked.out, index=False)
    table.to_string(sys.stdout, index=False)


if __name__ == "__main__":
    main()
