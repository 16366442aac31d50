"""Who is treated: the members of a population among the delivered units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pandas as pd

from lmpeval.study import Contradiction, Population
from lmpeval.study_files.plain_words import nearest


def unknown_members(population: Population, table: pd.DataFrame) -> Iterator[Contradiction]:
    """Members that the delivered data does not know, each with the nearest name that it does."""
    key = "within" if population.within else "members"
    yield from unknown(population.units, set(table["unit"]), ("population", key), "unit")


def unknown(
    names: Iterable[str], known: set[str], path: tuple[str | int, ...], what: str
) -> Iterator[Contradiction]:
    """Names that are not among those known, with the nearest that are."""
    for position, name in enumerate(names):
        if name not in known:
            near = nearest(name, sorted(known))
            hint = f": did you mean '{near}'?" if near else ""
            yield Contradiction((*path, position), f"the data has no {what} '{name}'{hint}")
