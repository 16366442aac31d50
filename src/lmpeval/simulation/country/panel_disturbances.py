"""What can be wrong with the region panel as it is delivered; the people behind it stay as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lmpeval.simulation.country.disturbances import Disturbance, first_start, in_sites
from lmpeval.simulation.country.drawn import Geography

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country

NOT_RATES = ("unit", "year", "group", "area", "insured_years", "log_insured_years")
BACKGROUND = ("share_65_plus", "share_80_plus", "ses", "log_insured_years")


@dataclass(frozen=True)
class TakenOver(Disturbance):
    """Municipalities of sites take over a neighbour and keep their name: the same unit is a larger area.

    Attributes
    ----------
    n : int
        Mergers, the largest municipalities first; they fall in the year of the first start.
    """

    n: int

    def panel(self, panel: pd.DataFrame, country: Country, geography: Geography) -> pd.DataFrame:
        """Give the taking municipality the figures of both from the start on; the other one ends."""
        start, sites = first_start(country), in_sites(country, geography)
        into: dict[str, str] = {}
        for unit in [k for k in np.argsort(-geography.share) if sites[k]]:
            near = [geography.units[k] for k in geography.neighbours[unit] if not sites[k]]
            if near and near[0] not in into and len(into) < self.n:
                into[near[0]] = geography.units[unit]
        late = panel["year"] >= start
        moved = panel.assign(unit=panel["unit"].where(~late, panel["unit"].replace(into)))
        return _merged(panel, moved)


def _merged(panel: pd.DataFrame, moved: pd.DataFrame) -> pd.DataFrame:
    """Add up insured years of rows that share unit and year, and average the rest by them."""
    rates = [name for name in panel if name not in NOT_RATES]
    keys = ["unit", "year"]
    weight = moved["insured_years"]
    by = [moved[key] for key in keys]
    sums = moved[rates].mul(weight, axis=0).groupby(by).sum(min_count=1)
    known = moved[rates].notna().mul(weight, axis=0).groupby(by).sum()
    table = (sums / known.where(known > 0)).reset_index()
    table = table.merge(panel[["unit", "group", "area"]].drop_duplicates("unit"), on="unit")
    insured = weight.groupby(by).sum().to_numpy()
    table["insured_years"] = insured
    table["log_insured_years"] = np.log(np.where(insured > 0, insured, np.nan))
    return table[list(panel.columns)]


@dataclass(frozen=True)
class ModelledEstimate(Disturbance):
    """A column of good health that a model predicts from background traits, as for small areas.

    Attributes
    ----------
    name : str
        Of the column.
    """

    name: str

    def panel(self, panel: pd.DataFrame, country: Country, geography: Geography) -> pd.DataFrame:
        """Fit good health to the background by least squares and deliver the fit."""
        known = panel[["good_health", *BACKGROUND]].notna().all(axis=1)
        traits = np.column_stack(
            [np.ones(known.sum()), panel.loc[known, list(BACKGROUND)].to_numpy(dtype=float)]
        )
        year = pd.get_dummies(panel.loc[known, "year"], dtype=float).to_numpy()[:, 1:]
        design = np.column_stack([traits, year])
        fitted = design @ np.linalg.lstsq(design, panel.loc[known, "good_health"].to_numpy(), rcond=None)[0]
        return panel.assign(**{self.name: pd.Series(fitted, panel.index[known]).reindex(panel.index)})


@dataclass(frozen=True)
class RiskScore(Disturbance):
    """A score of need that is made from the care that people got, and only from the first start on.

    Attributes
    ----------
    name : str
        Of the column.
    """

    name: str

    def panel(self, panel: pd.DataFrame, country: Country, geography: Geography) -> pd.DataFrame:
        """Deliver hospital cost over its national mean of the year as if it were need."""
        mean = panel.groupby("year")["cost_hospital"].transform("mean")
        score = (panel["cost_hospital"] / mean).where(panel["year"] >= first_start(country))
        return panel.assign(**{self.name: score})


@dataclass(frozen=True)
class Indicators(Disturbance):
    """Columns of process indicators that no programme touches.

    Attributes
    ----------
    names : tuple of str
    """

    names: tuple[str, ...]

    def panel(self, panel: pd.DataFrame, country: Country, geography: Geography) -> pd.DataFrame:
        """Draw each: a lasting level, and chance of the year that the neighbourhood shares."""
        rng = np.random.default_rng((country.seed, 0x1D1C))
        unit, _ = pd.factorize(panel["unit"])
        shared, _ = pd.factorize(panel["group"] + panel["year"].astype(str))
        columns = {}
        for name in self.names:
            level, shock = rng.normal(0, 5, unit.max() + 1), rng.normal(0, 1, shared.max() + 1)
            columns[name] = 50 + level[unit] + shock[shared] + rng.normal(0, 1, len(panel))
        return panel.assign(**columns)
