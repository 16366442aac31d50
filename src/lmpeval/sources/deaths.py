"""Deaths of municipalities beside those expected for their age structure.

Deaths by municipality and year are published without ages. What is expected of an age structure is
therefore estimated from the municipalities themselves: national death rates by age group are fitted by
non-negative least squares (Lawson and Hanson 1974, chapter 23) over municipality-years, and the expected
deaths are scaled to the deaths of the country in every year. This is ecological: a municipality that differs
from the country in more than its ages takes part in the fit. It levels age structures; it does not give the
death rates of persons.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from lmpeval.contracts import load_contract
from lmpeval.sources.case_mix import compared
from lmpeval.sources.tables import read_table

AGE_GROUPS = (0, 65, 75, 85, 90)
"""First age of each group. About four in five deaths fall at 65 or older, where the rate doubles every
seven to eight years (Gompertz 1825); below 65 it is too low to be told apart. Finer groups are not separable
on Dutch municipalities: on 2012-2016 the rate of 75-79 came out twice that of 80-84."""


def read_deaths(path: Path) -> pd.DataFrame:
    """Read deaths by municipality and year.

    Returns
    -------
    DataFrame
        ``unit``, ``year``, ``deaths`` (persons).
    """
    table = load_contract("deaths_municipality").check(read_table(path), str(path))
    return table.rename(columns={"unit355": "unit"})[["unit", "year", "deaths"]]


def exposure_by_age(cells: Mapping[int, pd.DataFrame]) -> pd.DataFrame:
    """Add up insured years by age group.

    Parameters
    ----------
    cells : Mapping of int to DataFrame
        By year: ``unit``, ``age``, ``insured_years``.

    Returns
    -------
    DataFrame
        Index (year, unit), sorted; one column for each of :data:`AGE_GROUPS`.
    """
    tables = {}
    for year, table in sorted(cells.items()):
        group = np.searchsorted(AGE_GROUPS, table["age"].to_numpy(dtype=int), side="right") - 1
        sums = table.assign(group=group).pivot_table(
            index="unit", columns="group", values="insured_years", aggfunc="sum", fill_value=0.0
        )
        tables[year] = sums.reindex(columns=range(len(AGE_GROUPS)), fill_value=0.0)
    return pd.concat(tables, names=["year"]).sort_index().set_axis(list(AGE_GROUPS), axis=1)


def fitted_rates(exposure: pd.DataFrame, deaths: pd.Series) -> pd.Series:
    """Fit death rates that never fall with age.

    Deaths of a municipality vary about in proportion to its size, so each row counts with one over its
    insured years. The unknowns are the steps from one age group to the next, none negative: neighbouring age
    groups go together over municipalities, and without that order their rates trade places.

    Parameters
    ----------
    exposure : DataFrame
        Insured years, a row a municipality-year, a column an age group from young to old.
    deaths : Series
        Deaths on the same rows.

    Returns
    -------
    Series
        Deaths per insured year by age group.
    """
    weight = 1.0 / np.sqrt(exposure.to_numpy().sum(axis=1))
    from_age = exposure.to_numpy()[:, ::-1].cumsum(axis=1)[:, ::-1]
    steps, _ = nnls(from_age * weight[:, None], deaths.to_numpy(dtype=float) * weight)
    return pd.Series(np.cumsum(steps), exposure.columns)


def compare_deaths(exposure: pd.DataFrame, deaths: pd.Series) -> pd.DataFrame:
    """Compare observed with expected deaths.

    Parameters
    ----------
    exposure : DataFrame
        As :func:`exposure_by_age` gives it, rows indexed by (year, unit).
    deaths : Series
        Deaths on the same rows.

    Returns
    -------
    DataFrame
        The same rows; ``deaths``, ``deaths_expected``, ``deaths_standardised`` per 1,000 insured years and
        ``deaths_ratio``. In every year the expected deaths add up to the deaths observed.
    """
    expected = exposure @ fitted_rates(exposure, deaths)
    year = exposure.index.get_level_values("year")
    expected = expected * (deaths.groupby(year).transform("sum") / expected.groupby(year).transform("sum"))
    thousands = exposure.sum(axis=1) / 1000.0
    parts = [
        compared("deaths", deaths[year == y], expected[year == y], thousands[year == y])
        for y in year.unique()
    ]
    return pd.concat(parts)
