"""Groups of neighbours in the comparison pool that can stand in for a site.

A site is a group of neighbouring municipalities. Loose municipalities drawn from all over the country
average each other's local shocks out and are less noisy than a real region; a region much larger or
smaller than the site is less or more noisy than it. So stand-ins are neighbourhoods, cut to the site's size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lmpeval.once import once
from lmpeval.panel import Floats, Panel


class NoReference(ValueError):
    """There is nothing to compare the treated's change with."""


LIKE_SIZE = 2.0
"""A stand-in has at least half and at most twice the exposure of the site."""


def stand_ins(panel: Panel, like_size: float = LIKE_SIZE) -> dict[str, NDArray[np.intp]]:
    """Cut the neighbourhoods of the pool into disjoint groups of about the mean site's size.

    Within a neighbourhood a unit that is as large as the site stands alone; the others are dealt out, the
    largest first, each to the smallest group so far. Groups whose exposure is not within a factor
    `like_size` of the site's stand in for nobody (they remain comparison units). The result depends on
    names and sizes, not on the order of units.

    Returns
    -------
    dict of label to unit positions
        Labels are the neighbourhood's name, numbered where it holds more than one group.
    """
    return once(("stand-ins", id(panel), like_size), lambda: _stand_ins(panel, like_size), panel)


def _stand_ins(panel: Panel, like_size: float) -> dict[str, NDArray[np.intp]]:
    size = panel.magnitude
    site = float(size[panel.treated].sum()) / len(panel.sites)
    pool = np.flatnonzero(panel.compared)
    found: dict[str, NDArray[np.intp]] = {}
    for neighbourhood in sorted({panel.groups[i] for i in pool}):
        members = [int(i) for i in pool if panel.groups[i] == neighbourhood]
        members.sort(key=lambda i: (-size[i], panel.units[i]))
        groups = [g for g in _deal(members, size, site) if _alike(size[g].sum(), site, like_size)]
        for number, group in enumerate(groups, start=1):
            label = neighbourhood if len(groups) == 1 else f"{neighbourhood} {number}"
            found[label] = np.asarray(group, dtype=np.intp)
    return found


def relative_size(panel: Panel) -> float:
    """Mean site's size over that of the median neighbourhood that its stand-ins are cut from.

    Stand-ins are of the site's size, but what a neighbourhood shares may be as calm as the whole of it is
    large. Not a number without stand-ins.
    """
    groups, size = np.asarray(panel.groups), panel.magnitude
    homes = {str(groups[members[0]]) for members in stand_ins(panel).values()}
    if not homes:
        return float("nan")
    whole = [float(size[panel.compared & (groups == home)].sum()) for home in sorted(homes)]
    return float(size[panel.treated].sum() / len(panel.sites) / np.median(whole))


def _deal(members: list[int], size: Floats, site: float) -> list[list[int]]:
    alone = [[i] for i in members if size[i] >= site]
    rest = [i for i in members if size[i] < site]
    groups: list[list[int]] = [[] for _ in range(max(1, round(float(size[rest].sum()) / site)))]
    for i in rest:
        min(groups, key=lambda group: size[group].sum()).append(i)
    return alone + [group for group in groups if group]


def _alike(size: float, site: float, factor: float) -> bool:
    return bool(site / factor <= size <= site * factor)
