"""What a programme for the costliest seems to do that does nothing, by whom its people are compared with.

Persons are drawn, written as a delivery, and read by the road that a study takes: a rule selects them in the
year before the start, and they are followed. See README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmpeval.sources.persons.asked import Asked
from lmpeval.sources.persons.delivered import PersonDelivery, deliver_persons
from lmpeval.sources.persons.following import amounts_of, follow
from lmpeval.study import Data
from lmpeval.study.rule_reading import read_rule

HERE = Path(__file__).parent
Floats = NDArray[np.float64]
YEARS = (2011, 2012, 2013, 2014)
START = 2013
REGIONS, IN_SITE = 40, 8
RULES = ("cost > p95", "cost > p95 and cost(-1) > p95", "age >= 65")


def person_costs(rng: np.random.Generator, persons: int) -> Floats:
    """Euro by year and person: log-normal, half of the log's variance lasting, some years without cost.

    Mean 2,600 a year, coefficient of variation 3.7, correlation with the year before 0.2.
    """
    lasting = rng.normal(0, 1.1, persons)
    cost = np.exp(lasting + rng.normal(0, 1.1, (len(YEARS), persons)))
    cost[rng.random(cost.shape) < 1 / (1 + np.exp(2.2 + 0.8 * lasting))] = 0
    return np.asarray(2600 * cost / cost.mean())


def written(rng: np.random.Generator, persons: int, folder: Path) -> PersonDelivery:
    """A delivery of people to whom nothing is done, one municipality a region."""
    cost, home = person_costs(rng, persons), rng.integers(REGIONS, size=persons)
    born, woman = rng.integers(1920, 2010, persons), rng.random(persons) < 0.5
    part = folder / "persons"
    part.mkdir()
    names = np.array([f"M{i:02d}" for i in range(REGIONS)])
    for t, year in enumerate(YEARS):
        flat = {name: 0 for name in ("diabetes", "copd", "heart_failure", "frail", "died")}
        flat |= {f"cost_{name}": 0.0 for name in ("gp", "pharmacy", "mental", "nursing", "other")}
        pd.DataFrame(
            {
                "person_id": np.arange(persons), "year": year, "municipality": names[home],
                "practice_id": home, "insurer": "A", "birth_year": born,
                "sex": np.where(woman, "V", "M"), "ses": 0.0, **flat,
                "insured_years": 1.0, "cost_hospital": cost[t],
            }
        ).to_parquet(part / f"{year}.parquet", index=False)  # fmt: skip
    regions = pd.DataFrame({"unit": names, "group": names, "area": "all"})
    regions.to_csv(folder / "regions.csv", index=False)
    return deliver_persons(Data(persons="persons", municipalities="regions.csv"), folder)


def changes(delivery: PersonDelivery, rule: str) -> dict[str, float]:
    """What the programme seems to do to those selected, in per cent of what they cost before it."""
    site = {f"M{i:02d}": "Site" for i in range(IN_SITE)}
    regions = site | {f"M{i:02d}": f"M{i:02d}" for i in range(IN_SITE, REGIONS)}
    names = ("Site", *(f"M{i:02d}" for i in range(IN_SITE, REGIONS)))

    def change(rule_text: str | None) -> tuple[float, float, float]:
        asked = Asked(read_rule(rule_text) if rule_text else None, START, regions, names)
        followed = follow(delivery, asked, YEARS)
        cost, treated = amounts_of(delivery, followed, ["cost"])["cost"], followed.members.treated
        after, base = followed.years >= START, followed.years == START - 1
        sides = [cost[:, side].mean(axis=1) for side in (treated, ~treated)]
        moved = [float(side[after].mean() - side[base].mean()) for side in sides]
        return moved[0], moved[1], float(sides[0][base].mean())

    here, alike, level = change(rule)
    _, everybody, _ = change(None)
    return {
        "before and after": 100 * here / level,
        "against everybody elsewhere": 100 * (here - everybody) / level,
        "against those whom the rule selects elsewhere": 100 * (here - alike) / level,
    }


def table(draws: int, persons: int, seed: int) -> pd.DataFrame:
    """Mean over draws of every comparison, with its Monte Carlo error."""
    found = []
    for draw in range(draws):
        with tempfile.TemporaryDirectory() as folder:
            delivery = written(np.random.default_rng((seed, draw)), persons, Path(folder))
            found += [{"rule": rule, **changes(delivery, rule)} for rule in RULES]
    rows = pd.DataFrame(found).melt("rule", var_name="compared", value_name="percent")
    grouped = rows.groupby(["rule", "compared"], sort=False)["percent"]
    summary = grouped.agg(mean="mean", error=lambda x: x.std(ddof=1) / np.sqrt(len(x)), draws="size")
    return summary.reset_index().round({"mean": 2, "error": 2})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=20)
    parser.add_argument("--persons", type=int, default=200_000)
    asked = parser.parse_args()
    result = table(asked.draws, asked.persons, seed=20130401)
    result.to_csv(HERE / "result.csv", index=False)
    print(result.to_string(index=False))


if __name__ == "__main__":
    main()
