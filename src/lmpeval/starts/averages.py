"""Effects of starts in their years, averaged by years since the start, calendar year or start, and over all.

The averages and their weights are those of Callaway and Sant'Anna (2021, section 3). Their intervals come
from draws that all of them share: the sets of groups that could have started instead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from lmpeval.group_time.aggregation import Averages, by_cohort, by_event_time, by_year, simple
from lmpeval.group_time.effects import GroupTimeEffects
from lmpeval.inference import FEWEST_FREE, critical, not_rejected, reaches
from lmpeval.panel import Bools, Floats, Years
from lmpeval.segments import Together
from lmpeval.starts.cells import Cells, event_weights


class By(StrEnum):
    """What effects of starts in years are averaged by."""

    SINCE = "years since the start"
    YEAR = "calendar year"
    START = "start"
    ALL = "every start and year"


OF: dict[By, Callable[[GroupTimeEffects], Averages]] = {
    By.SINCE: by_event_time,
    By.YEAR: by_year,
    By.START: by_cohort,
    By.ALL: simple,
}


@dataclass(frozen=True)
class Overall:
    """One number with its uncertainty, in the unit of the outcome."""

    effect: float
    standard_error: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, eq=False)
class Averaged:
    """Averages of one kind.

    Attributes
    ----------
    by : By
    at : array of int, shape (m,)
        Years since the start, calendar years or starts; empty where there is the one number alone.
    effect, standard_error : array, shape (m,)
    interval : array, shape (m, 2)
        Of each by itself.
    band : array, shape (m, 2)
        Of all from the start on at once; before the start of all those before it.
    starts : tuple of int
    weights : array, shape (m, n_starts)
        Share of each start in each average.
    overall : Overall
        From the start on: the mean over years since the start, over calendar years, over starts by size, or
        over every start and year by size.
    """

    by: By
    at: Years
    effect: Floats
    standard_error: Floats
    interval: Floats
    band: Floats
    starts: tuple[int, ...]
    weights: Floats
    overall: Overall


def averages(cells: Cells, together: Together) -> tuple[Averaged, ...]:
    """Average the effects in every way, each judged among the sets that could have started instead."""
    in_path = event_weights(cells, together)[1].sum(axis=0) > 0
    return tuple(_averaged(cells, by, in_path if by is By.SINCE else cells.known) for by in By)


def _averaged(cells: Cells, by: By, used: Bools) -> Averaged:
    cohort, year = np.nonzero(used)
    found = OF[by](_as_effects(cells, cohort, year))
    exposed = cells.years[year] >= cells.starts[cohort]
    others = cells.others[:, cohort, year]
    share = cells.shares[:, cohort] * exposed
    free = np.asarray(~share.any(axis=1))
    carried = share - cells.given[:, cohort, year]
    each = found.weights
    effect = each @ cells.gaps[cohort, year]
    among = _Among(effect, others @ each.T, carried @ each.T, free, cells.level)
    whole = found.overall_weights[:, None]
    over_all = _Among(cells.gaps[cohort, year] @ whole, others @ whole, carried @ whole, free, cells.level)
    after = (each @ exposed) > 0
    starts = tuple(int(start) for start in cells.starts)
    return Averaged(
        by=by,
        at=found.at,
        effect=effect,
        standard_error=among.errors,
        interval=among.intervals(),
        band=among.band(after),
        starts=starts,
        weights=np.array([each @ (cohort == c) for c in range(len(starts))]).T.reshape(-1, len(starts)),
        overall=_overall(over_all),
    )


def _as_effects(cells: Cells, cohort: Years, year: Years) -> GroupTimeEffects:
    """The cells as group-time effects of one unit a cohort, for the weights of their averages."""
    return GroupTimeEffects(
        cohorts=cells.starts[cohort],
        years=cells.years[year],
        effect=cells.gaps[cohort, year],
        influence=np.zeros((len(cells.starts), len(cohort))),
        starts=cells.starts.astype(float),
        weights=cells.weights / cells.weights.mean(),
        without_comparison=(),
    )


def _overall(among: _Among) -> Overall:
    larger = int((np.abs(among.others[:, 0]) >= abs(among.effect[0])).sum())
    low, high = among.intervals()[0].tolist()
    p = (1 + larger) / (1 + len(among.others))
    return Overall(float(among.effect[0]), float(among.errors[0]), low, high, p)


@dataclass(frozen=True, eq=False)
class _Among:
    """m averages among those of other sets.

    Attributes
    ----------
    effect : array, shape (m,)
    others : array, shape (n_sets, m)
    carried : array, shape (n_sets, m)
        Part of a constant effect in them: what of a set began itself, less what it is compared with.
    free : array of bool, shape (n_sets,)
        Sets without any of the sites.
    level : float
    """

    effect: Floats
    others: Floats
    carried: Floats
    free: Bools
    level: float

    @property
    def errors(self) -> Floats:
        """Root mean square over the sets that are free of the sites, or over all where these are few, (m,).

        What they carry of the effect is taken off.
        """
        used = self.free if self.free.sum() >= FEWEST_FREE else np.ones_like(self.free)
        by_themselves = (self.others - self.carried * self.effect)[used]
        return np.asarray(np.sqrt(np.mean(by_themselves**2, axis=0)))

    def intervals(self) -> Floats:
        """Of each average by itself, shape (m, 2)."""
        each = zip(self.effect, self.others.T, self.carried.T, strict=True)
        found = [not_rejected(float(e), other, share, self.level) for e, other, share in each]
        return np.array(found).reshape(-1, 2)

    def band(self, after: Bools) -> Floats:
        """Of all averages on either side of the start at once, shape (m, 2).

        A path of effects is held by the band unless the treated's largest distance from it, over the
        averages and each in its own spread, is among the largest. A set drops out where it would be closer
        whatever the path within the band, so that the band errs on the wide side. What has no end by itself
        has none in the band, and leaves the others alone.
        """
        spread = np.where(self.errors > 0, self.errors, 1.0)
        bounded = np.isfinite(self.intervals()).all(axis=1)
        half = np.where(bounded, 0.0, np.inf)
        for side in (after & bounded, ~after & bounded):
            if not side.any():
                continue
            reach = [
                np.maximum(*reaches(float(self.effect[m]), self.others[:, m], self.carried[:, m])) / spread[m]
                for m in np.flatnonzero(side)
            ]
            half[side] = critical(np.max(reach, axis=0), self.level) * spread[side]
        return np.column_stack([self.effect - half, self.effect + half])
