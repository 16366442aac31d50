"""From a delivered table and a selection of units to the panel of one outcome."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lmpeval.comparators import Placement, Role, Selection
from lmpeval.panel import Bools, Floats, Panel, Years
from lmpeval.study import Assigned, Neighbours, Outcome, Site, Status, Study


class CannotEstimate(Exception):
    """The data holds no answer to the question; the message says why."""


class TooFewPersons(CannotEstimate):
    """What the data hold is of so few people that it may not be shown."""


@dataclass(frozen=True, eq=False)
class Assembled:
    """The panels of one outcome and what it took to complete them.

    Attributes
    ----------
    panels : tuple of Panel
        One a start, rising, over the same units in the same order: treated are the sites that started
        then, the other sites are set aside.
    dropped : tuple of (unit, reason)
        Comparison units and neighbours without complete figures.
    notes : tuple of str
        Years that are not in the panel, and why.
    """

    panels: tuple[Panel, ...]
    dropped: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]

    @property
    def panel(self) -> Panel:
        """That of the first start, which is the only one unless sites started in different years."""
        return self.panels[0]


def assemble(
    study: Study,
    outcome: Outcome,
    table: pd.DataFrame,
    selection: Selection,
    untouched: str | None = None,
) -> Assembled:
    """Build the panels of one outcome, one a start.

    Parameters
    ----------
    study : Study
    outcome : Outcome
    table : DataFrame
        Contract ``region_panel``.
    selection : Selection
    untouched : str or None
        Column of an outcome that the intervention cannot touch, for the designs that read one; it is brought
        to the same prices, and units and years without it are left out.

    Raises
    ------
    CannotEstimate
        Where a treated unit lacks a figure, no comparison unit is complete, or a side of a start has no
        year.
    """
    column = outcome.column or outcome.name
    columns = [column, *([untouched] if untouched else [])]
    delivered = set.intersection(*(set(table.loc[table[name].notna(), "year"]) for name in columns))
    years, notes = usable_years(study, delivered, " and ".join([outcome.name, *columns[1:]]))
    roles = {placed.unit: placed for placed in selection.placements if placed.role is not Role.LEFT_OUT}
    rows = table[table["unit"].isin(roles) & table["year"].isin(years)]
    values = _by_year_and_unit(rows, column, years, sorted(roles))
    exposure = _by_year_and_unit(rows, outcome.exposure, years, sorted(roles))
    baseline = _baseline(study, table)
    second = _by_year_and_unit(rows, untouched, years, sorted(roles)) if untouched else None
    dropped = tuple(_incomplete(values if second is None else values + second, exposure, baseline))
    units = [unit for unit in values.columns if unit not in dict(dropped)]
    placed = [roles[unit] for unit in units]
    if lost := [f"{unit} ({why})" for unit, why in dropped if roles[unit].role is Role.TREATED]:
        raise CannotEstimate(f"treated units without complete figures for {outcome.name}: {', '.join(lost)}")
    if all(p.role is not Role.COMPARED for p in placed):
        raise CannotEstimate(
            f"no comparison unit with complete figures for {outcome.name} is left in the pool"
        )
    site_of = {unit: each for each in study.sites for unit in each.members}
    starts = np.array(
        [site_of[u].start if p.role is Role.TREATED else 0 for u, p in zip(units, placed, strict=True)]
    )
    near = np.array([p.role is Role.NEIGHBOUR for p in placed])
    level = price_level(list(values.index), outcome, lambda years: _national_mean(table, outcome, years))
    first = Panel(
        outcome=_figures(values[units], level),
        exposure=np.ascontiguousarray(exposure[units].to_numpy(dtype=float)),
        years=np.asarray(values.index, dtype=np.int64),
        units=tuple(units),
        treated=starts == study.intervention.start,
        start=study.intervention.start,
        covariates=baseline.loc[units].to_numpy(dtype=float),
        covariate_names=tuple(study.comparator.match_on),
        groups=tuple(_group(study, p, site_of) for p in placed),
        aside=near | ~np.isin(starts, (0, study.intervention.start)),
        apart=study.comparator.neighbours is Neighbours.LEAVE_OUT,
        untouched=None if second is None else _figures(second[units], level),
    )
    return Assembled(_one_a_start(first, starts, near), dropped, notes)


def _group(study: Study, placed: Placement, site_of: Mapping[str, Site]) -> str:
    """What a unit shares its fate with: its site or its neighbourhood; nobody where members were assigned."""
    if placed.role is not Role.TREATED:
        return placed.group
    by_member = study.intervention.assigned is Assigned.MEMBER
    return placed.unit if by_member else site_of[placed.unit].site


def _one_a_start(first: Panel, starts: Years, near: Bools) -> tuple[Panel, ...]:
    """The panel of the first start, then those of the later ones; starts, near: shape (n_units,)."""
    later = [int(start) for start in np.unique(starts) if start > first.start]
    return (
        first,
        *(
            replace(first, start=start, treated=starts == start, aside=near | ~np.isin(starts, (0, start)))
            for start in later
        ),
    )


def _by_year_and_unit(rows: pd.DataFrame, column: str, years: list[int], units: list[str]) -> pd.DataFrame:
    """A column by year and unit; a unit without any row in these years is there, and empty."""
    return rows.pivot(index="year", columns="unit", values=column).reindex(index=years, columns=units)


def _baseline(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Mean of the covariates by unit over the years before the first start that the study uses."""
    unused = [dated.year for dated in study.window.exclude]
    early = table["year"].between(study.window.first, study.intervention.start - 1)
    used = table[early & ~table["year"].isin(unused)]
    if not study.comparator.match_on:
        return pd.DataFrame(index=pd.Index(used["unit"].unique()))
    return used.groupby("unit")[list(study.comparator.match_on)].mean()


def usable_years(study: Study, delivered: set[int], named: str) -> tuple[list[int], tuple[str, ...]]:
    """Years of a study's window that were delivered and are not left out, and notes on the others.

    Parameters
    ----------
    study : Study
    delivered : set of int
        Years with figures.
    named : str
        What they are figures of, for the notes.

    Raises
    ------
    CannotEstimate
        Where a side of a start has no year.
    """
    window = study.window
    left_out = {dated.year: dated.reason for dated in window.exclude}
    asked = range(window.first, window.last + 1)
    if study.intervention.status is Status.STOPPED and study.intervention.ended:
        stop = study.intervention.ended
        left_out |= {year: f"after the intervention stopped in {stop}" for year in asked if year > stop}
    years = [year for year in asked if year in delivered and year not in left_out]
    notes = [f"{year} left out: {left_out[year]}" for year in asked if year in left_out]
    if absent := [year for year in asked if year not in delivered and year not in left_out]:
        notes.append(f"no figures of {named} for {', '.join(map(str, absent))}")
    for start in sorted({each.start for each in study.sites}):
        for side, some in (
            ("before the start", any(year < start for year in years)),
            ("from the start on", any(year >= start for year in years)),
        ):
            if not some:
                raise CannotEstimate(f"no figures of {named} {side} ({start})")
    return years, tuple(notes)


def _incomplete(
    values: pd.DataFrame, exposure: pd.DataFrame, baseline: pd.DataFrame
) -> Iterable[tuple[str, str]]:
    for unit in values.columns:
        absent = values.index[values[unit].isna()]
        if len(absent):
            yield unit, f"no figure for {', '.join(map(str, absent))}"
        elif not (exposure[unit] > 0).all():
            yield unit, "no exposure in a year"
        elif unit not in baseline.index or baseline.loc[unit].isna().any():
            yield unit, "a matching variable is missing before the start"


def _figures(values: pd.DataFrame, level: pd.Series[float]) -> Floats:
    """Amounts in the prices of the price year; shape (n_years, n_units)."""
    return np.ascontiguousarray(values.mul(level, axis="index").to_numpy(dtype=float))


def price_level(
    years: Sequence[int], outcome: Outcome, national_mean: Callable[[set[int]], pd.Series[float]]
) -> pd.Series[float]:
    """What brings an amount of each year to the prices of the price year; indexed by year.

    Parameters
    ----------
    years : sequence of int
    outcome : Outcome
    national_mean : callable
        Gives the outcome's mean over the country in some years, indexed by year.

    Raises
    ------
    CannotEstimate
        Where an index lacks a year, or is zero in one.
    """
    price = outcome.price
    if price is None or price.index == "none":
        return pd.Series(1.0, list(years))
    if isinstance(price.index, dict):
        index = pd.Series(price.index, dtype=float)
    else:
        index = national_mean({*years, price.year})
    if price.year not in index.index:
        raise CannotEstimate(f"no figures of {outcome.name} in its price year, {price.year}")
    # an index may know years that the panel leaves out
    level = (index[price.year] / index).reindex(list(years))
    if not (np.isfinite(level) & (level > 0)).all():
        raise CannotEstimate(f"the price index of {outcome.name} is zero or missing in a year")
    return level


def _national_mean(table: pd.DataFrame, outcome: Outcome, years: set[int]) -> pd.Series[float]:
    """Mean by year over the units with figures in all `years`: who delivers must not move the level."""
    column, exposure = outcome.column or outcome.name, outcome.exposure
    known = table[table["year"].isin(years) & table[column].notna() & table[exposure].notna()]
    known = known[known.groupby("unit")["year"].transform("nunique") == known["year"].nunique()]
    amount = (known[column] * known[exposure]).groupby(known["year"]).sum()
    return amount / known.groupby("year")[exposure].sum()
