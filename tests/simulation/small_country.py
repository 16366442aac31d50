"""A small drawn country and a study of it, for tests that need data of which the truth is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from lmpeval.engine.planning import Prepared
from lmpeval.simulation.regions import Country, draw
from lmpeval.sources import Delivery
from lmpeval.study import Study
from lmpeval.study_files.reading import load_study
from lmpeval.study_files.writing import dump_study

SMALL = Country(groups=25, units=5, first=2010, last=2017)
"""Four municipalities in the site and one neighbour; enough stand-ins to bound an interval."""
FEW = Country(groups=12, units=5, first=2010, last=2017)
"""Too few stand-ins to bound an interval at 95 %."""
REGISTER_COLUMNS = ["initiative", "unit", "start", "end", "status", "source"]


@cache
def _drawn(country: Country, seed: int) -> pd.DataFrame:
    return draw(country, seed)


def table(country: Country = SMALL, seed: int = 5) -> pd.DataFrame:
    return _drawn(country, seed).copy()


@cache
def _demonstration() -> Study:
    return load_study(Path(str(files("lmpeval.simulation") / "demo.yaml")))


def study(part: str = "", **changes: Any) -> Study:
    """The demonstration's study on the years of the small country, with changes to it or to a part of it."""
    demo = _demonstration()
    small = replace(demo, window=replace(demo.window, first=2010, last=2017))
    if part:
        return replace(small, **{part: replace(getattr(small, part), **changes)})
    return replace(small, **changes)


def register(units: Mapping[str, str] | None = None) -> pd.DataFrame:
    """A register: the initiative of each unit."""
    rows = [(name, unit, 2012, None, "verified", "a paper") for unit, name in (units or {}).items()]
    return pd.DataFrame(rows, columns=REGISTER_COLUMNS)


def prepared(asked: Study, data: pd.DataFrame | None = None, other: pd.DataFrame | None = None) -> Prepared:
    data = table() if data is None else data
    ordered = data.sort_values(["unit", "year"], ignore_index=True)
    return Prepared(asked, Delivery(ordered, (), ()), register() if other is None else other)


def laid_out(folder: Path, asked: Study, data: pd.DataFrame | None = None) -> Path:
    """Write the panel and the study as a user has them; returns the study file."""
    folder.mkdir(parents=True, exist_ok=True)
    (table() if data is None else data).to_csv(folder / "panel.csv", index=False)
    path = folder / f"{asked.study}.yaml"
    path.write_text(dump_study(asked), encoding="utf-8")
    return path
