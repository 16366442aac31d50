"""What can be wrong with a country and its people, planted on purpose: see `simulation.traps`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lmpeval.panel import Bools, Floats
from lmpeval.simulation.country.areas import areas
from lmpeval.simulation.country.drawn import Geography, People, Singles
from lmpeval.simulation.country.interventions import CATEGORIES
from lmpeval.simulation.country.region_noise import RegionNoise

if TYPE_CHECKING:
    from lmpeval.simulation.country.settings import Country

Costs = Mapping[str, Singles]


@dataclass(frozen=True)
class Disturbance:
    """Leaves everything as it is; those below each change one thing."""

    def noise(self, noise: RegionNoise, country: Country, geography: Geography) -> RegionNoise:
        """Change what regions differ by from what their inhabitants make one expect."""
        return noise

    def people(self, people: People, country: Country, geography: Geography) -> People:
        """Change the people of a chunk, before any programme reaches them."""
        return people

    def costs(self, costs: Costs, people: People, country: Country, geography: Geography) -> Costs:
        """Change what the people of a chunk cost without any programme, each category of (n_years, n)."""
        return costs

    def panel(self, panel: pd.DataFrame, country: Country, geography: Geography) -> pd.DataFrame:
        """Change the region panel as it is delivered; the people stay as they are."""
        return panel


def in_sites(country: Country, geography: Geography) -> Bools:
    """Whether a municipality lies in any site, shape (n_units,)."""
    found = [area.inside for area in areas(country.programmes, geography)]
    return np.any(found, axis=0) if found else np.zeros(len(geography.units), bool)


def first_start(country: Country) -> int:
    """Year in which the first programme starts."""
    return min(
        (programme.start for programme in country.programmes if programme.delivered), default=country.last
    )


def _with_factor(noise: RegionNoise, factor: Floats) -> RegionNoise:
    """Multiply costs by a factor that broadcasts to (n_years, n_units, n_categories)."""
    return replace(noise, cost=noise.cost * factor)


@dataclass(frozen=True)
class OwnTrend(Disturbance):
    """Cost in the sites drifts away from the rest of the country, from the first year on.

    Attributes
    ----------
    yearly : float
        Relative change a year.
    """

    yearly: float

    def noise(self, noise: RegionNoise, country: Country, geography: Geography) -> RegionNoise:
        """Let the sites drift."""
        drift = np.exp(np.log1p(self.yearly) * np.arange(len(noise.cost)))
        return _with_factor(noise, np.where(in_sites(country, geography), drift[:, None], 1.0)[:, :, None])


@dataclass(frozen=True)
class HospitalBills(Disturbance):
    """The reform of hospital claims takes far more off the sites' bills than off those of other regions.

    Attributes
    ----------
    extra : float
        Share of hospital cost that the sites lose beyond the national dip, from the reform on.
    """

    extra: float

    def noise(self, noise: RegionNoise, country: Country, geography: Geography) -> RegionNoise:
        """Shorten the sites' bills more."""
        years = np.arange(country.first, country.last + 1) >= country.billing_year
        fall = np.where(np.outer(years, in_sites(country, geography)), 1 - self.extra, 1.0)
        hospital = np.array(CATEGORIES) == "hospital"
        return _with_factor(noise, np.where(hospital, fall[:, :, None], 1.0))


@dataclass(frozen=True)
class Fall(Disturbance):
    """Claims fall in some years, more in some neighbourhoods than in others: a pandemic, late claims.

    Attributes
    ----------
    shares : mapping of year to float
        Share of a year's cost that is not claimed.
    spread : float
        Standard deviation of that share over neighbourhoods.
    """

    shares: Mapping[int, float]
    spread: float = 0.0

    def noise(self, noise: RegionNoise, country: Country, geography: Geography) -> RegionNoise:
        """Take the share off."""
        rng = np.random.default_rng((country.seed, 0xFA11))
        years = np.arange(country.first, country.last + 1)
        share = np.array([self.shares.get(int(year), 0.0) for year in years])[:, None]
        uneven = share + (share > 0) * self.spread * rng.standard_normal((len(years), len(geography.groups)))
        return _with_factor(noise, (1 - np.clip(uneven, 0, 0.9))[:, geography.group, None])


@dataclass(frozen=True)
class Leavers(Disturbance):
    """People of high cost move out of the sites once the programmes start.

    Attributes
    ----------
    share : float
        Of those above the bound who live in a site in the year of the start.
    above : float
        Cost in the year before the start, in euro.
    """

    share: float
    above: float

    def people(self, people: People, country: Country, geography: Geography) -> People:
        """Let them go to the municipality that comes after their own outside the sites."""
        sites, start = in_sites(country, geography), first_start(country) - country.first
        costly = people.baseline_cost[max(start - 1, 0)] > self.above
        # one in so many by number: no chance is spent, so the others live as they would without the trap
        chosen = people.person % 1000 < 1000 * self.share
        goes = np.flatnonzero(sites[people.unit[start]] & costly & chosen)
        outside = np.flatnonzero(~sites)
        target = outside[np.searchsorted(outside, people.unit[start, goes]) % len(outside)]
        unit, practice = people.unit.copy(), people.practice.copy()
        unit[start:, goes] = target
        practice[start:, goes] = geography.first_practice[target]
        return replace(people, unit=unit, practice=practice)


@dataclass(frozen=True)
class OneCostlyPatient(Disturbance):
    """A patient of the first site costs a fortune in every year from the start on.

    Attributes
    ----------
    euro : float
        Hospital cost a year.
    """

    euro: float

    def costs(self, costs: Costs, people: People, country: Country, geography: Geography) -> Costs:
        """Make the first person of the country who lives there that patient."""
        if people.person[0] != 0:
            return costs
        start = first_start(country) - country.first
        inside = areas(country.programmes, geography)[0].inside[people.unit[start:]]
        lives_on = (inside & (people.insured[start:] > 0)).all(axis=0)
        hospital = costs["hospital"].copy()
        hospital[start:, int(lives_on.argmax())] = self.euro
        return {**costs, "hospital": hospital}
