"""Speed of the search for the importance of predictors, and how well what it finds follows the path.

    LMPEVAL_PROP99=prop99_smoking.csv python benchmarks/searched_importance.py

The seven predictors of Abadie, Diamond and Hainmueller (2010). Programs do not find the same: the note of a
row gives the mean squared gap before the start of either, and the smaller follows better. Without the file,
figures are drawn at its size.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from measured import Measured, Size, cpu, has, held, main, named
from synthetic_control import PROP99, Case, drawn, proposition_99

from lmpeval.designs.synthetic_control import SyntheticControl
from lmpeval.panel import Floats, Panel
from lmpeval.predictors import Measured as Readings
from lmpeval.predictors import Predictor

COLUMNS = {"lnincome": (10, 18), "age15to24": (10, 18), "retprice": (10, 18), "beer": (14, 18)}
"""First and last of the years, counted from the first of all, over which each is averaged."""
OF_THE_OUTCOME = (18, 10, 5)


@dataclass(frozen=True)
class Searched:
    """A case with figures (n_years, n_units) of columns by their name."""

    case: Case
    columns: dict[str, Floats]

    def panel(self) -> Panel:
        """As lmpeval sees it."""
        years = np.arange(len(self.case.outcome))
        asked = predictors()
        in_path = np.array([[each.column is None and each.first == year for year in years] for each in asked])
        rows = [
            (k, year) for k, each in enumerate(asked) if each.column
            for year in range(each.first, each.until + 1)
        ]  # fmt: skip
        readings = np.array([self.columns[asked[k].column][year] for k, year in rows])
        of, when = (np.array(each) for each in zip(*rows, strict=True))
        return replace(
            self.case.panel(), predictors=Readings(tuple(map(str, asked)), in_path, readings, when, of)
        )

    def table(self) -> object:
        """As the peers see it; the outcome of single years as columns of their own."""
        table = self.case.table()
        for name, figures in self.columns.items():
            table[name] = figures.ravel()  # type: ignore[index]
        for year in OF_THE_OUTCOME:
            table[f"y{year}"] = np.tile(self.case.outcome[year], len(self.case.outcome))  # type: ignore[index]
        return table

    @property
    def windows(self) -> dict[str, tuple[int, int]]:
        """First and last year of each column of `table` that is a predictor."""
        return COLUMNS | {f"y{year}": (0, self.case.n_before - 1) for year in OF_THE_OUTCOME}

    def misfit(self, weights: Floats) -> float:
        """Mean squared gap before the start."""
        path = self.case.outcome[: self.case.n_before]
        return float(((path[:, 0] - path[:, 1:] @ weights) ** 2).mean())


def predictors() -> tuple[Predictor, ...]:
    columns = (Predictor(first, last, name) for name, (first, last) in COLUMNS.items())
    return (*columns, *(Predictor(year) for year in OF_THE_OUTCOME))


def whole() -> Searched:
    """Proposition 99, or figures of its size."""
    sales = proposition_99()
    case = Case("Proposition 99, 38 donors, 7 predictors: importance by search", sales, 19, 1, 39)
    if PROP99 not in os.environ:
        return Searched(case, {name: drawn(*sales.shape) + k for k, name in enumerate(COLUMNS)})
    import pandas as pd  # noqa: PLC0415 - for the file

    table = pd.read_csv(os.environ[PROP99])
    wide = {name: table.pivot(index="year", columns="state", values=name) for name in COLUMNS}
    states = ["California", *wide["beer"].columns.drop("California")]
    return Searched(case, {name: figures[states].to_numpy(dtype=float) for name, figures in wide.items()})


def small() -> Searched:
    """The same work, so small that it takes no time."""
    rng = np.random.default_rng(3)
    outcome = drawn(23, 9)
    return Searched(
        Case("8 donors, 7 predictors: importance by search", outcome, 19, 1, 9),
        {name: outcome + rng.normal(size=outcome.shape) for name in COLUMNS},
    )


# Peers: weights of the donors in the order of their columns


def diff_diff(of: Searched) -> Floats:
    from diff_diff import SyntheticControl as Theirs  # noqa: PLC0415 - not a dependency

    special = [(name, [*range(first, last + 1)], "mean") for name, (first, last) in of.windows.items()]
    after = [*range(of.case.n_before, len(of.case.outcome))]
    found = Theirs(v_method="nested", seed=1).fit(
        of.table(), "y", "d", "unit", "year", post_periods=after, special_predictors=special
    )
    return np.array([found.donor_weights.get(unit, 0.0) for unit in range(1, of.case.outcome.shape[1])])


def mlsynth(of: Searched) -> Floats:
    from mlsynth import VanillaSC  # noqa: PLC0415 - not a dependency

    found = VanillaSC(
        {
            "df": of.table(), "outcome": "y", "treat": "d", "unitid": "unit", "time": "year",
            "display_graphs": False, "covariates": [*of.windows], "covariate_windows": of.windows,
            "backend": "mscmt", "inference": False,
        }
    ).fit()  # fmt: skip
    weights = {int(unit): weight for unit, weight in found.weights.donor_weights.items()}
    return np.array([weights.get(unit, 0.0) for unit in range(1, of.case.outcome.shape[1])])


def pysyncon(of: Searched) -> Floats:
    from pysyncon import Dataprep, Synth  # noqa: PLC0415 - not a dependency

    asked = Dataprep(
        foo=of.table(), predictors=[], predictors_op="mean", dependent="y", unit_variable="unit",
        time_variable="year", treatment_identifier=0,
        controls_identifier=[*range(1, of.case.outcome.shape[1])],
        time_predictors_prior=range(of.case.n_before), time_optimize_ssr=range(of.case.n_before),
        special_predictors=[
            (name, range(first, last + 1), "mean") for name, (first, last) in of.windows.items()
        ],
    )  # fmt: skip
    theirs = Synth()
    theirs.fit(asked, optim_method="Nelder-Mead", optim_initial="equal")
    return np.asarray(theirs.W)


PEERS: dict[str, Callable[[Searched], Floats]] = {
    "diff-diff": diff_diff,
    "mlsynth": mlsynth,
    "pysyncon": pysyncon,
}


def timed(size: Size) -> Iterator[Measured]:
    """One search of ours, with the proof that none follows better, and one of every peer that is there."""
    of = whole() if size is Size.WHOLE else small()
    panel, work = of.panel(), f"{of.case.work}, one"
    design = SyntheticControl(ridge=1e-6, levels="together", predictors=predictors(), v="nested")
    found = of.misfit(design.compare(panel).weights)
    seconds, memory = cpu(lambda: design.compare(panel)), held()
    yield Measured(work, seconds, memory, note=f"gap {found:.5g}")
    for peer, search in PEERS.items():
        if not has(peer.replace("-", "_"), size):
            continue
        kept: list[Floats] = []
        try:
            theirs = cpu(lambda: kept.append(search(of)), 1)  # noqa: B023 - called here
        except Exception as error:  # noqa: BLE001 - a peer that breaks is a row of the table
            yield Measured(work, seconds, peer=named(peer), note=f"breaks: {type(error).__name__}")
            continue
        gaps = f"gap {found:.5g}, theirs {of.misfit(kept[0]):.5g}"
        yield Measured(work, seconds, memory, peer=named(peer), theirs=theirs, note=gaps)


def placebos(size: Size) -> Iterator[Measured]:
    """One search for each donor taken for the treated; peers would take as many times one."""
    of = whole() if size is Size.WHOLE else small()
    panel = of.panel()
    design = SyntheticControl(ridge=1e-6, levels="together", predictors=predictors(), v="nested")
    panels = [panel.placebo_sites({"placebo": np.array([unit])}) for unit in np.flatnonzero(panel.compared)]
    seconds = cpu(lambda: design.compare_many(panels), 1)
    yield Measured(f"{of.case.work}, {len(panels)} placebos", seconds, held())


PIECES = {"one": timed, "placebos": placebos}

if __name__ == "__main__":
    main(PIECES, __doc__)
