"""Answers that are finished, kept in one file from one run to the next.

The file is SQLite with a write-ahead log: an answer is in it once `keep` has come back, whatever kills the
process after that, and a write that is cut off leaves what was there before. One process writes; another
that runs on the same folder waits for its turn.
"""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from lmpeval.errors import UserError

FOLDER, FILE = ".lmpeval", "cells.sqlite"
FORMAT = 1
"""Of the tables; `user_version` of the file."""
TABLES = f"""
    CREATE TABLE IF NOT EXISTS answer (
        name TEXT PRIMARY KEY, identity TEXT NOT NULL, seconds REAL NOT NULL, text BLOB NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS by_identity ON answer (identity);
    PRAGMA user_version = {FORMAT};
"""
PATIENCE = 30.0
"""Seconds to wait for another process that writes."""


class StoreError(UserError):
    """The file of answers cannot be used."""


class AnswerStore:
    """Answers by the identity of what was asked; one a name, so that the file does not grow for ever.

    Attributes
    ----------
    path : Path
    lost : str
        Why the last answer could not be kept, as of a full disk; empty while all are.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.lost = ""
        self._connection = connection

    def known(self) -> frozenset[str]:
        """Identities of all that is answered."""
        return frozenset(row[0] for row in self._rows("SELECT identity FROM answer"))

    def text(self, identity: str) -> str | None:
        """The answer to what was asked; None where there is none, or it was damaged."""
        for (packed,) in self._rows("SELECT text FROM answer WHERE identity = ?", (identity,)):
            return _unpacked(packed)  # asked again, where it is damaged
        return None

    def seconds(self) -> dict[str, float]:
        """How long every name took when it was last answered."""
        return dict(self._rows("SELECT name, seconds FROM answer"))

    def keep(self, name: str, identity: str, seconds: float, text: str) -> bool:
        """Keep an answer in place of the one that the name had; False, and `lost`, where that fails.

        A run that cannot keep its answers still gives them, so this raises nothing.
        """
        row = (name, identity, seconds, zlib.compress(text.encode(), 1))
        try:
            with self._connection:
                self._connection.execute("INSERT OR REPLACE INTO answer VALUES (?, ?, ?, ?)", row)
        except sqlite3.Error as error:
            self.lost = str(error)
            return False
        return True

    def _rows(self, query: str, given: Iterable[str] = ()) -> Iterator[tuple]:  # type: ignore[type-arg]
        try:
            with closing(self._connection.execute(query, tuple(given))) as rows:
                yield from rows
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from error


@contextmanager
def kept_answers(out: Path, *, fresh: bool = False) -> Iterator[AnswerStore]:
    """Open the answers of a folder of results, and close them.

    Parameters
    ----------
    out : Path
    fresh : bool
        Forget what is there.

    Raises
    ------
    StoreError
        Where the file cannot be read or made.
    """
    path = out / FOLDER / FILE
    with closing(_opened(path, fresh=fresh)) as connection:
        yield AnswerStore(path, connection)


def answers_below(out: Path) -> Iterator[tuple[Path, str, str | None]]:
    """Every answer that is kept somewhere below a folder: its file, its name, and its text; none is changed.

    The text is None where it is damaged.

    Raises
    ------
    StoreError
        Where a file of answers cannot be read.
    """
    for path in sorted(out.rglob(f"{FOLDER}/{FILE}")):
        try:
            with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
                rows = connection.execute("SELECT name, text FROM answer ORDER BY name").fetchall()
        except sqlite3.Error as error:
            raise _unusable(path, error) from error
        for name, packed in rows:
            yield path, name, _unpacked(packed)


def _unpacked(packed: bytes) -> str | None:
    with suppress(zlib.error, UnicodeDecodeError):
        return zlib.decompress(packed).decode()
    return None


def _opened(path: Path, *, fresh: bool) -> sqlite3.Connection:
    try:
        _make_folder(path.parent)
        if fresh:
            for each in (path, path.with_name(f"{FILE}-wal"), path.with_name(f"{FILE}-shm")):
                each.unlink(missing_ok=True)
        connection = sqlite3.connect(path, timeout=PATIENCE)
        try:
            _lay_out(connection)
        except BaseException:
            connection.close()
            raise
    except (OSError, sqlite3.Error) as error:
        raise _unusable(path, error) from error
    return connection


def _make_folder(folder: Path) -> None:
    """A folder that its owner alone reads and that no version control takes up: it is no result."""
    folder.mkdir(mode=0o700, exist_ok=True)
    ignored = folder / ".gitignore"
    if not ignored.exists():
        ignored.write_text("*\n", encoding="utf-8")


def _lay_out(connection: sqlite3.Connection) -> None:
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found not in (0, FORMAT):
        raise sqlite3.DatabaseError(f"format {found}, expected {FORMAT}")
    connection.execute("PRAGMA journal_mode = WAL")
    # a crash of the machine may cost the last answers, never the file; a crash of the program costs none
    connection.execute("PRAGMA synchronous = NORMAL")
    if found != FORMAT:
        connection.executescript(TABLES)


def _unusable(path: Path, error: Exception) -> StoreError:
    why = error.strerror if isinstance(error, OSError) else str(error)
    return StoreError(f"{path}: finished cells cannot be kept there: {why}; --fresh starts over")
