"""A run in a process of its own, to be killed: names its cells as they are kept.

python run_to_be_killed.py FOLDER JOBS [LARGEST_FILE]
"""

from __future__ import annotations

import resource
import signal
import sys
from dataclasses import replace
from pathlib import Path

from lmpeval.engine.answer_store import kept_answers
from lmpeval.engine.planning import plan
from lmpeval.engine.running import cells_of, run
from simulation.small_country import prepared, study

COST = study().outcomes[0]
NAMES = tuple(f"cost_{i}" for i in range(6))
ASKED = study(
    designs=study().designs[:1],
    outcomes=tuple(replace(COST, name=name, column="cost", primary=name == "cost_0") for name in NAMES),
)


def main(folder: str, jobs: str, largest: str = "") -> None:
    if largest:  # no file may grow beyond it, as on a disk that is full
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (int(largest), int(largest)))
    with kept_answers(Path(folder)) as store:
        plans = [plan(prepared(ASKED))]
        cells = cells_of(plans, store)
        (result,) = run(plans, int(jobs), lambda finding: print(finding.cell.outcome.name, flush=True), cells)
        print(f"{len(result.findings)} found; lost: {store.lost}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
