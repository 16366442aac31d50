"""Attempts to refute an effect on persons: all is done anew with something changed that should not matter.

Every draw matches, weighs and compares anew. A tool that keeps a propensity once it is estimated gets the
first answer back whatever is put in, and calls that robust. Draws have generators of their own, spawned from
one: they differ from each other, and do not depend on how many are drawn or by how many workers.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.estimate import counted_years
from lmpeval.inference import NoReference
from lmpeval.panel import Floats
from lmpeval.persons.design import CohortDesign
from lmpeval.persons.hidden_cause import strongest_cause
from lmpeval.persons.region_means import region_panel
from lmpeval.persons.shuffled import shuffled

DRAWS = 10
MOST_PERSONS = 20_000
"""Persons on whom it is tried; of more, a random part, which the answer says."""
KEPT = 0.8
"""Share of persons that a subset keeps."""
FEWEST_DRAWS = 2
"""Draws with an answer, of those asked for, below which an attempt says nothing."""


class Attempt(StrEnum):
    """What is done to the data."""

    PLACEBO_REGIONS = "placebo regions"
    RANDOM_CAUSE = "random common cause"
    SUBSET = "part of the persons"
    HIDDEN_CAUSE = "hidden cause"


@dataclass(frozen=True, eq=False)
class Refutation:
    """What an attempt gave.

    Attributes
    ----------
    attempt : Attempt
    expected : float
        Mean of the effects if nothing is wrong: that on the same persons untouched, or 0 for placebo regions.
    effects : array, shape (n_draws,)
        In the unit of the outcome; draws without an answer are left out.
    asked : int
        Draws asked for.
    n_persons : int
        On whom it was tried.
    like : str
        Covariate that the hidden cause is as strong as; empty for other attempts.
    """

    attempt: Attempt
    expected: float
    effects: Floats
    asked: int
    n_persons: int
    like: str = ""

    @property
    def moved(self) -> float:
        """Mean of the effects less what was expected; not a number with too few draws."""
        if len(self.effects) < FEWEST_DRAWS:
            return float("nan")
        return float(self.effects.mean() - self.expected)

    @property
    def spread(self) -> float:
        """Standard deviation of the effects; not a number with too few draws."""
        return float(self.effects.std(ddof=1)) if len(self.effects) >= FEWEST_DRAWS else float("nan")


def refute(
    design: CohortDesign, cohort: Cohort, lag: int, rng: np.random.Generator, draws: int = DRAWS
) -> tuple[Refutation, ...]:
    """Try every attempt.

    Parameters
    ----------
    design : CohortDesign
    cohort : Cohort
    lag : int
        Years after the start before an effect may be expected.
    rng : Generator
    draws : int
        Of each attempt.

    Returns
    -------
    tuple of Refutation
        Empty where the part of the persons on whom it is tried has no answer untouched; without a hidden
        cause where there is no covariate for it to be as strong as.
    """
    tried = some_of(cohort, MOST_PERSONS)
    try:
        untouched = effect_of(design, tried, lag)
    except NoReference:
        return ()
    strongest = strongest_cause(tried, lag)
    changes: dict[Attempt, Change] = {
        Attempt.PLACEBO_REGIONS: placebo_regions,
        Attempt.RANDOM_CAUSE: random_cause,
        Attempt.SUBSET: subset,
    }
    if strongest is not None:
        changes[Attempt.HIDDEN_CAUSE] = strongest.taken_off
    found = []
    for (attempt, change), root in zip(changes.items(), rng.spawn(len(changes)), strict=True):
        answers = [_effect_or_none(design, change, tried, lag, own) for own in root.spawn(draws)]
        effects = np.array([answer for answer in answers if answer is not None])
        expected = 0.0 if attempt is Attempt.PLACEBO_REGIONS else untouched
        like = strongest.name if strongest and attempt is Attempt.HIDDEN_CAUSE else ""
        found.append(Refutation(attempt, expected, effects, draws, len(tried.treated), like))
    return tuple(found)


def effect_of(design: CohortDesign, cohort: Cohort, lag: int) -> float:
    """Mean effect from `lag` years after the start on, everything done anew; all years after it where fewer.

    Raises
    ------
    NoReference
        Where nobody is like the treated.
    """
    matched = design.compare(cohort)
    panel = region_panel(cohort, matched.weights, matched.slopes, of_logarithm=matched.of_logarithm)
    gap = panel.treated_mean - design.regions.compare(panel).counterfactual
    return float(gap[counted_years(panel, lag)].mean())


def _effect_or_none(
    design: CohortDesign, change: Change, cohort: Cohort, lag: int, rng: np.random.Generator
) -> float | None:
    try:
        return effect_of(design, change(cohort, rng), lag)
    except NoReference:  # counted: fewer effects than draws
        return None


def some_of(cohort: Cohort, most: int) -> Cohort:
    """At most so many persons, at random and yet the same in whatever order they come."""
    if len(cohort.treated) <= most:
        return cohort
    return cohort.in_order(np.sort(shuffled(cohort, 0)[:most]))


def placebo_regions(cohort: Cohort, rng: np.random.Generator) -> Cohort:
    """Leave the treated out and let as many comparison regions stand for theirs, drawn at random.

    Raises
    ------
    NoReference
        Where nobody would be left to compare with.
    """
    of_treated = np.unique(cohort.regions[cohort.treated])
    others = np.setdiff1d(np.unique(cohort.regions), of_treated)
    if len(others) <= len(of_treated):
        raise NoReference("too few comparison regions to stand for the treated ones")
    # by name, so that the draw does not depend on the order of regions
    named = sorted(others.tolist(), key=lambda region: cohort.region_names[region])
    chosen = rng.choice(named, len(of_treated), replace=False)
    kept = np.flatnonzero(~cohort.treated)
    return cohort.in_order(kept, np.isin(cohort.regions[kept], chosen))


def random_cause(cohort: Cohort, rng: np.random.Generator) -> Cohort:
    """Add a covariate that has nothing to do with anything."""
    drawn = np.empty(len(cohort.treated))
    drawn[shuffled(cohort, 0)] = rng.standard_normal(len(drawn))
    return replace(
        cohort,
        covariates=np.column_stack([cohort.covariates, drawn]),
        covariate_names=(*cohort.covariate_names, "random common cause"),
    )


def subset(cohort: Cohort, rng: np.random.Generator) -> Cohort:
    """Keep a random part of the persons."""
    chance = np.empty(len(cohort.treated))
    chance[shuffled(cohort, 0)] = rng.random(len(chance))
    kept = np.flatnonzero(chance < KEPT)
    if cohort.treated[kept].all() or not cohort.treated[kept].any():
        raise NoReference("a part of so few persons leaves one side empty")
    return cohort.in_order(kept)


Change = Callable[[Cohort, np.random.Generator], Cohort]
