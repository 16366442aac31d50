"""The region panel that is built from published files: Vektis, and what goes with it."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from lmpeval.contracts import load_contract
from lmpeval.errors import UserError
from lmpeval.sources import boundaries, case_mix, deaths, land_area, municipalities, vektis

if TYPE_CHECKING:
    from lmpeval.study import Data


def published_panel(data: "Data", root: Path, years: range) -> tuple[pd.DataFrame, list[str], list[Path]]:
    """Build the region panel from published files.

    Parameters
    ----------
    data : Data
        ``vektis`` and ``municipalities`` are needed; ``deaths`` and ``key_figures`` may be left out, and
        then their columns are.
    root : Path
        Folder of the data.
    years : range
        Calendar years.

    Returns
    -------
    table : DataFrame
        Contract ``region_panel``.
    notes : list of str
    read : list of Path
        Files that were read.

    Raises
    ------
    UserError
        A file is missing or unreadable, or years or units do not fit together.
    """
    if data.vektis is None or data.municipalities is None:
        raise UserError(
            "data: Vektis files need the crosswalk of municipalities beside them (vektis, municipalities)"
        )
    files = vektis.read_years(root / data.vektis, years)
    crosswalk = municipalities.read_crosswalk(root / data.municipalities)
    cells = {file.year: _on_units(file.cells, data.boundaries) for file in files}
    boundaries.require_same_units(
        {year: frozenset(table["unit"]) for year, table in cells.items()}, data.vektis
    )
    units = sorted(cells[years[0]]["unit"].unique())
    members = municipalities.members_of(units, crosswalk)
    places, place_notes = municipalities.place(members, crosswalk, _largest_size(files))
    table = places.join(_costs(files, cells), how="right")
    table["log_insured_years"] = np.log(table["insured_years"])
    notes = [*_vektis_notes(files), *place_notes]
    read = [*(file.path for file in files), root / data.municipalities]
    if data.deaths is not None:
        read.append(root / data.deaths)
        columns, said = _deaths(read[-1], cells, data.boundaries)
        table, notes = table.join(columns), notes + said
    if data.key_figures is not None:
        read.append(root / data.key_figures)
        area = land_area.on_the_map_of_2020(land_area.read_land_area(read[-1]))
        land, said = land_area.land_of_units(members, crosswalk["code"], area)
        table = table.join(land.rename("land_area"))
        table["density"] = table["insured_years"] / table["land_area"]
        table["log_density"] = np.log(table["density"])  # urbanity and size differ by factors
        notes += said
    rows = table.reset_index().sort_values(["unit", "year"], ignore_index=True)
    return load_contract("region_panel").check(rows, "the region panel as built"), notes, read


def _on_units(table: pd.DataFrame, chosen: str) -> pd.DataFrame:
    return table.assign(unit=boundaries.to_stable(table["unit"])) if chosen == "stable" else table


def _largest_size(files: list[vektis.VektisYear]) -> pd.Series:
    sizes = pd.concat([file.cells.groupby("unit")["insured_years"].sum() for file in files])
    largest: pd.Series = sizes.groupby(level=0).max()
    return largest


def _costs(files: list[vektis.VektisYear], cells: dict[int, pd.DataFrame]) -> pd.DataFrame:
    """Return age structure and cost outcomes, indexed by (year, unit)."""
    tables = {
        file.year: case_mix.age_structure(cells[file.year]).join(
            case_mix.standardise(cells[file.year], file.outcomes)
        )
        for file in files
    }
    return pd.concat(tables, names=["year"])


def _deaths(path: Path, cells: dict[int, pd.DataFrame], chosen: str) -> tuple[pd.DataFrame, list[str]]:
    """Return the columns on deaths of the years that were delivered, indexed by (year, unit)."""
    delivered = _on_units(deaths.read_deaths(path), chosen)
    delivered = delivered[delivered["year"].isin(cells)]
    years = sorted(delivered["year"].unique())
    if not years:
        raise UserError(
            f"{path}: no deaths in {min(cells)}-{max(cells)}; leave deaths out or choose another window"
        )
    counts = delivered.groupby(["year", "unit"])["deaths"].sum()
    exposure = deaths.exposure_by_age({year: cells[year] for year in years})
    for year in years:
        boundaries.require_as_in(set(counts[year].index), set(exposure.loc[year].index), f"{path}, {year}")
    rates: pd.Series = 1000 * deaths.fitted_rates(exposure, counts.reindex(exposure.index))
    groups = ", ".join(f"from {age}: {rate:.1f}" for age, rate in rates.items())
    notes = [
        f"deaths are published without ages; expected at fitted rates per 1,000 insured years ({groups})"
    ]
    absent = [str(year) for year in cells if year not in years]
    if absent:
        notes.append(f"deaths: none delivered for {', '.join(absent)}; missing there")
    return deaths.compare_deaths(exposure, counts.reindex(exposure.index)), notes


def _vektis_notes(files: list[vektis.VektisYear]) -> list[str]:
    notes = []
    for file in files:
        said = []
        if file.negative:
            said.append(f"{file.negative} cell(s) with negative cost (corrections) kept")
        missing = file.suppressed
        if len(missing):
            said.append(f"{missing.sum()} suppressed age-sex cell(s) in {len(missing)} municipality(ies)")
        if len(file.residual):
            outside = file.residual["insured_years"].sum()
            said.append(f"{outside:,.0f} insured years in no municipality (residual row)")
        if said:
            notes.append(f"Vektis {file.year}: {'; '.join(said)}")
    return [*notes, *_category_notes(files)]


def _category_notes(files: list[vektis.VektisYear]) -> list[str]:
    """Name the cost categories that do not exist in all years."""
    everything = dict.fromkeys(outcome for file in files for outcome in file.outcomes)
    absent = {o: [str(file.year) for file in files if o not in file.outcomes] for o in everything}
    notes = [
        f"{o}: no category of its own in {', '.join(years)}; missing there"
        for o, years in absent.items()
        if years
    ]
    if notes:
        notes.append(
            "total: its content changes with these categories; cost_core sums those that exist in all years"
        )
    return notes
