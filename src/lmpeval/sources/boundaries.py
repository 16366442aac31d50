"""Municipal borders that shift: one set of units for all years of a window, or a refusal.

Between 2018 and 2023 municipalities merged and one (Haaren, 2021) was split. A municipality that takes over
another keeps its name, so the same name may be another area a year later. The stable units join whatever
was joined or split in 2011-2023: 339 units, the same area in all years.
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

import pandas as pd

from lmpeval.errors import UserError


@lru_cache
def stable_units() -> Mapping[str, str]:
    """Return the stable unit of every municipality whose area changed in 2019-2023 (upper-case ASCII)."""
    with files("lmpeval.sources").joinpath("stable_units.csv").open(encoding="utf-8") as file:
        table = pd.read_csv(file, dtype=str)
    return dict(zip(table["name"], table["unit"], strict=True))


def to_stable(names: pd.Series) -> pd.Series:
    """Name the stable unit of every municipality; a municipality that never changed is its own unit.

    Parameters
    ----------
    names : Series of str
        Municipalities as in the Vektis files.
    """
    return names.replace(stable_units())


def require_same_units(units: Mapping[int, frozenset[str]], source: str) -> None:
    """Refuse years that are on different municipal borders.

    Parameters
    ----------
    units : Mapping of int to frozenset of str
        Names of the units by year.
    source : str
        What was read, for the message.

    Raises
    ------
    UserError
        Names the years and the units that differ, and what to write to get stable units.
    """
    vintages: dict[frozenset[str], list[int]] = {}
    for year, names in sorted(units.items()):
        vintages.setdefault(names, []).append(year)
    if len(vintages) <= 1:
        return
    shared = frozenset.intersection(*vintages)
    lines = []
    for names, years in vintages.items():
        differing = ", ".join(sorted(names - shared)) or "none"
        lines.append(f"  {_span(years)}: {len(names)} units, of which not in all years: {differing}")
    raise UserError(
        "\n".join(
            [
                f"{source}: the years are on {len(vintages)} different sets of municipal borders, "
                "so a name need not be the same area in all years:",
                *lines,
                '  Write "boundaries: stable" under "data" for units that are the same area in 2011-2023, '
                "or choose a window within one set.",
            ]
        )
    )


def require_as_in(units: set[str], expected: set[str], source: str) -> None:
    """Refuse a delivery whose units are not those of the cost files.

    Raises
    ------
    UserError
        Names the units on one side only.
    """
    if units == expected:
        return
    lines = [
        f"  {words}: {', '.join(sorted(names))}"
        for words, names in (("only here", units - expected), ("only in the cost files", expected - units))
        if names
    ]
    raise UserError("\n".join([f"{source}: other units than in the cost files", *lines]))


def _span(years: list[int]) -> str:
    whole = years == list(range(years[0], years[-1] + 1)) and len(years) > 1
    return f"{years[0]}-{years[-1]}" if whole else ", ".join(map(str, years))
