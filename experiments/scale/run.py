"""What it costs to read a country of persons, by its size. See README.md beside this file for the result.

Each step is a process of its own. CPU seconds are those of the process and all that it starts, memory is the
largest sum over these of what they hold (proportional set size: pages that several share count once).
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import duckdb
import pandas as pd
from ruamel.yaml import YAML

from lmpeval.assembly.cohorts import cohort_study
from lmpeval.comparators import select
from lmpeval.contracts import ContractError
from lmpeval.simulation.country.one_chunk import CHUNK
from lmpeval.sources.persons.checking import checked_persons
from lmpeval.sources.persons.delivered import PersonDelivery
from lmpeval.sources.persons.person_table import PersonTable, connected
from lmpeval.sources.persons.places import read_places
from lmpeval.sources.persons.region_panel import region_panel
from lmpeval.study_files.reading import load_study

HERE = Path(__file__).parent
RULE = "age >= 74"
"""Selects about a million of 17 million persons, in the regions that a study compares."""
STUDY = "site_2_outpatient_near_home"
"""Of a site that takes in all inhabitants."""
BROKEN = 1000
"""Rows that break the contract."""
EVERY = 1.0
"""Seconds between two looks at the memory."""


@dataclass(frozen=True)
class Cost:
    """What a step took.

    Attributes
    ----------
    persons : int
        Of the country at its start; ten years of each.
    step : str
    wall, cpu : float
        Seconds.
    memory : float
        GiB.
    said : str
        What the step found.
    """

    persons: int
    step: str
    wall: float
    cpu: float
    memory: float
    said: str


def delivered(folder: Path) -> PersonDelivery:
    """The persons of a drawn country, taken to keep their contract, and its map."""
    path = folder / "person_year"
    with connected(path, None) as connection:
        types = tuple((str(r[0]), str(r[1])) for r in connection.execute("DESCRIBE delivered").fetchall())
        years = connection.execute("SELECT DISTINCT year FROM delivered ORDER BY year").fetchall()
    places = read_places(folder / "municipalities.csv", folder / "municipality_codes.csv")
    return PersonDelivery(PersonTable(path, None, types), tuple(int(r[0]) for r in years), places, None, ())


def contract(folder: Path) -> str:
    """Hold every row to the contract, and persons to one row a year, one sex and one year of birth."""
    return f"{len(checked_persons(folder / 'person_year', None).types)} columns"


def breaches(folder: Path) -> str:
    """Hold the same rows to the contract with one part more, in which rules are broken in known rows."""
    with tempfile.TemporaryDirectory() as made:
        people = Path(made) / "person_year"
        people.mkdir()
        parts = sorted((folder / "person_year").glob("*.parquet"))
        for part in parts:
            (people / part.name).symlink_to(part.resolve())
        duckdb.execute(
            f"COPY (SELECT * REPLACE ('X' AS sex, -insured_years AS insured_years) FROM '{parts[0]}' "
            f"LIMIT {BROKEN}) TO '{people / 'broken.parquet'}'"
        )
        try:
            checked_persons(people, None)
        except ContractError as error:
            found = error.violations
            told = ", ".join(f"{each.column}: {each.count:,} rows" for each in found)
            return f"{told}; {sum(len(each.places) for each in found)} told by file and row"
    raise SystemExit("what is broken was not found")


def panel(folder: Path) -> str:
    """Add everybody up by municipality and year, all outcomes, raw and standardised, and the cost cut."""
    found = region_panel(delivered(folder))
    units, years = found["unit"].nunique(), found["year"].nunique()
    return f"{units} municipalities x {years} years, {found.shape[1]} columns"


def cohort(folder: Path) -> str:
    """Select a subpopulation by a rule, follow it through all years, and read its cost."""
    with tempfile.TemporaryDirectory() as made:
        asked = load_study(written(folder, Path(made), ("cost",)))
    people = delivered(folder)
    placed = select(asked, people.units, pd.read_csv(folder / "register.csv"))
    found, _ = cohort_study(asked, people, placed).cohort(asked.outcomes[0])
    return f"{len(found.treated):,} persons in {len(found.region_names)} regions"


def study(folder: Path) -> str:
    """Run a whole study of persons through the command line, with its contract, ledger, report and runs."""
    with tempfile.TemporaryDirectory() as made:
        out = Path(made)
        asked = written(folder, out, ("cost", "mortality"))
        call = ["-m", "lmpeval.cli", "run", asked, "--data", folder, "--out", out / "results", "--jobs", "1"]
        ran = subprocess.run(
            [sys.executable, *map(str, call)], cwd=out, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise SystemExit(ran.stdout + ran.stderr)
        return "propensity matching, cost and mortality, with report and tracking"


def written(folder: Path, out: Path, outcomes: tuple[str, ...]) -> Path:
    """A study file about everybody in the site whom the rule selects, read from persons alone."""
    yaml = YAML()
    asked = yaml.load(folder / "person_studies" / f"{STUDY}.yaml")
    del asked["population"]["participants"]
    asked["population"] |= {"subpopulation": RULE, "level": "intervention"}
    asked["comparator"]["match_on"] = []
    asked["designs"] = [{"use": "propensity_matching", "primary": True}]
    asked["outcomes"] = [each for each in asked["outcomes"] if each["name"] in outcomes]
    for each in asked["outcomes"]:
        each.pop("column", None)
        if "truncated" in each:
            each["truncated"] = f"{each['name']}_truncated"
    asked["data"] = {
        name: asked["data"][name] for name in ("persons", "municipalities", "municipality_codes")
    }
    path = out / "everybody.yaml"
    yaml.dump(asked, path)
    return path


STEPS: dict[str, Callable[[Path], str]] = {
    "contract": contract,
    "breaches": breaches,
    "panel": panel,
    "cohort": cohort,
    "study": study,
}


def measured(step: str, folder: Path, persons: int) -> Cost:
    """Do a step in a process of its own and weigh it."""
    begun, stop, most = time.perf_counter(), threading.Event(), [0.0]
    call = [sys.executable, __file__, "--step", step, "--folder", str(folder)]
    alone = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True, env=alone) as process:

        def weigh() -> None:
            while not stop.wait(EVERY):
                most[0] = max(most[0], held_by(process.pid))

        scales = threading.Thread(target=weigh)
        scales.start()
        assert process.stdout is not None
        said = process.stdout.read().strip()
        _, status, used = os.wait4(process.pid, 0)
        stop.set()
        scales.join()
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{step} of {folder} failed: {said}")
    wall = time.perf_counter() - begun
    return Cost(persons, step, wall, used.ru_utime + used.ru_stime, most[0], said)


def held_by(process: int) -> float:
    """GiB that a process and all that it started hold."""
    kilobytes, waiting = 0, [process]
    while waiting:
        one = waiting.pop()
        try:
            rolled = Path(f"/proc/{one}/smaps_rollup").read_text()
            waiting += map(int, Path(f"/proc/{one}/task/{one}/children").read_text().split())
        except OSError:  # it has ended meanwhile
            continue
        kilobytes += next(int(line.split()[1]) for line in rolled.splitlines() if line.startswith("Pss:"))
    return kilobytes / 2**20


def cut(country: Path, chunks: int, made: Path) -> Path:
    """The country with its first chunks of people alone, by links; everything else is as it was."""
    folder = made / f"chunks_{chunks}"
    (folder / "person_year").mkdir(parents=True)
    for path in country.iterdir():
        if path.name != "person_year":
            (folder / path.name).symlink_to(path.resolve())
    for part in sorted((country / "person_year").glob("*.parquet"))[:chunks]:
        (folder / "person_year" / part.name).symlink_to(part.resolve())
    return folder


def main() -> None:
    """Weigh every step at every size, and keep the rows as they come."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("country", type=Path, nargs="?", help="drawn by `lmpeval simulate`, of 17,000,000")
    parser.add_argument(
        "--chunks", type=int, nargs="*", default=[20, 80, 340], help=f"of {CHUNK:,} persons each"
    )
    parser.add_argument("--steps", nargs="*", default=list(STEPS))
    parser.add_argument("--out", type=Path, default=HERE / "result.csv")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        print(STEPS[options.step](options.folder))
        return
    new = not options.out.is_file()
    with options.out.open("a", newline="") as file, tempfile.TemporaryDirectory() as made:
        rows = csv.DictWriter(file, [each.name for each in fields(Cost)], lineterminator="\n")
        if new:
            rows.writeheader()
        for chunks in options.chunks:
            folder = cut(options.country, chunks, Path(made))
            for step in options.steps:
                row = asdict(measured(step, folder, CHUNK * chunks))
                rows.writerow(row | {name: f"{row[name]:.3g}" for name in ("wall", "cpu", "memory")})
                file.flush()


if __name__ == "__main__":
    main()
