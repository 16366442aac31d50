"""Person-years in a table of a PostgreSQL database, fetched once into a file that goes with the process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import duckdb

from lmpeval.contracts.counted import quoted
from lmpeval.errors import UserError
from lmpeval.study.rules.delivery import DATABASE

ORDERED_BY = ("person_id", "year")
NUMERIC = "numeric"
"""Decimals of any length, of which the driver makes texts."""
_kept: list[TemporaryDirectory[str]] = []
"""Folders that nobody else may read; each is deleted when the process ends."""


def in_postgres(named: str) -> bool:
    """Whether a study names a database in place of a file.

    >>> in_postgres("postgresql://db.example/health"), in_postgres("persons")
    (True, False)
    """
    return named.startswith(DATABASE)


@cache
def fetched(uri: str, table: str) -> Path:
    """Fetch a table into a Parquet file, in the order of persons and years.

    Rows stream from the database to the file, so that they need not fit in memory. The same rows give the
    same bytes. The file lies in a folder that nobody else may read and is deleted when the process ends;
    within the process a table is fetched once.

    Parameters
    ----------
    uri : str
        As libpq reads it, without a password: that comes from PGPASSWORD, a service or a password file.
    table : str
        Table or view on the search path.

    Raises
    ------
    UserError
        The driver is not installed, the database cannot be reached or read, or holds no such table. What the
        database says of rows is not repeated.
    """
    driver = _driver()
    folder = TemporaryDirectory(prefix="lmpeval-")
    path = Path(folder.name) / f"{table}.parquet"
    try:
        with driver.connect(uri) as connection, connection.cursor() as cursor:
            cursor.execute(_selection(cursor, uri, table))
            rows = cursor.fetch_record_batch()  # read by name in the query below
            with duckdb.connect(":memory:") as database:
                database.execute("SET threads = 1")  # the order of rows is kept, and is the same every time
                database.register("delivered_rows", rows)
                database.execute(f"COPY (SELECT * FROM delivered_rows) TO '{path}' (FORMAT PARQUET)")
    except (driver.Error, duckdb.Error) as error:
        folder.cleanup()
        raise UserError(
            f"{shown(uri)}: table {table} cannot be read ({type(error).__name__}): is the server there, and "
            "may you read it? The password comes from PGPASSWORD or a password file; more would quote rows"
        ) from None
    except UserError:
        folder.cleanup()
        raise
    _kept.append(folder)
    return path


def shown(uri: str) -> str:
    """Host and database of a URI, without whoever asks.

    >>> shown("postgresql://me@db.example:5433/health?sslmode=require")
    'postgresql://db.example:5433/health'
    """
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def _driver() -> Any:
    try:
        import adbc_driver_postgresql.dbapi as driver  # noqa: PLC0415 - an extra, and only this road needs it
    except ImportError:
        raise UserError("persons in PostgreSQL need a driver: pip install 'lmpeval[postgres]'") from None
    return driver


def _selection(cursor: Any, uri: str, table: str) -> str:
    """The query for a whole table, decimals as floating-point numbers."""
    cursor.execute(
        "SELECT c.column_name, c.data_type FROM information_schema.columns c "
        "WHERE c.table_name = $1 AND c.table_schema = ANY(current_schemas(false)) "
        "ORDER BY c.ordinal_position",
        parameters=(table,),
    )
    columns = {str(name): str(kind) for name, kind in cursor.fetchall()}
    if not columns:
        raise UserError(f"{shown(uri)}: no table or view '{table}' on the search path that you may read")
    wanted = ", ".join(
        f"CAST({quoted(name)} AS double precision) AS {quoted(name)}" if kind == NUMERIC else quoted(name)
        for name, kind in columns.items()
    )
    keys = [quoted(name) for name in ORDERED_BY if name in columns]
    order = f" ORDER BY {', '.join(keys)}" if keys else ""
    return f"SELECT {wanted} FROM {quoted(table)}{order}"
