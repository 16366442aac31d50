"""Who belongs to a cohort: selected in the last year before the start, by one rule in every region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmpeval.cohort import Grouping
from lmpeval.contracts.counted import quoted
from lmpeval.panel import Bools, Floats
from lmpeval.sources.persons.asked import Asked, AskedGroups
from lmpeval.sources.persons.delivered import PersonDelivery
from lmpeval.sources.persons.flow import ELSEWHERE, INSURED, SITE, Step
from lmpeval.sources.persons.rule_sql import Condition, condition

SELECTED = "in the cohort"
OTHER_PROVIDER, NOT_SELECTED = "of other practices or insurers", "not selected by the rule"
DIED_BEFORE, NOT_TAKING_PART = "died in that year", "selected, did not take part from the start on"
WITHOUT_FIGURE = "without a figure to be matched on"
EVERYBODY = Condition("TRUE")


@dataclass(frozen=True, eq=False)
class Members:
    """The persons of a cohort, by their number: it stays with the source and is never told.

    Attributes
    ----------
    numbers : array of int, shape (n_persons,)
        Rising.
    regions : array of int, shape (n_persons,)
        Position in `Asked.region_names`.
    treated : array of bool, shape (n_persons,)
        Whether that is a site.
    practices, insurers : array of int, shape (n_persons,)
        Whose they are in the year before the start; insurers numbered in the order of their names.
    covariates : array, shape (n_persons, n_covariates)
        In the year before the start.
    subgroups : tuple of Grouping
        As `Asked.subgroups` tells them apart.
    steps : tuple of Step
        From all who were insured to the cohort.
    """

    numbers: NDArray[np.int64]
    regions: NDArray[np.intp]
    treated: Bools
    practices: NDArray[np.int64]
    insurers: NDArray[np.int64]
    covariates: Floats
    subgroups: tuple[Grouping, ...]
    steps: tuple[Step, ...]


def members_of(delivery: PersonDelivery, asked: Asked) -> Members:
    """Select the persons of a cohort, and count those who are not in it by the reason.

    Raises
    ------
    UserError
        What the database cannot do.
    """
    with delivery.persons.opened() as connection:
        connection.register("homes", asked.homes(delivery.places))
        connection.register("took_part", _took_part(delivery.participants, asked))
        reason = _reason(asked)
        why = Condition(f"{reason.sql} AS reason, h.site, count(*)", reason.values)
        counts = _rows(connection, asked, why, "GROUP BY ALL").fetchall()
        member = Condition(f"{reason.sql} = ''", reason.values)
        found = _rows(connection, asked, _wanted(asked), "ORDER BY 1", member).fetchnumpy()
    return _members(found, counts, asked)


def _took_part(participants: pd.DataFrame | None, asked: Asked) -> pd.DataFrame:
    """Numbers of those who took part from the first year on; whoever joined later was chosen to later."""
    if participants is None or asked.programme is None:
        return pd.DataFrame({"person_id": np.zeros(0, np.int64)})
    first = participants[
        (participants["programme"] == asked.programme) & (participants["from"] == asked.start)
    ]
    return first[["person_id"]].drop_duplicates()


def _reason(asked: Asked) -> Condition:
    """Why somebody is not in the cohort, the first that applies; empty for its members."""
    covered, selected = asked.covered("y0"), asked.selected(asked.baseline)
    empty = " OR ".join(f"y0.{quoted(name)} IS NULL" for name in asked.covariates) or "FALSE"
    took = "h.site AND t.person_id IS NULL" if asked.programme else "FALSE"
    sql = (
        f"CASE WHEN NOT {covered.sql} THEN '{OTHER_PROVIDER}' WHEN y0.died = 1 THEN '{DIED_BEFORE}' "
        f"WHEN NOT {selected.sql} THEN '{NOT_SELECTED}' WHEN {took} THEN '{NOT_TAKING_PART}' "
        f"WHEN {empty} THEN '{WITHOUT_FIGURE}' ELSE '' END"
    )
    return Condition(sql, (*covered.values, *selected.values))


def _wanted(asked: Asked) -> Condition:
    """What is read of a member: number, place, covariates, and whether each rule of a group holds."""
    covariates = "".join(f", y0.{quoted(name)}" for name in asked.covariates)
    rules = [
        (_group_column(i, j), condition(rule, asked.baseline))
        for i, each in enumerate(asked.subgroups)
        for j, rule in enumerate(each.rules)
    ]
    groups = "".join(f", {rule.sql} AS {name}" for name, rule in rules)
    values = tuple(value for _, rule in rules for value in rule.values)
    return Condition(f"y0.person_id, h.region, y0.practice_id, y0.insurer{covariates}{groups}", values)


def _group_column(grouping: int, group: int) -> str:
    return f'"in {grouping} {group}"'


def _rows(
    connection: duckdb.DuckDBPyConnection,
    asked: Asked,
    wanted: Condition,
    last: str,
    kept: Condition = EVERYBODY,
) -> duckdb.DuckDBPyConnection:
    sql = (
        f"SELECT {wanted.sql} FROM person_year y0 JOIN homes h ON h.code = y0.municipality "
        f"LEFT JOIN took_part t ON t.person_id = y0.person_id {asked.earlier(asked.baseline)} "
        f"WHERE y0.year = {asked.baseline} AND {kept.sql} {last}"
    )
    return connection.execute(sql, [*wanted.values, *kept.values])


def _members(found: Mapping[str, Any], counts: list[tuple[str, bool, int]], asked: Asked) -> Members:
    covariates: list[Floats] = [
        np.ma.filled(np.ma.asarray(found[name], float), np.nan) for name in asked.covariates
    ]
    n_persons = len(found["person_id"])
    stacked = np.column_stack(covariates) if covariates else np.empty((n_persons, 0))
    return Members(
        numbers=np.asarray(found["person_id"], np.int64),
        regions=np.asarray(found["region"], np.intp),
        treated=np.asarray(found["region"] < asked.n_sites),
        practices=np.asarray(found["practice_id"], np.int64),
        insurers=np.unique(np.asarray(found["insurer"], str), return_inverse=True)[1].astype(np.int64),
        covariates=np.ascontiguousarray(stacked, dtype=float),
        subgroups=tuple(_grouping(found, i, each) for i, each in enumerate(asked.subgroups)),
        steps=_steps(counts),
    )


def _grouping(found: Mapping[str, Any], number: int, asked: AskedGroups) -> Grouping:
    """Who is in which group; of several whose rules hold the last, which `persons_asked` refuses before."""
    of = np.full(len(found["person_id"]), -1, dtype=np.intp)
    for j in range(len(asked.groups)):
        of[np.asarray(found[_group_column(number, j).strip('"')], dtype=bool)] = j
    return Grouping(asked.by, asked.groups, of)


def _steps(counts: list[tuple[str, bool, int]]) -> tuple[Step, ...]:
    n = {(reason, SITE if site else ELSEWHERE): int(count) for reason, site, count in counts}
    names = [OTHER_PROVIDER, DIED_BEFORE, NOT_SELECTED, NOT_TAKING_PART, WITHOUT_FIGURE, ""]
    parts = [
        Step(name or SELECTED, INSURED, n.get((name, SITE), 0), n.get((name, ELSEWHERE), 0)) for name in names
    ]
    whole = Step(INSURED, "", sum(step.site for step in parts), sum(step.elsewhere for step in parts))
    return (whole, *(step for step in parts if step.site or step.elsewhere or step.name == SELECTED))
