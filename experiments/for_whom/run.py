"""How often effects are called different between groups of persons on whom they are the same.

Cohorts are drawn in 40 regions, of which the first few got a programme with one effect on everybody, or a
larger one on some; see README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lmpeval.cohort import Cohort, Grouping
from lmpeval.design import Circumstances
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.persons.causal_forest import explored
from lmpeval.persons.for_whom import effects_by_subgroup
from lmpeval.persons.region_means import FEWEST_TREATED

HERE = Path(__file__).parent
REGIONS, YEARS, BEFORE = 40, 4, 2
EFFECT, MORE = -0.5, -0.4
"""On everybody, and what is added for those with a first covariate above zero where effects differ."""
DESIGN = PropensityMatching()
How = Callable[[Cohort, np.random.Generator], float | None]


@dataclass(frozen=True)
class Setting:
    """One kind of country.

    Attributes
    ----------
    treated : int
        Regions with the programme.
    sloped : bool
        Whether what a region's year adds differs between its persons by the first covariate too.
    differs : bool
        Whether the effect does.
    """

    treated: int
    sloped: bool = False
    differs: bool = False


SETTINGS = (
    Setting(9),
    Setting(9, sloped=True),
    Setting(3),
    Setting(3, sloped=True),
    Setting(1),
    Setting(9, sloped=True, differs=True),
)


def drawn(setting: Setting, rng: np.random.Generator, persons: int) -> Cohort:
    """Draw persons of whom those in the treated regions differ, and whose outcomes move with their region."""
    regions = rng.integers(0, REGIONS, persons)
    treated = regions < setting.treated
    covariates = rng.normal(size=(persons, 4))
    covariates[:, 0] += 0.3 * treated
    level = covariates @ np.array([1.0, 0.5, 0.3, 0.2]) + rng.normal(size=persons)
    shared = 0.2 * rng.normal(size=(YEARS, REGIONS))[:, regions]
    if setting.sloped:
        shared = shared + 0.15 * rng.normal(size=(YEARS, REGIONS))[:, regions] * covariates[:, 0]
    outcome = level + shared + rng.normal(size=(YEARS, persons))
    effect = EFFECT + MORE * setting.differs * (covariates[:, 0] > 0)
    outcome[BEFORE:] += effect * treated
    return Cohort(
        outcome=outcome,
        exposure=np.ones((YEARS, persons)),
        years=np.arange(2013, 2013 + YEARS),
        start=2013 + BEFORE,
        treated=treated,
        covariates=covariates,
        covariate_names=tuple(f"x{k}" for k in range(4)),
        strata=np.zeros(persons, dtype=np.intp),
        regions=regions,
        region_names=tuple(f"region {g:02d}" for g in range(REGIONS)),
    )


def by_groups(cohort: Cohort, rng: np.random.Generator) -> float | None:
    """The p-value of a difference between three groups by the first covariate."""
    of = np.digitize(cohort.covariates[:, 0], [-0.4, 0.4]).astype(np.intp)
    named = replace(cohort, subgroups=(Grouping("x0", ("low", "middle", "high"), of),))
    [found] = effects_by_subgroup(DESIGN, named, Circumstances(1.0), rng)
    return found.p


def by_forest(cohort: Cohort, rng: np.random.Generator) -> float | None:
    """The p-value of what a causal forest finds."""
    found = explored(DESIGN, cohort, Circumstances(1.0), rng)
    return None if found.why else found.p


def asked(setting: Setting, seed: tuple[int, int], persons: int, how: How) -> float | None:
    """The p-value on one drawn country; None where there is none."""
    rng = np.random.default_rng(seed)
    return how(drawn(setting, rng, persons), rng)


def counted(setting: Setting, p: list[float | None], how: str) -> dict[str, object]:
    """Shares of draws in which groups are called different, with the Monte Carlo error of the first."""
    told = np.array([value for value in p if value is not None])
    share = float((told <= 0.05).mean())
    return {
        "how": how, "treated": setting.treated, "sloped": setting.sloped, "differs": setting.differs,
        "draws": len(p), "answered": len(told),
        "below_0.05": share, "below_0.10": float((told <= 0.1).mean()),
        "monte_carlo_error": float(np.sqrt(share * (1 - share) / len(told))),
    }  # fmt: skip


def main() -> None:
    """Draw, ask, count, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=200, help="a fifth where regions are ranked")
    parser.add_argument("--forest-draws", type=int, default=40, help="of 3,000 persons")
    arguments = parser.parse_args()
    rows = []
    for number, setting in enumerate(SETTINGS):
        draws = arguments.draws // (5 if setting.treated < FEWEST_TREATED else 1)
        p = [asked(setting, (number, draw), 6_000, by_groups) for draw in range(draws)]
        rows.append(counted(setting, p, "three groups named beforehand"))
        if setting.sloped and setting.treated > FEWEST_TREATED:
            p = [asked(setting, (number, k), 3_000, by_forest) for k in range(arguments.forest_draws)]
            rows.append(counted(setting, p, "causal forest"))
        pd.DataFrame(rows).to_csv(HERE / "result.csv", index=False, float_format="%.3g")


if __name__ == "__main__":
    main()
