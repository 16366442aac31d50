"""Sites that started in different years: a panel for each start, put together by time since the start.

No panel ever holds a unit that is exposed already among those compared with, so the effect is never
estimated against such units (Goodman-Bacon 2021; de Chaisemartin and D'Haultfoeuille 2020). Every design that
answers for one panel answers for several starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce

import numpy as np

from lmpeval.assigned_starts import Sites, as_if, assignments, assignments_of_one
from lmpeval.design import Design
from lmpeval.estimate import Comparison, Estimate, Uncertainty
from lmpeval.group_time.aggregation import by_event_time
from lmpeval.inference import NoReference, PlaceboGroups, Reference, placed_among
from lmpeval.many_groups import ManyGroups, averages_of, influences
from lmpeval.panel import Bools, Floats, Panel, Years
from lmpeval.segments import BY_DEFAULT, Together
from lmpeval.stand_in_sets import share_of
from lmpeval.start_averages import Averaged, averages
from lmpeval.start_cells import Cells, event_weights
from lmpeval.start_gaps import Pieces, answered, gaps_of

NEITHER = "several starts are judged by permutation over groups of neighbours, or by influence functions"


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


def pool(
    design: Design,
    cohorts: Sequence[Panel],
    lag: int,
    rng: np.random.Generator,
    together: Together = BY_DEFAULT,
) -> Pooled:
    """Estimate every cohort against units that nobody exposed yet, and put them together.

    Unless `together` says otherwise, only years since the start that every cohort has are used, so that all
    of them weigh the same in every year: a path over a changing set of cohorts shows who joins and leaves as
    an effect.

    Each cohort is placed among sets of its own sites and of stand-ins that start when it does
    (`assigned_starts`). A `Joint` design answers for all cohorts of a set together.

    Parameters
    ----------
    design : Design
        Its inference must be `PlaceboGroups` or `ManyGroups`.
    cohorts : sequence of Panel
        By start, rising, over the same units and years; the treated of other cohorts are set aside in each.
    lag : int
    rng : Generator
    together : Together

    Raises
    ------
    NoReference
        Where a cohort has too few stand-ins, no set drawn leaves all sites out, no year since the start is
        common to all, or the design judges its uncertainty in another way.
    """
    settings = design.inference
    weights = np.array([panel.size[panel.treated].sum() for panel in cohorts])
    _refuse_no_year(shared_years(cohorts))
    if isinstance(settings, ManyGroups):
        terms = _Terms(weights / weights.sum(), lag, together, settings.level)
        return _by_influence(design, cohorts, terms, settings, rng)
    if not isinstance(settings, PlaceboGroups):
        raise NoReference(NEITHER)
    chosen = assignments(cohorts, settings.draws, rng)
    terms = _Terms(weights / weights.sum(), lag, together, settings.level)
    found = _placed(design, cohorts, terms, chosen)
    return replace(found, averages=averages(found.cells, together))


def one_start(
    design: Design,
    cohorts: Sequence[Panel],
    cohort: int,
    terms: tuple[int, Together],
    rng: np.random.Generator,
) -> Estimate:
    """Estimate one cohort where later ones may serve in its pool, in calendar years.

    It is placed among all stand-ins of its own, the others starting where they did; `terms` are the lag and
    how starts are put together.

    Raises
    ------
    NoReference
        As `pool` does.
    """
    settings = design.inference
    alone = (np.arange(len(cohorts)) == cohort).astype(float)
    lag, together = terms
    whole = replace(together, every_event_year=True)
    if isinstance(settings, ManyGroups):
        found = _by_influence(
            design, cohorts, _Terms(alone, lag, whole, settings.level), settings, rng
        ).estimate
    elif isinstance(settings, PlaceboGroups):
        chosen = assignments_of_one(cohorts, cohort, settings.draws, rng)
        found = _placed(design, cohorts, _Terms(alone, lag, whole, settings.level), chosen).estimate
    else:
        raise NoReference(NEITHER)
    start = cohorts[cohort].start
    return replace(found, years=found.years + start, start=start)


@dataclass(frozen=True, eq=False)
class _Terms:
    """Shares of the cohorts, the lag, how they are put together, and the level of intervals."""

    weights: Floats
    lag: int
    together: Together
    level: float


def _placed(
    design: Design, cohorts: Sequence[Panel], terms: _Terms, chosen: Sequence[tuple[Sites, ...]]
) -> Pooled:
    """The cohorts by time since the start, among the sets `chosen` in their place."""
    pretended = [as_if(cohorts, each) for each in chosen]
    shares = np.array(
        [[share_of(p, real.treated) for p, real in zip(each, cohorts, strict=True)] for each in pretended]
    )
    if not (shares @ terms.weights == 0).any():
        raise NoReference(
            f"none of {len(chosen)} sets drawn is free of the sites: the pool holds too few groups of "
            "neighbours to stand in for all sites at once"
        )
    joined = _joined(design, cohorts, terms)
    since, path, counted = joined.since, joined.path, joined.counted
    others = gaps_of(answered(design, pretended, terms.together), joined.cells.years)
    cells = replace(joined.cells, others=others, shares=shares)
    found = Reference(
        gap=_over(path, cells.gaps),
        others=np.einsum("mct,act->am", path, others),
        shares=(shares @ path.sum(axis=2).T) * (since >= 0),
        labels=tuple(" | ".join(" + ".join(part) for part in each) for each in chosen),
    )
    return replace(joined, cells=cells).judged(placed_among(found, counted, terms.level))


def _by_influence(
    design: Design, cohorts: Sequence[Panel], terms: _Terms, settings: ManyGroups, rng: np.random.Generator
) -> Pooled:
    """The cohorts by time since the start, with errors from influence functions."""
    joined = _joined(design, cohorts, terms)
    known = influences(design, cohorts, terms.together)
    told = joined.cells.starts[terms.weights > 0]
    in_path = np.isin(known.effects.years - known.effects.cohorts, joined.since)
    in_path &= np.isin(known.effects.cohorts, told)
    path = by_event_time(known.within(in_path).effects)
    sure = settings.of_path(known.within(in_path), path, joined.counted, rng)
    return joined.judged(sure, averages_of(known, in_path, settings, rng))


@dataclass(frozen=True, eq=False)
class _Joined:
    """All of `Pooled` but its uncertainty; path, shape (n_since, n_cohorts, n_years), as `event_weights`."""

    cells: Cells
    since: Years
    path: Floats
    counted: Bools
    observed: Floats
    comparison: Comparison
    names: tuple[str, ...]

    def judged(self, sure: Uncertainty, made: tuple[Averaged, ...] = ()) -> Pooled:
        """Put the uncertainty to it, and the averages."""
        estimate = Estimate(self.since, 0, self.counted, self.observed, self.comparison, self.names, sure)
        return Pooled(estimate, self.cells, self.path[self.counted].mean(axis=0), made)


def _joined(design: Design, cohorts: Sequence[Panel], terms: _Terms) -> _Joined:
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
        level=terms.level,
    )
    since, path = event_weights(cells, terms.together)
    counted = np.asarray(since >= (terms.lag if (since >= terms.lag).any() else 0))
    seen = np.zeros_like(cells.gaps)
    for cohort, panel in enumerate(cohorts):
        seen[cohort, cells.known[cohort]] = panel.treated_mean
    observed = _over(path, seen)
    compared, names = _mean_weights(pieces, cells, path[counted].mean(axis=0))
    extrapolates = any(each.answer.extrapolates for own in pieces for each in own)
    comparison = Comparison(observed - _over(path, cells.gaps), compared, extrapolates)
    return _Joined(cells, since, path, counted, observed, comparison, names)


def shared_years(cohorts: Sequence[Panel]) -> Years:
    """Years since the start that every cohort has, rising; shape (n_years,)."""
    return reduce(np.intersect1d, [panel.years - panel.start for panel in cohorts])


def _refuse_no_year(since: Years) -> None:
    if not (since < 0).any() or not (since >= 0).any():
        raise NoReference("no year before and from the start on is common to all cohorts")


def _over(path: Floats, figures: Floats) -> Floats:
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
