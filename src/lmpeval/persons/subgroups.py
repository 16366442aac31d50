"""For whom: effects on groups of persons that a study named beforehand, and whether they differ.

Each group is matched, weighed and judged by itself, by region as everything is. Whether groups differ is
asked of the difference itself: that one interval holds zero and another does not says nothing (Gelman and
Stern 2006). A region's groups share its shocks, so that they cancel in the difference within the region.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lmpeval.cohort import Cohort, Grouping
from lmpeval.design import Circumstances
from lmpeval.disclosure import SMALLEST_COUNT
from lmpeval.inference import NoReference
from lmpeval.panel import Bools, Floats
from lmpeval.persons.design import CohortCase, CohortDesign
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.group_contrasts import Judged, Power, differ, power_of

TOO_FEW = f"fewer than {SMALLEST_COUNT} persons in a year"
NOT_TO_BE_WORKED_OUT = "withheld, so that the group with too few persons cannot be worked out"


@dataclass(frozen=True)
class GroupEffect:
    """The effect on one group.

    Attributes
    ----------
    group : str
    persons : int
        Of the site who are compared; 0 where nothing is told of the group.
    own : Judged or None
        The effect on the group.
    apart : Judged or None
        That less the effect on the other groups of the same characteristic, by their size.
    why : str
        Why something is not told; empty otherwise.
    """

    group: str
    persons: int = 0
    own: Judged | None = None
    apart: Judged | None = None
    why: str = ""


@dataclass(frozen=True)
class SubgroupEffects:
    """The effects on the groups of one characteristic.

    Attributes
    ----------
    by : str
    groups : tuple of GroupEffect
        In the order of the study.
    p : float or None
        Of no difference between the groups; None where fewer than two can be told.
    adjusted : float or None
        The same over all characteristics of the study (Holm).
    power : Power or None
        What that test can find; None where there is none, and of sites.
    """

    by: str
    groups: tuple[GroupEffect, ...]
    p: float | None = None
    adjusted: float | None = None
    power: Power | None = None


def few_are_left(case: CohortCase) -> bool:
    """Whether a path of the site's persons shows so few in a year that one could be known."""
    return few_of(case.cohort, case.matched.weights)


def few_of(cohort: Cohort, weights: Floats) -> bool:
    """The same of a cohort that is weighed, shape (n_persons,)."""
    return bool(_fewest(cohort, cohort.treated & (weights > 0)) < SMALLEST_COUNT)


def _fewest(cohort: Cohort, chosen: Bools) -> int:
    """The smallest number of the chosen persons that a year has."""
    return int((cohort.exposure[:, chosen] > 0).sum(axis=1).min())


def of_grouping(
    design: CohortDesign,
    cohort: Cohort,
    grouping: Grouping,
    circumstances: Circumstances,
    rng: np.random.Generator,
) -> SubgroupEffects:
    """Tell the effect on every group of one characteristic, and whether they differ.

    A group of so few persons that one could be known is withheld, and the smallest other one with it where it
    could be worked out from the rest.
    """
    cases: dict[int, CohortCase] = {}
    told: list[GroupEffect] = []
    withheld = _withheld([fewest_on_a_side(cohort, grouping.of == k) for k in range(len(grouping.groups))])
    for k, group in enumerate(grouping.groups):
        case = withheld.get(k) or _asked(design, cohort, grouping.of == k, circumstances, rng)
        if isinstance(case, str):
            told.append(GroupEffect(group, why=case))
            continue
        cases[k] = case
        own = Judged.by(case.answer.estimate.effect, case.answer.estimate.uncertainty)
        told.append(GroupEffect(group, case.answer.n_kept, own))
    if len(cases) < 2:
        return SubgroupEffects(grouping.by, tuple(told))
    try:
        apart, p = differ([*cases.values()], circumstances.lag)
    except NoReference as reason:
        told = [replace(each, why=str(reason)) if each.own else each for each in told]
        return SubgroupEffects(grouping.by, tuple(told))
    for k, difference in zip(cases, apart, strict=True):
        told[k] = replace(told[k], apart=difference)
    treated = min(len(case.answer.panel.sites) for case in cases.values())
    power = power_of(apart, treated, circumstances.margin)
    return SubgroupEffects(grouping.by, tuple(told), p, power=power)


def fewest_on_a_side(cohort: Cohort, members: Bools) -> int:
    """Fewest persons of a group that either side has in a year."""
    return min(_fewest(cohort, members & side) for side in (cohort.treated, ~cohort.treated))


def _withheld(present: Sequence[int]) -> dict[int, str]:
    """Groups of which nothing may be told, each with the reason."""
    few = [k for k, persons in enumerate(present) if persons < SMALLEST_COUNT]
    found = dict.fromkeys(few, TOO_FEW)
    others = [k for k in range(len(present)) if k not in few]
    if len(few) == 1 and others:
        found[min(others, key=lambda k: present[k])] = NOT_TO_BE_WORKED_OUT
    return found


def _asked(
    design: CohortDesign,
    cohort: Cohort,
    members: Bools,
    circumstances: Circumstances,
    rng: np.random.Generator,
) -> CohortCase | str:
    """The design's answer for one group, or why there is none."""
    try:
        case = estimate_cohort(design, cohort.in_order(np.flatnonzero(members)), circumstances, rng)
    except NoReference as reason:
        return str(reason)
    return TOO_FEW if few_are_left(case) else case
