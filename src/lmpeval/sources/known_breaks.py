"""Years in which Dutch claims changed by themselves, and not everywhere alike."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

CALENDAR = Path(__file__).with_name("known_breaks.csv")


@dataclass(frozen=True)
class KnownBreak:
    """A year in which something else changed.

    Attributes
    ----------
    year : int
    what : str
    source : str
    """

    year: int
    what: str
    source: str


@cache
def known_breaks() -> tuple[KnownBreak, ...]:
    """The breaks of cost that are known to fall unevenly over regions, by year."""
    with CALENDAR.open(encoding="utf-8", newline="") as file:
        rows = [KnownBreak(int(row["year"]), row["what"], row["source"]) for row in csv.DictReader(file)]
    return tuple(sorted(rows, key=lambda each: each.year))
