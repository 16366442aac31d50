"""Where persons live: municipalities of any year's map brought to the latest, each in its region."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lmpeval.contracts import load_contract
from lmpeval.errors import UserError
from lmpeval.sources.municipalities import read_crosswalk
from lmpeval.sources.tables import header, read_table


def read_places(regions: Path, codes: Path | None) -> pd.DataFrame:
    """Read where every municipality lies that persons may name.

    Parameters
    ----------
    regions : Path
        Contract ``municipality_regions``; or ``municipality_crosswalk``, by its column ``unit355``.
    codes : Path or None
        Contract ``municipality_codes``; None where persons name municipalities as `regions` does.

    Returns
    -------
    DataFrame
        Columns ``code`` (as persons have it), ``unit``, ``group`` and ``area``; by code.

    Raises
    ------
    UserError
        A file is missing or unreadable, or codes lead to municipalities that lie nowhere.
    ContractError
        A file does not keep its contract.
    """
    lie = _regions(regions)
    if codes is None:
        return lie.assign(code=lie["unit"])[["code", "unit", "group", "area"]]
    table = load_contract("municipality_codes").check(read_table(codes), str(codes))
    placed = table[["code", "unit"]].merge(lie, on="unit", how="left")
    if lost := sorted(set(placed.loc[placed["group"].isna(), "unit"])):
        raise UserError(f"{codes}: {regions.name} does not place {len(lost)} unit(s): {', '.join(lost[:10])}")
    return placed.sort_values("code", ignore_index=True)


def _regions(path: Path) -> pd.DataFrame:
    if path.suffix.lower() in (".csv", ".txt") and "unit355" in header(path)[0]:
        return read_crosswalk(path).reset_index().rename(columns={"name": "unit"})[["unit", "group", "area"]]
    return load_contract("municipality_regions").check(read_table(path), str(path))[["unit", "group", "area"]]
