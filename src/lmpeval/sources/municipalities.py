"""Where a municipality lies: its COROP region (neighbourhood) and its province (wider area)."""

from pathlib import Path

import pandas as pd

from lmpeval.contracts import load_contract
from lmpeval.errors import UserError
from lmpeval.sources.boundaries import stable_units
from lmpeval.sources.tables import read_table


def read_crosswalk(path: Path) -> pd.DataFrame:
    """Read the crosswalk.

    Returns
    -------
    DataFrame
        Index ``name`` (municipality); columns ``group`` (COROP), ``area`` (province) and ``code`` (of 2020).
    """
    table = load_contract("municipality_crosswalk").check(read_table(path), str(path))
    names = {"unit355": "name", "corop": "group", "province": "area", "gm2020": "code"}
    return table.rename(columns=names).set_index("name")[["group", "area", "code"]]


def members_of(units: list[str], crosswalk: pd.DataFrame) -> dict[str, list[str]]:
    """List the municipalities of the crosswalk that each unit is made of.

    Parameters
    ----------
    units : list of str
        Municipalities as published, or stable units.
    crosswalk : DataFrame
        As :func:`read_crosswalk` gives it.

    Raises
    ------
    UserError
        Names all units that the crosswalk does not know.
    """
    joined: dict[str, list[str]] = {}
    apart = set(units)
    for name, unit in stable_units().items():
        if name in crosswalk.index and (name == unit or name not in apart):
            joined.setdefault(unit, []).append(name)
    known = set(crosswalk.index)
    members = {unit: joined.get(unit) or [name for name in [unit] if name in known] for unit in units}
    lost = sorted(unit for unit in units if not members[unit])
    if lost:
        raise UserError(
            f"the crosswalk of municipalities does not place {len(lost)} unit(s): {', '.join(lost)}"
        )
    return members


def place(
    members: dict[str, list[str]], crosswalk: pd.DataFrame, size: pd.Series
) -> tuple[pd.DataFrame, list[str]]:
    """Find the group and the area of every unit: those of its largest member.

    Parameters
    ----------
    members : dict of str to list of str
        As :func:`members_of` gives it.
    crosswalk : DataFrame
        As :func:`read_crosswalk` gives it.
    size : Series
        Insured years of municipalities (index: name), for the choice between members that disagree. A
        member without size counts least.

    Returns
    -------
    places : DataFrame
        Index ``unit``; ``group`` and ``area``.
    notes : list of str
        Units whose members lie in different groups.
    """
    places, notes = {}, []
    for unit, names in members.items():
        ranked = sorted(names, key=lambda name: (-float(size.get(name, 0.0)), name))
        places[unit] = crosswalk.loc[ranked[0], ["group", "area"]]
        groups = crosswalk.loc[ranked, "group"]
        if groups.nunique() > 1:
            parts = ", ".join(f"{name} in {group}" for name, group in groups.items())
            notes.append(
                f"{unit} joins municipalities of different regions ({parts}); it counts to {groups.iloc[0]}"
            )
    return pd.DataFrame.from_dict(places, orient="index").rename_axis("unit"), notes
