"""Four thousand people in eight regions, drawn so that the effect on some of them is known, as files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from ruamel.yaml import YAML

REGIONS = tuple(f"R{i}" for i in range(8))
PERSONS, YEARS, START, EFFECT = 4000, tuple(range(2008, 2016)), 2012, -300.0


def person_years(seed: int = 1) -> pd.DataFrame:
    """Contract person_year: people of 65 and over cost more, and 300 euro less in region R0 from 2012 on."""
    rng = np.random.default_rng(seed)
    home, born = rng.integers(len(REGIONS), size=PERSONS), rng.integers(1925, 1995, PERSONS)
    lasting, woman = rng.normal(0, 50, PERSONS), rng.random(PERSONS) < 0.5
    frames = []
    for year in YEARS:
        age = year - born
        shock = rng.normal(0, 8, len(REGIONS))[home]
        cost = 1000 + 15 * age + lasting + 10 * (year - 2008) + shock + rng.normal(0, 80, PERSONS)
        cost += EFFECT * ((home == 0) & (year >= START) & (2011 - born >= 65))
        frames.append(
            pd.DataFrame(
                {
                    "person_id": np.arange(PERSONS), "year": year, "municipality": np.array(REGIONS)[home],
                    "practice_id": home * 3 + np.arange(PERSONS) % 3,
                    "insurer": np.array(list("ABCDE"))[np.arange(PERSONS) % 5],
                    "birth_year": born, "sex": np.where(woman, "V", "M"), "ses": lasting / 50,
                    **dict.fromkeys(("diabetes", "copd", "heart_failure", "frail"), 0),
                    "insured_years": 1.0,
                    **{f"cost_{name}": 0.0 for name in ("gp", "pharmacy", "mental", "nursing", "other")},
                    "cost_hospital": cost, "died": 0, "risk_class": np.where(year >= START, age, np.nan),
                }
            )
        )  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def lay_out(folder: Path, table: pd.DataFrame | None = None) -> Path:
    """Write the people, where they live, and who took part."""
    (folder / "people").mkdir(parents=True)
    people = person_years() if table is None else table
    people.to_parquet(folder / "people" / "all.parquet", index=False)
    places = pd.DataFrame({"unit": REGIONS, "group": [f"Group {r}" for r in REGIONS], "area": "P"})
    places.to_csv(folder / "regions.csv", index=False)
    old = people.query("year == 2011 and municipality == 'R0' and birth_year <= 1946")["person_id"]
    took = pd.DataFrame({"person_id": old[::2], "programme": "care", "from": START, "to": 2015})
    took.to_csv(folder / "took_part.csv", index=False)
    return folder


def study(**changes: Any) -> dict[str, Any]:
    """Ask about people of 65 and over in R0; a mapping is added to a part, anything else replaces it."""
    asked: dict[str, Any] = {
        "study": "persons",
        "title": "People of 65 and over",
        "portfolio": "persons",
        "intervention": {
            "name": "Care", "site": "R zero", "theme": "integration", "status": "running", "start": START,
        },
        "population": {
            "level": "intervention", "delineation": "municipalities", "members": ["R0"],
            "subpopulation": "age >= 65",
        },
        "comparator": {"register": "none known", "match_on": [], "match_persons_on": ["age", "woman", "ses"]},
        "outcomes": [
            {
                "name": "cost", "aim": "cost", "primary": True, "unit": "euro per insured year",
                "better": "lower", "exposure": "insured_years", "truncated": "cost_truncated",
                "price": {"year": 2015, "index": "none"}, "minimal_important_difference": 50,
                "expected_lag": 0, "provenance": "simulated",
            }
        ],
        "window": {"first": 2008, "last": 2015},
        "designs": [{"use": "difference_in_differences", "primary": True}, {"use": "propensity_matching"}],
        "data": {"persons": "people", "municipalities": "regions.csv"},
        "arguments": {
            name: "drawn so"
            for name in (
                "well_defined_intervention", "stable_composition", "no_spillover", "no_other_change",
                "same_measurement",
            )
        },
    }  # fmt: skip
    for part, change in changes.items():
        asked[part] = {**asked.get(part, {}), **change} if isinstance(change, dict) else change
    return asked


def written(folder: Path, **changes: Any) -> Path:
    """The study as a file of the folder."""
    path = folder / "study.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(study(**changes), file)
    return path
