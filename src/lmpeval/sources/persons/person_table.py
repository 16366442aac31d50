"""Person-years where they lie: Parquet files, a CSV file or a table of a database; never in memory."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from lmpeval.contracts import load_contract
from lmpeval.contracts.counted import quoted
from lmpeval.errors import UserError
from lmpeval.sources.tables import DATABASES, header

CONTRACT = "person_year"
DERIVED = {
    "age": "year - birth_year",
    "woman": "CASE WHEN sex = 'V' THEN 1.0 ELSE 0.0 END",
    "cost": " + ".join(
        quoted(column.name) for column in load_contract(CONTRACT).columns if column.name.startswith("cost_")
    ),
}
"""Figures that follow from the contract's columns."""
NO_FIGURES = ("person_id", "year", "practice_id")
"""Numbers that count nothing."""


@dataclass(frozen=True)
class PersonTable:
    """A table of person-years that keeps its contract.

    Attributes
    ----------
    path : Path
        Folder of Parquet files, one ``.parquet`` or ``.csv`` file, or a DuckDB file.
    table : str or None
        Table or view in the DuckDB file.
    types : tuple of (str, str)
        Every delivered column with its type in the database.
    """

    path: Path
    table: str | None
    types: tuple[tuple[str, str], ...]

    @property
    def figures(self) -> tuple[str, ...]:
        """Columns of numbers, delivered and derived, that a study may ask for."""
        texts = {column.name for column in load_contract(CONTRACT).columns if column.type == "string"}
        delivered = [name for name, _ in self.types if name not in (*texts, *NO_FIGURES)]
        return tuple(dict.fromkeys([*delivered, *DERIVED]))

    @property
    def selectable(self) -> dict[str, bool]:
        """Columns that a rule may read, and whether each is text; never the number of a person."""
        texts = {column.name for column in load_contract(CONTRACT).columns if column.type == "string"}
        return {name: name in texts for name in (*self.figures, "practice_id", *sorted(texts))}

    @contextmanager
    def opened(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a connection with the view ``person_year``, typed as the contract says, derived figures added.

        Raises
        ------
        UserError
            What the database cannot do; its own message may quote the data and is not repeated.
        """
        with connected(self.path, self.table) as connection:
            connection.execute(
                f"CREATE TEMP VIEW person_year AS SELECT *, {_derived()} FROM ({self._typed()})"
            )
            yield connection

    def _typed(self) -> str:
        kinds = {column.name: column.type for column in load_contract(CONTRACT).columns}
        sql = {"string": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}
        columns = ", ".join(
            f"CAST({quoted(name)} AS {sql[kinds.get(name, 'number')]}) AS {quoted(name)}"
            for name, _ in self.types
        )
        return f"SELECT {columns} FROM delivered"


def _derived() -> str:
    return ", ".join(f"CAST({sql} AS DOUBLE) AS {quoted(name)}" for name, sql in DERIVED.items())


@contextmanager
def connected(path: Path, table: str | None) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a connection in which what was delivered is the view ``delivered``, as it is written.

    Raises
    ------
    UserError
        Nothing is there, it is of an unknown kind, or it cannot be read. Messages of the database may quote
        the data: its kind of error is told, its words are not.
    """
    source, database = _source(path, table)
    try:
        with TemporaryDirectory() as spilled, duckdb.connect(":memory:") as connection:
            connection.execute("SET preserve_insertion_order = false")
            # what does not fit in memory is put on disk where nobody else may read, and is deleted
            connection.execute(f"SET temp_directory = {_text(spilled)}")
            if database:
                connection.execute(f"ATTACH {_text(path)} AS file (READ_ONLY)")
                _refuse_unknown_table(connection, path, str(table))
            connection.execute(f"CREATE TEMP VIEW delivered AS SELECT * FROM {source}")
            yield connection
    except duckdb.Error as error:
        kind = type(error).__name__
        told = f"{path}: cannot be read as person-years ({kind}); more would quote persons"
        raise UserError(told) from None


def placed(path: Path) -> str | None:
    """The rows as SQL with their file and their number in it, from 0; None where they are not in Parquet."""
    if not (path.is_dir() or path.suffix.lower() == ".parquet"):
        return None
    source, _ = _source(path, None)
    return f"(SELECT * FROM {source.removesuffix(')')}, filename = true, file_row_number = true))"


def _source(path: Path, table: str | None) -> tuple[str, bool]:
    """Where the rows are, as SQL, and whether that is a database file."""
    kind = path.suffix.lower()
    if (table is not None) != (kind in DATABASES and not path.is_dir()):
        expected = (
            "needs the name of a table" if kind in DATABASES else "holds one table: no table may be named"
        )
        raise UserError(f"{path}: a {kind or 'folder'} {expected}")
    if path.is_dir():
        if not list(path.glob("*.parquet")):
            raise UserError(f"{path}: is a folder without Parquet files (*.parquet)")
        return f"read_parquet({_text(path / '*.parquet')}, union_by_name = true)", False
    if not path.is_file():
        raise UserError(f"{path}: no such file or folder")
    if kind in DATABASES:
        return f"file.{quoted(str(table))}", True
    if kind == ".parquet":
        return f"read_parquet({_text(path)})", False
    if kind in (".csv", ".txt"):
        names, separator = header(path)
        columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
        return (
            f"read_csv({_text(path)}, header = true, sep = '{separator}', quote = '\"', escape = '\"', "
            f"nullstr = '', columns = {{{columns}}}, auto_detect = false)"
        ), False
    raise UserError(
        f"{path}: files of kind {kind or 'without suffix'} are not read; deliver .parquet or .csv"
    )


def _refuse_unknown_table(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> None:
    found = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = 'file'"
    ).fetchall()
    found += connection.execute(
        "SELECT view_name FROM duckdb_views() WHERE database_name = 'file' AND NOT internal"
    ).fetchall()
    known = sorted(str(row[0]) for row in found)
    if table not in known:
        raise UserError(f"{path}: no table {table!r}; there are {', '.join(known) or 'none'}")


def _text(value: object) -> str:
    return "'" + str(value).replace("'", "''") + "'"
