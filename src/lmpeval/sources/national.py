"""National totals of the Vektis files, for comparison with published figures."""

from collections.abc import Iterable

import pandas as pd

from lmpeval.sources.vektis import VektisYear


def national_totals(years: Iterable[VektisYear]) -> pd.DataFrame:
    """Add up the country, with and without the residual row.

    Parameters
    ----------
    years : iterable of VektisYear

    Returns
    -------
    DataFrame
        A row a year (index ``year``). ``insured_years``; ``total`` and ``cost_core`` in euro per insured
        year, residual row included; the same with the suffix ``_municipalities``, without it.
    """
    rows = {}
    for file in years:
        everybody = pd.concat([file.cells, file.residual])
        rows[file.year] = _per_insured_year(everybody) | {
            f"{name}_municipalities": value for name, value in _per_insured_year(file.cells).items()
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("year")


def _per_insured_year(cells: pd.DataFrame) -> dict[str, float]:
    sums = cells[["insured_years", "total", "cost_core"]].sum()
    insured_years = float(sums["insured_years"])
    return {
        "insured_years": insured_years,
        "total": float(sums["total"]) / insured_years,
        "cost_core": float(sums["cost_core"]) / insured_years,
    }
