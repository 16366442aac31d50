"""What a synthetic country is like; a trap is the same country with other settings."""

from __future__ import annotations

from dataclasses import dataclass

from lmpeval.errors import UserError
from lmpeval.simulation.country.disturbances import Disturbance
from lmpeval.simulation.country.interventions import Programme
from lmpeval.simulation.country.sites import PROGRAMMES

FEWEST = 10_000
"""Of fewer persons many municipalities would be empty."""
MOST_MERGERS = 100
"""Only municipalities smaller than the mean come of a merger; there are more than so many of them."""


@dataclass(frozen=True)
class Country:
    """Settings of a synthetic country.

    Attributes
    ----------
    persons : int
        Alive at the start of the first year; everything that is per person scales with it.
    seed : int
        Zero or more; another seed draws another country.
    first, last : int
        Years drawn.
    programmes : tuple of Programme
    mergers : int
        Municipalities of the latest map that came of a merger of two within the years drawn. The real country
        had 441 municipalities in 2009 and 380 in 2018 (Statistics Netherlands).
    region_level, region_shock : float
        How strong lasting differences between regions, and what hits a region in a year, are compared with
        the measured ones.
    persistence : float
        Correlation of a region's shock with that of the year before.
    billing_year : int
        Year in which the longest duration of a hospital claim was shortened, which lets one year's claims
        fall once.
    billing_dip, billing_spread : float
        That fall as a share of hospital cost: its mean, and its standard deviation over hospitals.
    disturbances : tuple of Disturbance
        What is planted beside; each is asked in turn to change noise, people, their costs, and the panel.
    """

    persons: int = 100_000
    seed: int = 1
    first: int = 2009
    last: int = 2018
    programmes: tuple[Programme, ...] = PROGRAMMES
    mergers: int = 61
    region_level: float = 1.0
    region_shock: float = 1.0
    persistence: float = 0.85
    billing_year: int = 2015
    billing_dip: float = 0.039
    billing_spread: float = 0.010
    disturbances: tuple[Disturbance, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a country that cannot be drawn."""
        problems = []
        if self.persons < FEWEST:
            problems.append(f"persons must be at least {FEWEST:,}; got {self.persons:,}")
        if self.seed < 0:
            problems.append(f"seed must be 0 or more; got {self.seed}")
        if self.first >= self.last:
            problems.append(f"last must be after first; got {self.first} and {self.last}")
        if not 0 <= self.mergers <= MOST_MERGERS:
            problems.append(f"mergers must be 0 to {MOST_MERGERS}; got {self.mergers}")
        if not 0 <= self.persistence < 1:
            problems.append(f"persistence must be at least 0 and below 1; got {self.persistence}")
        if problems:
            raise UserError("the country cannot be drawn: " + "; ".join(problems))
