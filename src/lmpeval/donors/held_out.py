"""Years before the start foretold from other ones: for the site, and for all that can stand in for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from lmpeval.design import Design, compare_all
from lmpeval.effect_scale import EffectScale
from lmpeval.once import once
from lmpeval.panel import Floats, Panel
from lmpeval.uncertainty.placebo import stand_ins

FEWEST_TO_LEARN = 2
"""Years before the start without which there is no path to follow."""
MOST_TRIED = 24
"""Of a longer path so many years are held out, spread over it: quarters of decades would cost an hour."""
MOST_RUNS = 8
"""Numbers of years told of in `foretold_from`, and runs of each, at most: a reader takes in no more."""


def spread_over(positions: Sequence[int], most: int = MOST_TRIED) -> list[int]:
    """Some of many positions, as far apart as can be; the first and the last are among them.

    >>> spread_over(range(3)), spread_over(range(10, 20), 4)
    ([0, 1, 2], [10, 13, 16, 19])
    """
    if len(positions) <= most:
        return list(positions)
    return [positions[i] for i in np.linspace(0, len(positions) - 1, most).round().astype(int)]


@dataclass(frozen=True, eq=False)
class HeldOut:
    """Error of the site and of its stand-ins in years that took no part in the weights.

    Attributes
    ----------
    own : float
        Root mean squared over the years before the start, each held out in turn.
    others : array, shape (n_stand_ins,)
    labels : tuple of str, length n_stand_ins
    tried : int
        Years that were held out: of a long path some.
    """

    own: float
    others: Floats
    labels: tuple[str, ...]
    tried: int

    @property
    def errors(self) -> Floats:
        """The site's, then those of the stand-ins; shape (1 + n_stand_ins,)."""
        return np.append(self.own, self.others)

    def told(self, scale: EffectScale) -> HeldOut:
        """As readers are told them."""
        return replace(self, own=scale.told(self.own), others=scale.told(self.others))

    @property
    def median(self) -> float:
        """Of the stand-ins; not a number without any."""
        return float(np.median(self.others)) if len(self.others) else float("nan")

    @property
    def share_as_large(self) -> float:
        """Share of site and stand-ins whose error is at least the site's: the site counts itself."""
        return (1 + int((self.others >= self.own).sum())) / (1 + len(self.others))


def held_out(design: Design, panel: Panel) -> HeldOut:
    """Foretell every year before the start from the other ones; of a long path, years spread over it."""
    return once(("held out", id(design), id(panel)), lambda: _held_out(design, panel), (design, panel))


def _held_out(design: Design, panel: Panel) -> HeldOut:
    groups, positions = stand_ins(panel), spread_over(range(int(panel.before.sum())))
    errors = [_missed(design, panel.held_out(position), groups) for position in positions]
    size = np.sqrt(np.mean(np.square(errors), axis=0))
    return HeldOut(float(size[0]), size[1:], tuple(groups), len(positions))


def own_errors(design: Design, panel: Panel) -> Floats:
    """What each year before the start is above what the other ones foretell; shape (n_years_before,)."""
    return once(("own errors", id(design), id(panel)), lambda: _own_errors(design, panel), (design, panel))


def _own_errors(design: Design, panel: Panel) -> Floats:
    shown = [panel.held_out(position) for position in range(int(panel.before.sum()))]
    return np.array([_missed(design, each, {})[0] for each in shown])


def foretold_from(design: Design, panel: Panel) -> dict[int, float]:
    """Error of the median stand-in in the next year, by the number of years that it is foretold from.

    Every run of years before the start takes part, of a long path some; the site does not. Empty where no
    run is long enough, or nothing stands in for the site.
    """
    years, groups = panel.years[panel.before], stand_ins(panel)
    told: dict[int, float] = {}
    for n in spread_over(range(FEWEST_TO_LEARN, len(years) if groups else 0), MOST_RUNS):
        errors = []
        for last in spread_over(range(n, len(years)), MOST_RUNS):
            used = years[last - n : last + 1]
            window = panel.placebo_start(int(used[-1]))
            outside = [int(year) for year in window.years if year not in used]
            errors.append(_missed(design, window.without_years(outside), groups)[1:])
        told[n] = float(np.median(np.sqrt(np.mean(np.square(errors), axis=0))))
    return told


def _missed(design: Design, shown: Panel, groups: Mapping[str, NDArray[np.intp]]) -> Floats:
    """Error in the last year of a view on a panel: of the site, then of every group that stands in for it."""
    panels = [shown, *(shown.placebo_sites({label: members}) for label, members in groups.items())]
    answers = compare_all(design, panels)
    return np.array([p.treated_mean[-1] - a.counterfactual[-1] for p, a in zip(panels, answers, strict=True)])
