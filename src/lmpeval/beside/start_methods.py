"""What other methods say of the uncertainty of an effect over several starts; as `other_methods` for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lmpeval.beside.other_methods import Method, OtherMethod, Reason, around, nothing_yet, shaken_clusters
from lmpeval.design import Design
from lmpeval.inference import NoReference
from lmpeval.mixtures.simplex import NotConverged
from lmpeval.panel import Bools, Floats, Panel, Years
from lmpeval.segments import Together
from lmpeval.starts.gaps import Piece, answered
from lmpeval.starts.path import Pooled, Terms, averaged_over, joined
from lmpeval.uncertainty.clustered import Clusters, collapse


def methods_over_starts(
    design: Design, panels: Sequence[Panel], pooled: Pooled, together: Together, rng: np.random.Generator
) -> tuple[OtherMethod, ...]:
    """Ask every other method about the effect over all starts; `panels` are one a start."""
    return left_out_over_starts(design, panels, pooled, together), shaken_over_starts(
        design, panels, pooled, together, rng
    )


def left_out_over_starts(
    design: Design, panels: Sequence[Panel], pooled: Pooled, together: Together
) -> OtherMethod:
    """Estimate over all starts again without each site and each neighbourhood of the pool.

    As `leave_out_one_group`. The years since the start stay those that are counted; a start whose only site
    is left out goes with it, and the others weigh what they are worth.
    """
    none = nothing_yet(Method.LEFT_OUT, panels, pooled.estimate)
    if none.reason:
        return none
    groups = np.asarray(panels[0].groups)
    used = np.logical_or.reduce([panel.treated | panel.compared for panel in panels])
    try:
        without = [
            effect_among(design, _without(panels, groups == label), pooled, together)
            for label in np.unique(groups[used])
        ]
    except (NoReference, NotConverged) as why:
        return replace(none, reason=Reason.BROKE, detail=str(why))
    return around(none, pooled.estimate.effect, np.array(without))


def _without(panels: Sequence[Panel], units: Bools) -> list[Panel]:
    """The starts that have a site left when these units step aside."""
    return [
        replace(panel, treated=panel.treated & ~units, aside=panel.aside | units)
        for panel in panels
        if (panel.treated & ~units).any()
    ]


def effect_among(design: Design, panels: Sequence[Panel], pooled: Pooled, together: Together) -> float:
    """Effect over these starts, in the years since the start that count in `pooled`."""
    found = pooled.estimate
    size = np.array([panel.size[panel.treated].sum() for panel in panels])
    whole = joined(design, panels, Terms(size / size.sum(), 0, together, found.uncertainty.level))
    counted = np.isin(whole.since, found.years[found.counted])
    if not counted.any():
        raise NoReference("no year that counts is left")
    return float(averaged_over(whole.path, whole.cells.gaps)[counted].mean())


def shaken_over_starts(
    design: Design,
    panels: Sequence[Panel],
    pooled: Pooled,
    together: Together,
    rng: np.random.Generator,
) -> OtherMethod:
    """Shake sites and neighbourhoods, each with all it brings to the starts, the weights held as they are."""
    none = nothing_yet(Method.WILD, panels, pooled.estimate)
    if none.reason:
        return none
    if together.later_serve:
        return replace(none, reason=Reason.ON_BOTH_SIDES)
    [pieces] = answered(design, [panels], together)
    whole = [own[0] for own in pieces]  # where no site serves, one piece holds all years of a start
    if any((piece.answer.weights < 0).any() for piece in whole):
        return replace(none, reason=Reason.EXTRAPOLATES)
    return shaken_clusters(
        none, collapsed_starts(whole, pooled.cells.years, pooled.counted), pooled.estimate, rng
    )


def collapsed_starts(pieces: Sequence[Piece], years: Years, counted: Floats) -> Clusters:
    """Changes by site and neighbourhood, summed over the starts by what these count for.

    From the years before each start to its counted ones, relative to the mean change of its own comparison:
    starts lie in different years, and what these were like is no noise of the clusters. Comparison units
    weigh as much, against the treated, as they are large.

    Parameters
    ----------
    pieces : sequence of Piece
        One a start, for all its years.
    years : array of int, shape (n_years,)
    counted : array, shape (n_starts, n_years)
        Weight of each start and year in the effect.
    """
    exposed = sum(float(piece.panel.size[piece.panel.treated].sum()) for piece in pieces)
    rows = []
    for piece, counts in zip(pieces, counted, strict=True):
        panel, answer = piece.panel, piece.answer
        share = counts[np.isin(years, panel.years)]
        moved = share @ panel.outcome / share.sum() - panel.outcome[panel.before].mean(axis=0)
        size = panel.size * panel.treated
        weight = exposed * size / size.sum()
        weight[panel.compared] = answer.weights * panel.size[panel.compared].sum()
        used = panel.treated | panel.compared
        apart = moved - moved[panel.compared] @ answer.weights
        rows.append(
            (apart[used], share.sum() * weight[used], panel.treated[used], np.asarray(panel.groups)[used])
        )
    change, weight, treated, groups = (np.concatenate(column) for column in zip(*rows, strict=True))
    return collapse(change, weight, treated, groups)
