"""A cost told in other ways: whether there is any, how much if any, and with covariates that multiply.

What a programme does to the mean is what is paid, and the main estimate is of that mean. These stand beside
it: each is matched, weighed and judged by region as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances
from lmpeval.disclosure import Gate, Withheld
from lmpeval.inference import NoReference
from lmpeval.panel import Floats
from lmpeval.persons.design import CohortAssumption, CohortCase, CohortDesign, Matched
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.group_contrasts import Judged, combined
from lmpeval.persons.log_link import log_slopes
from lmpeval.persons.region_means import RegionMeans
from lmpeval.persons.same_weights import SameWeights
from lmpeval.persons.support import refuse_what_may_not_leave, refused

ANY, IF_ANY, BOTH = "any cost", "cost if any", "both parts together"
POWERS = {"Tweedie regression": 1.5, "gamma regression": 2.0}


@dataclass(frozen=True)
class CostReading:
    """One way to tell a cost.

    Attributes
    ----------
    way : str
    found : Judged or None
        In the unit of the outcome; of `ANY` in percent of persons.
    why : str
        Why there is none; empty otherwise.
    """

    way: str
    found: Judged | None = None
    why: str = ""


@dataclass(frozen=True)
class LogLinked:
    """A design of persons whose outcomes are adjusted by a regression with a logarithmic link."""

    design: CohortDesign
    power: float
    assumptions: ClassVar[tuple[CohortAssumption, ...]] = ()

    @property
    def regions(self) -> RegionMeans:
        """Those of the design."""
        return self.design.regions

    def compare(self, cohort: Cohort) -> Matched:
        """The design's weights with slopes of the logarithm of the mean."""
        found = self.design.compare(cohort)
        return replace(found, slopes=log_slopes(cohort, found.weights, self.power), of_logarithm=True)


def cost_readings(
    design: CohortDesign, cohort: Cohort, circumstances: Circumstances, rng: np.random.Generator
) -> tuple[CostReading, ...]:
    """Tell a cost in two parts (Duan, Manning, Morris and Newhouse 1983) and by regressions that multiply.

    The parts add up: the effect on the mean is that on having any cost times the mean cost if any, halfway
    between with and without the programme, and the reverse. All ways weigh the same persons alike.
    """
    lag, design = circumstances.lag, SameWeights(design)

    def asked(of: CohortDesign, persons: Cohort) -> CohortCase:
        case = estimate_cohort(of, persons, circumstances, rng)
        refuse_what_may_not_leave(case)
        return case

    found = [*_in_parts(lambda persons: asked(design, persons), cohort, lag, circumstances.gate)]
    for way, power in POWERS.items():
        found.append(_read(way, partial(_of, asked, LogLinked(design, power), cohort)))
    return tuple(found)


def _of(asked: Callable[[CohortDesign, Cohort], CohortCase], design: CohortDesign, cohort: Cohort) -> Judged:
    return _own(asked(design, cohort))


def _in_parts(
    asked: Callable[[Cohort], CohortCase], cohort: Cohort, lag: int, gate: Gate
) -> Iterator[CostReading]:
    having = if_there_is_any(cohort)
    try:
        # before anybody is matched: a handful cannot be
        if found := refused(having, np.ones(len(cohort.treated)), gate):
            raise Withheld(found)
        any_cost, if_any = asked(having_any(cohort)), asked(having)
    except (NoReference, Withheld) as reason:
        yield from (CostReading(way, why=str(reason)) for way in (ANY, IF_ANY, BOTH))
        return
    cases = (any_cost, if_any)
    halfway = [case.answer.estimate.observed[case.answer.estimate.counted].mean() for case in cases]
    halfway = [level - case.answer.estimate.effect / 2 for level, case in zip(halfway, cases, strict=True)]
    yield _read(ANY, lambda: combined(cases[:1], np.array([100.0]), lag))
    yield _read(IF_ANY, lambda: _own(if_any))
    yield _read(BOTH, lambda: combined(cases, np.array([halfway[1], halfway[0]]), lag))


def _read(way: str, asks: Callable[[], Judged]) -> CostReading:
    try:
        return CostReading(way, asks())
    except (NoReference, Withheld) as reason:
        return CostReading(way, why=str(reason))


def _own(case: CohortCase) -> Judged:
    return Judged.by(case.answer.estimate.effect, case.answer.estimate.uncertainty)


def having_any(cohort: Cohort) -> Cohort:
    """1 for who has a cost in the year, 0 for others."""
    return replace(cohort, outcome=np.where(cohort.exposure > 0, (cohort.outcome > 0).astype(float), np.nan))


def if_there_is_any(cohort: Cohort) -> Cohort:
    """Those alone who have a cost in the year."""
    any_cost: Floats = np.where(cohort.exposure > 0, cohort.outcome, 0.0)
    return replace(cohort, exposure=np.where(any_cost > 0, cohort.exposure, 0.0))
