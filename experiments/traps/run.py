"""What the wrong analysis says, and the right one, in data of which the truth is known.

Every trap is drawn in batches; a number is the mean over batches, its error the spread over them divided by
the root of their number. See README.md beside this file for the result.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

HERE = Path(__file__).parent
Floats = NDArray[np.float64]
Pair = tuple[float, float]
"""What the wrong and the right analysis find in one batch."""
BATCH = 50_000
"""Persons in a batch, where persons are drawn."""


def person_costs(rng: np.random.Generator, persons: int, years: int) -> Floats:
    """Euro by person and year: log-normal, half of the log's variance lasting, some years without cost.

    Mean 2,600 a year; healthy persons have a year without cost more often. Shape (persons, years).
    """
    lasting = rng.normal(0, 1.1, (persons, 1))
    cost = np.exp(lasting + rng.normal(0, 1.1, (persons, years)))
    cost[rng.random(cost.shape) < 1 / (1 + np.exp(2.2 + 0.8 * lasting))] = 0
    return np.asarray(2600 * cost / cost.mean())


def chosen_for_high_cost(rng: np.random.Generator) -> tuple[float, float, float]:
    """Change of the 5 % with the highest cost in per cent: alone, against all others, against their like.

    Nothing is done to anybody. Their like are chosen by the same rule in the same year.
    """
    cost = person_costs(rng, BATCH, 3)
    in_site, change = rng.random(BATCH) < 0.5, cost[:, 2] - cost[:, 0]
    high = cost[:, 0] >= np.quantile(cost[:, 0], 0.95)
    base, alone = cost[high & in_site, 0].mean(), change[high & in_site].mean()
    others = (change[~in_site].mean(), change[high & ~in_site].mean())
    return 100 * alone / base, 100 * (alone - others[0]) / base, 100 * (alone - others[1]) / base


def regression_to_the_mean(rng: np.random.Generator) -> Pair:
    """Before and after, against persons chosen by the same rule."""
    alone, _, like = chosen_for_high_cost(rng)
    return alone, like


def unselected_controls(rng: np.random.Generator) -> Pair:
    """Against everybody in control regions, against persons chosen by the same rule."""
    _, others, like = chosen_for_high_cost(rng)
    return others, like


CLASSES = (500, 2000, 6000, 15_000, 40_000)
"""Limits of classes of use, in euro a year."""


def bad_control(rng: np.random.Generator) -> Pair:
    """Effect in per cent, given classes of use after the start, and given those before it.

    Whatever is done takes a tenth off everybody's cost from the third year on.
    """
    cost, treated = person_costs(rng, BATCH, 4), rng.random(BATCH) < 0.5
    seen = cost * np.where(np.outer(treated, np.arange(4) >= 2), 0.9, 1)
    found = [_given(np.digitize(seen[:, year], CLASSES), seen[:, 3], treated) for year in (2, 1)]
    untouched = cost[treated, 3].mean()
    return 100 * found[0] / untouched, 100 * found[1] / untouched


def _given(classes: NDArray[np.intp], outcome: Floats, treated: NDArray[np.bool_]) -> float:
    """Difference between treated and others in a regression with the classes in it."""
    terms = np.column_stack([treated, np.eye(len(CLASSES) + 1)[classes]]).astype(float)
    return float(np.linalg.lstsq(terms, outcome, rcond=None)[0][0])


AREAS, RESIDENTS, ASKED, SITES = 300, 2000, 60, 10


def modelled_outcome(rng: np.random.Generator) -> Pair:
    """Change in the sites in percentage points, from modelled figures of areas and from answers counted.

    A trait of the residents drives the share; the sites' log odds fall by 0.35 between two surveys.
    """
    trait, own = rng.normal(size=(AREAS, RESIDENTS)), rng.normal(0, 0.15, AREAS)
    site = np.arange(AREAS) < SITES
    modelled, counted = np.empty((2, AREAS)), np.empty((2, AREAS))
    for survey in (0, 1):
        asked = rng.integers(0, RESIDENTS, (AREAS, ASKED))
        seen = np.take_along_axis(trait, asked, axis=1)
        odds = -1.4 + 0.5 * seen + (own - 0.35 * (site & (survey == 1)))[:, None]
        answers = rng.random(seen.shape) < 1 / (1 + np.exp(-odds))
        level, slope = _logistic(seen.ravel(), answers.ravel().astype(float))
        modelled[survey] = (1 / (1 + np.exp(-(level + slope * trait)))).mean(axis=1)
        counted[survey] = answers.mean(axis=1)
    wrong, right = (np.diff(figures, axis=0)[0] for figures in (modelled, counted))
    return (
        100 * float(wrong[site].mean() - wrong[~site].mean()),
        100 * float(right[site].mean() - right[~site].mean()),
    )


def _logistic(trait: Floats, answer: Floats) -> Floats:
    """Level and slope of a national logistic regression, by Newton's method."""
    terms, found = np.column_stack([np.ones(len(trait)), trait]), np.zeros(2)
    for _ in range(8):
        share = 1 / (1 + np.exp(-terms @ found))
        weighted = terms * (share * (1 - share))[:, None]
        found = found + np.linalg.solve(weighted.T @ terms, terms.T @ (answer - share))
    return found


def cut_off_at_p99(rng: np.random.Generator) -> Pair:
    """Effect in per cent of mean cost with costs cut off and as they are.

    A fifth is taken off the dearest hundredth.
    """
    cost = person_costs(rng, BATCH, 1)[:, 0]
    limit = np.quantile(cost, 0.99)
    seen = np.where(cost > limit, 0.8 * cost, cost)
    cut = np.minimum(seen, limit).mean() - np.minimum(cost, limit).mean()
    return 100 * cut / cost.mean(), 100 * (seen.mean() / cost.mean() - 1)


def log_of_cost_plus_one(rng: np.random.Generator) -> Pair:
    """Effect in per cent by mean log(cost + 1) and by mean cost, where 2 % of light users stop."""
    cost = person_costs(rng, BATCH, 1)[:, 0]
    light = (cost > 0) & (cost < np.median(cost[cost > 0]))
    seen = np.where(light & (rng.random(BATCH) < 0.02), 0, cost)
    logs = np.log(seen + 1).mean() - np.log(cost + 1).mean()
    return 100 * logs, 100 * (seen.mean() / cost.mean() - 1)


def payout(persons: int, threshold: float) -> Callable[[np.random.Generator], Pair]:
    """Share of contracts without any effect that are paid out, and that a test at 5 % calls a saving.

    A contract compares a year with the three before it; a person's cost has coefficient of variation 2.5
    and 0.3 of its variance lasts.
    """
    spread = np.sqrt(2.5**2 / persons * (1 - 0.3) * (1 + 1 / 3))

    def drawn(rng: np.random.Generator) -> Pair:
        saved = rng.normal(0, spread, 2000)
        real = saved >= stats.norm.isf(0.025) * spread
        return float((saved >= threshold).mean()), float(real.mean())

    return drawn


MANY = 30


def best_of_many(rng: np.random.Generator) -> Pair:
    """The best of 30 interventions that do nothing, in standard errors, as found and as shrunk.

    Shrunk towards their mean by how much of their spread noise explains (Efron and Morris 1973).
    """
    found = rng.normal(size=(500, MANY))
    mean, variance = found.mean(axis=1, keepdims=True), found.var(axis=1, ddof=1, keepdims=True)
    kept = np.clip(1 - (MANY - 3) / ((MANY - 1) * variance), 0, None)
    return float(found.max(axis=1).mean()), float((mean + kept * (found - mean)).max(axis=1).mean())


def any_of_many(rng: np.random.Generator) -> Pair:
    """Share of sets of 30 true nulls with one called real, one by one and as a family (Holm 1979)."""
    p = 2 * stats.norm.sf(np.abs(rng.normal(size=(500, MANY))))
    return float((p.min(axis=1) <= 0.05).mean()), float((p.min(axis=1) <= 0.05 / MANY).mean())


def significant_only(rng: np.random.Generator) -> Pair:
    """Size of estimates over the true effect of half a standard error: of significant ones, of all.

    Of significant ones without their sign: exaggeration, type M (Gelman and Carlin 2014).
    """
    found = rng.normal(0.5, 1, 20_000)
    significant = np.abs(found) > stats.norm.isf(0.025)
    return float(np.abs(found[significant]).mean() / 0.5), float(found.mean() / 0.5)


@dataclass(frozen=True)
class Trap:
    """A way to be wrong: what each analysis is, what is true, and how a batch is drawn."""

    name: str
    unit: str
    truth: str
    wrong: str
    right: str
    draw: Callable[[np.random.Generator], Pair]


LIKE = "against persons chosen by the same rule"
OF_CONTRACTS = "share of contracts"
TRAPS = (
    Trap("chosen for high cost", "%", "0", "before and after", LIKE, regression_to_the_mean),
    Trap("unselected controls", "%", "0", "against all in control regions", LIKE, unselected_controls),
    Trap(
        "bad control",
        "%",
        "-10",
        "given classes of use after the start",
        "given classes of use before it",
        bad_control,
    ),
    Trap(
        "modelled outcome",
        "points",
        "-5.0",
        "figures modelled from traits",
        "answers counted",
        modelled_outcome,
    ),
    Trap("cut off at p99", "%", "as right", "mean of cost up to p99", "mean of cost", cut_off_at_p99),
    Trap("log of cost plus 1", "%", "as right", "mean log(cost + 1)", "mean of cost", log_of_cost_plus_one),
    *(
        Trap(
            f"payout, {persons} insured, from {threshold:.0%}",
            OF_CONTRACTS,
            "0",
            "paid out, so it saved",
            "test at 5 %, two-sided",
            payout(persons, threshold),
        )
        for persons, threshold in ((5000, 0.0), (5000, 0.02), (10_000, 0.02), (20_000, 0.02), (50_000, 0.02))
    ),
    Trap("best of 30", "standard errors", "0", "the largest estimate", "the largest, shrunk", best_of_many),
    Trap("any of 30", "share of sets", "0", "each at 5 %", "the family at 5 %", any_of_many),
    Trap(
        "significant only", "times the truth", "1", "significant estimates", "all estimates", significant_only
    ),
)


def table(traps: tuple[Trap, ...], batches: int, seed: int) -> pd.DataFrame:
    """What both analyses say of every trap, each with its Monte Carlo error (one standard error)."""
    rows = []
    for trap in traps:
        rng = np.random.default_rng([seed, *trap.name.encode()])
        found = np.array([trap.draw(rng) for _ in range(batches)])
        error = found.std(axis=0, ddof=1) / np.sqrt(batches)
        rows.append(
            {
                "trap": trap.name,
                "unit": trap.unit,
                "truth": trap.truth,
                "wrong_analysis": trap.wrong,
                "wrong": found[:, 0].mean(),
                "wrong_error": error[0],
                "right_analysis": trap.right,
                "right": found[:, 1].mean(),
                "right_error": error[1],
            }
        )
    return pd.DataFrame(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batches", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=20130401)
    parser.add_argument("--out", type=Path, default=HERE / "result.csv")
    asked = parser.parse_args()
    found = table(TRAPS, asked.batches, asked.seed).round(4)
    found.to_csv(asked.out, index=False)
    found.to_string(sys.stdout, index=False)


if __name__ == "__main__":
    main()
