"""Uncertainty where many groups are treated: influence functions, with a multiplier bootstrap for bands.

An influence function says how much every unit has moved an estimate (Callaway and Sant'Anna 2021, theorem
2). Its errors rest on many groups on both sides; with a handful they are far too small, and `PlaceboGroups`
is the way.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from lmpeval.design import Design
from lmpeval.estimate import Uncertainty
from lmpeval.group_time.aggregation import Averages, by_event_time
from lmpeval.group_time.bootstrap import MultiplierBootstrap, analytic_error, covariance
from lmpeval.group_time.two_by_two import Effect
from lmpeval.panel import Bools, Floats, Panel
from lmpeval.segments import BY_DEFAULT
from lmpeval.starts.averages import OF, Averaged, By, Overall
from lmpeval.starts.influence import Influences, influences

FEWEST_TREATED = 3
"""Treated groups without which no interval is given."""


@dataclass(frozen=True)
class ManyGroups:
    """Errors from influence functions, summed over groups.

    Intervals of single figures are those of Student's t, with one degree of freedom less than there are
    treated groups; bands for many figures at once take the critical value of a multiplier bootstrap, and are
    never narrower. A figure to which fewer than three treated groups contribute gets no interval.

    Parameters
    ----------
    level : float
        Of intervals and bands.
    draws : int
        Of the bootstrap.
    small_sample : bool
        Whether variances are multiplied by `influence.cr1`. Without covariates the errors are then those of
        the regression on units and years, clustered by group; without the factor they are those of R's did.
    """

    level: float = 0.95
    draws: int = 999
    small_sample: bool = False

    def __call__(self, design: Design, panel: Panel, counted: Bools, rng: np.random.Generator) -> Uncertainty:
        """Judge one start.

        Raises
        ------
        NoReference
            Where the design has no influence functions, or the comparison units are of few groups.
        """
        known = influences(design, [panel], BY_DEFAULT)
        return self.of_path(known, by_event_time(known.effects), counted, rng)

    def of_path(
        self, known: Influences, path: Averages, counted: Bools, rng: np.random.Generator
    ) -> Uncertainty:
        """Judge a path by years since the start, and its mean over the `counted` ones."""
        mean = Effect(
            path.each.effect[counted].mean(keepdims=True),
            path.each.influence[:, counted].mean(axis=1, keepdims=True),
        )
        n_groups = known.groups_in(path.weights[counted].sum(axis=0, keepdims=True))
        [error], [[low, high]] = self.errors(mean, known), self.intervals(mean, known, n_groups)
        bootstrap = MultiplierBootstrap(self.level, self.draws)
        shaken = bootstrap(path.each.influence, rng, known.clusters).draws * self._widened(known)
        bounded = n_groups[0] >= FEWEST_TREATED
        return Uncertainty(
            method=f"influence functions over {n_groups[0]} treated groups"
            + (", small-sample factor CR1" if self.small_sample else ""),
            level=self.level,
            standard_error=float(error) if bounded else float("nan"),
            interval=(float(low), float(high)),
            path_interval=self.intervals(path.each, known, known.groups_in(path.weights)),
            p=_p_value(float(mean.effect[0]), float(error), int(n_groups[0])),
            smallest_p=1 / (1 + self.draws) if bounded else 1.0,
            rank=0,
            placebo=shaken if bounded else shaken[:0],
            placebo_labels=(),
            path_covariance=covariance(path.each.influence, known.clusters) * self._widened(known) ** 2,
        )

    def _widened(self, known: Influences) -> float:
        return float(np.sqrt(known.small_sample)) if self.small_sample else 1.0

    def errors(self, found: Effect, known: Influences) -> Floats:
        """Standard errors, shape (k,)."""
        return analytic_error(found.influence, known.clusters) * self._widened(known)

    def intervals(self, found: Effect, known: Influences, n_groups: NDArray[np.intp]) -> Floats:
        """Intervals of figures each by itself, shape (k, 2); without ends where the groups are too few."""
        half = _reaching(self.errors(found, known), _reach(self.level, n_groups))
        return np.column_stack([found.effect - half, found.effect + half])

    def band(
        self, found: Effect, known: Influences, n_groups: NDArray[np.intp], rng: np.random.Generator
    ) -> Floats:
        """Intervals of figures all at once, shape (k, 2)."""
        if not len(found.effect):
            return np.zeros((0, 2))
        critical = MultiplierBootstrap(self.level, self.draws)(found.influence, rng, known.clusters).critical
        half = _reaching(self.errors(found, known), np.maximum(critical, _reach(self.level, n_groups)))
        return np.column_stack([found.effect - half, found.effect + half])


def averages_of(
    known: Influences, in_path: Bools, settings: ManyGroups, rng: np.random.Generator
) -> tuple[Averaged, ...]:
    """Average the effects in every way; those by years since the start over the effects `in_path` alone."""
    return tuple(
        _averaged(known.within(in_path) if by is By.SINCE else known, by, settings, rng) for by in By
    )


def _averaged(known: Influences, by: By, settings: ManyGroups, rng: np.random.Generator) -> Averaged:
    found = OF[by](known.effects)
    n_groups = known.groups_in(found.weights)
    cohorts = known.effects.cohorts
    starts = np.unique(cohorts)
    after = found.weights @ known.effects.exposed > 0
    band = np.zeros((len(found.at), 2))
    for side in (after, ~after):
        part = Effect(found.each.effect[side], found.each.influence[:, side])
        band[side] = settings.band(part, known, n_groups[side], rng)
    errors = settings.errors(found.each, known)
    return Averaged(
        by=by,
        at=found.at,
        effect=found.each.effect,
        standard_error=np.where(n_groups >= FEWEST_TREATED, errors, np.nan),
        interval=settings.intervals(found.each, known, n_groups),
        band=band,
        starts=tuple(int(start) for start in starts),
        weights=np.array([found.weights[:, cohorts == c].sum(axis=1) for c in starts]).T,
        overall=_overall(found, known, settings),
    )


def _overall(found: Averages, known: Influences, settings: ManyGroups) -> Overall:
    n_groups = known.groups_in(found.overall_weights[None])
    [error], effect = settings.errors(found.overall, known), float(found.overall.effect[0])
    low, high = settings.intervals(found.overall, known, n_groups)[0].tolist()
    return Overall(effect, float(error), low, high, _p_value(effect, float(error), int(n_groups[0])))


def _reach(level: float, n_groups: NDArray[np.intp]) -> Floats:
    """Standard errors on either side of an interval; infinite with too few groups."""
    known = stats.t.isf((1 - level) / 2, np.maximum(n_groups - 1, 1))
    return np.where(n_groups >= FEWEST_TREATED, known, np.inf)


def _reaching(errors: Floats, reach: Floats) -> Floats:
    """Half an interval; zero for what chance cannot move, such as the year that others count from."""
    return np.multiply(errors, reach, out=np.zeros_like(errors), where=errors > 0)


def _p_value(effect: float, error: float, n_groups: int) -> float:
    """Of no effect, two-sided; 1 where nothing could be told."""
    if n_groups < FEWEST_TREATED or not error > 0:
        return 1.0
    return float(2 * stats.t.sf(abs(effect) / error, n_groups - 1))
