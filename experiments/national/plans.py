"""The study files of a country in which every region has plans. See README.md beside this file."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd
from ruamel.yaml import YAML

from lmpeval.simulation.country.sites import KINDS, SITES
from lmpeval.simulation.country.studies import EVERYBODY, written

INTERVENTIONS = 184
"""Regional plans that were approved in the Netherlands by 2025."""
STARTS = (2013, 2014, 2015, 2016)
DESIGNS = (
    "difference_in_differences",
    "synthetic_control",
    "augmented_synthetic_control",
    "synthetic_difference_in_differences",
)
TEMPLATE = files("lmpeval.simulation.country") / "study.yaml"
EURO: dict[str, Any] = {
    "aim": "cost",
    "unit": "euro per insured year",
    "better": "lower",
    "exposure": "insured_years",
    "price": {"year": 2018, "index": "national"},
    "expected_lag": 1,
    "provenance": "simulated",
}
MORE_COSTS = {
    "cost_core": ("core cost of care", 25),
    "cost_gp": ("GP cost", 5),
    "cost_pharmacy": ("pharmacy cost", 5),
    "cost_other": ("other cost of care", 5),
}
"""Label and smallest difference that matters of the outcomes beside those of the template, which has five."""


def lay_out(country: Path, out: Path, n: int = INTERVENTIONS) -> list[Path]:
    """Write a study file for each of `n` interventions; return the files.

    Parameters
    ----------
    country : Path
        A folder that `lmpeval simulate` wrote.
    out : Path
        Folder for the files.
    """
    table = pd.read_parquet(country / "region_panel.parquet", columns=["unit", "group"]).drop_duplicates()
    regions = {str(name): sorted(rows["unit"]) for name, rows in table.groupby("group")}
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for study in _studies(regions, n):
        paths.append(out / f"{study['study']}.yaml")
        paths[-1].write_text(written(study), encoding="utf-8")
    return paths


def _studies(regions: dict[str, list[str]], n: int) -> Iterator[dict[str, Any]]:
    """One intervention a region, then a second one in each, and so on; kinds and starts take turns."""
    names, kinds = list(regions), list(KINDS)
    known = {site.group: site.name for site in SITES}
    for i in range(n):
        turn, at = divmod(i, len(names))
        region, kind = names[at], kinds[(at + 3 * turn) % len(kinds)]
        yield _study(
            name=f"plan_{i + 1:03d}_{kind}",
            kind=kind,
            region=region,
            # a site of the country's register keeps its name, so that its own municipalities are its own
            site=known.get(region, region),
            members=regions[region],
            start=STARTS[(at + turn) % len(STARTS)],
        )


def _study(*, name: str, kind: str, region: str, site: str, members: list[str], start: int) -> dict[str, Any]:
    study: dict[str, Any] = YAML().load(TEMPLATE.read_text(encoding="utf-8"))
    of = KINDS[kind]
    study |= {"study": name, "portfolio": "national"}
    study["title"] = f"{of.title} in {region} of a country that does not exist, {EVERYBODY['en']}"
    study["title_nl"] = f"{of.title_nl} in {region} van een land dat niet bestaat, {EVERYBODY['nl']}"
    what = study["intervention"]
    what |= {"name": of.title, "name_nl": of.title_nl, "site": site, "theme": str(of.theme), "start": start}
    for key in ("reach", "programme_cost"):
        del what[key]
    study["population"]["members"] = members
    study["outcomes"] += [
        {"name": column, "label": label, **EURO, "minimal_important_difference": margin}
        for column, (label, margin) in MORE_COSTS.items()
    ]
    study["designs"] = [{"use": use, **({"primary": True} if use == DESIGNS[0] else {})} for use in DESIGNS]
    study["window"] |= {"first": 2009, "last": 2018}
    return study
