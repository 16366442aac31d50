"""Land area of units, from the municipalities of 2015 and what became of them until 2020.

``reorganisations_2015_2020.csv`` holds the 54 municipalities of 2015 whose code ended by 1 January 2020,
after the register of municipal reorganisations of Statistics Netherlands (CBS). Two of them were split
(Littenseradiel, Winsum) and go to their largest successor. Shifts of borders without a change of code are
not followed.
"""

import re
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import pandas as pd

from lmpeval.contracts import load_contract
from lmpeval.sources.tables import read_table


@lru_cache
def reorganisations() -> pd.DataFrame:
    """Return the municipalities of 2015 whose code had ended by 2020.

    Returns
    -------
    DataFrame
        ``gm2015``, ``name``, ``gm2020``, ``successor``, ``year`` (1 January of the change, or within it),
        ``kind`` (renamed; merged into a new one; absorbed by an existing one; split) and ``new_code``
        (whether ``gm2020`` is a code that did not exist in 2015).
    """
    with files("lmpeval.sources").joinpath("reorganisations_2015_2020.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype={"year": int}).assign(
            new_code=lambda table: table["new_code"].eq("yes")
        )


def read_land_area(path: Path) -> pd.Series:
    """Read the land area of the municipalities of 2015.

    Parameters
    ----------
    path : Path
        CSV of StatLine table 70072ned.

    Returns
    -------
    Series
        Square kilometres (index: code such as GM0917).
    """
    table = read_table(path)
    for name in ("RegioS", "Perioden", "Land"):
        numbered = [column for column in table if re.fullmatch(rf"{name}_\d+", str(column))]
        if name not in table and len(numbered) == 1:
            table = table.rename(columns={numbered[0]: name})
    wanted = [name for name in ("RegioS", "Perioden", "Land") if name in table]
    texts = table[wanted].apply(lambda column: column.str.strip())
    checked = load_contract("regional_key_figures").check(texts, str(path))
    municipality = checked["RegioS"].str.startswith("GM") & checked["Land"].notna()
    return checked[municipality].set_index("RegioS")["Land"]


def on_the_map_of_2020(land: pd.Series) -> pd.Series:
    """Add up the land of the municipalities of 2015 that one municipality of 2020 is made of.

    Parameters
    ----------
    land : Series
        Square kilometres by code of 2015.

    Returns
    -------
    Series
        Square kilometres by code of 2020; a code is absent where part of it is not in ``land``.
    """
    changes = reorganisations()
    successor = changes.set_index("gm2015")["gm2020"]
    area = land.groupby([successor.get(code, code) for code in land.index]).sum()
    absent = set(changes.loc[~changes["gm2015"].isin(land.index), "gm2020"])
    grown = changes.loc[~changes["new_code"], "gm2020"]
    absent |= set(grown[~grown.isin(land.index)])
    return area[~area.index.isin(absent)]


def land_of_units(
    members: dict[str, list[str]], codes: pd.Series, area: pd.Series
) -> tuple[pd.Series, list[str]]:
    """Add up the land of each unit; a unit with an unknown part stays unknown.

    Parameters
    ----------
    members : dict of str to list of str
        Municipalities of 2020 that each unit is made of.
    codes : Series of str
        Code of 2020 of each municipality (index: name).
    area : Series
        Square kilometres by code of 2020.

    Returns
    -------
    land : Series
        Square kilometres by unit.
    notes : list of str
        Units without land area.
    """
    land = pd.Series(
        {unit: area.reindex(codes[names]).sum(skipna=False) for unit, names in members.items()}, dtype=float
    )
    unknown = sorted(land.index[land.isna()])
    notes = [f"no land area, so no density, for {', '.join(unknown)}"] if unknown else []
    return land.rename_axis("unit"), notes
