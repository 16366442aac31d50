"""Case mix: what a municipality would cost at national rates for its own ages and sexes.

Indirect standardisation (Breslow and Day 1987, Statistical Methods in Cancer Research II, section 2.3): the
expected number is the sum over strata of national rate times local exposure; observed over expected is the
comparable ratio.
"""

import numpy as np
import pandas as pd

STRATA = ["sex", "age"]
AGE_SHARES = {"share_under_20": (0, 20), "share_65_plus": (65, 200), "share_80_plus": (80, 200)}
"""Share of insured years from the first age up to, not including, the second."""


def age_structure(cells: pd.DataFrame) -> pd.DataFrame:
    """Add up persons and insured years of each unit, and the shares of ages.

    Parameters
    ----------
    cells : DataFrame
        One year: ``unit``, ``age`` (first year of the class), ``persons``, ``insured_years``.

    Returns
    -------
    DataFrame
        Index ``unit``; ``persons``, ``insured_years`` and the shares of :data:`AGE_SHARES` (0 to 1, by
        insured years).
    """
    sums = cells.groupby("unit")[["persons", "insured_years"]].sum()
    for name, (first, beyond) in AGE_SHARES.items():
        within = cells[cells["age"].ge(first) & cells["age"].lt(beyond)]
        exposure = within.groupby("unit")["insured_years"].sum().reindex(sums.index, fill_value=0.0)
        sums[name] = exposure / sums["insured_years"]
    return sums


def standardise(cells: pd.DataFrame, outcomes: list[str]) -> pd.DataFrame:
    """Compare observed with expected cost of each unit in one year.

    Parameters
    ----------
    cells : DataFrame
        One year, a row for each unit, sex and age: ``insured_years`` and euro for each outcome. A
        suppressed cell is absent: it counts in neither observed nor expected.
    outcomes : list of str
        Columns with euro.

    Returns
    -------
    DataFrame
        Index ``unit``; four columns an outcome, see :func:`compared`. National rates are those of the cells
        given, so the expected cost of all units together is the observed cost.
    """
    stratum = cells.groupby(STRATA).ngroup().to_numpy()
    unit, units = pd.factorize(cells["unit"], sort=True)
    exposure = np.zeros((len(units), stratum.max() + 1))
    np.add.at(exposure, (unit, stratum), cells["insured_years"].to_numpy())
    euro = cells[outcomes].to_numpy()
    by_stratum = np.zeros((exposure.shape[1], len(outcomes)))
    np.add.at(by_stratum, stratum, euro)
    observed = np.zeros((len(units), len(outcomes)))
    np.add.at(observed, unit, euro)
    expected = exposure @ (by_stratum / exposure.sum(axis=0)[:, None])
    index = pd.Index(units, name="unit")
    insured_years = pd.Series(exposure.sum(axis=1), index)
    return pd.concat(
        [
            compared(name, pd.Series(observed[:, i], index), pd.Series(expected[:, i], index), insured_years)
            for i, name in enumerate(outcomes)
        ],
        axis=1,
    )


def compared(name: str, observed: pd.Series, expected: pd.Series, exposure: pd.Series) -> pd.DataFrame:
    """Lay observed and expected sums of units out as the four columns of an outcome.

    Parameters
    ----------
    name : str
        Name of the outcome.
    observed, expected : Series
        Sums by unit, in the unit of the outcome (euro, deaths).
    exposure : Series
        What a rate is per (insured years, or thousands of them), by unit.

    Returns
    -------
    DataFrame
        ``<name>`` observed rate; ``<name>_expected`` expected rate; ``<name>_ratio`` observed over expected
        (missing where nothing is expected); ``<name>_standardised`` the ratio times the rate of all units
        together.
    """
    ratio = observed / expected.where(expected != 0)
    national = float(observed.sum()) / float(exposure.sum())
    return pd.DataFrame(
        {
            name: observed / exposure,
            f"{name}_expected": expected / exposure,
            f"{name}_ratio": ratio,
            f"{name}_standardised": ratio * national,
        }
    )
