"""Vektis open data on cost under the Health Insurance Act, as published: one file a year, by municipality.

Published column names are read in upper or lower case and cut off at 32 characters (the file of 2023). The
contract ``vektis_municipality`` says which column belongs to which outcome and in which years it exists.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from lmpeval.contracts import Contract, ContractError, load_contract
from lmpeval.errors import UserError
from lmpeval.sources.tables import header

CUT_OFF = 32
"""Length at which the column names of 2023 were cut off."""
_KEY = ["geslacht", "leeftijdsklasse", "gemeentenaam"]
_NAMES = {
    "geslacht": "sex",
    "leeftijdsklasse": "age",
    "gemeentenaam": "unit",
    "aantal_bsn": "persons",
    "aantal_verzekerdejaren": "insured_years",
}


@dataclass(frozen=True, eq=False)
class VektisYear:
    """One yearly file, checked.

    Attributes
    ----------
    year : int
    path : Path
    cells : DataFrame
        A row for each sex, age class and municipality: ``sex`` (M, V), ``age`` (first year of the class),
        ``unit``, ``persons``, ``insured_years``, and euro for each outcome, ``total`` and ``cost_core``.
    residual : DataFrame
        The same columns for the residual row; no rows if the file has none.
    negative : int
        Cells of municipalities with a negative amount.
    """

    year: int
    path: Path
    cells: pd.DataFrame
    residual: pd.DataFrame
    negative: int

    @cached_property
    def units(self) -> frozenset[str]:
        """Names of the municipalities."""
        return frozenset(self.cells["unit"])

    @property
    def outcomes(self) -> list[str]:
        """Names of the cost outcomes of this year: ``total``, ``cost_core`` and the categories."""
        return [str(name) for name in self.cells if name not in _NAMES.values()]

    @property
    def suppressed(self) -> pd.Series:
        """Number of missing age-sex cells of each municipality that misses any."""
        strata = len(self.cells[["sex", "age"]].drop_duplicates())
        missing = strata - self.cells.groupby("unit").size()
        return missing[missing > 0]


def find_files(folder: Path, years: Iterable[int]) -> dict[int, Path]:
    """Find the yearly files: any ``.csv`` with the year and ``gemeente`` in its name.

    Raises
    ------
    UserError
        A year has no file, or two; the message says which years were found.
    """
    if not folder.is_dir():
        raise UserError(f"{folder}: no such folder")
    found: dict[int, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        name = path.name.lower()
        if path.suffix.lower() == ".csv" and "gemeente" in name:
            for year in set(re.findall(r"(?<!\d)20\d\d(?!\d)", name)):
                found.setdefault(int(year), []).append(path)
    wanted = sorted(years)
    problems = [
        f"  {year}: {len(found[year])} files: {', '.join(path.name for path in found[year])}"
        if year in found
        else f'  {year}: no .csv file with "{year}" and "gemeente" in its name'
        for year in wanted
        if len(found.get(year, ())) != 1
    ]
    if problems:
        there = ", ".join(map(str, sorted(found))) or "none"
        raise UserError("\n".join([f"{folder}: one file a year is needed; years found: {there}", *problems]))
    return {year: found[year][0] for year in wanted}


def read_years(folder: Path, years: Iterable[int]) -> list[VektisYear]:
    """Read the files of several years, in order.

    Raises
    ------
    UserError
        A file is missing or unreadable.
    ContractError
        The violations of all files together.
    """
    read, errors = [], []
    for year, path in find_files(folder, years).items():
        try:
            read.append(read_year(path, year))
        except ContractError as error:
            errors.append(error)
    if errors:
        raise ContractError.together(errors)
    return read


def read_year(path: Path, year: int) -> VektisYear:
    """Read and check one yearly file.

    Parameters
    ----------
    path : Path
        File as published.
    year : int
        Year of the file; says which cost categories must be in it.
    """
    contract = load_contract("vektis_municipality").in_year(year)
    table = contract.check(_as_contracted(path, contract), str(path))
    cells = _with_outcomes(table, contract)
    residual = table["gemeentenaam"].isna()
    costs = [column.name for column in contract.columns if "outcome" in column.custom]
    negative = int((table.loc[~residual, costs] < 0).to_numpy().sum())
    return VektisYear(year, path, cells[~residual].reset_index(drop=True), cells[residual], negative)


def _as_contracted(path: Path, contract: Contract) -> pd.DataFrame:
    names, separator = header(path)
    known = [column.name for column in contract.columns]
    names = [_full_name(name.lower(), known) for name in names]
    try:
        table = pd.read_csv(
            path,
            sep=separator,
            header=0,
            names=names,
            encoding="utf-8-sig",
            low_memory=False,
            dtype={name: str for name in _KEY if name in names},
            keep_default_na=False,
            na_values=[""],
            skip_blank_lines=False,
        )
    except ValueError as error:
        raise UserError(f"{path}: cannot be read: {error}") from error
    if not isinstance(table.index, pd.RangeIndex):  # pandas takes what is too many for row labels
        raise UserError(f"{path}: line 2 has more cells than the {len(names)} columns named in line 1")
    if "leeftijdsklasse" in table:
        table["leeftijdsklasse"] = table["leeftijdsklasse"].str.split().str.join(" ")
    return table


def _full_name(name: str, known: list[str]) -> str:
    if len(name) != CUT_OFF or name in known:
        return name
    candidates = [full for full in known if full.startswith(name)]
    return candidates[0] if len(candidates) == 1 else name


def _with_outcomes(table: pd.DataFrame, contract: Contract) -> pd.DataFrame:
    """Add the columns of each outcome; total sums all columns, cost_core those of the stable basket."""
    outcome_of = {c.name: str(c.custom["outcome"]) for c in contract.columns if "outcome" in c.custom}
    columns_of: dict[str, list[str]] = {}
    for column, outcome in outcome_of.items():
        columns_of.setdefault(outcome, []).append(column)
    core = contract.custom["coreBasket"]
    columns_of = {
        "total": list(outcome_of),
        "cost_core": [column for outcome in core for column in columns_of[outcome]],
        **columns_of,
    }
    euro = {outcome: table[columns].sum(axis=1) for outcome, columns in columns_of.items()}
    cells = table[list(_NAMES)].rename(columns=_NAMES)
    cells["age"] = cells["age"].str.extract(r"^(\d+)", expand=False).astype("Int64")
    return cells.assign(**euro)
