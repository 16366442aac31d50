"""Speed of a synthetic control's prediction interval, beside the programs that have one.

    LMPEVAL_PROP99=prop99_smoking.csv python benchmarks/prediction_intervals.py

Intervals of Cattaneo, Feng and Titiunik (2021) for the mean of all later years. All draw 200
times; the authors' program gives one for each year too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from measured import Measured, Size, cpu, has, held, main, named
from synthetic_control import Case, drawn, proposition_99, scpi_data

from lmpeval.beside.prediction import DRAWS, prediction_intervals
from lmpeval.designs.synthetic_control import SyntheticControl


def scpi_pkg(case: Case) -> None:
    from scpi_pkg.scpi import scpi  # noqa: PLC0415 - not a dependency

    scpi(scpi_data(case), w_constr={"name": "simplex"}, sims=DRAWS, cores=1, verbose=False)


def mlsynth(case: Case) -> None:
    from mlsynth import VanillaSC  # noqa: PLC0415 - not a dependency

    asked = {"df": case.table(), "outcome": "y", "treat": "d", "unitid": "unit", "time": "year"}
    VanillaSC(asked | {"display_graphs": False, "inference": "scpi", "scpi_sims": DRAWS}).fit()


PEERS: dict[str, Callable[[Case], None]] = {"scpi_pkg": scpi_pkg, "mlsynth": mlsynth}


def timed(size: Size) -> Iterator[Measured]:
    """Ours against every peer that is there."""
    outcome = proposition_99() if size is Size.WHOLE else drawn(14, 12)
    case = Case(
        f"prediction interval, {outcome.shape[1] - 1} donors", outcome, 19 if size is Size.WHOLE else 9, 1, 1
    )
    panel, design = case.panel(), SyntheticControl()
    later = ~panel.before
    seconds = cpu(lambda: prediction_intervals(design, panel, later, 0.95, np.random.default_rng(4)))
    memory = held()
    yield Measured(case.work, seconds, memory)
    for peer, interval in PEERS.items():
        if not has(peer, size):
            continue
        try:
            theirs = cpu(lambda: interval(case), 1)  # noqa: B023 - called here
        except Exception as error:  # noqa: BLE001 - a peer that breaks is a row of the table
            yield Measured(case.work, seconds, peer=named(peer), note=f"breaks: {type(error).__name__}")
            continue
        yield Measured(case.work, seconds, memory, peer=named(peer), theirs=theirs)


PIECES = {"interval": timed}

if __name__ == "__main__":
    main(PIECES, __doc__)
