"""Several starts put together by years since the start, before anything is said of chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from lmpeval.design import Design
from lmpeval.effect_scale import EffectScale
from lmpeval.estimate import Comparison, Estimate, Uncertainty
from lmpeval.panel import Bools, Floats, Panel, Years
from lmpeval.segments import Together
from lmpeval.starts.averages import Averaged
from lmpeval.starts.cells import Cells, event_weights
from lmpeval.starts.gaps import Pieces, answered, gaps_of


@dataclass(frozen=True, eq=False)
class Pooled:
    """The effect over several starts.

    Attributes
    ----------
    estimate : Estimate
        In years since the start: its `years` count from the start of each cohort, which is 0.
    cells : Cells
        What it is put together from.
    counted : array, shape (n_cohorts, n_years)
        Weight of each start and calendar year in the effect; they sum to one.
    averages : tuple of Averaged
        One of every kind, in the order of `By`.
    """

    estimate: Estimate
    cells: Cells
    counted: Floats
    averages: tuple[Averaged, ...]

    @property
    def starts(self) -> tuple[int, ...]:
        """First year of exposure of each cohort, rising."""
        return tuple(self.cells.starts.tolist())

    @property
    def weights(self) -> Floats:
        """Share of each cohort in the exposure of all treated; shape (n_cohorts,)."""
        return self.cells.weights

    def effect_of(self, pieces: Pieces) -> float:
        """Effect over the counted years, had the cohorts' answers been these."""
        return float((self.counted * gaps_of([pieces], self.cells.years)[0]).sum())


@dataclass(frozen=True, eq=False)
class Terms:
    """Shares of the cohorts, the lag, how they are put together, and the level of intervals."""

    weights: Floats
    lag: int
    together: Together
    level: float


@dataclass(frozen=True, eq=False)
class Joined:
    """All of `Pooled` but its uncertainty; path, shape (n_since, n_cohorts, n_years), as `event_weights`."""

    cells: Cells
    since: Years
    path: Floats
    counted: Bools
    observed: Floats
    comparison: Comparison
    names: tuple[str, ...]
    scale: EffectScale

    def judged(self, sure: Uncertainty, made: tuple[Averaged, ...] = ()) -> Pooled:
        """Put the uncertainty to it, and the averages."""
        estimate = Estimate(
            self.since, 0, self.counted, self.observed, self.comparison, self.names, sure, self.scale
        )
        return Pooled(estimate, self.cells, self.path[self.counted].mean(axis=0), made)


def joined(design: Design, cohorts: Sequence[Panel], terms: Terms) -> Joined:
    """Answer for every cohort and put the answers together, by `terms`."""
    [pieces] = answered(design, [cohorts], terms.together)
    years = reduce(np.union1d, [panel.years for panel in cohorts])
    n = len(cohorts)
    cells = Cells(
        starts=np.array([panel.start for panel in cohorts]),
        years=years,
        known=np.array([np.isin(years, panel.years) for panel in cohorts]),
        weights=terms.weights,
        gaps=gaps_of([pieces], years)[0],
        others=np.zeros((0, n, len(years))),
        shares=np.zeros((0, n)),
        given=np.zeros((0, n, len(years))),
        level=terms.level,
    )
    since, path = event_weights(cells, terms.together)
    counted = np.asarray(since >= (terms.lag if (since >= terms.lag).any() else 0))
    seen = np.zeros_like(cells.gaps)
    for cohort, panel in enumerate(cohorts):
        seen[cohort, cells.known[cohort]] = panel.treated_mean
    observed = averaged_over(path, seen)
    compared, names = _mean_weights(pieces, cells, path[counted].mean(axis=0))
    answers = [each.answer for own in pieces for each in own]
    comparison = Comparison(
        observed - averaged_over(path, cells.gaps),
        compared,
        extrapolates=any(each.extrapolates for each in answers),
        reads_after=any(each.reads_after for each in answers),
    )
    return Joined(cells, since, path, counted, observed, comparison, names, cohorts[0].scale)


def averaged_over(path: Floats, figures: Floats) -> Floats:
    """Figures by cohort and calendar year, averaged for every year since the start."""
    return np.asarray(np.einsum("mct,ct->m", path, figures))


def _mean_weights(pieces: Pieces, cells: Cells, counted: Floats) -> tuple[Floats, tuple[str, ...]]:
    """Weight of each comparison unit in the effect, and their names; `counted` as in `Pooled`."""
    parts: dict[str, float] = {}
    for own, shares in zip(pieces, counted, strict=True):
        for each in own:
            rows = np.isin(cells.years, each.panel.years[each.rows])
            share = float(shares[rows].sum())
            for name, part in zip(each.panel.control_names, each.answer.weights, strict=True):
                parts[name] = parts.get(name, 0.0) + share * float(part)
    names = tuple(sorted(parts))
    return np.array([parts[name] for name in names]), names
