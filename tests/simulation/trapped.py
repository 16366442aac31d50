"""The country in which traps are planted, and what tests of them look up in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from lmpeval.simulation.country.areas import areas
from lmpeval.simulation.country.geography import draw_geography
from lmpeval.simulation.country.settings import Country
from lmpeval.simulation.country.sites import PROGRAMMES
from lmpeval.simulation.delivery import lay_out
from lmpeval.simulation.planting import COSTLIEST
from lmpeval.simulation.traps import TRAPS, trap_named
from simulation.small_delivery import read

COUNTRY = Country(persons=20_000, seed=1)
LARGER = Country(persons=100_000, seed=1)
STUDY = "site_1_diabetes_care"
NAMES = [trap.name for trap in TRAPS]
PLAIN = ""
Laid = Callable[[str], Path]
"""Folder of the country with the trap of this name in it, or with none (`PLAIN`)."""


def drawn_once(within: Path, country: Country = COUNTRY) -> Laid:
    """Draw a country when it is first asked for."""
    drawn: dict[str, Path] = {}

    def lay(name: str) -> Path:
        if name not in drawn:
            drawn[name] = within / (name or "plain")
            lay_out(country, [trap_named(name)] if name else [], drawn[name], jobs=1)
        return drawn[name]

    return lay


def panel(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "region_panel.parquet").set_index(["unit", "year"])


def truth(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "truth.parquet")


def persons(folder: Path) -> pd.DataFrame:
    return pd.read_parquet(folder / "person_year")


def costs_of_the_costliest(folder: Path) -> tuple[pd.Series, pd.Series]:
    """Cost of those in case management, in the year before they took part and in their first year."""
    took = pd.read_parquet(folder / "participants")
    took = took[took["programme"] == COSTLIEST]
    rows = persons(folder)
    rows["cost"] = rows.filter(like="cost_").sum(axis=1)
    cost = rows.set_index(["person_id", "year"])["cost"]
    before, after = (
        cost.reindex(pd.MultiIndex.from_arrays([took["person_id"], took["from"] + shift]))
        for shift in (-1, 0)
    )
    return before, after


def studies(laid: Laid, name: str) -> list[dict]:
    found = [read(path) for path in sorted((laid(name) / "studies").glob("*.yaml"))]
    assert found
    return found


def year_of(series: pd.Series | pd.DataFrame) -> np.ndarray:
    return series.index.get_level_values("year").to_numpy()


def in_sites() -> tuple[set[str], set[str]]:
    """Names of the municipalities in the sites, and of those that border on them."""
    places = draw_geography(COUNTRY)
    found = areas(PROGRAMMES, places)
    inside, beside = (np.any([getattr(a, side) for a in found], axis=0) for side in ("inside", "beside"))
    names = np.array(places.units)
    return set(names[inside]), set(names[beside])


def beside_site_1() -> dict[str, str]:
    """Municipalities that border on the first site, each with its region."""
    places = draw_geography(COUNTRY)
    [area] = [area for area in areas(PROGRAMMES, places) if area.site.name == "Site 1"]
    region = np.array(places.groups)[places.group]
    return {places.units[k]: str(region[k]) for k in np.flatnonzero(area.beside)}


def taken_over(laid: Laid) -> tuple[set[str], set[str]]:
    """Municipalities that grew by a neighbour's people in the boundary trap, and those that are gone."""
    merged, plain = (panel(laid(name))["insured_years"] for name in ("boundary_vintages", PLAIN))
    grown = (merged / plain).dropna()
    gone = set(plain.xs(2013, level="year").index) - set(merged.xs(2013, level="year").index)
    return {unit for unit, _ in grown[grown > 1.05].index}, gone
