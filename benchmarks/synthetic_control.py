"""Speed of synthetic control with its full placebo test, beside every Python peer that runs.

    python benchmarks/synthetic_control.py

Programs that take minutes answer for a few placebos and are scaled up, marked "from". Proposition 99 is
drawn at its size, or read from the file that LMPEVAL_PROP99 names. A program that breaks on these versions is
listed so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from measured import Measured, Size, Work, cpu, has, held, main, named
from scipy.optimize import nnls

from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.designs.synthetic_difference_in_differences import SyntheticDifferenceInDifferences
from lmpeval.panel import Floats, Panel

FEW = 4
PROP99 = "LMPEVAL_PROP99"
"""Names the file with cigarette sales by year and state (columns year, state, cigsale)."""


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

    def named_table(self) -> object:
        """The same with units by their name, for peers that take no number for one."""
        table = self.table()
        return table.assign(unit=[f"u{unit:03d}" for unit in table["unit"]])  # type: ignore[attr-defined]


def drawn(n_years: int, n_units: int) -> Floats:
    """Three factors, a level and as much noise as one factor."""
    rng = np.random.default_rng(1)
    factors = rng.normal(size=(n_years, 3)) @ rng.normal(size=(3, n_units))
    return 100 + 3 * rng.normal(size=n_units) + factors + rng.normal(size=(n_years, n_units))


def proposition_99() -> Floats:
    """Cigarette sales by year and state, California first."""
    if PROP99 not in os.environ:
        return drawn(31, 39)
    import pandas as pd  # noqa: PLC0415 - for the file

    sales = pd.read_csv(os.environ[PROP99]).pivot(index="year", columns="state", values="cigsale")
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


def scpi_data(case: Case) -> object:
    """A case as scpi_pkg sees it."""
    from scpi_pkg.scdata import scdata  # noqa: PLC0415 - not a dependency

    n_years, n_units = case.outcome.shape
    return scdata(
        df=case.named_table(), id_var="unit", time_var="year", outcome_var="y", unit_tr="u000",
        period_pre=np.arange(case.n_before), period_post=np.arange(case.n_before, n_years),
        unit_co=[f"u{unit:03d}" for unit in range(1, n_units)],
    )  # fmt: skip


def scpi_pkg(case: Case) -> tuple[float, int]:
    """The estimate alone; its interval is timed in `prediction_intervals.py`."""
    from scpi_pkg.scest import scest  # noqa: PLC0415 - not a dependency

    if case.n_treated > 1:
        raise NotImplementedError("no synthetic difference-in-differences")
    data = scpi_data(case)
    return few(case, lambda: scest(data, w_constr={"name": "simplex"}))


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


PEERS: dict[str, Callable[[Case], tuple[float, int]]] = {
    "diff-diff": diff_diff,
    "mlsynth": mlsynth,
    "pysyncon": pysyncon,
    "scpi_pkg": scpi_pkg,
    "azcausal": azcausal,
}


def smoke(name: str) -> Case:
    """The same work, so small that it takes no time."""
    if name.startswith("sdid"):
        return Case("synthetic DiD, 12 x 10, 2 treated", drawn(10, 12), 7, 2, 5)
    return Case("11 donors x 9 years: fit and 11 placebos", drawn(14, 12), 9, 1, 12)


def timed(name: str, size: Size) -> Iterator[Measured]:
    """Ours against the floor, the classical weights, and every peer that is there."""
    case = CASES[name]() if size is Size.WHOLE else smoke(name)
    seconds, memory = ours(case)[0], held()
    if name.startswith("sdid"):
        yield Measured(case.work, seconds, memory)
    else:
        yield Measured(case.work, seconds, memory, floor(case)[0], note="floor: scipy nnls")
        yield Measured(f"{case.work}, classical weights", ours_classical(case)[0], memory)
    for peer, answered in PEERS.items():
        if not has(peer.replace("-", "_"), size):
            continue
        try:
            theirs, fits = answered(case)
        except NotImplementedError:  # it does something else
            continue
        except Exception as error:  # noqa: BLE001 - a peer that breaks is a row of the table
            yield Measured(case.work, seconds, peer=named(peer), note=f"breaks: {type(error).__name__}")
            continue
        part = "" if fits >= case.n_fits else f"peer from {fits} fits"
        yield Measured(case.work, seconds, memory, peer=named(peer), theirs=theirs, note=part)


PIECES = {name: partial(timed, name) for name in CASES}

if __name__ == "__main__":
    main(PIECES, __doc__)
