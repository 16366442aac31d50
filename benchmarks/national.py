"""What a cell of a country's plans costs, part by part, and the same fits by peers.

    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/national.py

One site of 360 municipalities in 40 regions over ten years, one outcome, its stand-ins in the other regions.
Ours is all that `lmpeval run --brief` does with a cell: fit, every stand-in, ledger, robustness, verdict. A
peer does the site's fit and as many fits as there are stand-ins, and nothing else; those that take long do a
few, and are scaled up. CPU seconds on one thread. A peer that is not installed is listed so.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from lmpeval.engine.answering import Task, answer
from lmpeval.engine.planning import Prepared, plan
from lmpeval.engine.running import StudyResult, run
from lmpeval.finding import Answered
from lmpeval.panel import Panel
from lmpeval.report.study_pages import ToShow, study_pages
from lmpeval.simulation.regions import Country, draw
from lmpeval.sources import Delivery
from lmpeval.study import DesignChoice
from lmpeval.study_files.reading import load_study

DESIGNS = (
    "difference_in_differences",
    "synthetic_control",
    "augmented_synthetic_control",
    "synthetic_difference_in_differences",
)
NOTHING = "\u2013"
BAR = f"| {NOTHING} "
FEW = 2
"""Fits of a peer that takes long."""


@dataclass(frozen=True)
class Row:
    """One piece of work; seconds are of the CPU, `theirs` not a number without a peer."""

    work: str
    ours: float
    peer: str = ""
    theirs: float = float("nan")
    note: str = ""

    def __str__(self) -> str:
        """As a row of the table."""
        timed = np.isfinite(self.theirs)
        theirs, faster = (
            (f"{self.theirs:.3g}", f"{self.theirs / self.ours:.2g}") if timed else (NOTHING, NOTHING)
        )
        return (
            f"| {self.work} | {self.ours:.3f} | {self.peer or NOTHING} | {theirs} | {faster} | {self.note} |"
        )


@cache
def prepared() -> Prepared:
    """The demonstration's study with its first outcome and four designs, on a country of 40 regions."""
    demo = load_study(Path(str(files("lmpeval.simulation") / "demo.yaml")))
    country = Country(groups=40, units=9, first=2009, last=2018)
    designs = tuple(DesignChoice(use, primary=use == DESIGNS[0]) for use in DESIGNS)
    window = replace(demo.window, first=country.first, last=country.last)
    study = replace(demo, outcomes=demo.outcomes[:1], designs=designs, window=window)
    table = draw(country, 3).sort_values(["unit", "year"], ignore_index=True)
    register = pd.DataFrame(columns=["initiative", "unit", "start", "end", "status", "source"])
    return Prepared(study, Delivery(table, (), ()), register)


def timed(work: Callable[[], object], repeats: int = 3) -> float:
    """Median CPU seconds after a run that is not counted."""
    taken = []
    for _ in range(repeats + 1):
        begun = time.process_time()
        work()
        taken.append(time.process_time() - begun)
    return float(np.median(taken[1:]))


def scaled(one: Callable[[], object], n_fits: int) -> float:
    """CPU seconds of all fits, from a few after one that is not counted."""
    one()
    begun = time.process_time()
    for _ in range(FEW):
        one()
    return (time.process_time() - begun) / FEW * n_fits


@cache
def task_of(use: str, *, brief: bool = True) -> Task:
    return next(task for task in plan(prepared(), brief=brief).tasks if task.cell.label == use)


@cache
def panel_of(use: str) -> Panel:
    panels = task_of(use).panels
    assert isinstance(panels, tuple)
    return panels[0]


def n_fits(use: str) -> int:
    """The site and its stand-ins."""
    found = answer(task_of(use)).result
    assert isinstance(found, Answered)
    return 1 + len(found.estimate.uncertainty.placebo)


def ours(use: str) -> float:
    return timed(lambda: answer(task_of(use)))


def long(panel: Panel) -> pd.DataFrame:
    """The panel as peers see it, a row a unit and year."""
    n_years, n = panel.outcome.shape
    exposed = np.outer(~panel.before, panel.treated).ravel().astype(int)
    return pd.DataFrame(
        {
            "unit": np.tile(np.arange(n), n_years),
            "year": np.repeat(panel.years, n),
            "y": panel.outcome.ravel(),
            "d": exposed,
            "treated": np.tile(panel.treated, n_years).astype(int),
        }
    )


def preparing() -> Row:
    n = len(plan(prepared(), brief=True).tasks)
    return Row("making a cell ready", timed(lambda: plan(prepared(), brief=True)) / n)


def whole() -> Row:
    seconds = np.mean([timed(lambda use=use: answer(task_of(use, brief=False)), 1) for use in DESIGNS])
    return Row("a cell with all that stands beside it, mean of four designs", float(seconds))


def brief() -> Row:
    return Row("a cell in brief, mean of four designs", float(np.mean([ours(use) for use in DESIGNS])))


def pages() -> Row:
    result: StudyResult = next(run([plan(prepared())], 1))
    n = len(result.findings)
    from lmpeval.ahead.calibration_file import Foreseen, Standing  # noqa: PLC0415 - for this row

    shown = ToShow(result, Foreseen(Standing.ABSENT), ("nl", "en"))
    return Row("its part of the pages, two languages", timed(lambda: study_pages(shown), 1) / n)


def pyfixest() -> Row:
    import pyfixest as peer  # noqa: PLC0415 - not a dependency

    use = DESIGNS[0]
    table, n = long(panel_of(use)), n_fits(use)
    theirs = scaled(lambda: peer.feols("y ~ d | unit + year", table), n)
    return Row(f"{use}: {n} fits", ours(use), f"pyfixest {peer.__version__}", theirs, f"from {FEW} fits")


def pysyncon() -> Row:
    import pysyncon as peer  # noqa: PLC0415 - not a dependency

    use = DESIGNS[1]
    panel, n = panel_of(use), n_fits(use)
    donors = pd.DataFrame(panel.controls[panel.before])
    target = pd.Series(panel.treated_mean[panel.before], name="treated")
    weights = np.ones(int(panel.before.sum()))
    theirs = scaled(lambda: peer.Synth().fit(X0=donors, X1=target, Z0=donors, Z1=target, custom_V=weights), n)
    return Row(f"{use}: {n} fits", ours(use), "pysyncon", theirs, f"from {FEW} fits")


def diff_diff() -> Row:
    import diff_diff as peer  # noqa: PLC0415 - not a dependency

    use = DESIGNS[3]
    panel, n = panel_of(use), n_fits(use)
    asked = peer.SyntheticDiD(variance_method="placebo", n_bootstrap=n - 1, seed=1)
    after = panel.years[~panel.before].tolist()
    theirs = timed(
        lambda: asked.fit(long(panel), "y", "treated", "unit", "year", post_periods=after), repeats=1
    )
    return Row(f"{use}: {n} fits", ours(use), f"diff-diff {peer.__version__}", theirs)


def dowhy() -> Row:
    import dowhy as peer  # noqa: PLC0415 - heavy

    use = DESIGNS[0]
    panel, n = panel_of(use), n_fits(use)
    change = panel.outcome[~panel.before].mean(axis=0) - panel.outcome[panel.before].mean(axis=0)
    names = [f"x{k}" for k in range(panel.covariates.shape[1])]
    table = pd.DataFrame(panel.covariates, columns=names).assign(y=change, d=panel.treated)

    def one() -> object:
        model = peer.CausalModel(table, "d", "y", common_causes=names)
        found = model.identify_effect(proceed_when_unidentifiable=True)
        return model.estimate_effect(found, method_name="backdoor.linear_regression")

    return Row(f"{use}: {n} fits", ours(use), f"dowhy {peer.__version__}", scaled(one, n), f"from {FEW} fits")


ROWS = (preparing, whole, brief, pages, pyfixest, diff_diff, dowhy, pysyncon)


def main() -> None:
    warnings.simplefilter("ignore")
    print("| work | ours, CPU s | peer | peer, CPU s | faster by | note |\n|---|---|---|---|---|---|")
    with threadpool_limits(1):
        for row in ROWS:
            try:
                print(row(), flush=True)
            except Exception as error:  # noqa: BLE001 - a peer that breaks is a row of the table
                print(f"| {row.__name__} {4 * BAR}| {type(error).__name__}: {error} |", flush=True)
                sys.stderr.write(f"{row.__name__} did not run\n")


if __name__ == "__main__":
    main()
