"""What an effect over several starts rests on: its ledger, its robustness, and the effect of each start."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lmpeval.beside.start_methods import methods_over_starts
from lmpeval.design import Case, Circumstances, Design, estimate
from lmpeval.estimate import Estimate
from lmpeval.finding import Answered, SeveralStarts, StartEffect
from lmpeval.group_time.cohorts import Staggered
from lmpeval.group_time.two_way import TwoWay, two_way
from lmpeval.ledger import Ledger, examine
from lmpeval.panel import Bools, Panel
from lmpeval.robustness import MOST_LEFT_OUT, Balance, LeftOut, PlaceboStart, Robustness, balance
from lmpeval.robustness import pretended as pretended_start
from lmpeval.segments import BY_DEFAULT, Together
from lmpeval.starts.gaps import answered
from lmpeval.starts.ledger import OverAll, judged
from lmpeval.starts.path import Pooled
from lmpeval.starts.staggered import one_start, pool, shared_years


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
    early = pretended_starts(design, panels, rng, rules)
    over_all = OverAll(
        Case(design, _as_one(panels), pooled.estimate, circumstances, rng),
        panels,
        early,
        _balance(cohorts, pooled),
    )
    regression = weighed_by_regression(panels)
    entries = zip(*(ledger.entries for ledger in ledgers), strict=True)
    return Answered(
        estimate=pooled.estimate,
        ledger=Ledger(tuple(judged(same, pooled.starts, over_all) for same in entries)),
        robustness=Robustness(
            left_out(design, panels, pooled, rules), earlier_starts(early), over_all.balance
        ),
        n_treated=int(_exposed(panels).sum()),
        n_compared=int(over_all.case.panel.compared.sum()),
        exposure=float(sum(panel.size[panel.treated].sum() for panel in panels)),
        n_sites=sum(len(panel.sites) for panel in panels),
        several=SeveralStarts(
            _each_start(design, panels, cohorts, circumstances, rng),
            pooled.averages,
            pooled.cells.years,
            pooled.counted,
            regression.negative_share,
            regression.negative_sum,
        ),
        others=methods_over_starts(design, panels, pooled, rules, rng),
    )


def _exposed(panels: Sequence[Panel]) -> Bools:
    """Units that any start exposes; shape (n_units,)."""
    return np.asarray(np.logical_or.reduce([panel.treated for panel in panels]))


def _as_one(panels: Sequence[Panel]) -> Panel:
    """All sites treated at once, for what rests on their number alone."""
    exposed = _exposed(panels)
    return replace(panels[0], treated=exposed, aside=panels[0].aside & ~exposed)


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


def pretended_starts(
    design: Design, panels: Sequence[Panel], rng: np.random.Generator, together: Together = BY_DEFAULT
) -> dict[int, Estimate]:
    """Let every site begin one year early, two years early and so on; -1 for a year early, the rest alike."""
    possible = [{int(year) - panel.start for year in panel.years[panel.before][1:]} for panel in panels]
    found = {}
    for early in sorted(set.intersection(*possible)):
        pretended = [panel.placebo_start(panel.start + early) for panel in panels]
        if (shared_years(pretended) < 0).any():
            found[early] = pool(design, pretended, 0, rng, together).estimate
    return found


def earlier_starts(early: Mapping[int, Estimate]) -> tuple[PlaceboStart, ...]:
    """Effects of starts that never were; `year` counts from the real start."""
    return tuple(pretended_start(year, found) for year, found in early.items())


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
