"""Sites that started in different years: a panel for each start, put together by time since the start.

No panel ever holds a unit that is exposed already among those compared with, so the effect is never
estimated against such units (Goodman-Bacon 2021; de Chaisemartin and D'Haultfoeuille 2020). Every design that
answers for one panel answers for several starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

import numpy as np

from lmpeval.design import Design
from lmpeval.estimate import Estimate
from lmpeval.group_time.aggregation import by_event_time
from lmpeval.inference import NoReference, PlaceboGroups, Reference, placed_among
from lmpeval.panel import Panel, Years
from lmpeval.segments import BY_DEFAULT, Together
from lmpeval.starts.assigned import Assigned, as_if, assignments, assignments_of_one, start_of
from lmpeval.starts.averages import averages
from lmpeval.starts.gaps import answered, gaps_of, given_to
from lmpeval.starts.influence import influences
from lmpeval.starts.many_groups import ManyGroups, averages_of
from lmpeval.starts.path import Pooled, Terms, averaged_over, joined
from lmpeval.uncertainty.stand_in_sets import place_of, share_of

NEITHER = "several starts are judged by permutation over groups of neighbours, or by influence functions"


def pool(
    design: Design,
    cohorts: Sequence[Panel],
    lag: int,
    rng: np.random.Generator,
    together: Together = BY_DEFAULT,
) -> Pooled:
    """Estimate every cohort against units that nobody exposed yet, and put them together.

    Unless `together` says otherwise, only years since the start that every cohort has are used, so that all
    of them weigh the same in every year: a path over a changing set of cohorts shows who joins and leaves as
    an effect.

    Each cohort is placed among sets of its own sites and of stand-ins that start when it does
    (`starts.assigned`). A `Joint` design answers for all cohorts of a set together.

    Parameters
    ----------
    design : Design
        Its inference must be `PlaceboGroups` or `ManyGroups`.
    cohorts : sequence of Panel
        By start, rising, over the same units and years; the treated of other cohorts are set aside in each.
    lag : int
    rng : Generator
    together : Together

    Raises
    ------
    NoReference
        Where a cohort has too few stand-ins, no set drawn leaves all sites out, no year since the start is
        common to all, or the design judges its uncertainty in another way.
    """
    settings = design.inference
    if not isinstance(settings, PlaceboGroups | ManyGroups):
        raise NoReference(NEITHER)
    _refuse_no_year(shared_years(cohorts))
    weights = np.array([panel.size[panel.treated].sum() for panel in cohorts])
    terms = Terms(weights / weights.sum(), lag, together, settings.level)
    if isinstance(settings, ManyGroups):
        return _by_influence(design, cohorts, terms, settings, rng)
    found = _placed(design, cohorts, terms, assignments(cohorts, settings.draws, rng))
    return replace(found, averages=averages(found.cells, together))


def one_start(
    design: Design,
    cohorts: Sequence[Panel],
    cohort: int,
    terms: tuple[int, Together],
    rng: np.random.Generator,
) -> Estimate:
    """Estimate one cohort where later ones may serve in its pool, in calendar years.

    It is placed among all stand-ins of its own, the others starting where they did; `terms` are the lag and
    how starts are put together.

    Raises
    ------
    NoReference
        As `pool` does.
    """
    settings, (lag, together) = design.inference, terms
    if not isinstance(settings, PlaceboGroups | ManyGroups):
        raise NoReference(NEITHER)
    alone = (np.arange(len(cohorts)) == cohort).astype(float)
    whole = Terms(alone, lag, replace(together, every_event_year=True), settings.level)
    if isinstance(settings, ManyGroups):
        found = _by_influence(design, cohorts, whole, settings, rng).estimate
    else:
        chosen = assignments_of_one(cohorts, cohort, settings.draws, rng)
        found = _placed(design, cohorts, whole, chosen).estimate
    start = cohorts[cohort].start
    return replace(found, years=found.years + start, start=start)


def _placed(design: Design, cohorts: Sequence[Panel], terms: Terms, chosen: Assigned) -> Pooled:
    """The cohorts by time since the start, among the sets `chosen` in their place."""
    whole = joined(design, cohorts, terms)
    serve = chosen.sites_may_serve and not whole.comparison.reads_after
    pretended = [as_if(cohorts, each, sites_may_serve=serve) for each in chosen.sets]
    shares = np.array(
        [[share_of(p, real.treated) for p, real in zip(each, cohorts, strict=True)] for each in pretended]
    )
    if not (shares @ terms.weights == 0).any():
        raise NoReference(
            f"none of {len(chosen.sets)} sets drawn is free of the sites: the pool holds too few groups of "
            "neighbours to stand in for all sites at once"
        )
    answers = answered(design, pretended, terms.together)
    others = gaps_of(answers, whole.cells.years)
    given = given_to(answers, start_of(cohorts), whole.cells.years)
    found = Reference(
        gap=averaged_over(whole.path, whole.cells.gaps),
        others=np.einsum("mct,act->am", whole.path, others),
        shares=(shares @ whole.path.sum(axis=2).T) * (whole.since >= 0),
        labels=tuple(" | ".join(" + ".join(part) for part in each) for each in chosen.sets),
        given=np.einsum("mct,act->am", whole.path, given),
        drawn=chosen.drawn,
        places=tuple(" ".join(map(place_of, each)) for each in pretended),
    )
    sure = placed_among(found, whole.counted, terms.level)
    return replace(whole, cells=replace(whole.cells, others=others, shares=shares, given=given)).judged(sure)


def _by_influence(
    design: Design, cohorts: Sequence[Panel], terms: Terms, settings: ManyGroups, rng: np.random.Generator
) -> Pooled:
    """The cohorts by time since the start, with errors from influence functions."""
    whole = joined(design, cohorts, terms)
    known = influences(design, cohorts, terms.together)
    in_path = np.isin(known.effects.years - known.effects.cohorts, whole.since)
    in_path &= np.isin(known.effects.cohorts, whole.cells.starts[terms.weights > 0])
    path = by_event_time(known.within(in_path).effects)
    sure = settings.of_path(known.within(in_path), path, whole.counted, rng)
    return whole.judged(sure, averages_of(known, in_path, settings, rng))


def shared_years(cohorts: Sequence[Panel]) -> Years:
    """Years since the start that every cohort has, rising; shape (n_years,)."""
    return reduce(np.intersect1d, [panel.years - panel.start for panel in cohorts])


def _refuse_no_year(since: Years) -> None:
    if not (since < 0).any() or not (since >= 0).any():
        raise NoReference("no year before and from the start on is common to all cohorts")
