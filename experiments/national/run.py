"""A country's plans in one run: how long, how large, and what it says. See README.md beside this file."""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from plans import INTERVENTIONS, lay_out  # noqa: E402
from watched import CLOCK  # noqa: E402

COMMAND = (sys.executable, "-m", "lmpeval.cli")
WATCHED = (sys.executable, str(HERE / "watched.py"))
MIB = 2**20


@dataclass(frozen=True)
class Measured:
    """What a run took.

    Attributes
    ----------
    studies, cells, fits : int
        Fits are those that the estimates rest on: the site's and one a stand-in. What is fitted for checks
        is not counted.
    jobs : int
    wall, cpu : float
        Seconds; `cpu` of the run with all its workers.
    tracking : float
        Seconds of that CPU in which runs were written to the tracking store, MLflow's import among them.
    peak : float
        Largest memory of all processes of the run together, in MiB; pages that they share count in each.
    first_half, second_half : float
        The same in the halves of the run: where memory is flat they are about equal.
    """

    studies: int
    cells: int
    fits: int
    jobs: int
    wall: float
    cpu: float
    tracking: float
    peak: float
    first_half: float
    second_half: float


class Memory(threading.Thread):
    """Samples the memory of a process and all that come of it, twice a second."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self._process = process
        self.samples: list[float] = []

    def run(self) -> None:
        """Sample until the process is gone."""
        while Path(f"/proc/{self._process}/stat").exists():
            self.samples.append(sum(map(_resident, _family(self._process))) / MIB)
            time.sleep(0.5)


def _family(process: int) -> list[int]:
    """A process and all that come of it."""
    found = [process]
    for each in found:
        try:
            children = Path(f"/proc/{each}/task/{each}/children").read_text(encoding="ascii")
        except OSError:  # gone since
            continue
        found += map(int, children.split())
    return found


def _resident(process: int) -> int:
    try:
        pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


def measured(arguments: list[str], out: Path, jobs: int) -> Measured:
    """Run the command line and watch it."""
    clock = out / "tracking_seconds.txt"
    environment = {**os.environ, "MLFLOW_TRACKING_URI": f"sqlite:///{out / 'runs.db'}", CLOCK: str(clock)}
    begun, before = time.monotonic(), os.times()
    process = subprocess.Popen([*WATCHED, *arguments], env=environment, cwd=out)
    memory = Memory(process.pid)
    memory.start()
    code = process.wait()
    if code:
        raise SystemExit(f"the run ended with {code}")
    wall, after = time.monotonic() - begun, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    half = len(memory.samples) // 2 or 1
    found = findings(out)
    return Measured(
        studies=found["study"].nunique(),
        cells=len(found),
        fits=fits(found),
        jobs=jobs,
        wall=round(wall, 1),
        cpu=round(cpu, 1),
        tracking=float(clock.read_text(encoding="ascii")),
        peak=round(max(memory.samples)),
        first_half=round(max(memory.samples[:half])),
        second_half=round(max(memory.samples[half:] or [0.0])),
    )


def findings(out: Path) -> pd.DataFrame:
    """The row of every cell's mean effect, of all studies."""
    tables = [pd.read_csv(path) for path in sorted(out.glob("*.results.csv"))]
    rows = pd.concat(tables, ignore_index=True)
    return rows[(rows["quantity"] == "effect") | (rows["standing"] == "none")]


def fits(found: pd.DataFrame) -> int:
    """Fits that the estimates of these rows rest on: the sites' and those of their stand-ins."""
    return int(found["ranked"].fillna(1).sum())


def told(out: Path) -> pd.DataFrame:
    """How often each verdict is said, by design, and how often an interval holds zero.

    In most regions nothing happened, whatever the plan's name says; where something did, it is below 1 %.
    """
    found = findings(out)
    counted = pd.crosstab(found["design"], found["verdict"])
    known = found.dropna(subset=["low", "high"])
    holds = (known["low"] <= 0) & (known["high"] >= 0)
    counted["interval holds zero, %"] = (100 * holds.groupby(known["design"]).mean()).round(1)
    return counted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("national"), help="folder for country and results")
    parser.add_argument("--persons", type=int, default=400_000)
    parser.add_argument("--studies", type=int, default=INTERVENTIONS)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    country, results = options.out.resolve() / "country", options.out.resolve() / "results"
    if not country.exists():
        options.out.mkdir(parents=True, exist_ok=True)
        drawn = ["simulate", str(country), "--persons", str(options.persons), "--jobs", str(options.jobs)]
        subprocess.run([*COMMAND, *drawn], check=True)
    studies = lay_out(country, options.out.resolve() / "studies", options.studies)
    results.mkdir(exist_ok=True)
    asked = ["run", *map(str, studies), "--data", str(country), "--out", str(results), "--brief", "--fresh"]
    found = measured([*asked, "--jobs", str(options.jobs)], results, options.jobs)
    table = told(results)
    print(json.dumps(asdict(found), indent=2))
    print(table.to_string())
    with (options.out / "measured.csv").open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(asdict(found)))
        if file.tell() == 0:
            writer.writeheader()
        writer.writerow(asdict(found))
    table.to_csv(options.out / "verdicts.csv")


if __name__ == "__main__":
    main()
