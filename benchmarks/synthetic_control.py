"""Speed of synthetic control with its full placebo test, beside every Python peer that runs.

    python benchmarks/synthetic_control.py [prop99_smoking.csv]

Each work and each program has a process of its own, so that peak memory is its own too; CPU seconds on one
thread, imports and a run to warm up not counted. Programs that take minutes answer for a few placebos and are
scaled up, marked "from". Without the file, Proposition 99 is drawn at its size. A program that is not
installed or breaks on these versions is listed so.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.designs.synthetic_difference_in_differences import SyntheticDifferenceInDifferences
from lmpeval.panel import Floats, Panel

Work = Callable[[], object]
FEW = 4


@dataclass(frozen=True)
class Case:
    """Outcomes (n_years, n_units): `n_before` years before the start, the first `n_treated` units treated."""

    work: str
    outcome: Floats
    n_before: int
    n_treated: int
    n_fits: int

    def panel(self) -> Panel:
        """As lmpeval sees it."""
        n_years, n_units = self.outcome.shape
        return Panel(
            outcome=self.outcome,
            exposure=np.ones((n_years, n_units)),
            years=np.arange(n_years),
            units=tuple(f"u{i:03d}" for i in range(n_units)),
            treated=np.arange(n_units) < self.n_treated,
            start=self.n_before,
            covariates=np.zeros((n_units, 0)),
            covariate_names=(),
            groups=tuple(f"u{i:03d}" for i in range(n_units)),
            aside=np.zeros(n_units, dtype=bool),
        )

    def table(self) -> object:
        """As the peers see it, a row a unit and year."""
        import pandas as pd  # noqa: PLC0415 - for the peers

        n_years, n = self.outcome.shape
        treated = np.tile(np.arange(n) < self.n_treated, n_years).astype(int)
        after = np.repeat(np.arange(n_years) >= self.n_before, n).astype(int)
        return pd.DataFrame(
            {
                "unit": np.tile(np.arange(n), n_years),
                "year": np.repeat(np.arange(n_years), n),
                "y": self.outcome.ravel(),
                "d": treated * after,
                "treated": treated,
            }
        )


def drawn(n_years: int, n_units: int) -> Floats:
    """Three factors, a level and as much noise as one factor."""
    rng = np.random.default_rng(1)
    factors = rng.normal(size=(n_years, 3)) @ rng.normal(size=(3, n_units))
    return 100 + 3 * rng.normal(size=n_units) + factors + rng.normal(size=(n_years, n_units))


def proposition_99() -> Floats:
    """Cigarette sales by year and state, California first."""
    if len(sys.argv) < 4:
        return drawn(31, 39)
    import pandas as pd  # noqa: PLC0415 - for the file

    sales = pd.read_csv(sys.argv[3]).pivot(index="year", columns="state", values="cigsale")
    return np.asarray(sales[["California", *sales.columns.drop("California")]], dtype=float)


CASES: dict[str, Callable[[], Case]] = {
    "prop99": lambda: Case(
        "Proposition 99, 38 donors x 19 years: fit and 38 placebos", proposition_99(), 19, 1, 39
    ),
    "region": lambda: Case("350 donors x 10 years: fit and 350 placebos", drawn(14, 351), 10, 1, 351),
    "sdid_fit": lambda: Case("synthetic DiD, 350 x 15, 9 treated: fit", drawn(15, 350), 10, 9, 1),
    "sdid_placebos": lambda: Case(
        "synthetic DiD, 350 x 15, 9 treated: 200 placebos", drawn(15, 350), 10, 9, 200
    ),
}


def cpu(work: Work, repeats: int = 3) -> float:
    """Median CPU seconds, after one run that is not counted."""
    taken = []
    for _ in range(repeats + 1):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return float(np.median(taken[1:]))


def few(case: Case, one: Work) -> tuple[float, int]:
    """CPU seconds of all fits, from a few of them after one that is not counted."""
    one()
    n = min(FEW, case.n_fits)
    begun = time.process_time()
    for _ in range(n):
        one()
    return (time.process_time() - begun) / n * case.n_fits, n


# Ours, and the floor


def _stand_ins(case: Case) -> list[Panel]:
    """The treated and every placebo: each donor in turn, or as many draws of as many donors."""
    panel, rng = case.panel(), np.random.default_rng(2)
    if case.n_fits == 1:
        return [panel]
    pool = np.flatnonzero(panel.compared)
    if case.n_treated == 1:
        return [panel, *(panel.placebo_sites({"placebo": np.array([unit])}) for unit in pool)]
    chosen = (rng.choice(pool, case.n_treated, replace=False) for _ in range(case.n_fits))
    return [panel.placebo_sites({"placebo": units}) for units in chosen]


def ours(case: Case) -> tuple[float, int]:
    panels = _stand_ins(case)
    if case.work.startswith("synthetic DiD"):
        did = SyntheticDifferenceInDifferences(noise="as published")
        return cpu(lambda: did.compare_many(panels)), len(panels)
    design = SyntheticControl()
    return cpu(lambda: design.compare_many(panels)), len(panels)


def ours_classical(case: Case) -> tuple[float, int]:
    panels = _stand_ins(case)
    design = SyntheticControl(ridge=1e-6, levels="together")
    return cpu(lambda: design.compare_many(panels)), len(panels)


def floor(case: Case) -> tuple[float, int]:
    """Non-negative least squares of scipy with a row for the sum, one by one, nothing else."""
    path = case.outcome[: case.n_before]

    def all_of_them() -> None:
        for target in range(path.shape[1]):
            apart = np.delete(path, target, axis=1) - path[:, [target]]
            rows = np.vstack([apart / np.sqrt((apart**2).mean()), np.ones(apart.shape[1])])
            nnls(rows, np.eye(len(rows))[-1], maxiter=100 * apart.shape[1])

    return cpu(all_of_them, 1), case.n_fits


# Peers


def diff_diff(case: Case) -> tuple[float, int]:
    from diff_diff import SyntheticControl as Theirs  # noqa: PLC0415 - not a dependency
    from diff_diff import SyntheticDiD  # noqa: PLC0415 - not a dependency

    table = case.table()
    after = list(range(case.n_before, len(case.outcome)))
    if case.n_treated > 1:
        draws = max(2, case.n_fits)
        did = SyntheticDiD(variance_method="placebo", n_bootstrap=draws, seed=1)
        run = lambda: did.fit(table, "y", "treated", "unit", "year", post_periods=after)  # noqa: E731
        return cpu(run, 1), case.n_fits
    one = Theirs(v_method="custom", custom_v=np.ones(case.n_before))
    return few(
        case,
        lambda: one.fit(table, "y", "d", "unit", "year", post_periods=after, pre_period_outcomes="all"),
    )


def mlsynth(case: Case) -> tuple[float, int]:
    """One fit with the inference that it runs of its own accord."""
    from mlsynth import SDID, VanillaSC  # noqa: PLC0415 - not a dependency

    asked = {"df": case.table(), "outcome": "y", "treat": "d", "unitid": "unit", "time": "year"}
    theirs = SDID if case.n_treated > 1 else VanillaSC
    if case.work.endswith("fit"):
        raise NotImplementedError("fits with its own inference only")
    return cpu(lambda: theirs(asked | {"display_graphs": False}).fit(), 1), case.n_fits


def pysyncon(case: Case) -> tuple[float, int]:
    import pandas as pd  # noqa: PLC0415 - for the peer
    from pysyncon import Synth  # noqa: PLC0415 - not a dependency

    if case.n_treated > 1:
        raise NotImplementedError("no synthetic difference-in-differences")
    path = pd.DataFrame(case.outcome[: case.n_before])
    donors, target = path[path.columns[1:]], path[0]
    weights = np.ones(case.n_before)
    return few(case, lambda: Synth().fit(X0=donors, X1=target, Z0=donors, Z1=target, custom_V=weights))


def azcausal(case: Case) -> tuple[float, int]:
    import pandas as pd  # noqa: PLC0415 - for the peer
    from azcausal.core.error import Placebo  # noqa: PLC0415 - not a dependency
    from azcausal.core.panel import CausalPanel  # noqa: PLC0415 - not a dependency
    from azcausal.estimators.panel.sdid import SDID  # noqa: PLC0415 - not a dependency

    if case.n_treated == 1:
        raise NotImplementedError("no synthetic control")
    exposed = np.outer(
        np.arange(len(case.outcome)) >= case.n_before, np.arange(case.outcome.shape[1]) < case.n_treated
    )
    data = {"outcome": pd.DataFrame(case.outcome), "intervention": pd.DataFrame(exposed.astype(int))}
    panel = CausalPanel(data=data).setup()
    if case.n_fits == 1:
        return cpu(lambda: SDID().fit(panel), 1), 1
    found = SDID().fit(panel)
    begun = time.process_time()
    SDID().error(found, Placebo(n_samples=2 * FEW))
    return (time.process_time() - begun) * case.n_fits / (2 * FEW), 2 * FEW


PROGRAMS: dict[str, Callable[[Case], tuple[float, int]]] = {
    "lmpeval": ours,
    "lmpeval, classical": ours_classical,
    "scipy nnls (floor)": floor,
    "diff-diff": diff_diff,
    "mlsynth": mlsynth,
    "pysyncon": pysyncon,
    "azcausal": azcausal,
}


def has_no(program: str, name: str) -> bool:
    return name.startswith("sdid") and program in ("lmpeval, classical", "scipy nnls (floor)")


def main() -> None:
    """Every work and program in a process of its own."""
    print("| work | program | CPU s | times lmpeval | peak MB |")
    print("|---|---|---|---|---|")
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    for name, make in CASES.items():
        own = float("nan")
        for program in PROGRAMS:
            if has_no(program, name):
                continue
            call = [sys.executable, __file__, name, program, *sys.argv[1:]]
            run = subprocess.run(call, env=environment, capture_output=True, text=True, check=False)
            work, last = make().work, (run.stdout.strip().splitlines() or ["{}"])[-1]
            told = json.loads(last) if last.startswith("{") else {}
            if "seconds" not in told:
                why = told.get("why") or (run.stderr.strip().splitlines() or ["nothing said"])[-1]
                print(f"| {work} | {program} | \u2013 {why[:90]} | | |", flush=True)
                continue
            own = told["seconds"] if program == "lmpeval" else own
            part = "" if told["fits"] >= make().n_fits else f" (from {told['fits']} fits)"
            ratio = told["seconds"] / own
            print(
                f"| {work} | {program} | {told['seconds']:.3g}{part} | {ratio:.2g} | {told['mb']:.0f} |",
                flush=True,
            )


def one(name: str, program: str) -> None:
    """Time one program on one work, and print it."""
    warnings.simplefilter("ignore")
    try:
        seconds, fits = PROGRAMS[program](CASES[name]())
    except Exception as error:  # noqa: BLE001 - a peer that breaks is a row of the table
        print("\n" + json.dumps({"why": f"{type(error).__name__}: {error}"}))
        return
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print("\n" + json.dumps({"seconds": seconds, "fits": fits, "mb": peak}))


if __name__ == "__main__":
    if len(sys.argv) > 2:
        one(sys.argv[1], sys.argv[2])
    else:
        main()
