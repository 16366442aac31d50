"""A small country with so little noise that it shows what a trap does to an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd

from lmpeval.engine.planning import Prepared, plan
from lmpeval.engine.running import StudyResult, run
from lmpeval.simulation.regions import SITE, Country
from simulation.small_country import prepared, study, table

FIRST, START = 2010, 2014
NEIGHBOUR = "kant_05"
QUIET = Country(
    groups=25, units=5, first=FIRST, last=2017, start=START, effect=0, growth=0, shock=0.002, noise=0.002
)
"""Nothing happens in it; the site has one neighbour."""
Change = Callable[[pd.DataFrame], pd.Series]
"""What is added to the cost of every row, in euro."""


def quiet(*changes: Change, seed: int, noise: float = 0.002) -> pd.DataFrame:
    """The country with changes to its cost; the neighbour is like the site, so that it could be compared."""
    rows = table(replace(QUIET, shock=noise, noise=noise), seed)
    rows.loc[rows["unit"].isin([*SITE, NEIGHBOUR]), ["share_65_plus", "log_insured_years"]] = (0.18, 10.5)
    added = [change(rows) for change in changes]
    rows["cost"] += sum(added) if added else 0.0
    return rows


def in_site(rows: pd.DataFrame, first: int = START) -> pd.Series:
    """The site's rows from a year on."""
    return rows["unit"].isin(SITE) & (rows["year"] >= first)


def effect(euro: float) -> Change:
    """From the start on, on everybody in the site."""
    return lambda rows: euro * in_site(rows)


def asking(rows: pd.DataFrame, **changes: Any) -> Prepared:
    """A study of cost in it, with its first design only; changes to its parts as mappings."""
    asked = study()
    for part, change in changes.items():
        asked = replace(asked, **{part: replace(getattr(asked, part), **change)})
    return prepared(replace(asked, outcomes=asked.outcomes[:1], designs=asked.designs[:1]), rows)


def judged(rows: pd.DataFrame, **changes: Any) -> StudyResult:
    [result] = run([plan(asking(rows, **changes))], jobs=1)
    return result
