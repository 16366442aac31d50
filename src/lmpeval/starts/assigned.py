"""Other ways in which staggered starts could have fallen: what stands in for the sites of every start.

The pool's neighbourhoods are dealt out to the cohorts, so that sets of different cohorts share no unit. Under
the null of no effect every combination of one set a cohort was as likely as the real one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product
from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Panel, Years
from lmpeval.uncertainty.placebo import NoReference, stand_ins
from lmpeval.uncertainty.stand_in_sets import sets_among, sites_of

Sites = Mapping[str, NDArray[np.intp]]
"""Positions of the units of each site, or of what stands in for it, by label."""


@dataclass(frozen=True, eq=False)
class Assigned:
    """Ways in which the starts could have fallen.

    Attributes
    ----------
    sets : tuple of tuple of Sites
        What would have started with each cohort.
    drawn : bool
        Whether these are some of all, drawn at random.
    sites_may_serve : bool
        Whether sites that a set leaves out may be compared with: not where there is one, which steps aside
        for its stand-ins.
    """

    sets: tuple[tuple[Sites, ...], ...]
    drawn: bool
    sites_may_serve: bool = True


def hands_of(cohorts: Sequence[Panel]) -> list[dict[str, NDArray[np.intp]]]:
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


def assignments(cohorts: Sequence[Panel], draws: int, rng: np.random.Generator) -> Assigned:
    """Other ways in which the starts could have fallen: for each cohort as many groups as it has sites.

    All of them where they are no more than `draws`, else so many drawn at random.
    """
    open_to = [{**hand, **sites_of(panel)} for hand, panel in zip(hands_of(cohorts), cohorts, strict=True)]
    sizes = [len(panel.sites) for panel in cohorts]
    if short := [
        p.start for p, groups, n in zip(cohorts, open_to, sizes, strict=True) if len(groups) < 2 * n
    ]:
        raise NoReference(
            f"too few groups of neighbours in the pool stand in for the sites that started in {short[0]}"
        )
    possible = prod(comb(len(groups), n) for groups, n in zip(open_to, sizes, strict=True))
    if possible <= draws + 1:
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
    sets = tuple(
        tuple(
            {label: groups[label] for label in labels} for labels, groups in zip(chosen, open_to, strict=True)
        )
        for chosen in sorted(named)
    )
    return Assigned(sets, drawn=possible > draws + 1, sites_may_serve=sum(sizes) > 1)


def assignments_of_one(
    cohorts: Sequence[Panel], cohort: int, draws: int, rng: np.random.Generator
) -> Assigned:
    """Other ways in which the start of one cohort could have fallen, the others starting where they did.

    Raises
    ------
    NoReference
        Where too few groups of neighbours stand in for its sites.
    """
    panel = cohorts[cohort]
    groups, n_sites = stand_ins(panel), len(panel.sites)
    if len(groups) < n_sites:
        raise NoReference(
            f"too few groups of neighbours in the pool stand in for the sites that started in {panel.start}"
        )
    own = sites_of(panel) if n_sites > 1 else {}
    real = [sites_of(each) for each in cohorts]
    known = {**groups, **own}
    names = sets_among({*groups}, {*own}, draws, rng)
    sets = tuple(
        (*real[:cohort], {name: known[name] for name in chosen}, *real[cohort + 1 :]) for chosen in names
    )
    possible = comb(len(known), n_sites) - 1 if own else len(groups)
    return Assigned(sets, drawn=len(sets) < possible, sites_may_serve=bool(own))


def as_if(cohorts: Sequence[Panel], chosen: Sequence[Sites], *, sites_may_serve: bool = False) -> list[Panel]:
    """The cohorts under one assignment: what the other cohorts would be is set aside in each.

    Sites that the assignment leaves out step aside, or serve where they may. Under the null they are like
    anybody: without them the cohorts would be compared with fewer units than the sites are. They never serve
    a cohort that starts after they did: the effect in its years before would bend its weights and its level.
    """
    panels, begun = [], start_of(cohorts)
    assigned = np.concatenate([units for sites in chosen for units in sites.values()])
    left_out = (begun > 0) & ~np.isin(np.arange(len(begun)), assigned)
    for cohort, panel in enumerate(cohorts):
        elsewhere = np.zeros(len(panel.units), dtype=bool)
        for other, sites in enumerate(chosen):
            if other != cohort:
                elsewhere[np.concatenate(list(sites.values()))] = True
        if panel.apart:
            elsewhere = panel.sharing_neighbourhood(elsewhere)
        placebo = panel.placebo_sites(chosen[cohort])
        aside = placebo.aside | (elsewhere & ~placebo.treated)
        if sites_may_serve:
            aside &= ~(left_out & (begun >= panel.start))
        panels.append(placebo.with_aside(aside))
    return panels


def start_of(cohorts: Sequence[Panel]) -> Years:
    """First year of exposure of each unit, 0 where there is none; shape (n_units,)."""
    return np.asarray(np.max([panel.start * panel.treated for panel in cohorts], axis=0))
