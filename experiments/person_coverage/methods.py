"""The design, and the analyses of participants that one should not do: an effect with its interval each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from country import Participants, national_level

from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances
from lmpeval.designs.propensity_matching import PropensityMatching
from lmpeval.panel import Bools, Floats
from lmpeval.persons.design import CohortCase, Matched
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.outcome_slopes import outcome_slopes

LAG, Z = 1, 1.959964
OURS = "matched, ranked among regions"


@dataclass(frozen=True)
class Remembered(PropensityMatching):
    """The design as it comes; whom it pairs is asked once for all outcomes of the same persons."""

    paired: dict[tuple[int, bytes], Matched] = field(default_factory=dict, compare=False)

    def compare(self, cohort: Cohort) -> Matched:
        """Pairs do not depend on the outcome where no two persons are alike in all covariates."""
        key = (len(cohort.treated), cohort.covariates[:64].tobytes() + cohort.treated[:64].tobytes())
        if key not in self.paired:
            self.paired[key] = super().compare(cohort)
        found = self.paired[key]
        slopes = None if found.slopes is None else outcome_slopes(cohort, found.weights)
        return replace(found, slopes=slopes)


@dataclass(frozen=True)
class Told:
    """What a method says."""

    method: str
    effect: float
    low: float
    high: float


def told(
    people: Participants, outcome: str, design: PropensityMatching, seed: int
) -> tuple[int, float, list[Told]]:
    """Persons kept, the true effect on them, and what every method says.

    Raises
    ------
    TooFew
        As `Participants.cohort` says.
    NoReference
        Where the design has no answer.
    """
    cohort, due = people.cohort(outcome)
    case = estimate_cohort(design, cohort, Circumstances(1.0, LAG), np.random.default_rng(seed))
    kept = cohort.treated & (case.matched.weights > 0)
    counted = case.answer.estimate.counted
    by_year = due[:, kept].sum(axis=1) / cohort.exposure[:, kept].sum(axis=1)
    return int(kept.sum()), float(by_year[counted].mean()), list(_methods(people, outcome, case))


def _methods(people: Participants, outcome: str, case: CohortCase) -> Iterator[Told]:
    found, weights, treated = case.answer.estimate, case.matched.weights, case.cohort.treated
    yield Told(OURS, found.effect, *found.uncertainty.interval)
    sides = [changed(case, weights, side)[1] for side in (treated, ~treated)]
    yield _normal("matched, persons independent", found.effect, float(np.hypot(*sides)))
    everyone = treated.astype(float)
    yield _normal("participants before and after", *changed(case, everyone, treated, people, outcome))
    yield _normal("participants against the country", *_against_the_country(people, outcome, case))


def _normal(method: str, effect: float, error: float) -> Told:
    return Told(method, effect, effect - Z * error, effect + Z * error)


def changed(
    case: CohortCase,
    weights: Floats,
    side: Bools,
    people: Participants | None = None,
    outcome: str = "",
) -> tuple[float, float]:
    """Weighted mean of a side over the counted years less that before, and its error over persons.

    In euro of each year where `people` are given.
    """
    cohort, counted = case.cohort, case.answer.estimate.counted
    level = np.ones(len(cohort.years)) if people is None else 1 / national_level(people.drawn, outcome)
    total, by_person = 0.0, np.zeros(int(side.sum()))
    for years, sign in ((counted, 1.0), (cohort.before, -1.0)):
        for t in np.flatnonzero(years):
            counts = weights[side] * cohort.exposure[t, side]
            amounts = level[t] * weights[side] * cohort.amounts[t, side]
            share = sign / years.sum() / counts.sum()
            total += share * amounts.sum()
            by_person += share * (amounts - amounts.sum() / counts.sum() * counts)
    return total, float(np.sqrt((by_person**2).sum()))


def _against_the_country(people: Participants, outcome: str, case: CohortCase) -> tuple[float, float]:
    """Change of the participants less that of everybody in the country, whose error is left out."""
    cohort, drawn = case.cohort, people.drawn
    effect, error = changed(case, cohort.treated.astype(float), cohort.treated)
    mean = drawn.amounts[outcome].sum(axis=1) / drawn.insured.sum(axis=1) * national_level(drawn, outcome)
    return effect - float(mean[case.answer.estimate.counted].mean() - mean[cohort.before].mean()), error
