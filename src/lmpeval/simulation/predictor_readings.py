"""What the predictors of a small world read on its units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmpeval.panel import Floats, Years
from lmpeval.predictors import Measured, Predictor


def measured(
    predictors: Sequence[Predictor], years: Years, feels: Floats, rng: np.random.Generator
) -> Measured:
    """Read the predictors.

    Parameters
    ----------
    predictors : sequence of Predictor
    years : array of int, shape (n_years,)
        Calendar years of the panel.
    feels : array, shape (n_units,)
        What a unit feels of the factor. The column of that name reads it with an error; others read chance.
    rng : Generator
    """
    in_path = np.zeros((len(predictors), len(years)), dtype=bool)
    readings, when, of = [], [], []
    for k, each in enumerate(predictors):
        its_years = (years >= each.first) & (years <= each.until)
        if each.column is None:
            in_path[k] = its_years
            continue
        for year in years[its_years]:
            chance = rng.normal(size=len(feels))
            readings.append(feels + 0.05 * chance if each.column == "feels" else chance)
            when.append(year)
            of.append(k)
    rows = np.reshape(readings, (-1, len(feels)))
    return Measured(tuple(map(str, predictors)), in_path, rows, np.array(when), np.array(of))
