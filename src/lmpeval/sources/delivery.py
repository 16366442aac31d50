"""From delivered files to the one table that a regional evaluation starts from."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import pandas as pd

from lmpeval.contracts import load_contract
from lmpeval.disclosure import CBS, Profile
from lmpeval.errors import UserError
from lmpeval.sources.persons.delivered import PersonDelivery, deliver_persons
from lmpeval.sources.published import published_panel
from lmpeval.sources.survey import read_waves
from lmpeval.sources.survey_panel import survey_alone, survey_beside
from lmpeval.sources.tables import read_table

if TYPE_CHECKING:
    from lmpeval.study import Data


@dataclass(frozen=True, eq=False)
class Delivery:
    """What was delivered, ready for use.

    Attributes
    ----------
    table : DataFrame
        Contract ``region_panel``: one row a unit and year, sorted by both. Not to be changed by anybody.
    notes : tuple of str
        What was allowed but must be known, a sentence each.
    files : tuple of (str, str)
        Path relative to the data root and SHA-256 of every file that was read.
    persons : PersonDelivery or None
        Persons beside the units, or alone: then `table` holds municipalities by year without a figure.
    """

    table: pd.DataFrame
    notes: tuple[str, ...]
    files: tuple[tuple[str, str], ...]
    persons: PersonDelivery | None = None

    @property
    def shown_files(self) -> tuple[tuple[str, str], ...]:
        """The files; one outside the folder of data by its name alone, for folders name people."""
        return tuple(
            (PurePosixPath(path).name if path.startswith(("..", "/")) else path, digest)
            for path, digest in self.files
        )


def deliver(data: "Data", root: Path, first: int, last: int, profile: Profile = CBS) -> Delivery:
    """Read what a study names and build its region panel.

    Parameters
    ----------
    data : Data
        What is delivered, with paths relative to ``root``: a tidy panel, Vektis files with what goes
        with them, a survey, or a survey beside one of these.
    root : Path
        Folder of the data.
    first, last : int
        First and last calendar year, both included.
    profile : Profile
        Whose rules say how few answers of a survey are too few.

    Returns
    -------
    Delivery
        Cost in nominal euro per insured year; an outcome that does not exist in a year is missing there.

    Raises
    ------
    UserError
        A file is missing or unreadable, or the years do not fit together.
    ContractError
        A table does not keep its contract.
    """
    years = range(first, last + 1)
    persons = deliver_persons(data, root) if data.persons is not None else None
    if persons is not None and not (data.panel or data.vektis or data.survey):
        table, notes, read = _persons_alone(persons, persons.persons.path, years)
    elif data.survey is None:
        table, notes, read = _regions(data, root, years)
    else:
        table, notes, read = _with_survey(data, root, years, profile)
    read = [*read, *(persons.files if persons is not None else ())]
    files = tuple((Path(os.path.relpath(path, root)).as_posix(), _sha256(path)) for path in sorted(read))
    return Delivery(table, tuple(notes), files, persons)


def _persons_alone(
    persons: PersonDelivery, path: Path, years: range
) -> tuple[pd.DataFrame, list[str], list[Path]]:
    """Municipalities by year: the figures stay with the persons."""
    if absent := [year for year in years if year not in persons.years]:
        there = f"{persons.years[0]}-{persons.years[-1]}"
        raise UserError(f"{path}: no row for {', '.join(map(str, absent))}; it has {there}")
    return persons.units.merge(pd.DataFrame({"year": list(years)}), how="cross"), [], []


def _regions(data: "Data", root: Path, years: range) -> tuple[pd.DataFrame, list[str], list[Path]]:
    return _tidy(data, root, years) if data.panel is not None else published_panel(data, root, years)


def _with_survey(
    data: "Data", root: Path, years: range, profile: Profile
) -> tuple[pd.DataFrame, list[str], list[Path]]:
    """The survey's means beside the other figures of the units, or alone where there are no others."""
    path = root / str(data.survey)
    alone = data.panel is None and data.vektis is None
    waves = read_waves(path, data.table if alone else None, years, profile)
    said, files = list(waves.notes), list(waves.files)
    if alone:
        return survey_alone(waves, path), said, files
    table, notes, read = _regions(data, root, years)
    return survey_beside(table, waves, path), [*notes, *said], [*read, *files]


def _tidy(data: "Data", root: Path, years: range) -> tuple[pd.DataFrame, list[str], list[Path]]:
    path = root / str(data.panel)
    table = load_contract("region_panel").check(read_table(path, data.table), str(path))
    there = set(table["year"])
    absent = [year for year in years if year not in there]
    if absent:
        raise UserError(f"{path}: no row for {', '.join(map(str, absent))}; it has {min(there)}-{max(there)}")
    window = table[table["year"].isin(years)].sort_values(["unit", "year"], ignore_index=True)
    return window, [], [path]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
