"""Seven people whose lives are known by heart, as person-years, and the map that they live on.

Site: A and its practice 1. Elsewhere: B and, from 2012 on, C in place of the former C1 and C2. The start is
2012.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from lmpeval.sources.persons.asked import Asked
from lmpeval.sources.persons.delivered import PersonDelivery, deliver_persons
from lmpeval.study import Data

CATEGORIES = ("gp", "hospital", "pharmacy", "mental", "nursing", "other")
PLACES = "unit,group,area\nA,Here,P\nB,There,P\nC,Yonder,Q\n"
CODES = (
    "code,unit,first,last,ends_in\nA,A,2010,2014,\nB,B,2010,2014,\nC,C,2012,2014,\n"
    "C1,C,2010,2011,C\nC2,C,2010,2011,C\n"
)
LIVES = {
    # person: year -> (municipality, insurer, insured share, cost, died)
    1: {y: ("A", "X", 1.0, 100 * (y - 2009), 0) for y in range(2010, 2015)},
    2: {2010: ("A", "X", 1, 50, 0), 2011: ("A", "X", 1, 900, 0), 2012: ("A", "X", 0.5, 30, 1)},
    3: {2011: ("A", "Y", 1, 10, 0), 2012: ("B", "Y", 1, 20, 0), 2013: ("A", "Y", 1, 30, 0)},
    4: {y: ("C1" if y < 2012 else "C", "X", 1.0, 200, 0) for y in range(2010, 2015)},
    5: {y: ("B", "X" if y < 2013 else "Y", 1.0, 300, 0) for y in range(2010, 2015)},
    6: {2010: ("B", "X", 1, 40, 0), 2011: ("B", "X", 1, 1000, 1)},
    7: {2011: ("B", "Y", 1, 70, 0), 2013: ("B", "Y", 0.25, 80, 0)},
}


def rows() -> pd.DataFrame:
    """Contract person_year; all of the cost is of the hospital."""
    found = []
    for person, life in LIVES.items():
        for year, (home, insurer, share, cost, died) in life.items():
            found.append(
                {
                    "person_id": 900_000_000 + person, "year": year, "municipality": home,
                    "practice_id": 1 if person in (1, 2) else 2, "insurer": insurer,
                    "birth_year": 1950 + 10 * (person % 3), "sex": "V" if person % 2 else "M",
                    "ses": 0.5 * person, "diabetes": person % 2, "copd": 0, "heart_failure": 0, "frail": 0,
                    "insured_years": float(share), **{f"cost_{c}": 0.0 for c in CATEGORIES},
                    "cost_hospital": float(cost), "died": died,
                }
            )  # fmt: skip
    return pd.DataFrame(found)


def delivered(folder: Path, table: pd.DataFrame | None = None, **more: str) -> PersonDelivery:
    """The people written to a folder of two Parquet files, and read."""
    (folder / "person_year").mkdir(parents=True)
    table = rows() if table is None else table
    for part, chunk in enumerate((table.iloc[::2], table.iloc[1::2])):
        chunk.to_parquet(folder / "person_year" / f"part-{part}.parquet", index=False)
    (folder / "regions.csv").write_text(PLACES, encoding="utf-8")
    (folder / "codes.csv").write_text(CODES, encoding="utf-8")
    data = Data(persons="person_year", municipalities="regions.csv", municipality_codes="codes.csv", **more)
    return deliver_persons(data, folder)


def asked(**changes: object) -> Asked:
    """Everybody, with A as the site."""
    given = {
        "rule": None,
        "start": 2012,
        "regions": {"A": "Here", "B": "There", "C": "Yonder"},
        "region_names": ("Here", "There", "Yonder"),
        **changes,
    }
    return Asked(**given)  # type: ignore[arg-type]
