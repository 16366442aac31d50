"""What a design matches beside the outcome's path, read from the delivered table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from lmpeval.predictors import Floats, Measured, Predictor


@dataclass(frozen=True, eq=False)
class Read:
    """Predictors of the units of one outcome.

    Attributes
    ----------
    measured : Measured
        Of all `units`, complete or not.
    predictors : tuple of Predictor
    units : tuple of str
    """

    measured: Measured
    predictors: tuple[Predictor, ...]
    units: tuple[str, ...]

    def absent(self) -> Iterator[tuple[str, str]]:
        """Units without any figure of a predictor, each with the first that it lacks."""
        of_outcome = self.measured.in_path.any(axis=1, keepdims=True)
        known = np.isfinite(self.measured.of_columns()) | of_outcome
        for unit, has in zip(self.units, known.T, strict=True):
            if not has.all():
                yield unit, f"no figure of {self.predictors[int(has.argmin())]}"

    def of(self, units: Sequence[str]) -> Measured:
        """Those of some units, in this order."""
        place = {unit: position for position, unit in enumerate(self.units)}
        return self.measured.in_order(np.array([place[unit] for unit in units], dtype=np.intp))


def read_predictors(
    predictors: tuple[Predictor, ...],
    outcome: str,
    table: pd.DataFrame,
    years: Sequence[int],
    units: Sequence[str],
) -> Read:
    """Read every predictor year by year.

    Parameters
    ----------
    predictors : tuple of Predictor
        Over years before the first start.
    outcome : str
        Column of the outcome: a predictor of that column is one of the outcome itself.
    table : DataFrame
        Contract ``region_panel``, without the years that the study leaves out.
    years : sequence of int
        Of the panel.
    units : sequence of str
    """
    in_path = np.zeros((len(predictors), len(years)), dtype=bool)
    readings: list[Floats] = [np.empty((0, len(units)))]
    when: list[int] = []
    of: list[int] = []
    for position, predictor in enumerate(predictors):
        if predictor.column in (None, outcome):
            in_path[position] = [predictor.first <= year <= predictor.until for year in years]
            continue
        asked = table[table["year"].between(predictor.first, predictor.until)]
        found = asked.pivot(index="year", columns="unit", values=str(predictor.column))
        found = found.reindex(columns=list(units)).dropna(how="all")
        readings.append(found.to_numpy(dtype=float))
        when += found.index.tolist()
        of += [position] * len(found)
    return Read(
        Measured(
            names=tuple(map(str, predictors)),
            in_path=in_path,
            readings=np.concatenate(readings),
            years=np.array(when, dtype=np.int64),
            of=np.array(of, dtype=np.int64),
        ),
        predictors,
        tuple(units),
    )
