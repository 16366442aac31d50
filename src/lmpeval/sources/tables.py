"""Tables as they are delivered: CSV, Parquet or a table in a DuckDB file, read with DuckDB."""

import csv
from pathlib import Path

import duckdb
import pandas as pd

from lmpeval.errors import UserError

DATABASES = (".duckdb", ".db")


def header(path: Path) -> tuple[list[str], str]:
    """Read the names of the columns of a CSV file and the separator, from its first line alone.

    Parameters
    ----------
    path : Path
        Text file in UTF-8, with or without byte-order mark.

    Returns
    -------
    names : list of str
    separator : str
        ``";"`` if the first line has more semicolons than commas, else ``","``.

    Raises
    ------
    UserError
        The file is not there, is empty or is not UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            line = file.readline()
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except UnicodeDecodeError as error:
        raise UserError(
            f"{path}: not UTF-8 text ({error.reason} at byte {error.start}); save it as UTF-8"
        ) from error
    if not line.strip():
        raise UserError(f"{path}: the first line is empty; it must hold the names of the columns")
    separator = ";" if line.count(";") > line.count(",") else ","
    return [name.strip() for name in next(csv.reader([line], delimiter=separator))], separator


def read_table(path: Path, table: str | None = None) -> pd.DataFrame:
    """Read a table as it is; cells of a CSV stay text, so that the contract sees what was written.

    Parameters
    ----------
    path : Path
        ``.csv`` or ``.txt``, ``.parquet``, or a DuckDB file (``.duckdb``, ``.db``), opened read-only.
    table : str, optional
        Table or view in the DuckDB file.

    Returns
    -------
    DataFrame
        Rows in the order of the file; an empty cell of a CSV is missing.

    Raises
    ------
    UserError
        The file is not there, is of an unknown kind, or cannot be read; the reason is in the message.
    """
    if path.is_dir():
        raise UserError(f"{path}: is a folder, expected a file")
    if not path.is_file():
        raise UserError(f"{path}: no such file")
    kind = path.suffix.lower()
    if (table is not None) != (kind in DATABASES):
        expected = (
            "needs the name of a table" if kind in DATABASES else "holds one table, so no table may be named"
        )
        raise UserError(f"{path}: a {kind} file {expected}")
    try:
        if kind in DATABASES:
            return _from_database(path, str(table))
        with duckdb.connect(":memory:") as connection:
            if kind == ".parquet":
                return pd.DataFrame(connection.read_parquet(str(path)).df())
            if kind in (".csv", ".txt"):
                return _from_text(connection, path)
    except duckdb.Error as error:
        raise UserError(f"{path}: cannot be read: {str(error).strip()}") from error
    raise UserError(
        f"{path}: files of kind {kind or 'without suffix'} are not read; deliver .csv, .parquet or .duckdb"
    )


def read_parts(folder: Path) -> pd.DataFrame:
    """Read a folder of Parquet files as the one table that they are parts of.

    Parameters
    ----------
    folder : Path
        Holds ``*.parquet``; what else lies in it, or deeper, is left alone.

    Returns
    -------
    DataFrame
        The parts by name, one below the other. A column that is whole numbers in one part and decimals in
        another becomes decimals.

    Raises
    ------
    UserError
        No Parquet file is there, parts have other columns than the first, or one cannot be read.
    """
    parts = sorted(folder.glob("*.parquet"))
    if not parts:
        raise UserError(f"{folder}: is a folder without Parquet files (*.parquet)")
    try:
        with duckdb.connect(":memory:") as connection:
            first, *others = [(part, connection.read_parquet(str(part)).columns) for part in parts]
            if apart := [_apart(first, other) for other in others if set(other[1]) != set(first[1])]:
                raise UserError("\n".join(apart))
            # by name: by place, columns in another order would change meaning
            return pd.DataFrame(
                connection.read_parquet([str(part) for part in parts], union_by_name=True).df()
            )
    except duckdb.Error as error:
        raise UserError(f"{folder}: cannot be read: {str(error).strip()}") from error


def _apart(first: tuple[Path, list[str]], other: tuple[Path, list[str]]) -> str:
    missing, added = sorted(set(first[1]) - set(other[1])), sorted(set(other[1]) - set(first[1]))
    said = [f"lacks {', '.join(missing)}"] if missing else []
    said += [f"has {', '.join(added)} too"] if added else []
    return f"{other[0]}: {' and '.join(said)}, beside {first[0].name}; parts of a table have the same columns"


def _from_text(connection: duckdb.DuckDBPyConnection, path: Path) -> pd.DataFrame:
    names, separator = header(path)
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or "" in names:
        raise UserError(
            f"{path}: line 1: column names must be given and differ; found {repeated or 'an empty name'}"
        )
    # nothing is guessed beyond the header: a guess from the rows would change with the rows
    relation = connection.read_csv(
        str(path),
        header=True,
        sep=separator,
        quotechar='"',
        escapechar='"',
        na_values="",
        columns=dict.fromkeys(names, "VARCHAR"),
        auto_detect=False,
    )
    return pd.DataFrame(relation.df())


def _from_database(path: Path, table: str) -> pd.DataFrame:
    with duckdb.connect(str(path), read_only=True) as connection:
        known = [
            row[0]
            for row in connection.execute("select table_name from information_schema.tables").fetchall()
        ]
        if table not in known:
            raise UserError(f"{path}: no table {table!r}; there are {', '.join(sorted(known)) or 'none'}")
        return pd.DataFrame(connection.table(f'"{table}"').df())
