"""Facts about the real country that the synthetic one is drawn after.

The three tables are rounded figures derived from the open data of Vektis (insured years and cost of 2011 and
2018) and from the regional division of Statistics Netherlands. They describe regions, ages and years of the
whole country; nothing in them is about a real municipality. Cost of 2009 and 2010 is an extrapolation.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from lmpeval.errors import UserError
from lmpeval.panel import Floats
from lmpeval.simulation.country.interventions import CATEGORIES

FOLDER = Path(__file__).parent
REAL_INHABITANTS = 17_100_000
"""Insured years of 2018, to the nearest hundred thousand."""
AGE_CLASSES = 19
"""Classes of five years, the last from 90."""
STRATA = 2 * AGE_CLASSES
"""Men by age class, then women."""


@lru_cache
def corop_regions() -> pd.DataFrame:
    """COROP regions: name, province, municipalities, inhabitants, largest municipality, rough middle."""
    return pd.read_csv(FOLDER / "corop_regions.csv")


@lru_cache
def age_profiles() -> pd.DataFrame:
    """Sex by age class, `STRATA` rows: share of insured years, and cost relative to the mean by category."""
    return pd.read_csv(FOLDER / "age_profiles.csv")


def national_costs(first: int, last: int) -> Floats:
    """Euro per insured year, nominal, without the dip of hospital claims in 2015.

    Returns
    -------
    array, shape (n_years, n_categories)

    Raises
    ------
    UserError
        A year is not in the table.
    """
    table = pd.read_csv(FOLDER / "national_costs.csv", index_col="year")
    missing = [year for year in range(first, last + 1) if year not in table.index]
    if missing:
        raise UserError(
            f"the synthetic country has costs for {table.index.min()}-{table.index.max()}; "
            f"asked for {first}-{last}"
        )
    return np.asarray(table.loc[first:last, list(CATEGORIES)], dtype=float)
