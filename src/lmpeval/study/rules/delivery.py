"""What cannot be so of the deliveries that a study reads."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

from lmpeval.study.contradiction import Contradiction, Found
from lmpeval.study.data import Data
from lmpeval.study.population import Delineation, Level, Population

DATABASE = ("postgresql://", "postgres://")


def one_delivery(data: Data) -> Found:
    """One road to the panel, with what belongs to it; a survey stands beside it, or alone."""
    roads = (data.panel is not None) + (data.vektis is not None)
    if roads > 1 or not (roads or data.survey or data.persons):
        yield Contradiction(
            ("data",),
            "give either `panel` (a tidy table) or `vektis` (the yearly files), or only a `survey`, or "
            "`persons`",
        )
        return
    if data.persons and not data.municipalities:
        yield Contradiction(
            ("data",), "`persons` needs `municipalities`, which says in which region each municipality lies"
        )
    if data.vektis and not data.municipalities:
        yield Contradiction(("data",), "`vektis` needs `municipalities`, which says what neighbours what")
    for key in ("municipalities", "key_figures", "deaths"):
        if not data.vektis and getattr(data, key) and not (key == "municipalities" and data.persons):
            other = "panel" if data.panel else "survey"
            yield Contradiction(("data", key), f"`{key}` goes with `vektis`, not with `{other}`")
    alone = data.panel or data.survey or data.persons or ""
    if data.table and not (alone.endswith((".duckdb", ".db")) or alone.startswith(DATABASE)):
        road = "panel" if data.panel else "survey" if data.survey else "persons" if data.persons else "panel"
        yield Contradiction(("data", "table"), f"`table` goes with a DuckDB file (.duckdb) in `{road}`")


def no_password(data: Data) -> Found:
    """A study file is shown to everybody; a password is not."""
    named = data.persons or ""
    parts = urlsplit(named) if named.startswith(DATABASE) else None
    if parts is not None and (parts.password is not None or "password" in parse_qs(parts.query)):
        yield Contradiction(
            ("data", "persons"),
            "holds a password, and a study file is shown to everybody: leave it out and set PGPASSWORD, or "
            "write a password file",
        )


def population_can_be_built(population: Population, data: Data) -> Found:
    """Aggregated deliveries know municipalities and everybody in them, nothing finer."""
    if data.persons:
        return  # person-years know all of it: see `rules.persons`
    if data.vektis and population.delineation is not Delineation.MUNICIPALITIES:
        yield Contradiction(
            ("population", "delineation"),
            f"the Vektis files know municipalities, not '{population.delineation}': deliver a panel of them",
        )
    if population.subpopulation:
        yield Contradiction(
            ("population", "subpopulation"),
            "a subpopulation rule needs person-level data; region tables hold whole populations",
        )
    if data.vektis and population.level is Level.INTERVENTION:
        yield Contradiction(
            ("population", "level"),
            "the Vektis files hold everybody: level 'intervention' needs a panel of the people reached",
        )
