"""A cohort followed through the years: who is counted in which, and what became of everybody else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmpeval.contracts.counted import quoted
from lmpeval.panel import Bools, Floats, Years
from lmpeval.sources.persons.asked import Asked
from lmpeval.sources.persons.delivered import PersonDelivery
from lmpeval.sources.persons.flow import Flow, Step
from lmpeval.sources.persons.membership import SELECTED, Members, members_of
from lmpeval.sources.persons.national import amount_sql, in_years

STAYED, DIED, MOVED, SWITCHED, LOST = range(5)
ENDS = {
    STAYED: "followed to the last year",
    DIED: "died",
    MOVED: "moved to another region",
    SWITCHED: "went to another insurer",
    LOST: "no longer insured, for no reason known",
}


@dataclass(frozen=True, eq=False)
class Followed:
    """The persons of a cohort by year.

    Attributes
    ----------
    asked : Asked
    members : Members
    years : array of int, shape (n_years,)
        Calendar years, rising.
    exposure : array, shape (n_years, n_persons)
        Insured years; 0 from the year after death on, and from the year of a move or switch on.
    flow : Flow
    """

    asked: Asked
    members: Members
    years: Years
    exposure: Floats
    flow: Flow


def follow(delivery: PersonDelivery, asked: Asked, years: Sequence[int]) -> Followed:
    """Select a cohort in the year before the start and follow it.

    Before the start a person counts wherever they lived; from it on as long as they live where the
    intervention was assigned or not assigned to them, or wherever they move where `Asked.wherever`.
    """
    members = members_of(delivery, asked)
    with _joined(delivery, asked, members) as connection:
        covered = asked.covered("y") if asked.by_insurer else None
        mine = covered.sql if covered else "TRUE"
        rows = connection.execute(
            "SELECT m.position, y.year, y.insured_years, y.died, coalesce(h.region, -1) AS region, "
            f"{mine} AS mine FROM person_year y JOIN members m ON m.person_id = y.person_id "
            f"LEFT JOIN homes h ON h.code = y.municipality WHERE {in_years('y', years)}",
            list(covered.values) if covered else [],
        ).fetchnumpy()
    calendar = np.array(sorted(years), dtype=np.int64)
    at = np.searchsorted(calendar, rows["year"]), rows["position"]
    exposure, end = _exposure(rows, at, calendar, members, asked)
    return Followed(asked, members, calendar, exposure, Flow((*members.steps, *_ends(end, members.treated))))


def amounts_of(delivery: PersonDelivery, followed: Followed, columns: Sequence[str]) -> dict[str, Floats]:
    """Outcomes of everybody in every year, times exposure; each of shape (n_years, n_persons).

    All are read in one pass over the rows.

    Parameters
    ----------
    columns : sequence of str
        Outcomes, as `lmpeval.sources.persons.national.amount_sql` knows them.
    """
    asked, members, years = followed.asked, followed.members, followed.years
    wanted = "".join(
        f", {amount_sql(delivery, column, years.tolist())} AS {quoted(column)}" for column in columns
    )
    with _joined(delivery, asked, members) as connection:
        rows = connection.execute(
            f"SELECT m.position, y.year{wanted} "
            "FROM person_year y JOIN members m ON m.person_id = y.person_id "
            f"WHERE {in_years('y', years.tolist())}"
        ).fetchnumpy()
    at = np.searchsorted(years, rows["year"]), rows["position"]
    found = {}
    for column in columns:
        amounts = np.zeros(followed.exposure.shape)
        amounts[at] = np.ma.filled(rows.pop(column), np.nan)
        amounts[followed.exposure == 0] = 0.0
        found[column] = amounts
    return found


def _exposure(
    rows: Mapping[str, Any],
    at: tuple[Any, Any],
    years: Years,
    members: Members,
    asked: Asked,
) -> tuple[Floats, NDArray[np.int8]]:
    """Insured years by year, and how everybody's time in the cohort ended."""
    shape = (len(years), len(members.numbers))
    exposure, died, mine = np.zeros(shape), np.zeros(shape, bool), np.zeros(shape, bool)
    region = np.full(shape, -1, np.int16)
    exposure[at], died[at], mine[at] = rows["insured_years"], rows["died"], rows["mine"]
    region[at] = rows["region"]
    end = np.full(shape[1], STAYED, np.int8)
    for t in np.flatnonzero(years >= asked.start):
        staying, there = end == STAYED, exposure[t] > 0
        here = (region[t] == members.regions) | asked.wherever
        end[staying & ~there] = LOST
        end[staying & there & ~here] = MOVED
        end[staying & there & here & ~mine[t]] = SWITCHED
        exposure[t, end != STAYED] = 0.0
        end[(end == STAYED) & died[t]] = DIED  # counted in the year of the death
    return exposure, end


def _ends(end: NDArray[np.int8], treated: Bools) -> tuple[Step, ...]:
    return tuple(
        Step(name, SELECTED, int((end[treated] == code).sum()), int((end[~treated] == code).sum()))
        for code, name in ENDS.items()
        if (end == code).any() or code == STAYED
    )


@contextmanager
def _joined(delivery: PersonDelivery, asked: Asked, members: Members) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the person-years with the views ``members`` (person_id, position) and ``homes`` beside them."""
    with delivery.persons.opened() as connection:
        numbered = {"person_id": members.numbers, "position": np.arange(len(members.numbers))}
        connection.register("members", pd.DataFrame(numbered))
        connection.register("homes", asked.homes(delivery.places))
        yield connection
