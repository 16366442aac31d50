"""Sets of groups that the treated sites are placed among."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from lmpeval.once import once
from lmpeval.panel import Bools, Floats, Panel
from lmpeval.uncertainty.placebo import NoReference, stand_ins


@dataclass(frozen=True, eq=False)
class Sets:
    """Panels in which other groups are treated, as many as there are sites.

    Attributes
    ----------
    panels : tuple of Panel
    labels : tuple of str, one a set
    shares : array, shape (n_sets,)
        Part of each set, by size, that was treated itself.
    drawn : bool
        Whether these are some sets, drawn at random, and not all.
    """

    panels: tuple[Panel, ...]
    labels: tuple[str, ...]
    shares: Floats
    drawn: bool


def sets_of_groups(
    panel: Panel, draws: int, rng: np.random.Generator, *, sites_may_serve: bool = True
) -> Sets:
    """All sets of as many sites and stand-ins as there are sites, or `draws` of them where there are more.

    Several sites: those that are not in a set are in its pool. Under the null they are like anybody; were
    they set aside, sets would be compared with fewer units than the sites are, be noisier, and let the sites
    come out on top too seldom. A single site steps aside for its stand-ins. All do where they may not serve:
    a comparison that reads the years after the start would read the effect in them.

    Raises
    ------
    NoReference
        Where too few groups of neighbours in the pool are of the site's size, or they are all there is.
    """
    if len(panel.sites) == 1:  # nothing is drawn
        return once(("sets of one", id(panel)), lambda: _sets(panel, draws, rng, sites_may_serve), panel)
    return _sets(panel, draws, rng, sites_may_serve)


def _sets(panel: Panel, draws: int, rng: np.random.Generator, sites_may_serve: bool) -> Sets:
    groups, n_sites = stand_ins(panel), len(panel.sites)
    if len(groups) < n_sites:
        raise NoReference(
            f"{len(groups)} groups of neighbours in the pool are of the site's size; "
            f"{n_sites} needed to stand in for it"
        )
    if n_sites == 1 and not _somebody_left(panel, groups):
        raise NoReference("the pool is so small that a stand-in would have nobody to be compared with")
    own = sites_of(panel) if n_sites > 1 else {}
    sets = sets_among({*groups}, {*own}, draws, rng)
    members = {**groups, **own}
    panels = tuple(panel.placebo_sites({name: members[name] for name in chosen}) for chosen in sets)
    if own and sites_may_serve:
        panels = tuple(each.with_aside(each.aside & ~(panel.treated & ~each.treated)) for each in panels)
    shares = np.array([share_of(each, panel.treated) for each in panels])
    return Sets(
        panels=panels,
        labels=tuple(" + ".join(chosen) for chosen in sets),
        shares=shares,
        drawn=bool(own) and comb(len(members), n_sites) - 1 > draws,
    )


def _somebody_left(panel: Panel, groups: Mapping[str, NDArray[np.intp]]) -> bool:
    """Whether a stand-in for one site leaves comparison units, wherever in the pool they are."""
    if panel.apart:
        return len({panel.groups[i] for i in np.flatnonzero(panel.compared)}) > 1
    return len(groups) > 1 or sum(map(len, groups.values())) < panel.compared.sum()


def sites_of(panel: Panel) -> dict[str, NDArray[np.intp]]:
    """Positions of each site's units, by a label that no neighbourhood has."""
    groups = np.asarray(panel.groups)
    return {f"{site} (treated)": np.flatnonzero(panel.treated & (groups == site)) for site in panel.sites}


def place_of(panel: Panel) -> str:
    """What tells the treated units of a panel from others: eight bytes of a hash, in hexadecimal digits.

    Outcomes that are known of other years before the start measure units by another size, so that groups of
    the same name may be cut in another way.
    """
    names = "\0".join(sorted(panel.units[i] for i in np.flatnonzero(panel.treated)))
    return sha256(names.encode()).hexdigest()[:16]


def share_of(panel: Panel, units: Bools) -> float:
    """Part of the treated, by size, that the `units` are; shape of those (n_units,)."""
    size = panel.size * panel.treated
    return float(size[units].sum() / size.sum())


def sets_among(
    groups: set[str], sites: set[str], draws: int, rng: np.random.Generator
) -> list[tuple[str, ...]]:
    """Sets to place the sites among: as many groups as there are sites, but not the sites themselves."""
    if not sites:
        return [(label,) for label in sorted(groups)]
    labels, own = sorted(groups | sites), tuple(sorted(sites))
    if comb(len(labels), len(own)) - 1 <= draws:
        return [chosen for chosen in combinations(labels, len(own)) if chosen != own]
    drawn = {tuple(sorted(rng.choice(labels, len(own), replace=False).tolist())) for _ in range(draws)}
    return sorted(drawn - {own})
