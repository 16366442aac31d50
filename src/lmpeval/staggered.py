"""Sites that started in different years: a panel for each start, put together by time since the start.

No panel ever holds a unit that another start has exposed among those compared with, so the effect is never
estimated against units that are already exposed (Goodman-Bacon 2021; de Chaisemartin and D'Haultfoeuille
2020). Every design that answers for one panel answers for several starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import combinations, product
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from lmpeval.design import Design
from lmpeval.estimate import Comparison, Estimate
from lmpeval.inference import (
    NoReference,
    PlaceboGroups,
    Reference,
    Span,
    gaps,
    placed_among,
    share_of,
    sites_of,
)
from lmpeval.panel import Floats, Panel, Years
from lmpeval.placebo import stand_ins


@dataclass(frozen=True, eq=False)
class Pooled:
    """The effect over several starts.

    Attributes
    ----------
    estimate : Estimate
        In years since the start: its `years` count from the start of each cohort, which is 0.
    starts : tuple of int
        First year of exposure of each cohort, rising.
    weights : array, shape (n_cohorts,)
        Share of each cohort in the exposure of all treated, each measured before its own start.
    gaps : array, shape (n_cohorts, n_years)
        Of each cohort, by years since its start.
    """

    estimate: Estimate
    starts: tuple[int, ...]
    weights: Floats
    gaps: Floats

    def mean_effect(self, panels: Sequence[Panel], answers: Sequence[Comparison]) -> float:
        """Effect over the counted years, had the cohorts' comparisons been these; one of each a cohort."""
        counted = self.estimate.years[self.estimate.counted]
        each = [
            (panel.treated_mean - answer.counterfactual)[np.isin(panel.years - panel.start, counted)].mean()
            for panel, answer in zip(panels, answers, strict=True)
        ]
        return float(self.weights @ each)


def pool(design: Design, cohorts: Sequence[Panel], lag: int, rng: np.random.Generator) -> Pooled:
    """Estimate every cohort against units that nobody exposed, and put them together.

    Only years since the start that every cohort has are used, so that all of them weigh the same
    in every year: a path over a changing set of cohorts shows who joins and leaves as an effect.

    Each cohort is placed among sets of its own sites and of stand-ins that start when it does. The pool's
    neighbourhoods are dealt out to the cohorts, so that sets of different cohorts share no unit; under
    the null of no effect every combination of one set a cohort was as likely as the real one.

    Parameters
    ----------
    design : Design
        Its inference must be `PlaceboGroups`.
    cohorts : sequence of Panel
        By start, rising; the treated of other cohorts are set aside in each.
    lag : int
    rng : Generator

    Raises
    ------
    NoReference
        Where a cohort has too few stand-ins, no set drawn leaves all sites out, no year since the start is
        common to all, or the design judges its uncertainty in another way.
    """
    settings = design.inference
    if not isinstance(settings, PlaceboGroups):
        raise NoReference("several starts are judged by permutation over groups of neighbours only")
    since = shared_years(cohorts)
    if not (since < 0).any() or not (since >= 0).any():
        raise NoReference("no year before and from the start on is common to all cohorts")
    rows = [np.flatnonzero(np.isin(panel.years - panel.start, since)) for panel in cohorts]
    weights = np.array([panel.size[panel.treated].sum() for panel in cohorts])
    weights /= weights.sum()
    answers = [design.compare(panel) for panel in cohorts]
    own = np.array(
        [p.treated_mean[r] - a.counterfactual[r] for p, a, r in zip(cohorts, answers, rows, strict=True)]
    )
    chosen = _assignments(cohorts, settings.draws, rng)
    panels = [_as_if(panel, c, chosen) for c, panel in enumerate(cohorts)]
    shares = [[share_of(p, panel.treated) for p in many] for panel, many in zip(cohorts, panels, strict=True)]
    if not (weights @ shares == 0).any():
        raise NoReference(
            f"none of {len(chosen)} sets drawn is free of the sites: the pool holds too few groups of "
            "neighbours to stand in for all sites at once"
        )
    found = Reference(
        gap=weights @ own,
        others=np.tensordot(weights, [gaps(design, p)[:, r] for p, r in zip(panels, rows, strict=True)], 1),
        shares=weights @ shares,
        labels=tuple(" | ".join(" + ".join(part) for part in each) for each in chosen),
    )
    counted = since >= (lag if (since >= lag).any() else 0)
    estimate = Estimate(
        years=since,
        start=0,
        counted=counted,
        observed=weights @ [panel.treated_mean[r] for panel, r in zip(cohorts, rows, strict=True)],
        comparison=_mean_comparison(cohorts, answers, weights, rows),
        control_names=_control_names(cohorts),
        uncertainty=placed_among(found, Span(counted, since >= 0), settings.level),
    )
    return Pooled(estimate, tuple(panel.start for panel in cohorts), weights, own)


def shared_years(cohorts: Sequence[Panel]) -> Years:
    """Years since the start that every cohort has, rising; shape (n_years,)."""
    return reduce(np.intersect1d, [panel.years - panel.start for panel in cohorts])


def _dealt(cohorts: Sequence[Panel]) -> list[dict[str, NDArray[np.intp]]]:
    """Stand-ins of each cohort, cut from neighbourhoods that are its own.

    The largest neighbourhoods are dealt first, each to the cohort that has the fewest for its sites.
    """
    first, groups = cohorts[0], np.asarray(cohorts[0].groups)
    pool = np.logical_and.reduce([panel.compared for panel in cohorts])
    size = {name: first.size[pool & (groups == name)].sum() for name in set(groups[pool].tolist())}
    hands: list[list[str]] = [[] for _ in cohorts]
    for name in sorted(size, key=lambda name: (-size[name], name)):
        min(zip(hands, cohorts, strict=True), key=lambda pair: len(pair[0]) / len(pair[1].sites))[0].append(
            name
        )
    return [
        stand_ins(panel.with_aside(~panel.treated & ~(pool & np.isin(groups, hand))))
        for panel, hand in zip(cohorts, hands, strict=True)
    ]


Sites = dict[str, NDArray[np.intp]]
"""Positions of the units of each site, or of what stands in for it, by label."""


def _assignments(cohorts: Sequence[Panel], draws: int, rng: np.random.Generator) -> list[tuple[Sites, ...]]:
    """Other ways in which the starts could have fallen: for each cohort as many groups as it has sites.

    All of them where they are no more than `draws`, else so many drawn at random.
    """
    open_to = [{**hand, **sites_of(panel)} for hand, panel in zip(_dealt(cohorts), cohorts, strict=True)]
    sizes = [len(panel.sites) for panel in cohorts]
    if short := [
        p.start for p, groups, n in zip(cohorts, open_to, sizes, strict=True) if len(groups) < 2 * n
    ]:
        raise NoReference(
            f"too few groups of neighbours in the pool stand in for the sites that started in {short[0]}"
        )
    if prod(comb(len(groups), n) for groups, n in zip(open_to, sizes, strict=True)) <= draws + 1:
        each = [combinations(sorted(groups), n) for groups, n in zip(open_to, sizes, strict=True)]
        named = set(product(*each))
    else:
        named = {
            tuple(
                tuple(sorted(rng.choice(sorted(groups), n, replace=False).tolist()))
                for groups, n in zip(open_to, sizes, strict=True)
            )
            for _ in range(draws)
        }
    named.discard(tuple(tuple(sorted(sites_of(panel))) for panel in cohorts))
    return [
        tuple(
            {label: groups[label] for label in labels} for labels, groups in zip(chosen, open_to, strict=True)
        )
        for chosen in sorted(named)
    ]


def _as_if(panel: Panel, cohort: int, assignments: Sequence[tuple[Sites, ...]]) -> list[Panel]:
    """The panel of a cohort under each assignment: what the other cohorts would be is set aside."""
    panels = []
    for chosen in assignments:
        elsewhere = np.zeros(len(panel.units), dtype=bool)
        for other, sites in enumerate(chosen):
            if other != cohort:
                elsewhere[np.concatenate(list(sites.values()))] = True
        if panel.apart:
            elsewhere = panel.sharing_neighbourhood(elsewhere)
        placebo = panel.placebo_sites(chosen[cohort])
        panels.append(placebo.with_aside(placebo.aside | (elsewhere & ~placebo.treated)))
    return panels


def _control_names(cohorts: Sequence[Panel]) -> tuple[str, ...]:
    return tuple(sorted({name for panel in cohorts for name in panel.control_names}))


def _mean_comparison(
    cohorts: Sequence[Panel],
    answers: Sequence[Comparison],
    weights: Floats,
    rows: Sequence[NDArray[np.intp]],
) -> Comparison:
    """Mean of the cohorts' comparisons; a unit's weight is its mean weight over the cohorts."""
    parts = dict.fromkeys(_control_names(cohorts), 0.0)
    for panel, answer, weight in zip(cohorts, answers, weights, strict=True):
        for name, part in zip(panel.control_names, answer.weights, strict=True):
            parts[name] += float(weight * part)
    path = weights @ [answer.counterfactual[r] for answer, r in zip(answers, rows, strict=True)]
    extrapolates = any(answer.extrapolates for answer in answers)
    return Comparison(path, np.array(list(parts.values())), extrapolates)
