"""Group-time effects in one number, by time since exposure, by calendar year or by cohort.

Where effects are weighted by how large their cohorts are, the sizes are estimated too: their part is in the
influence function (Callaway and Sant'Anna 2021, sections 3 and 4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmpeval.group_time.effects import GroupTimeEffects
from lmpeval.group_time.nuisance import NotEstimable
from lmpeval.group_time.two_by_two import Effect
from lmpeval.panel import Bools, Floats, Years


@dataclass(frozen=True, eq=False)
class Averages:
    """Averages of k group-time effects, m of them, and their mean over what was asked for.

    Attributes
    ----------
    at : array of int, shape (m,)
        Years since the first year of exposure, calendar years, or cohorts.
    weights : array, shape (m, k)
        Of each group-time effect in each average; rows sum to one.
    each : Effect
        The averages.
    overall_weights : array, shape (k,)
        Of each group-time effect in the one number.
    overall : Effect
        The one number.
    """

    at: Years
    weights: Floats
    each: Effect
    overall_weights: Floats
    overall: Effect


def simple(effects: GroupTimeEffects) -> Averages:
    """Average over all cohorts and years from exposure on, each weighted by the cohort's size.

    ``theta_W`` of Callaway and Sant'Anna (2021): early cohorts count more often. ``at`` is
    empty.
    """
    cells = effects.exposed
    _refuse_none(cells)
    weights = _by_size(effects, cells)
    none = Effect(np.zeros(0), np.zeros((len(effects.starts), 0)))
    overall = _sized(effects, [cells])
    return Averages(np.zeros(0, np.int64), np.zeros((0, len(cells))), none, weights, overall)


def by_event_time(effects: GroupTimeEffects, follow_up: int | None = None) -> Averages:
    """Average cohorts by years since the first year of exposure; then all from exposure on alike.

    ``theta_es`` of Callaway and Sant'Anna (2021).

    Parameters
    ----------
    effects : GroupTimeEffects
    follow_up : int or None
        Balance: only cohorts with an effect this many years after the first, and only event times up to then
        at which each of these cohorts has one. Otherwise the averages differ in who is in them.

    Raises
    ------
    NotEstimable
        Where no cohort is followed that long.
    """
    time = effects.years - effects.cohorts
    cells = np.ones(len(time), dtype=bool)
    if follow_up is not None:
        cohorts = np.unique(effects.cohorts[time == follow_up])
        cells = np.isin(effects.cohorts, cohorts) & (time <= follow_up)
        common = [t for t in np.unique(time[cells]) if (cells & (time == t)).sum() == len(cohorts)]
        cells &= np.isin(time, common)
    _refuse_none(cells & effects.exposed)
    at = np.unique(time[cells])
    return _averaged(effects, at, [cells & (time == t) for t in at], at >= 0)


def by_year(effects: GroupTimeEffects) -> Averages:
    """Average the exposed cohorts by calendar year; then all years with an exposed cohort alike.

    ``theta_c`` of Callaway and Sant'Anna (2021).
    """
    _refuse_none(effects.exposed)
    at = np.unique(effects.years[effects.exposed])
    cells = [effects.exposed & (effects.years == year) for year in at]
    return _averaged(effects, at, cells, np.ones(len(at), dtype=bool))


def by_cohort(effects: GroupTimeEffects) -> Averages:
    """Average each cohort over its years from exposure on; then the cohorts, weighted by size.

    ``theta_sel`` of Callaway and Sant'Anna (2021): the effect on an exposed unit, whenever its
    exposure began.
    """
    _refuse_none(effects.exposed)
    at = np.unique(effects.cohorts[effects.exposed])
    cells = [effects.exposed & (effects.cohorts == cohort) for cohort in at]
    weights = np.array([kept / kept.sum() for kept in cells])
    each = Effect(weights @ effects.effect, effects.influence @ weights.T)
    size = _size(effects, at)
    share = size / size.sum()
    effect = share @ each.effect
    moved = np.zeros(len(effects.starts))
    for cohort, own in zip(at, each.effect, strict=True):
        moved[effects.starts == cohort] = (own - effect) / size.sum()
    influence = each.influence @ share + effects.weights * moved
    overall = Effect(np.array([effect]), influence[:, None])
    return Averages(at, weights, each, share @ weights, overall)


def _averaged(effects: GroupTimeEffects, at: Years, cells: Sequence[Bools], counted: Bools) -> Averages:
    """Averages by size within each set of cells, and their plain mean over the `counted` sets."""
    weights = np.array([_by_size(effects, kept) for kept in cells])
    each = _sized(effects, cells)
    overall = Effect(
        each.effect[counted].mean(keepdims=True), each.influence[:, counted].mean(1, keepdims=True)
    )
    return Averages(at, weights, each, weights[counted].mean(axis=0), overall)


def _sized(effects: GroupTimeEffects, cells: Sequence[Bools]) -> Effect:
    """Averages over sets of cells by size of their cohorts, one a set.

    With p the sizes, ``theta = sum p_g e_gt / sum p_g`` over the set. A unit of weight w in cohort g moves
    the sizes, and theta by ``w sum_t (e_gt - theta) / sum p``, next to what it does to the effects.
    """
    weights = np.array([_by_size(effects, kept) for kept in cells])
    effect, influence = weights @ effects.effect, effects.influence @ weights.T
    for column, kept in enumerate(cells):
        total = _size(effects, effects.cohorts[kept]).sum()
        for cohort in np.unique(effects.cohorts[kept]):
            surplus = (effects.effect[kept & (effects.cohorts == cohort)] - effect[column]).sum()
            own = effects.starts == cohort
            influence[own, column] += effects.weights[own] * surplus / total
    return Effect(effect, influence)


def _by_size(effects: GroupTimeEffects, cells: Bools) -> Floats:
    """Weights by size of the cohort, zero outside `cells`, with sum one; shape (k,)."""
    size = np.where(cells, _size(effects, effects.cohorts), 0.0)
    return np.asarray(size / size.sum())


def _size(effects: GroupTimeEffects, cohorts: Years) -> Floats:
    """Share of all units, by weight, that is in each cohort."""
    known, number = np.unique(cohorts, return_inverse=True)
    share = [effects.weights[effects.starts == cohort].sum() / len(effects.starts) for cohort in known]
    return np.asarray(share)[number]


def _refuse_none(cells: Bools) -> None:
    if not cells.any():
        raise NotEstimable("no effect from exposure on is left to average")
