"""What is left of an effect on cost once the programme itself is paid.

A difference in the cost of care is gross: it leaves out what was spent to bring it about. That spending is
known from the books and not estimated, so it moves an effect and its interval and makes neither wider. Over
years it is averaged as the effect is: each counted year weighs the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lmpeval.estimate import Estimate
from lmpeval.panel import Floats


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
    """

    gross: float
    low: float
    high: float
    programme: float
    exposure: float
    before: float

    @property
    def effect(self) -> float:
        """Net effect per unit of exposure and year."""
        return self.gross + self.programme

    @property
    def interval(self) -> tuple[float, float]:
        """Of the net effect."""
        return (self.low + self.programme, self.high + self.programme)

    def in_all(self, per_head: float) -> float:
        """Bring an amount per head to one for all of the treated in a year."""
        return per_head * self.exposure


@dataclass(frozen=True)
class GrossOnly:
    """Why an effect on cost cannot be told net of what the programme cost."""

    reason: str


def net_effect(found: Estimate, exposure: Floats, spent: Mapping[int, float]) -> NetEffect | GrossOnly:
    """Set the cost of a programme against its effect on the cost of care.

    Parameters
    ----------
    found : Estimate
        By calendar year, of differences in money per unit of exposure.
    exposure : array, shape (n_years,)
        Of all treated, in the years of the estimate.
    spent : mapping of year to float
        In all, in the prices of the outcome's price year.
    """
    counted = found.years[found.counted]
    absent = [int(year) for year in counted if int(year) not in spent]
    if absent:
        years = ", ".join(map(str, absent))
        return GrossOnly(f"what the programme cost is not given for {years}")
    heads = exposure[found.counted]
    a_head = np.array([spent[int(year)] for year in counted]) / heads
    low, high = found.told.interval
    early = [amount for year, amount in spent.items() if found.start <= year < counted[0]]
    return NetEffect(
        found.told.effect, low, high, float(a_head.mean()), float(heads.mean()), float(sum(early))
    )
