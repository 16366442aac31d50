"""With whom the treated are compared: the pool, who is left out of it, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import pandas as pd

from lmpeval.population import unknown, unknown_members
from lmpeval.study import Comparator, Contradiction, DesignChoice, Neighbours, Study

NONE_KNOWN = "none known"
"""What a study writes for its register where the evaluator has looked and found no other initiative."""


class Role(StrEnum):
    """What a delivered unit does in a study."""

    TREATED = "treated"
    COMPARED = "compared"
    NEIGHBOUR = "neighbour"
    LEFT_OUT = "left out"


@dataclass(frozen=True)
class Placement:
    """One delivered unit: its role and the reason for it."""

    unit: str
    group: str
    role: Role
    reason: str


@dataclass(frozen=True)
class Selection:
    """Every delivered unit in its place.

    Attributes
    ----------
    placements : tuple of Placement
        One a unit, by name.
    """

    placements: tuple[Placement, ...]

    def units(self, role: Role) -> tuple[str, ...]:
        """Names of the units with a role."""
        return tuple(placed.unit for placed in self.placements if placed.role is role)

    def flow(self) -> list[tuple[Role, str, int]]:
        """Units by role and reason; the counts sum to the number delivered."""
        counts: dict[tuple[Role, str], int] = {}
        for placed in self.placements:
            key = (placed.role, placed.reason)
            counts[key] = counts.get(key, 0) + 1
        order = list(Role)
        return [
            (*key, n)
            for key, n in sorted(counts.items(), key=lambda c: (order.index(c[0][0]), -c[1], c[0][1]))
        ]


def select(
    study: Study, table: pd.DataFrame, register: pd.DataFrame, borders: pd.DataFrame | None = None
) -> Selection:
    """Place every delivered unit.

    Parameters
    ----------
    study : Study
    table : DataFrame
        Contract region_panel.
    register : DataFrame
        Contract initiative_register; without rows where no other initiative is known.
    borders : DataFrame, optional
        Contract municipality_neighbours; without it only the site's own neighbourhood is next to it.
    """
    columns = ["unit", "group", "area"] if "area" in table else ["unit", "group"]
    units = table[columns].drop_duplicates("unit").sort_values("unit")
    sites = {unit: each.site for each in study.sites for unit in each.members}
    homes = set(units.loc[units["unit"].isin(sites), "group"])
    bordered = _bordered(sites, borders)
    initiatives = {
        str(unit): tuple(sorted(set(names))) for unit, names in register.groupby("unit")["initiative"]
    }
    placements = []
    for row in units.to_dict("records"):
        unit, group = str(row["unit"]), str(row["group"])
        if unit in sites:
            role, reason = Role.TREATED, f"in {sites[unit]}"
        elif why := _left_out(study, row, initiatives):
            role, reason = Role.LEFT_OUT, why
        elif study.comparator.neighbours is Neighbours.KEEP:
            role, reason = Role.COMPARED, "in the pool"
        elif group in homes:
            role, reason = Role.NEIGHBOUR, f"in the site's own neighbourhood, {group}"
        elif unit in bordered:
            role, reason = Role.NEIGHBOUR, f"borders on {bordered[unit]}"
        else:
            role, reason = Role.COMPARED, "in the pool"
        placements.append(Placement(unit, group, role, reason))
    return Selection(tuple(placements))


def _bordered(sites: Mapping[str, str], borders: pd.DataFrame | None) -> dict[str, str]:
    """Units that border on members of a site, and on which; a border counts whichever side lists it."""
    if borders is None:
        return {}
    pairs = [(str(a), str(b)) for a, b in zip(borders["unit"], borders["neighbour"], strict=True)]
    found: dict[str, str] = {}
    for member, near in sorted({*pairs, *((b, a) for a, b in pairs)}):
        if member in sites and near not in sites:
            found.setdefault(near, sites[member])
    return found


def _left_out(study: Study, row: Mapping[Any, Any], initiatives: Mapping[str, tuple[str, ...]]) -> str | None:
    comparator = study.comparator
    if comparator.pool != "all" and row["unit"] not in comparator.pool:
        return "not in the pool that the study names"
    there = initiatives.get(row["unit"], ())
    own = {study.intervention.site, *(each.site for each in study.sites)}
    if here := [name for name in there if name in own]:
        # it got the intervention itself: to compare with it would hide the effect
        return f"in {here[0]} by the register, not a member in the study"
    if there:
        return f"other initiative: {', '.join(there)}"
    return named_out(comparator, row)


def named_out(comparator: Comparator, row: Mapping[Any, Any]) -> str | None:
    """Reason for which a study leaves a unit out by its name, its group's or its area's; None where none."""
    for exclusion in comparator.exclude:
        if (
            row["unit"] in exclusion.units
            or row["group"] in exclusion.groups
            or row.get("area") in exclusion.areas
        ):
            return exclusion.reason
    return None


def delivery_contradictions(parts: Mapping[str, Any], table: pd.DataFrame) -> list[Contradiction]:
    """Find what a study asks of the delivered data that it does not have.

    Parameters
    ----------
    parts : mapping
        Those fields of a `Study` that could be read.
    table : DataFrame
        Contract region_panel.
    """
    found: list[Contradiction] = []
    if "population" in parts:
        found += unknown_members(parts["population"], table)
    if "comparator" in parts:
        found += _unknown_comparators(parts["comparator"], table)
        if "intervention" in parts:
            found += _late_covariates(parts["comparator"], parts["intervention"].start, table)
    if "outcomes" in parts:
        found += _unknown_columns(parts["outcomes"], table)
    if "designs" in parts:
        found += _unread_predictors(parts["designs"], table)
        found += _unknown_beside(parts["designs"], table)
    return found


def _unknown_comparators(comparator: Comparator, table: pd.DataFrame) -> Iterator[Contradiction]:
    units, groups = set(table["unit"]), set(table["group"])
    areas = set(table["area"]) if "area" in table else set()
    if comparator.pool != "all":
        yield from unknown(comparator.pool, units, ("comparator", "pool"), "unit")
    for position, exclusion in enumerate(comparator.exclude):
        at = ("comparator", "exclude", position)
        yield from unknown(exclusion.units, units, (*at, "units"), "unit")
        yield from unknown(exclusion.groups, groups, (*at, "groups"), "group")
        yield from unknown(exclusion.areas, areas, (*at, "areas"), "area")
    yield from unknown(comparator.match_on, _figures(table), ("comparator", "match_on"), "column of figures")


def _late_covariates(comparator: Comparator, start: int, table: pd.DataFrame) -> Iterator[Contradiction]:
    early = table[table["year"] < start]
    for position, name in enumerate(comparator.match_on):
        if name in table and early[name].isna().all():
            first = table.loc[table[name].notna(), "year"].min()
            since = f"known only from {first} on" if pd.notna(first) else "never known"
            yield Contradiction(
                ("comparator", "match_on", position),
                f"'{name}' is {since}, not before the start in {start}: the intervention may have changed it",
            )


def _unknown_columns(outcomes: tuple[Any, ...], table: pd.DataFrame) -> Iterator[Contradiction]:
    figures = _figures(table)
    for position, outcome in enumerate(outcomes):
        at = ("outcomes", position)
        column = "name" if outcome.column is None else "column"
        asked = [(column, outcome.column or outcome.name), ("exposure", outcome.exposure)]
        asked += [("truncated", outcome.truncated)] if outcome.truncated is not None else []
        for key, name in asked:
            for contradiction in unknown([name], figures, (), "column of figures"):
                yield Contradiction((*at, key), contradiction.message)
        if outcome.price is not None and outcome.price.column is not None:
            yield from unknown([outcome.price.column], figures, (*at, "price"), "column of figures")


def _unknown_beside(designs: tuple[DesignChoice, ...], table: pd.DataFrame) -> Iterator[Contradiction]:
    for position, design in enumerate(designs):
        at = ("designs", position, "settings")
        if isinstance(column := design.settings.get("untouched"), str):
            for contradiction in unknown([column], _figures(table), (), "column of figures"):
                yield Contradiction((*at, "untouched"), contradiction.message)
        if isinstance(columns := design.settings.get("companions"), list | tuple):
            yield from unknown(columns, _figures(table), (*at, "companions"), "column of figures")


def _unread_predictors(designs: tuple[DesignChoice, ...], table: pd.DataFrame) -> Iterator[Contradiction]:
    """Columns that a mixture is to match and that the data does not have, or not in these years."""
    for position, design in enumerate(designs):
        asked = design.settings.get("predictors")
        for number, each in enumerate(asked if isinstance(asked, list) else []):
            column = each.get("column") if isinstance(each, dict) else None
            if not isinstance(column, str):
                continue
            at = ("designs", position, "settings", "predictors", number)
            if column not in _figures(table):
                for contradiction in unknown([column], _figures(table), (), "column of figures"):
                    yield Contradiction((*at, "column"), contradiction.message)
            elif isinstance(first := each.get("first"), int):
                yield from _not_delivered(column, first, each.get("last"), at, table)


def _not_delivered(
    column: str, first: int, last: object, at: tuple[str | int, ...], table: pd.DataFrame
) -> Iterator[Contradiction]:
    """Years from `first` to `last` without a figure of a column for anybody."""
    until = last if isinstance(last, int) else first
    known = table.loc[table[column].notna(), "year"]
    if not known.between(first, until).any():
        span = str(first) if until == first else f"{first} to {until}"
        when = f"known from {known.min()} to {known.max()}" if len(known) else "never known"
        yield Contradiction(at, f"no figure of '{column}' in {span}: it is {when}")


def _figures(table: pd.DataFrame) -> set[str]:
    return set(table.columns) - {"unit", "year", "group", "area"}
