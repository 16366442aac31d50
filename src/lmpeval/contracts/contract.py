"""A contract as it is read from its file (Open Data Contract Standard 3.1.0)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from lmpeval.errors import UserError

TYPES = ("string", "integer", "number")
OTHER_COLUMNS = ("forbidden", "ignored", "number")
_PACKAGE = Path(__file__).parents[1]
_DIRECTORIES = (_PACKAGE / "data_contracts", _PACKAGE.parents[1] / "data_contracts")
"""In an installed wheel the contracts lie in the package, in a checkout beside ``src``."""


@dataclass(frozen=True)
class Column:
    """One column of a contract.

    Attributes
    ----------
    name, type : str
        Name and logical type: ``string``, ``integer`` or ``number``.
    required : bool
        No cell may be empty.
    optional : bool
        The column may be left out.
    options : Mapping
        ``logicalTypeOptions``: minimum, maximum, exclusiveMinimum, exclusiveMaximum, pattern, minLength, ...
    valid_values : tuple of str
        Values allowed; empty if any.
    unique : bool
        No value occurs twice.
    description : str
    custom : Mapping
        Custom properties, such as ``unit`` (of measurement) or ``firstYear``.
    """

    name: str
    type: str
    required: bool = False
    optional: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    valid_values: tuple[str, ...] = ()
    unique: bool = False
    description: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)

    def exists_in(self, year: int) -> bool:
        """Whether the column is published for this year."""
        return int(self.custom.get("firstYear", year)) <= year <= int(self.custom.get("lastYear", year))


@dataclass(frozen=True)
class Contract:
    """What a table must look like.

    Attributes
    ----------
    name, version : str
    columns : tuple of Column
    key : tuple of str
        Columns that name a row; empty if rows may repeat.
    minimum_rows : int
    custom : Mapping
        Custom properties of the table; those that are executed are ``otherColumns``,
        ``otherColumnNames``, ``oneValuePer``, ``emptyTogether`` and ``personLevel``.
    """

    name: str
    version: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    minimum_rows: int = 0
    custom: Mapping[str, Any] = field(default_factory=dict)

    def in_year(self, year: int) -> "Contract":
        """Return the contract with the columns that are published for this year."""
        return replace(self, columns=tuple(column for column in self.columns if column.exists_in(year)))

    def check(self, table: pd.DataFrame, where: str) -> pd.DataFrame:
        """Hold a table to the contract.

        Parameters
        ----------
        table : DataFrame
            As delivered; texts that are numbers count as numbers. It is not changed.
        where : str
            Name of the file or table for messages. A name that ends in ``.csv`` or ``.txt`` gets line
            numbers (index + 2), others row numbers (index + 1).

        Returns
        -------
        DataFrame
            The columns of the contract, then the other columns if the contract keeps them; whole
            numbers as int64 (Int64 where cells may be empty), numbers as float64, texts as they are.

        Raises
        ------
        ContractError
            With all violations.
        """
        from lmpeval.contracts.checks import checked  # noqa: PLC0415  pandera takes half a second to load

        return checked(self, table, where)


@lru_cache
def load_contract(name: str) -> Contract:
    """Read a contract that comes with lmpeval.

    Parameters
    ----------
    name : str
        Name of the table, such as ``region_panel``.

    Raises
    ------
    UserError
        No such contract.
    """
    directory = next((path for path in _DIRECTORIES if path.is_dir()), None)
    if directory is None:
        raise UserError(f"no contracts found; looked in {', '.join(map(str, _DIRECTORIES))}")
    path = directory / f"{name}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in directory.glob("*.yaml")))
        raise UserError(f"no contract is called {name!r}; there are {known}")
    return read_contract(path)


def read_contract(path: Path) -> Contract:
    """Read a contract with one table from a file.

    Raises
    ------
    UserError
        The file asks for a type or rule that is not executed here: a rule that nobody checks would be
        worse than none.
    """
    document = YAML(typ="safe").load(path)
    table = document["schema"][0]
    rules = [rule for rule in table.get("quality", ()) if rule.get("type", "library") == "library"]
    contract = Contract(
        name=table["name"],
        version=str(document["version"]),
        columns=tuple(_column(entry, path) for entry in table["properties"]),
        key=next(
            (tuple(r["arguments"]["properties"]) for r in rules if r["metric"] == "duplicateValues"), ()
        ),
        minimum_rows=next((r["mustBeGreaterThan"] + 1 for r in rules if r["metric"] == "rowCount"), 0),
        custom=_custom(table),
    )
    unknown = {rule["metric"] for rule in rules} - {"duplicateValues", "rowCount"}
    if unknown or contract.custom.get("otherColumns", "ignored") not in OTHER_COLUMNS:
        raise UserError(
            f"{path.name}: rules of the table that are not executed: {sorted(unknown) or 'otherColumns'}"
        )
    return contract


def _column(entry: Mapping[str, Any], path: Path) -> Column:
    rules = [rule for rule in entry.get("quality", ()) if rule.get("type", "library") == "library"]
    unknown = {rule["metric"] for rule in rules} - {"invalidValues"}
    if unknown or entry["logicalType"] not in TYPES:
        raise UserError(
            f"{path.name}, column {entry['name']}: type or rule that is not executed: {sorted(unknown)}"
        )
    custom = _custom(entry)
    return Column(
        name=entry["name"],
        type=entry["logicalType"],
        required=bool(entry.get("required", False)),
        optional=bool(custom.get("optionalColumn", False)),
        options=entry.get("logicalTypeOptions", {}),
        valid_values=tuple(value for rule in rules for value in rule["arguments"]["validValues"]),
        unique=bool(entry.get("unique", False)),
        description=str(entry.get("description", "")),
        custom=custom,
    )


def _custom(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {item["property"]: item["value"] for item in entry.get("customProperties", ())}
