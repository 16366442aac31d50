"""Where the sites lie on the map, and what borders on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmpeval.panel import Bools
from lmpeval.simulation.country.drawn import Geography
from lmpeval.simulation.country.interventions import Programme, Site


@dataclass(frozen=True, eq=False)
class Area:
    """Where a site lies: its own municipalities and those that border on it, each of shape (n_units,)."""

    site: Site
    inside: Bools
    beside: Bools


def areas(programmes: Sequence[Programme], geography: Geography) -> list[Area]:
    """Place every site; a municipality that lies in one site is never beside another."""
    sites = dict.fromkeys(programme.site for programme in programmes)
    inside = {site: _members(site, geography) for site in sites}
    taken = np.any(list(inside.values()), axis=0) if inside else np.zeros(0, bool)
    return [Area(site, mine, _bordering(mine, geography) & ~taken) for site, mine in inside.items()]


def _members(site: Site, geography: Geography) -> Bools:
    """The first municipality of the site's neighbourhood and those that can be walked to from it."""
    group = np.asarray(geography.groups)[geography.group] == site.group
    if group.sum() < site.municipalities:
        raise ValueError(
            f"{site.name} counts {site.municipalities} municipalities; {site.group} has {group.sum()}"
        )
    chosen = np.arange(len(group)) == int(group.argmax())
    while chosen.sum() < site.municipalities:
        near = _bordering(chosen, geography) & group
        # an island of the neighbourhood is reached over water
        following = near if near.any() else group & ~chosen
        chosen[int(following.argmax())] = True
    return np.asarray(chosen)


def _bordering(units: Bools, geography: Geography) -> Bools:
    """Units that border on some units and are none of them."""
    found = np.zeros(len(units), dtype=bool)
    for unit in np.flatnonzero(units):
        found[geography.neighbours[unit]] = True
    return found & ~units
