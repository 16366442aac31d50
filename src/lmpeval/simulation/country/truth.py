"""The truth about every programme, from the sums over all chunks of people (contract simulated_truth)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lmpeval.panel import Floats
from lmpeval.simulation.country.areas import Area, areas
from lmpeval.simulation.country.drawn import Geography, Integers
from lmpeval.simulation.country.interventions import CATEGORIES
from lmpeval.simulation.country.tally import ADULTS_ONLY, OUTCOMES, Tally

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country

ALL = "all"
"""Stands for the programmes of a site together."""
EURO = "euro per insured year"
AIMS_AND_UNITS = {
    "cost": ("cost", EURO),
    **{f"cost_{name}": ("cost", EURO) for name in CATEGORIES},
    "mortality": ("health", "deaths per 1,000 insured years"),
    "good_health": ("health", "percent of adults"),
    "experience": ("experience", "points of ten, adults"),
}


def truth_table(country: Country, geography: Geography, total: Tally) -> pd.DataFrame:
    """Say what every programme did, by outcome, year and level.

    On level `population` (everybody who lives in the site's municipalities) the effect is reach times the
    effect on participants, plus spillover. Programme `all` is those of a site together. Costs are in euro
    of the year.

    Returns
    -------
    DataFrame
        Contract simulated_truth: years from the start of the programme on.
    """
    years = np.arange(country.first, country.last + 1)
    tables = []
    for area in areas(country.programmes, geography):
        mine = [k for k, programme in enumerate(country.programmes) if programme.site == area.site]
        for name, some in [*((country.programmes[k].name, [k]) for k in mine), (ALL, mine)]:
            start = min(country.programmes[k].start for k in some)
            table = _levels(area, total, some, years)
            table.insert(0, "programme", name)
            table.insert(1, "site", area.site.name)
            tables.append(table[table["year"] >= start])
    return pd.concat(tables, ignore_index=True)


def _levels(area: Area, total: Tally, some: Sequence[int], years: Integers) -> pd.DataFrame:
    """Rows of some programmes of one site, on every level."""
    per = np.where(ADULTS_ONLY, 2, 1)
    change = (total.acted[some] - total.otherwise[some]).sum(axis=0)  # (n_roles, n_years, n_outcomes)
    reached = total.exposure[some].sum(axis=0)
    residents = total.residents[:, area.inside].sum(axis=1)
    people, takers = residents[:, per], reached[0][:, per]
    whole = change[0] + change[1]
    levels = [
        _rows("participants", years, reached[0], _over(change[0], takers)),
        _rows("population", years, residents, _over(whole, people),
              reach=_over(takers, people), spillover=_over(change[1], people)),
    ]  # fmt: skip
    if reached[2].any():
        levels.append(_rows("neighbours", years, reached[2], _over(change[2], reached[2][:, per])))
    return pd.concat(levels)


def _rows(
    level: str,
    years: Integers,
    exposure: Floats,
    effect: Floats,
    reach: Floats | None = None,
    spillover: Floats | None = None,
) -> pd.DataFrame:
    """Rows of one level; exposure of shape (n_years, 3), the others (n_years, n_outcomes)."""
    n_years, n_outcomes = effect.shape
    unknown = np.full(effect.shape, np.nan)
    return pd.DataFrame(
        {
            "aim": np.tile([AIMS_AND_UNITS[name][0] for name in OUTCOMES], n_years),
            "outcome": np.tile(OUTCOMES, n_years),
            "unit": np.tile([AIMS_AND_UNITS[name][1] for name in OUTCOMES], n_years),
            "year": np.repeat(years, n_outcomes),
            "level": level,
            "effect": effect.ravel(),
            "reach": (unknown if reach is None else reach).ravel(),
            "spillover": (unknown if spillover is None else spillover).ravel(),
            "persons": np.repeat(exposure[:, 0], n_outcomes).astype(np.int64),
            "insured_years": np.repeat(exposure[:, 1], n_outcomes),
        }
    )


def _over(sums: Floats, exposure: Floats) -> Floats:
    """Sums per exposure; missing where there is none."""
    return np.asarray(np.divide(sums, exposure, out=np.full(sums.shape, np.nan), where=exposure > 0))
