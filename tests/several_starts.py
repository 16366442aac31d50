"""Panels and studies of sites that started in different years, of which the truth is known."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np
import pandas as pd

from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.estimate import Comparison
from lmpeval.inference import PlaceboGroups
from lmpeval.panel import Panel
from lmpeval.study import Site, Study
from simulation.small_country import study, table
from worlds import World, draw

SITES = (
    Site(site="Berg", members=("streek01_01", "streek01_02", "streek01_03"), start=2013),
    Site(site="Kant", members=("kant_01", "kant_02", "kant_03", "kant_04"), start=2014),
    Site(site="Veen", members=("streek02_01", "streek02_02", "streek02_03", "streek02_04"), start=2015),
    Site(site="Duin", members=("streek03_01", "streek03_02", "streek03_03", "streek03_04"), start=2015),
)


@dataclass(frozen=True)
class Plain:
    """Mean of all comparison units, lifted; remembers whom it compared with."""

    inference: PlaceboGroups = PlaceboGroups()
    compared: set[str] = field(default_factory=set)
    pools: list[int] = field(default_factory=list)
    reads_after: bool = False
    assumptions: ClassVar = DifferenceInDifferences.assumptions

    def compare(self, panel: Panel) -> Comparison:
        self.compared.update(panel.control_names)
        self.pools.append(len(panel.control_names))
        mean = panel.controls.mean(axis=1)
        lift = (panel.treated_mean - mean)[panel.before].mean()
        n = panel.controls.shape[1]
        return Comparison(mean + lift, np.full(n, 1 / n), reads_after=self.reads_after)


def one_a_start(panel: Panel, start_of: np.ndarray, added: np.ndarray) -> list[Panel]:
    """Panels of the starts; start_of, shape (n_units,), 0 for never; added, shape (n_years, n_units)."""
    outcome = panel.outcome + added
    return [
        replace(
            panel,
            outcome=outcome,
            start=int(start),
            treated=start_of == start,
            aside=(start_of > 0) & (start_of != start),
        )
        for start in np.unique(start_of[start_of > 0])
    ]


def drawn(seed: int, starts: tuple[int, ...], effect: float = 0.0, **world) -> list[Panel]:
    """A country in which the first neighbourhoods start in `starts`; years 2010 to 2019."""
    base = draw(
        World(units=2, site_units=2, years=10, before=4, effect=0.0, sites=len(starts), **world), seed
    )
    start_of = np.zeros(len(base.units), dtype=int)
    for number, start in enumerate(starts):
        start_of[[name == f"site {number}" for name in base.groups]] = start
    exposed = (start_of > 0) & (base.years[:, None] >= start_of)
    return one_a_start(base, start_of, effect * exposed)


def by_hand(
    treated: list[list[float]], starts: tuple[int, ...], size: tuple[float, ...], other: float = 2.0
) -> list[Panel]:
    """One unit a site, years 2001 on; eight comparison units of size `other` that all rise by 10 a year."""
    added = np.column_stack([*treated, *np.zeros((8, len(treated[0])))])
    n_years, n = added.shape
    base = Panel(
        outcome=100 + 10 * np.arange(n_years)[:, None] + np.arange(n) * 1.0,
        exposure=np.tile([*size, *np.full(8, other)], (n_years, 1)),
        years=np.arange(2001, 2001 + n_years),
        units=tuple(f"u{i}" for i in range(n)),
        treated=np.arange(n) == 0,
        start=starts[0],
        covariates=np.zeros((n, 0)),
        covariate_names=(),
        groups=tuple(f"site {i}" if i < len(starts) else f"g{i}" for i in range(n)),
        aside=np.zeros(n, dtype=bool),
    )
    return one_a_start(base, np.array([*starts, *np.zeros(8, dtype=int)]), added)


def three_starts(**changes) -> Study:
    """The study of the small country with four sites and three starts."""
    small = study()
    return replace(
        small,
        intervention=replace(
            small.intervention, site="four places", start=2013, announced=None, reach={}, programme_cost={},
            sites=SITES,
        ),
        population=replace(small.population, members=tuple(m for each in SITES for m in each.members)),
        **changes,
    )  # fmt: skip


def delivered(effect: float = -60.0) -> pd.DataFrame:
    """The small country's table, with the effect in every site; Kant has it already."""
    data = table()
    for each in SITES:
        if each.site != "Kant":
            data.loc[data["unit"].isin(each.members) & (data["year"] >= each.start), "cost"] += effect
    return data
