"""How often intervals for persons hold the truth where whole regions were assigned.

Cohorts are drawn in 60 regions, of which the first few got a programme that does nothing; see README.md
beside this file for the result.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import norm

from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.persons.doubly_robust_learner import learned_effect
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.region_means import FEWEST_TREATED

HERE = Path(__file__).parent
REGIONS, PERSONS, COVARIATES = 60, 9_000, 5
YEARS, BEFORE = 4, 2
SPREAD = 1.0
"""Of a person's yearly outcome around what covariates say."""
DESIGNS = {
    "pairs": PropensityMatching(),
    "pairs, no regression": PropensityMatching(regression=False),
    "odds": PropensityMatching(by="odds"),
}


@dataclass(frozen=True)
class Setting:
    """One kind of country.

    Attributes
    ----------
    treated : int
        Regions with the programme.
    shared : float
        Share of the variance of a change that persons of a region have in common.
    unequal : bool
        Whether regions differ in size, by a standard deviation of 0.7 in logarithms.
    """

    treated: int
    shared: float
    unequal: bool = False


SETTINGS = (
    Setting(9, 0.02),
    Setting(9, 0.05),
    Setting(9, 0.05, unequal=True),
    Setting(5, 0.05),
    Setting(3, 0.05),
    Setting(3, 0.05, unequal=True),
    Setting(2, 0.05),
    Setting(1, 0.02),
    Setting(1, 0.05),
)


def drawn(setting: Setting, rng: np.random.Generator) -> Cohort:
    """Draw persons of whom those in the treated regions differ, and whose outcomes move with their region."""
    size = np.exp(0.7 * setting.unequal * rng.normal(size=REGIONS))
    regions = rng.choice(REGIONS, PERSONS, p=size / size.sum())
    treated = regions < setting.treated
    covariates = rng.normal(size=(PERSONS, COVARIATES))
    covariates[:, 0] += 0.4 * treated
    level = covariates @ np.linspace(1, 0.2, COVARIATES) + rng.normal(size=PERSONS)
    region = np.sqrt(setting.shared / (1 - setting.shared)) * SPREAD * rng.normal(size=(YEARS, REGIONS))
    noise = SPREAD * rng.normal(size=(YEARS, PERSONS))
    trend = np.outer(np.arange(YEARS), 0.1 * covariates[:, 0])
    return Cohort(
        outcome=level + trend + region[:, regions] + noise,
        exposure=np.ones((YEARS, PERSONS)),
        years=np.arange(2013, 2013 + YEARS),
        start=2013 + BEFORE,
        treated=treated,
        covariates=covariates,
        covariate_names=tuple(f"x{k}" for k in range(COVARIATES)),
        strata=np.zeros(PERSONS, dtype=np.intp),
        regions=regions,
        region_names=tuple(f"region {g:02d}" for g in range(REGIONS)),
    )


def told(cohort: Cohort, seed: int, *, peer: bool) -> Iterator[tuple[str, float, float, float]]:
    """Method, effect, and ends of its 95 % interval."""
    rng = np.random.default_rng(seed)
    for name, design in DESIGNS.items():
        case = estimate_cohort(design, cohort, Circumstances(1.0), rng)
        found = case.answer.estimate
        yield f"{name}; spread of regions", found.effect, *found.uncertainty.interval
        if name == "pairs":
            weights, change = case.matched.weights, _change(cohort)
            error = _error_of_persons(weights, change, cohort.treated)
            half = norm.ppf(0.975) * error
            yield "pairs; persons independent", found.effect, found.effect - half, found.effect + half
    if peer:
        effect, low, high = learned_effect(cohort, folds=2, seed=seed).of_persons
        yield "LinearDRLearner; its own interval", effect, low, high


def _change(cohort: Cohort) -> np.ndarray:
    return cohort.outcome[~cohort.before].mean(axis=0) - cohort.outcome[cohort.before].mean(axis=0)


def _error_of_persons(weights: np.ndarray, change: np.ndarray, treated: np.ndarray) -> float:
    """Of a difference of two weighted means, as if every person were drawn for themselves."""
    squares = 0.0
    for side in (treated, ~treated):
        share = weights[side] / weights[side].sum()
        squares += float((share**2 * (change[side] - share @ change[side]) ** 2).sum())
    return float(np.sqrt(squares))


def main() -> None:
    """Draw, ask, count, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=240, help="a quarter where regions are ranked")
    parser.add_argument("--peer-draws", type=int, default=60, help="with econml, which is slow")
    arguments = parser.parse_args()
    rows = []
    for number, setting in enumerate(SETTINGS):
        ranked = setting.treated < FEWEST_TREATED
        for draw in range(arguments.draws // 4 if ranked else arguments.draws):
            seed = 100_000 * number + draw
            cohort = drawn(setting, np.random.default_rng(seed))
            peer = draw < arguments.peer_draws and setting in SETTINGS[:2]
            rows += [
                {"treated": setting.treated, "shared": setting.shared, "unequal": setting.unequal}
                | {"method": method, "effect": effect, "low": low, "high": high}
                for method, effect, low, high in told(cohort, seed, peer=peer)
            ]
        counted(pd.DataFrame(rows)).to_csv(HERE / "result.csv", index=False, float_format="%.4g")


def counted(drawn: pd.DataFrame) -> pd.DataFrame:
    """Coverage of a true effect of zero with its Monte Carlo error, and how wide intervals are."""
    drawn = drawn.assign(held=(drawn["low"] <= 0) & (drawn["high"] >= 0), width=drawn["high"] - drawn["low"])
    table = (
        drawn.groupby(["treated", "shared", "unequal", "method"], sort=False)
        .agg(
            draws=("held", "size"), coverage=("held", "mean"), bias=("effect", "mean"),
            spread=("effect", "std"), median_width=("width", "median"),
        )
        .reset_index()
    )  # fmt: skip
    share = table["coverage"]
    table.insert(6, "monte_carlo_error", np.sqrt(share * (1 - share) / table["draws"]))
    return table


if __name__ == "__main__":
    main()
