"""From what: the deliveries that hold the figures."""

from __future__ import annotations

from enum import StrEnum

from pydantic.dataclasses import dataclass

from lmpeval.study.values import CLOSED, Name, Text


class Boundaries(StrEnum):
    """On which municipal map the units lie."""

    AS_PUBLISHED = "as published"
    STABLE = "stable"


@dataclass(frozen=True, config=CLOSED)
class Data:
    """Which deliveries hold the figures; paths are relative to the folder given with `--data`."""

    panel: Text | None = None
    """A tidy panel (contract region_panel): CSV, Parquet or DuckDB file."""
    table: Name | None = None
    """Table of a DuckDB file or a database: the panel, or a survey or persons that stand alone."""
    vektis: Text | None = None
    """Folder of the yearly Vektis files."""
    municipalities: Text | None = None
    """Where municipalities lie (contract municipality_crosswalk with Vektis files, municipality_regions with
    person-years)."""
    key_figures: Text | None = None
    """Regional key figures of Statistics Netherlands (land area)."""
    deaths: Text | None = None
    """Deaths per municipality and year (contract deaths_municipality)."""
    boundaries: Boundaries = Boundaries.AS_PUBLISHED
    survey: Text | None = None
    """Answers in waves (contract survey_waves or health_survey): a file, or a folder of Parquet files; beside
    the panel or the Vektis files, or alone."""
    persons: Text | None = None
    """Person-years (contract person_year): a folder of Parquet files, a file, a DuckDB file, or a PostgreSQL
    database; beside what holds units, or alone."""
    participants: Text | None = None
    """Who took part, and when (contract participants): a folder of Parquet files, or a file."""
    municipality_codes: Text | None = None
    """What became of municipalities of earlier years (contract municipality_codes); where left out,
    person-years name those of the latest map."""

    @property
    def paths(self) -> dict[str, str]:
        """The files and folders that are named, by their keys; a database is none."""
        keys = (
            "panel", "vektis", "municipalities", "key_figures", "deaths", "survey", "persons", "participants",
            "municipality_codes",
        )  # fmt: skip
        named = {key: named for key in keys if (named := getattr(self, key)) is not None}
        return {key: name for key, name in named.items() if "://" not in name}

    @property
    def reads_units(self) -> bool:
        """Whether figures of whole units are delivered, beside persons or without."""
        return bool(self.panel or self.vektis or self.survey)
