"""Groups of neighbours in the comparison pool that can stand in for a site.

A site is a group of neighbouring municipalities. Loose municipalities drawn from all over the country
average each other's local shocks out and are less noisy than a real region; a region much larger or
smaller than the site is less or more noisy than it. So stand-ins are neighbourhoods, cut to the site's size.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lmpeval.once import once
from lmpeval.panel import Panel


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
    size, units = panel.magnitude.tolist(), panel.units
    site = float(panel.magnitude[panel.treated].sum()) / len(panel.sites)
    pool = np.flatnonzero(panel.compared).tolist()
    members: dict[str, list[int]] = {}
    for i in sorted(pool, key=lambda i: (-size[i], units[i])):
        members.setdefault(panel.groups[i], []).append(i)
    found: dict[str, NDArray[np.intp]] = {}
    for neighbourhood in sorted(members):
        dealt = _deal(members[neighbourhood], size, site)
        groups = [group for whole, group in dealt if _alike(whole, site, like_size)]
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


def _deal(members: list[int], size: list[float], site: float) -> list[tuple[float, list[int]]]:
    """Groups of members, which come by falling size, each behind the size of the whole."""
    alone = [(size[i], [i]) for i in members if size[i] >= site]
    rest = members[len(alone) :]
    groups: list[list[int]] = [[] for _ in range(max(1, round(sum(size[i] for i in rest) / site)))]
    whole = [0.0] * len(groups)
    for i in rest:
        least = whole.index(min(whole))
        groups[least].append(i)
        whole[least] += size[i]
    return alone + [dealt for dealt in zip(whole, groups, strict=True) if dealt[1]]


def _alike(size: float, site: float, factor: float) -> bool:
    return site / factor <= size <= site * factor
