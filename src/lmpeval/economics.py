"""What is left of an effect on cost once the programme itself is paid.

A difference in the cost of care is gross: it leaves out what was spent to bring it about. That spending is
known from the books and not estimated, so it moves an effect and its interval and makes neither wider. Over
years it is averaged as the effect is: each counted year weighs the same.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from lmpeval.estimate import Estimate
from lmpeval.jointly.draws import Chance, NotPaired, jointly
from lmpeval.panel import Bools, Floats, Panel, Years


@dataclass(frozen=True)
class NetEffect:
    """An effect on cost per head with the programme's own cost in it.

    Attributes
    ----------
    gross, low, high : float
        Effect on the cost of care and its interval, per unit of exposure and year.
    programme : float
        Cost of the programme for the same, in the prices of the same year.
    exposure : float
        Mean exposure of the treated in the counted years: insured years, say.
    before : float
        What the programme cost between its start and the first counted year, in all; not in the rest.
    saving : Chance or None
        That less is paid with the programme than without it; None where nothing tells how sure the effect is.
    by_year : tuple of (int, float)
        Cost of the programme a head in each calendar year that counts, where sites started together.
    """

    gross: float
    low: float
    high: float
    programme: float
    exposure: float
    before: float
    saving: Chance | None = None
    by_year: tuple[tuple[int, float], ...] = ()

    @property
    def effect(self) -> float:
        """Net effect per unit of exposure and year."""
        return self.gross + self.programme

    @property
    def interval(self) -> tuple[float, float]:
        """Of the net effect."""
        return (self.low + self.programme, self.high + self.programme)

    def programme_in(self, years: Collection[int]) -> float:
        """Cost of the programme a head, over some of the years that count; over all where those are apart."""
        known = dict(self.by_year)
        if not years or not set(years) <= set(known):
            return self.programme
        return sum(known[year] for year in years) / len(years)

    def in_all(self, per_head: float) -> float:
        """Bring an amount per head to one for all of the treated in a year."""
        return per_head * self.exposure


@dataclass(frozen=True)
class GrossOnly:
    """Why an effect on cost cannot be told net of what the programme cost."""

    reason: str


@dataclass(frozen=True)
class Spent:
    """On a programme, by year.

    Attributes
    ----------
    euro : mapping of year to float
        In all, in the prices of the outcome's price year.
    reached : mapping of year to float
        Persons on whom it was spent, by the register; empty where it was spent on all who are treated.
    """

    euro: Mapping[int, float]
    reached: Mapping[int, float] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Heads:
    """Who the cost of a programme is spread over, by the years in which it counts.

    Attributes
    ----------
    years : array of int, shape (n_years,)
        Calendar years.
    shares : array, shape (n_starts, n_years)
        What the effect of each start in each year counts for in the effect; they sum to one.
    exposure : array, shape (n_starts, n_years)
        Of the treated of each start; zero before it.
    """

    years: Years
    shares: Floats
    exposure: Floats

    @classmethod
    def of_one_start(cls, found: Estimate, exposure: Floats) -> Heads:
        """All treated, exposure of shape (n_years,), of an estimate in calendar years."""
        counted = found.counted / found.counted.sum()
        return cls(found.years, counted[None], np.where(found.years < found.start, 0.0, exposure)[None])


def net_effect(found: Estimate, heads: Heads, spent: Spent) -> NetEffect | GrossOnly:
    """Set the cost of a programme against its effect on the cost of care.

    What is spent in a year is spread over those reached, where a register counts them in every year that
    counts, else over all who are treated by then.

    Parameters
    ----------
    found : Estimate
        Of differences in money per unit of exposure.
    heads : Heads
    spent : Spent
    """
    by_year = heads.shares.sum(axis=0)
    counts = by_year > 0
    absent = [int(year) for year in heads.years[counts] if int(year) not in spent.euro]
    if absent:
        years = ", ".join(map(str, absent))
        return GrossOnly(f"what the programme cost is not given for {years}")
    treated = _spread_over(heads, spent.reached, counts)
    amounts = np.array([spent.euro.get(int(year), 0.0) for year in heads.years])
    a_head = np.divide(amounts, treated, out=np.zeros(len(amounts)), where=treated > 0)
    programme = float(by_year @ a_head)
    low, high = found.told.interval
    started = int(heads.years[treated > 0][0])
    early = [amount for year, amount in spent.euro.items() if started <= year < heads.years[counts][0]]
    return NetEffect(
        found.told.effect,
        low,
        high,
        programme,
        float(by_year @ treated),
        float(sum(early)),
        _saving(found, programme),
        _by_year(heads, a_head),
    )


def _by_year(heads: Heads, a_head: Floats) -> tuple[tuple[int, float], ...]:
    if len(heads.shares) > 1:  # the years of their effect count from each start
        return ()
    counts = heads.shares[0] > 0
    return tuple(
        (int(year), float(euro)) for year, euro in zip(heads.years[counts], a_head[counts], strict=True)
    )


def _spread_over(heads: Heads, reached: Mapping[int, float], counts: Bools) -> Floats:
    """Heads by year; shape (n_years,)."""
    treated = heads.exposure.sum(axis=0)
    by_register = np.array([reached.get(int(year), 0.0) for year in heads.years])
    return np.where(treated > 0, by_register, 0.0) if (by_register[counts] > 0).all() else treated


def _saving(found: Estimate, programme: float) -> Chance | None:
    try:
        return jointly([found]).chance(lambda effects: effects[..., 0] + programme < 0)
    except NotPaired:
        return None


def heads_of_starts(years: Years, shares: Floats, panels: Sequence[Panel]) -> Heads:
    """Heads of several starts, one panel each; `years` and `shares` as in `Heads`."""
    exposure = np.zeros(shares.shape)
    for of, panel in zip(exposure, panels, strict=True):
        after = ~panel.before
        of[np.isin(years, panel.years[after])] = panel.exposure[np.ix_(after, panel.treated)].sum(axis=1)
    return Heads(years, shares, exposure)
