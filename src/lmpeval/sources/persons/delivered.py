"""What was delivered about persons: the tables where they lie, checked, and the map that places them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from lmpeval.contracts import load_contract
from lmpeval.sources.persons.checking import checked_persons
from lmpeval.sources.persons.person_table import CONTRACT, PersonTable
from lmpeval.sources.persons.places import read_places
from lmpeval.sources.persons.postgres import fetched, in_postgres
from lmpeval.sources.tables import DATABASES, read_parts, read_table

if TYPE_CHECKING:
    from lmpeval.study import Data


@dataclass(frozen=True, eq=False)
class PersonDelivery:
    """Person-years, who took part, and where municipalities lie.

    Attributes
    ----------
    persons : PersonTable
    years : tuple of int
        Years of which there are rows, rising.
    places : DataFrame
        As `read_places` gives it.
    participants : DataFrame or None
        Contract participants.
    files : tuple of Path
        What was read.
    national : dict
        Figures of everybody by their name and year, each once it was counted; None where nobody has any.
    """

    persons: PersonTable
    years: tuple[int, ...]
    places: pd.DataFrame
    participants: pd.DataFrame | None
    files: tuple[Path, ...]
    national: dict[tuple[str, int], float | None] = field(default_factory=dict)

    @property
    def units(self) -> pd.DataFrame:
        """Municipalities of the latest map with their regions: columns unit, group and area."""
        return (
            self.places[["unit", "group", "area"]]
            .drop_duplicates("unit")
            .sort_values("unit", ignore_index=True)
        )


def deliver_persons(data: Data, root: Path) -> PersonDelivery:
    """Check what a study names of persons.

    Raises
    ------
    UserError
        A file is missing or unreadable, or the map does not place municipalities in which persons live.
    ContractError
        A table does not keep its contract; the message counts rows and never shows one.
    """
    only = data.panel is None and data.vektis is None and data.survey is None
    named, table = str(data.persons), data.table if only else None
    path = fetched(named, table or CONTRACT) if in_postgres(named) else root / named
    persons = checked_persons(path, table if path.suffix.lower() in DATABASES else None)
    maps = [root / each for each in (data.municipalities, data.municipality_codes) if each]
    places = read_places(maps[0], maps[1] if data.municipality_codes else None)
    years = _years(persons)
    took_part, read = None, [*_files(path), *maps]
    if data.participants is not None:
        where = root / data.participants
        delivered = read_parts(where) if where.is_dir() else read_table(where)
        took_part = load_contract("participants").check(delivered, str(where))
        read += _files(where)
    return PersonDelivery(persons, years, places, took_part, tuple(read))


def _years(persons: PersonTable) -> tuple[int, ...]:
    with persons.opened() as connection:
        found = connection.execute("SELECT DISTINCT year FROM person_year ORDER BY year").fetchall()
    return tuple(int(row[0]) for row in found)


def _files(path: Path) -> list[Path]:
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]
