"""What an effect over several starts rests on: its ledger, its robustness, and the effect of each start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lmpeval.assumptions import VALID_UNCERTAINTY
from lmpeval.assumptions.trend import trend_carried_on
from lmpeval.design import Case, Circumstances, Design, Status, estimate
from lmpeval.estimate import Estimate
from lmpeval.finding import Answered, SeveralStarts, StartEffect
from lmpeval.group_time.cohorts import Staggered
from lmpeval.group_time.two_way import TwoWay, two_way
from lmpeval.ledger import Entry, Ledger, examine
from lmpeval.panel import Bools, Panel
from lmpeval.robustness import MOST_LEFT_OUT, Balance, LeftOut, PlaceboStart, Robustness, balance
from lmpeval.robustness import pretended as pretended_start
from lmpeval.segments import BY_DEFAULT, Together
from lmpeval.staggered import one_start, pool, shared_years
from lmpeval.start_gaps import answered
from lmpeval.start_path import Pooled

WORST_FIRST = (
    Status.NOT_SUPPORTED,
    Status.NOT_ASSESSED,
    Status.UNCERTAIN,
    Status.ARGUED,
    Status.SUPPORTED,
)


@dataclass(frozen=True, eq=False)
class Cohort:
    """The sites of one start by themselves.

    Attributes
    ----------
    panel : Panel
        Without the sites of other starts: no check may let them in.
    estimate : Estimate
        In calendar years.
    """

    panel: Panel
    estimate: Estimate


def answer_together(
    design: Design,
    panels: Sequence[Panel],
    circumstances: Circumstances,
    arguments: Mapping[str, str],
    rng: np.random.Generator,
) -> Answered:
    """Estimate over all starts and lay open what the estimate rests on.

    Parameters
    ----------
    design : Design
    panels : sequence of Panel
        One a start, rising, over the same units in the same order; the sites of other starts are set aside.
    circumstances : Circumstances
    arguments : mapping of an assumption's name to the study's reason for it
    rng : Generator

    Raises
    ------
    NoReference
        Where there is nothing to place all starts, or one of them, among.
    """
    rules = circumstances.together
    pooled = pool(design, panels, circumstances.lag, rng, rules)
    alone = [panel.in_order(np.flatnonzero(~(_exposed(panels) & ~panel.treated))) for panel in panels]
    cohorts = [Cohort(panel, estimate(design, panel, circumstances.lag, rng)) for panel in alone]
    ledgers = [
        examine(Case(design, each.panel, each.estimate, circumstances, rng), arguments) for each in cohorts
    ]
    together = Case(design, _as_one(panels), pooled.estimate, circumstances, rng)
    regression = weighed_by_regression(panels)
    entries = zip(*(ledger.entries for ledger in ledgers), strict=True)
    return Answered(
        estimate=pooled.estimate,
        ledger=Ledger(tuple(_judged(same, pooled.starts, together) for same in entries)),
        robustness=Robustness(
            left_out(design, panels, pooled, rules),
            earlier_starts(design, panels, rng, rules),
            _balance(cohorts, pooled),
        ),
        n_treated=int(_exposed(panels).sum()),
        n_compared=int(together.panel.compared.sum()),
        exposure=float(sum(panel.size[panel.treated].sum() for panel in panels)),
        n_sites=sum(len(panel.sites) for panel in panels),
        several=SeveralStarts(
            _each_start(design, panels, cohorts, circumstances, rng),
            pooled.averages,
            regression.negative_share,
            regression.negative_sum,
        ),
    )


def _exposed(panels: Sequence[Panel]) -> Bools:
    """Units that any start exposes; shape (n_units,)."""
    return np.asarray(np.logical_or.reduce([panel.treated for panel in panels]))


def _as_one(panels: Sequence[Panel]) -> Panel:
    """All sites treated at once, for what rests on their number alone."""
    exposed = _exposed(panels)
    return replace(panels[0], treated=exposed, aside=panels[0].aside & ~exposed)


def _judged(same: Sequence[Entry], starts: Sequence[int], together: Case) -> Entry:
    """One entry for an assumption that every start has one for."""
    assumption, argument = same[0].assumption, same[0].argument
    if assumption is VALID_UNCERTAINTY and assumption.check:
        # the interval is that of all starts together: how few stand in for one of them is of no matter
        found = assumption.check(together)
        if found is not None:
            return Entry(assumption, found, argument)
    judged = worst(same, starts)
    if assumption.check is trend_carried_on and judged.status is Status.NOT_SUPPORTED:
        return _held_against_all(judged, together)
    return judged


def _held_against_all(judged: Entry, together: Case) -> Entry:
    """One start against which the data speak withholds the whole only where all together say so too.

    The more starts are tested at 5 %, the likelier one is off by chance; the effect over all starts rests on
    the trend over all.
    """
    over_all = trend_carried_on(together)
    if over_all is None or over_all.status is Status.NOT_SUPPORTED:
        return judged
    said = f"{judged.evidence.finding}; over all starts together: {over_all.finding}"
    return replace(judged, evidence=replace(judged.evidence, status=Status.UNCERTAIN, finding=said))


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


def left_out(
    design: Design, panels: Sequence[Panel], pooled: Pooled, together: Together = BY_DEFAULT
) -> tuple[LeftOut, ...]:
    """The effect over all starts without each of the weightiest units that are never exposed."""
    found = pooled.estimate
    weights = found.comparison.weights
    order = np.lexsort((np.asarray(found.control_names), -np.round(np.abs(weights), 12)))
    exposed = {panels[0].units[i] for i in np.flatnonzero(_exposed(panels))}
    of = dict(zip(found.control_names, weights, strict=True))
    names = [found.control_names[i] for i in order if found.control_names[i] not in exposed]
    chosen = [name for name in names[:MOST_LEFT_OUT] if of[name] != 0]
    if len(found.control_names) < 2:
        return ()
    sets = [
        [p.with_aside(p.aside | (~p.treated & (np.asarray(p.units) == name))) for p in panels]
        for name in chosen
    ]
    return tuple(
        LeftOut(name, float(of[name]), pooled.effect_of(pieces))
        for name, pieces in zip(chosen, answered(design, sets, together), strict=True)
    )


def earlier_starts(
    design: Design,
    panels: Sequence[Panel],
    rng: np.random.Generator,
    together: Together = BY_DEFAULT,
) -> tuple[PlaceboStart, ...]:
    """Let every site begin one year early, two years early and so on; `year` counts from the real start."""
    possible = [{int(year) - panel.start for year in panel.years[panel.before][1:]} for panel in panels]
    found = []
    for early in sorted(set.intersection(*possible)):
        pretended = [panel.placebo_start(panel.start + early) for panel in panels]
        if (shared_years(pretended) < 0).any():
            over = pool(design, pretended, 0, rng, together).estimate
            found.append(pretended_start(early, over))
    return tuple(found)


def _balance(cohorts: Sequence[Cohort], pooled: Pooled) -> tuple[Balance, ...]:
    """Covariates, each start with its weight in the effect."""
    each = [balance(cohort.panel, cohort.estimate) for cohort in cohorts]
    return tuple(
        Balance(
            same[0].covariate,
            float(pooled.weights @ [one.treated for one in same]),
            float(pooled.weights @ [one.compared for one in same]),
            float(pooled.weights @ [one.standardised_difference for one in same]),
        )
        for same in zip(*each, strict=True)
    )


def weighed_by_regression(panels: Sequence[Panel]) -> TwoWay:
    """What a regression on unit and year effects would make of the same units: shown, never used."""
    first = panels[0]
    kept = np.flatnonzero(np.logical_or.reduce([panel.treated | panel.compared for panel in panels]))
    starts = np.max([panel.start * panel.treated for panel in panels], axis=0)
    panel = Staggered(
        outcome=first.outcome[:, kept],
        years=first.years,
        cohort=starts[kept].astype(float),
        covariates=np.zeros((len(kept), 0)),
        weights=first.size[kept],
    )
    return two_way(panel)


def _each_start(
    design: Design,
    panels: Sequence[Panel],
    cohorts: Sequence[Cohort],
    circumstances: Circumstances,
    rng: np.random.Generator,
) -> tuple[StartEffect, ...]:
    """Effects start by start; with later starts in their pools where those may serve."""
    sizes = np.array([each.panel.size[each.panel.treated].sum() for each in cohorts])
    found = [each.estimate for each in cohorts]
    if circumstances.together.later_serve:
        terms = (circumstances.lag, circumstances.together)
        found = [one_start(design, panels, c, terms, rng) for c in range(len(panels))]
    return tuple(
        StartEffect(each.panel.sites, float(size / sizes.sum()), estimate)
        for each, size, estimate in zip(cohorts, sizes, found, strict=True)
    )
