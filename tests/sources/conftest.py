"""Small Vektis files whose every sum can be worked out by hand."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from lmpeval.contracts import load_contract

AGES = ["90+", *(f"{first:2d} t/m {first + 4:2d} jaar" for first in range(0, 90, 5))]

WriteVektis = Callable[..., Path]


def vektis_rows(year: int, municipalities: dict[str, float]) -> pd.DataFrame:
    """Make rows as published: a municipality costs its factor times (age + 1) euro a year in every column."""
    columns = [column.name for column in load_contract("vektis_municipality").in_year(year).columns]
    rows = []
    for name, factor in municipalities.items():
        for sex in "MV":
            for i, age in enumerate(AGES):
                insured_years = 100.0 + i + 10 * len(name)
                rows.append(
                    [sex, age, name, 200, insured_years]
                    + [factor * (i + 1) * insured_years] * (len(columns) - 5)
                )
    rows.append([None, None, None, 50, 40.0] + [1000.0] * (len(columns) - 5))
    return pd.DataFrame(rows, columns=columns)


@pytest.fixture
def write_vektis(tmp_path: Path) -> WriteVektis:
    """Return a function that writes the file of one year and gives its path."""

    def write(
        year: int, municipalities: dict[str, float], change: Callable | None = None, **how: object
    ) -> Path:
        rows = vektis_rows(year, municipalities)
        folder = tmp_path / "vektis"
        folder.mkdir(exist_ok=True)
        path = folder / f"Vektis Open Data {year} - GEMEENTE.csv"
        (change(rows) if change else rows).to_csv(path, **{"sep": ";", "index": False} | how)
        return path

    return write


@pytest.fixture
def crosswalk(tmp_path: Path) -> Path:
    """Write a crosswalk of four municipalities."""
    path = tmp_path / "crosswalk.csv"
    path.write_text(
        "unit355,gm2020,corop,province\n"
        "WEESP,GM0457,Het Gooi,Noord-Holland\n"
        "AMSTERDAM,GM0363,Groot-Amsterdam,Noord-Holland\n"
        "URK,GM0184,Flevoland,Flevoland\n"
        "GRONINGEN,GM0014,Overig Groningen,Groningen\n",
        encoding="utf-8",
    )
    return path
