"""The people of a chunk as a table (contract person_year), written as Parquet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from lmpeval.simulation.country.drawn import CONDITIONS, Geography, Integers, Lives, People
from lmpeval.simulation.country.geography import codes_in
from lmpeval.simulation.country.interventions import CATEGORIES

SEXES = ["M", "V"]


def person_years(geography: Geography, people: People, lives: Lives) -> pa.Table:
    """Lay out a row for each person and year with insurance; the municipality is on the map of that year."""
    rows = np.flatnonzero(lives.insured)
    year, person = np.divmod(rows, people.unit.shape[1])

    def of_year(values: NDArray[np.generic]) -> NDArray[np.generic]:
        return np.asarray(values.ravel()[rows])

    columns = {
        "person_id": people.person[person],
        "year": people.years.astype(np.int16)[year],
        "municipality": _municipality(geography, people, rows),
        "practice_id": of_year(people.practice),
        "insurer": _named(of_year(people.insurer), list(geography.insurers)),
        "birth_year": people.born[person],
        "sex": _named(people.woman[person], SEXES),
        "ses": people.ses[person],
        **{name: of_year(people.conditions[name]).astype(np.int8) for name in CONDITIONS},
        "insured_years": of_year(lives.insured),
        **{f"cost_{name}": of_year(lives.costs[name]) for name in CATEGORIES},
        "died": of_year(lives.died).astype(np.int8),
    }
    return pa.table(columns)


def write(table: pa.Table | pd.DataFrame, folder: Path, part: int) -> None:
    """Write one part of a table that lies in a folder of parts."""
    folder.mkdir(exist_ok=True)
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    pq.write_table(table, folder / f"part-{part:05d}.parquet", compression="zstd", compression_level=1)


def _municipality(geography: Geography, people: People, rows: Integers) -> pa.DictionaryArray:
    """Codes on the map of each year; a person's number says in which half of a later merger they live."""
    codes, _ = codes_in(geography, int(people.years[0]))
    maps = np.stack([codes_in(geography, int(year))[1] for year in people.years])
    year = np.arange(len(people.years))[:, None]
    return _named(maps[year, people.unit, people.person % 2].ravel()[rows], codes)


def _named(position: NDArray[np.generic], names: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(position.astype(np.int16)), pa.array(names))
