"""One entry of the ledger for an assumption that every start has one for.

The headline is the effect over all starts, so what all starts say together decides. Tested at 5 % one by one,
some start would be contradicted by chance alone in most studies of many.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lmpeval.assumptions.anticipation import effect_before_the_start, too_early
from lmpeval.assumptions.balance import largest_difference, told_of
from lmpeval.assumptions.donor_fit import FEWEST_TO_HOLD_OUT, followed_before, told_of_held_out
from lmpeval.assumptions.trend import trend_carried_on
from lmpeval.assumptions.uncertainty import enough_stand_ins
from lmpeval.design import Case, Evidence, Status, compare_all
from lmpeval.donors.held_out import HeldOut
from lmpeval.estimate import Estimate
from lmpeval.inference import NoReference
from lmpeval.ledger import Entry
from lmpeval.panel import Floats, Panel
from lmpeval.robustness import Balance
from lmpeval.starts.assigned import as_if, assignments

WORST_FIRST = (
    Status.NOT_SUPPORTED,
    Status.NOT_ASSESSED,
    Status.UNCERTAIN,
    Status.ARGUED,
    Status.SUPPORTED,
)
HELD_OUT_SETS = 199
"""Sets that the error over all starts is placed among: each is answered once for every year held out."""


@dataclass(frozen=True, eq=False)
class OverAll:
    """What checks over all starts rest on.

    Attributes
    ----------
    case : Case
        All sites at once, with the effect over all starts in years since the start.
    panels : sequence of Panel
        One a start, rising.
    early : mapping of int to Estimate
        Had every site begun so many years before it did: -1 for one year.
    balance : tuple of Balance
        Of the covariates, each start with its weight in the effect.
    """

    case: Case
    panels: Sequence[Panel]
    early: Mapping[int, Estimate]
    balance: tuple[Balance, ...]


def judged(same: Sequence[Entry], starts: Sequence[int], over_all: OverAll) -> Entry:
    """One entry for an assumption that every start has one for.

    Where all starts can be tested together that decides: they contradict it, or nothing does. A start that
    contradicts it by itself leaves it uncertain. For all else the worst start speaks.
    """
    assumption = same[0].assumption
    if assumption.check is enough_stand_ins:
        # the interval is that of all starts together: how few stand in for one of them is of no matter
        found = enough_stand_ins(over_all.case)
        return worst(same, starts) if found is None else replace(same[0], evidence=found)
    if assumption.check not in TOGETHER or len({entry.evidence for entry in same}) == 1:
        return worst(same, starts)
    return _weighed(worst(same, starts), TOGETHER[assumption.check](over_all))


def _weighed(alone: Entry, together: Evidence | None) -> Entry:
    """The start for which the assumption fares worst against what all starts say together."""
    if together is None or together.status is Status.NOT_ASSESSED:
        if alone.status is not Status.NOT_SUPPORTED:
            return alone
        said = f"{alone.evidence.finding}; all starts cannot be tested together"
        return replace(alone, evidence=replace(alone.evidence, status=Status.UNCERTAIN, finding=said))
    contradicted = Status.NOT_SUPPORTED in (alone.status, together.status)
    status = together.status
    if status is Status.SUPPORTED and alone.status is Status.NOT_SUPPORTED:
        status = Status.UNCERTAIN
    said = f"over all starts together: {together.finding}"
    if contradicted or alone.status is not status:
        said = f"{said}; by themselves: {alone.evidence.finding}"
    return replace(alone, evidence=replace(together, status=status, finding=said))


def worst(same: Sequence[Entry], starts: Sequence[int]) -> Entry:
    """The entry of the start for which the assumption fares worst, the start named in its finding.

    What is the same for all starts is said once.
    """
    if len({entry.evidence for entry in same}) == 1:
        return same[0]
    at = min(range(len(same)), key=lambda i: WORST_FIRST.index(same[i].status))
    others = "; ".join(
        f"start {start}: {entry.status}"
        for i, (entry, start) in enumerate(zip(same, starts, strict=True))
        if i != at
    )
    evidence = same[at].evidence
    said = f"start {starts[at]}: {evidence.finding} ({others})"
    return replace(same[at], evidence=replace(evidence, finding=said))


def _trend(over_all: OverAll) -> Evidence | None:
    return trend_carried_on(over_all.case)


def _anticipation(over_all: OverAll) -> Evidence | None:
    """Let every site begin as many years early as all of them could know of: no effect may be there."""
    circumstances = over_all.case.circumstances
    announced = circumstances.announced
    known = [1 if announced is None else max(panel.start - announced, 1) for panel in over_all.panels]
    years = min(known)
    if -years not in over_all.early:
        return None
    what = f"effect in the {'year' if years == 1 else f'{years} years'} before each start"
    return too_early(over_all.early[-years], what, circumstances.margin)


def _balance(over_all: OverAll) -> Evidence | None:
    apart = np.array([each.standardised_difference for each in over_all.balance])
    return told_of(apart, [each.covariate for each in over_all.balance])


def _held_out(over_all: OverAll) -> Evidence | None:
    """Predict the years before each start from the other ones, the starts put together by size.

    In the years before the start that all of them have, among sets that could have started instead.
    """
    panels, case = over_all.panels, over_all.case
    since = set.intersection(*(set((p.years[p.before] - p.start).tolist()) for p in panels))
    if len(since) < FEWEST_TO_HOLD_OUT:
        return None
    try:
        chosen = assignments(panels, HELD_OUT_SETS, case.rng)
    except NoReference:
        return None
    sets = [list(panels), *(as_if(panels, each, sites_may_serve=True) for each in chosen.sets)]
    size = np.array([panel.size[panel.treated].sum() for panel in panels])
    errors = [
        sum(
            share * _missed(case, panel, [each[cohort] for each in sets], year)
            for cohort, (panel, share) in enumerate(zip(panels, size / size.sum(), strict=True))
        )
        for year in sorted(since)
    ]
    error = np.sqrt(np.mean(np.square(errors), axis=0))
    labels = tuple(" | ".join(" + ".join(part) for part in each) for each in chosen.sets)
    return told_of_held_out(HeldOut(float(error[0]), error[1:], labels, len(since)), len(since), case)


def _missed(case: Case, real: Panel, sets: Sequence[Panel], since: int) -> Floats:
    """Observed minus foretold of each set in the year that is held out; shape (n_sets,)."""
    held = real.held_out(int(np.flatnonzero(real.years == real.start + since)[0]))
    panels = [replace(held, treated=p.treated, aside=p.aside, groups=p.groups) for p in sets]
    answers = compare_all(case.design, panels)
    return np.array([p.treated_mean[-1] - a.counterfactual[-1] for p, a in zip(panels, answers, strict=True)])


TOGETHER: dict[Callable[[Case], Evidence | None] | None, Callable[[OverAll], Evidence | None]] = {
    trend_carried_on: _trend,
    followed_before: _held_out,
    effect_before_the_start: _anticipation,
    largest_difference: _balance,
}
"""Checks that every start stands for by itself, and what they become over all."""
