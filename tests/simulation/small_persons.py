"""Studies of persons in a synthetic country on disk, cut down to one outcome so that they are quick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from lmpeval.simulation.country.person_studies import TABLES, TRAITS
from simulation.small_delivery import read


def of_persons(folder: Path, name: str, over: str = "", **population: Any) -> Path:
    """Everybody in the site by the first design, and persons by another: participants, or all as followed."""
    study = read(folder / ("studies" if population else "person_studies") / f"{name}.yaml")
    study["outcomes"] = study["outcomes"][:1]
    if population:
        study["population"] |= population
        study["data"] |= {key: path for key, path in TABLES.items() if key != "participants"}
        study["comparator"]["match_persons_on"] = TRAITS
        more = [{"use": "difference_in_differences", "over": over}] if over else []
        study["designs"] = [study["designs"][0], *more, {"use": "propensity_matching"}]
    path = folder / f"persons_{name}.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(study, file)
    return path
