"""From a delivered table and a selection of units to the panel of one outcome."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from lmpeval.assembly.predictor_readings import Read, read_predictors
from lmpeval.assembly.price_level import figures, price_level, price_level_of_column
from lmpeval.assembly.read_beside import as_needed, refuse_other_years
from lmpeval.assembly.turned import by_year_and_unit, years_with_figures
from lmpeval.comparators import Placement, Role, Selection
from lmpeval.design import AlsoRead
from lmpeval.effect_scale import NO_LOGARITHM
from lmpeval.errors import CannotEstimate
from lmpeval.once import once
from lmpeval.panel import Bools, Panel, Years
from lmpeval.study import Assigned, Neighbours, Outcome, Status, Study

NOTHING_BESIDES = AlsoRead()


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
    read: AlsoRead = NOTHING_BESIDES,
) -> Assembled:
    """Build the panels of one outcome, one a start.

    Parameters
    ----------
    study : Study
    outcome : Outcome
    table : DataFrame
        Contract ``region_panel``.
    selection : Selection
    read : AlsoRead
        What the design reads besides. An untouched outcome is brought to the same prices, and units and
        years without it are left out; companions are brought to the prices of the outcome of the study that
        they are, and units without them in a year before the start are left out; so are units without any
        figure of a predictor.

    Raises
    ------
    CannotEstimate
        Where a treated unit lacks a figure, no comparison unit is complete, a side of a start has no
        year, a companion has no figures in a year before a start, or ratios are asked of an outcome that is
        not positive.
    """
    column, untouched = outcome.column or outcome.name, read.untouched
    columns = [column, *([untouched] if untouched else [])]
    delivered = set.intersection(*(years_with_figures(table, name) for name in columns))
    years, notes = usable_years(study, delivered, " and ".join([outcome.name, *columns[1:]]))
    roles = {placed.unit: placed for placed in selection.placements if placed.role is not Role.LEFT_OUT}
    values = by_year_and_unit(table, column, years, sorted(roles))
    exposure = by_year_and_unit(table, outcome.exposure, years, sorted(roles))
    baseline = _baseline(study, table)
    second = by_year_and_unit(table, untouched, years, sorted(roles)) if untouched else None
    also = _predictors(study, outcome, table, read, values)
    known = {name: by_year_and_unit(table, name, years, sorted(roles)) for name in read.companions}
    early = values.index[values.index < max(site.start for site in study.sites)]
    refuse_other_years(known, early, outcome)
    incomplete = dict(_incomplete(as_needed(values, second, known, early), exposure, baseline))
    dropped = dict(sorted({**dict(also.absent() if also else ()), **incomplete}.items()))
    placed = _complete(roles, dropped, outcome)
    units = [each.unit for each in placed]
    starts = _starts(study, placed)
    near = np.array([p.role is Role.NEIGHBOUR for p in placed])
    level = price_level(values.index, table, outcome)
    first = Panel(
        outcome=figures(values[units], level),
        exposure=np.ascontiguousarray(exposure[units].to_numpy(dtype=float)),
        years=np.asarray(values.index, dtype=np.int64),
        units=tuple(units),
        treated=starts == study.intervention.start,
        start=study.intervention.start,
        covariates=baseline.loc[units].to_numpy(dtype=float),
        covariate_names=tuple(study.comparator.match_on),
        groups=_groups(study, placed),
        aside=near | ~np.isin(starts, (0, study.intervention.start)),
        apart=study.comparator.neighbours is Neighbours.LEAVE_OUT,
        untouched=None if second is None else figures(second[units], level),
        companions={
            name: figures(beside[units], price_level_of_column(name, study, early, table))
            for name, beside in known.items()
        },
        predictors=also.of(units) if also else None,
    )
    if not first.can_lie_on(outcome.scale):
        raise CannotEstimate(f"{outcome.name} is compared by ratios: {NO_LOGARITHM}")
    return Assembled(_one_a_start(first.on_scale(outcome.scale), starts, near), tuple(dropped.items()), notes)


def _predictors(
    study: Study, outcome: Outcome, table: pd.DataFrame, read: AlsoRead, values: pd.DataFrame
) -> Read | None:
    """Predictors of the units of `values`, from the years that the study does not leave out."""
    if not read.predictors:
        return None
    used = table[~table["year"].isin([dated.year for dated in study.window.exclude])]
    column, years = outcome.column or outcome.name, values.index.tolist()
    found = read_predictors(read.predictors, column, used, years, values.columns.tolist())
    for predictor, marked in zip(read.predictors, found.measured.in_path, strict=True):
        if predictor.column in (None, column) and not marked.any():
            raise CannotEstimate(
                f"no figures of {outcome.name} in {predictor.first} to {predictor.until}, over which its "
                "mean is to be matched"
            )
    return found


def _complete(
    roles: Mapping[str, Placement], dropped: Mapping[str, str], outcome: Outcome
) -> list[Placement]:
    """Units that are left once others are dropped for a reason, by name; refuse if a treated one is gone."""
    if lost := [f"{unit} ({why})" for unit, why in dropped.items() if roles[unit].role is Role.TREATED]:
        raise CannotEstimate(f"treated units without complete figures for {outcome.name}: {', '.join(lost)}")
    placed = [roles[unit] for unit in sorted(roles) if unit not in dropped]
    if all(each.role is not Role.COMPARED for each in placed):
        raise CannotEstimate(
            f"no comparison unit with complete figures for {outcome.name} is left in the pool"
        )
    return placed


def _starts(study: Study, placed: Sequence[Placement]) -> Years:
    """Start of the site that a unit belongs to, 0 for a unit of none; shape (n_units,)."""
    start = {unit: each.start for each in study.sites for unit in each.members}
    return np.array([start[each.unit] if each.role is Role.TREATED else 0 for each in placed])


def _groups(study: Study, placed: Sequence[Placement]) -> tuple[str, ...]:
    """What units share their fate with: site or neighbourhood; nobody where members were assigned."""
    by_member = study.intervention.assigned is Assigned.MEMBER
    site = {unit: unit if by_member else each.site for each in study.sites for unit in each.members}
    return tuple(site[each.unit] if each.role is Role.TREATED else each.group for each in placed)


def _one_a_start(first: Panel, starts: Years, near: Bools) -> tuple[Panel, ...]:
    """The panel of the first start, then those of the later ones; starts, near: shape (n_units,)."""
    later = [int(start) for start in np.unique(starts) if start > first.start]
    others = (
        replace(first, start=start, treated=starts == start, aside=near | ~np.isin(starts, (0, start)))
        for start in later
    )
    return tuple(_without_what_came_of_companions(panel) for panel in (first, *others))


def _without_what_came_of_companions(panel: Panel) -> Panel:
    """Nobody may read companions from the start on: the intervention may have moved them."""
    kept = panel.before[:, None]
    return replace(
        panel, companions={name: np.where(kept, known, np.nan) for name, known in panel.companions.items()}
    )


def _baseline(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """Mean of the covariates by unit over the years before the first start that the study uses."""
    unused = {dated.year for dated in study.window.exclude}
    years = [year for year in range(study.window.first, study.intervention.start) if year not in unused]
    key = ("baseline", id(table), tuple(years), study.comparator.match_on)
    return once(key, lambda: _means(table[table["year"].isin(years)], study.comparator.match_on), table)


def _means(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Means by unit; without columns still a row a unit."""
    if not columns:
        return pd.DataFrame(index=pd.Index(rows["unit"].unique()))
    return rows.groupby("unit")[list(columns)].mean()


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
    absent = values.isna().to_numpy()
    exposed = (exposure > 0).all().reindex(values.columns, fill_value=False).to_numpy()
    matched = baseline.notna().all(axis=1).reindex(values.columns, fill_value=False).to_numpy()
    for at in np.flatnonzero(absent.any(axis=0) | ~exposed | ~matched).tolist():
        unit = values.columns[at]
        if absent[:, at].any():
            yield unit, f"no figure for {', '.join(map(str, values.index[absent[:, at]]))}"
        elif not exposed[at]:
            yield unit, "no exposure in a year"
        else:
            yield unit, "a matching variable is missing before the start"
