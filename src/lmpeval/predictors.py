"""What a mixture of donors is to match beside, or in place of, the outcome's path before the start."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Predictor:
    """Mean of a column of the delivered data, or of the outcome, over years before the start.

    Attributes
    ----------
    first : int
        First of the years.
    last : int or None
        Last of them; `first` where left out.
    column : str or None
        Of the delivered data; the outcome itself where left out.
    weight : float or None
        Its importance beside the other predictors', once each is measured in its standard deviation over
        units; None where the importance is to be found.
    """

    first: int
    last: int | None = None
    column: str | None = None
    weight: float | None = None

    @property
    def until(self) -> int:
        """Last of the years."""
        return self.first if self.last is None else self.last

    def __str__(self) -> str:
        """Column and years, as tables show them.

        >>> str(Predictor(1980, 1988, "income")), str(Predictor(1975))
        ('income 1980-1988', 'outcome 1975')
        """
        years = str(self.first) if self.until == self.first else f"{self.first}-{self.until}"
        return f"{self.column or 'outcome'} {years}"


@dataclass(frozen=True, eq=False)
class Measured:
    """Figures of predictors on the units of a panel, kept by year so that a year can be taken away.

    A reading is the figure of one predictor's column in one year. Where the outcome itself is the predictor
    there is none: its years are marked in the panel, whose figures may still be moved or rescaled.

    Attributes
    ----------
    names : tuple of str, length n_predictors
    in_path : array of bool, shape (n_predictors, n_years)
        Years of the panel over whose outcome the predictor is the mean; False throughout where it is that
        of a column.
    readings : array, shape (n_readings, n_units)
        Not a number where a unit has none in that year.
    years : array of int, shape (n_readings,)
        Calendar year of each reading; before the start.
    of : array of int, shape (n_readings,)
        Position of the predictor that each reading is of.
    """

    names: tuple[str, ...]
    in_path: Bools
    readings: Floats
    years: Integers
    of: Integers

    @property
    def shape(self) -> tuple[int, int]:
        """Years of the panel, and units."""
        return self.in_path.shape[1], self.readings.shape[1]

    def of_columns(self) -> Floats:
        """Mean of each predictor's readings, shape (n_predictors, n_units).

        Not a number where a unit has none, and for predictors of the outcome itself.
        """
        there = np.isfinite(self.readings)
        sums = np.zeros((len(self.names), self.readings.shape[1]))
        counts = np.zeros_like(sums)
        np.add.at(sums, self.of, np.where(there, self.readings, 0.0))
        np.add.at(counts, self.of, there)
        return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)

    def in_order(self, order: NDArray[np.intp]) -> Measured:
        """Put the units in another order, or keep some of them."""
        return replace(self, readings=self.readings[:, order])

    def in_years(self, rows: NDArray[np.intp], gone: Integers) -> Measured:
        """Follow a panel into other rows of years; readings of the calendar years `gone` are forgotten."""
        kept = ~np.isin(self.years, gone)
        return replace(
            self,
            in_path=self.in_path[:, rows],
            readings=self.readings[kept],
            years=self.years[kept],
            of=self.of[kept],
        )
