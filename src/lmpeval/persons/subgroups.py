"""For whom: effects on groups of persons that a study named beforehand, and whether they differ.

Each group is matched, weighed and judged by itself, by region as everything is. Whether groups differ is
asked of the difference itself: that one interval holds zero and another does not says nothing (Gelman and
Stern 2006). A region's groups share its shocks, so that they cancel in the difference within the region.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lmpeval.cohort import Cohort, Grouping
from lmpeval.design import Circumstances
from lmpeval.disclosure import Code, Gate, Refusal, Withheld
from lmpeval.disclosure.tables import beside
from lmpeval.inference import NoReference
from lmpeval.persons.design import CohortCase, CohortDesign
from lmpeval.persons.estimate import estimate_cohort
from lmpeval.persons.group_contrasts import Judged, Power, differ, power_of
from lmpeval.persons.support import refuse_what_may_not_leave, refused

NOT_TO_BE_WORKED_OUT = str(Refusal(Code.BESIDE))


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


def of_grouping(
    design: CohortDesign,
    cohort: Cohort,
    grouping: Grouping,
    circumstances: Circumstances,
    rng: np.random.Generator,
) -> SubgroupEffects:
    """Tell the effect on every group of one characteristic, and whether they differ.

    A group that the study's gate does not let through is withheld, and so is the smallest other one where it
    could be worked out from the rest: from all, less the groups that are told.
    """
    cases: dict[int, CohortCase] = {}
    told: list[GroupEffect] = []
    withheld = _withheld(cohort, grouping, circumstances.gate)
    for k, group in enumerate(grouping.groups):
        case = withheld.get(k) or _asked(design, cohort, np.flatnonzero(grouping.of == k), circumstances, rng)
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


def _withheld(cohort: Cohort, grouping: Grouping, gate: Gate) -> dict[int, str]:
    """Groups of which nothing may be told, each with the reason."""
    groups = range(len(grouping.groups))
    broken = [refused(cohort, (grouping.of == k).astype(float), gate) for k in groups]
    found = {k: str(Withheld(broken[k])) for k in groups if broken[k]}
    persons = np.array([_persons(cohort, grouping.of == k) for k in (*groups, -1)])
    rest = persons[-1] > 0 and (any(broken) or persons[-1] < gate.profile.least)
    hidden = np.array([*map(bool, broken), rest])  # those in no group are told of nowhere
    more = beside(persons[None], hidden[None], gate.profile.least)[0] & ~hidden
    return found | dict.fromkeys(map(int, np.flatnonzero(more[:-1])), NOT_TO_BE_WORKED_OUT)


def _persons(cohort: Cohort, members: NDArray[np.bool_]) -> int:
    """The fewest persons of a group that the site has in a year."""
    return int((cohort.exposure[:, members & cohort.treated] > 0).sum(axis=1).min())


def _asked(
    design: CohortDesign,
    cohort: Cohort,
    members: NDArray[np.intp],
    circumstances: Circumstances,
    rng: np.random.Generator,
) -> CohortCase | str:
    """The design's answer for one group, or why there is none."""
    try:
        case = estimate_cohort(design, cohort.in_order(members), circumstances, rng)
        refuse_what_may_not_leave(case)
    except (NoReference, Withheld) as reason:
        return str(reason)
    return case
