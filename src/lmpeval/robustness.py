"""What becomes of an effect when one comparison unit, or the start, is taken away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.assumptions.balance import differences
from lmpeval.design import Design, compare_all, estimate
from lmpeval.donors.held_out import spread_over
from lmpeval.estimate import Estimate
from lmpeval.panel import Panel

MOST_LEFT_OUT = 25


@dataclass(frozen=True)
class LeftOut:
    """The effect without one comparison unit, and the weight that it had."""

    unit: str
    weight: float
    effect: float


@dataclass(frozen=True)
class PlaceboStart:
    """The effect that a start in a year before the real one seems to have had.

    `error` is the root mean squared difference over the years from then on, which took no part in the fit.
    """

    year: int
    effect: float
    low: float
    high: float
    p: float
    error: float


@dataclass(frozen=True)
class Balance:
    """A covariate in the treated and in the weighted comparison, before the start."""

    covariate: str
    treated: float
    compared: float
    standardised_difference: float


@dataclass(frozen=True)
class Robustness:
    """How an estimate stands up to taking away what it rests on."""

    left_out: tuple[LeftOut, ...]
    placebo_starts: tuple[PlaceboStart, ...]
    balance: tuple[Balance, ...]


def probe(design: Design, panel: Panel, found: Estimate, rng: np.random.Generator) -> Robustness:
    """Leave the weightiest comparison units out, move the start back, and lay the covariates side by side."""
    return Robustness(
        leave_one_out(design, panel, found), placebo_in_time(design, panel, rng), balance(panel, found)
    )


def leave_one_out(design: Design, panel: Panel, found: Estimate) -> tuple[LeftOut, ...]:
    """Compare again without each of the comparison units, up to the `MOST_LEFT_OUT` of the largest weight.

    Whatever took no part in the comparison is not left out: it could only move the effect by joining in.
    """
    positions = np.flatnonzero(panel.compared)
    weights = found.comparison.weights
    order = np.lexsort((np.asarray(found.control_names), -np.round(np.abs(weights), 12)))
    chosen = [i for i in order[:MOST_LEFT_OUT] if weights[i] != 0]
    if panel.compared.sum() < 2:
        return ()
    panels = [panel.with_aside(panel.aside | (np.arange(len(panel.units)) == positions[i])) for i in chosen]
    answers = compare_all(design, panels) if panels else []
    return tuple(
        LeftOut(
            unit=found.control_names[i],
            weight=float(weights[i]),
            effect=float((panel.treated_mean - answer.counterfactual)[found.counted].mean()),
        )
        for i, answer in zip(chosen, answers, strict=True)
    )


def placebo_in_time(design: Design, panel: Panel, rng: np.random.Generator) -> tuple[PlaceboStart, ...]:
    """Let the intervention begin in each year before the real start but the first; of many, in some."""
    starts = []
    for year in spread_over(panel.years[panel.before][1:].tolist()):
        found = estimate(design, panel.placebo_start(int(year)), 0, rng)
        starts.append(pretended(int(year), found))
    return tuple(starts)


def pretended(year: int, found: Estimate) -> PlaceboStart:
    """What an estimate says of a start that never was, so named."""
    sure = found.uncertainty
    error = float(np.sqrt(np.mean(found.gap[found.years >= found.start] ** 2)))
    return PlaceboStart(year, found.effect, *sure.interval, sure.p, error)


def balance(panel: Panel, found: Estimate) -> tuple[Balance, ...]:
    """Lay the covariates of the treated and of the weighted comparison side by side."""
    share = panel.size[panel.treated] / panel.size[panel.treated].sum()
    treated = share @ panel.covariates[panel.treated]
    compared = found.comparison.weights @ panel.covariates[panel.compared]
    apart = differences(panel, found.comparison.weights)
    return tuple(
        Balance(name, float(t), float(c), float(d))
        for name, t, c, d in zip(panel.covariate_names, treated, compared, apart, strict=True)
    )
