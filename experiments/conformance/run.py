"""Whether the package's own designs pass the conformance suite whatever the seed of its worlds.

Run as `python experiments/conformance/run.py --seeds 10`; README.md beside this file has the result.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import pandas as pd

from lmpeval.conformance import checks
from lmpeval.study_files.design_lookup import design_names
from lmpeval.study_files.designs import build_by_default

HERE = Path(__file__).parent


def suite(name: str, seed: int, draws: int, jobs: int) -> dict[str, object]:
    begun = time.perf_counter()
    laid = checks(build_by_default(name), draws=draws, seed=seed, jobs=jobs)
    failed = [str(check) for check in laid if not check.look().held]
    return {
        "design": name,
        "seed": seed,
        "draws": draws,
        "checks": len(laid),
        "by_chance": sum(check.alarm > 0 for check in laid),
        "failed": " ".join(failed),
        "seconds": round(time.perf_counter() - begun),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seeds", type=int, default=10)
    options.add_argument("--draws", type=int, default=200)
    options.add_argument("--jobs", type=int, default=-1)
    options.add_argument("--out", type=Path, default=HERE / "result.csv")
    asked = options.parse_args()
    rows = []
    for seed in range(1, asked.seeds + 1):
        for name in design_names():
            rows.append(suite(name, seed, asked.draws, asked.jobs))
            print(rows[-1], flush=True)
            pd.DataFrame(rows).to_csv(asked.out, index=False)


if __name__ == "__main__":
    main()
