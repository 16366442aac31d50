"""P-values of the same draws by every method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t

from lmpeval.beside.start_methods import collapsed_starts
from lmpeval.design import compare_all
from lmpeval.designs.difference_in_differences import DifferenceInDifferences
from lmpeval.group_time.bootstrap import MultiplierBootstrap
from lmpeval.inference import PlaceboGroups, not_rejected
from lmpeval.panel import Floats, Panel
from lmpeval.segments import BY_DEFAULT
from lmpeval.starts.assigned import as_if, assignments, start_of
from lmpeval.starts.gaps import Piece, answered
from lmpeval.starts.path import Terms, joined
from lmpeval.uncertainty.clustered import Clusters, collapse, cr1, cr3
from lmpeval.uncertainty.stand_in_sets import sets_of_groups
from lmpeval.uncertainty.wild_bootstrap import CannotReject, WildBootstrap

FEW = PlaceboGroups(draws=399)
PLAIN = DifferenceInDifferences(adjust="regression", inference=FEW)
"""Without covariates: change of the sites minus that of the pool, weighted by size."""


@dataclass(frozen=True, eq=False)
class Contrasts:
    """The sites and all sets that they are placed among, as weights on changes, which rest on sizes alone.

    Attributes
    ----------
    weight : array, shape (1 + n_sets, n_units)
        Sums to one over what is treated in the set and to minus one over what it is compared with; the sites
        themselves come first.
    number : array of int, shape (1 + n_sets, n_units)
        Site or neighbourhood of each unit.
    """

    weight: Floats
    number: NDArray[np.intp]

    def p_values(self, change: Floats) -> dict[str, Floats]:
        """By the effect itself and by the effect over its CR3 error; change has shape (n_draws, n_units)."""
        effects = np.abs(change @ self.weight.T)
        told = {"permutation": _ranked(effects)}
        if len(np.unique(self.number[0][self.weight[0] > 0])) > 1:
            told["permutation, studentised"] = _ranked(effects / self._errors(change))
        return told

    def _errors(self, change: Floats) -> Floats:
        """CR3 error of each difference; shape (n_draws, 1 + n_sets)."""
        rows = zip(self.weight, self.number, strict=True)
        return np.column_stack([_error(change, weight, number) for weight, number in rows])


def _ranked(sizes: Floats) -> Floats:
    return (1 + (sizes[:, 1:] >= sizes[:, :1]).sum(axis=1)) / sizes.shape[1]


def _error(change: Floats, weight: Floats, number: NDArray[np.intp]) -> Floats:
    variance, n = np.zeros(len(change)), 0
    for side, sign in ((weight > 0, 1), (weight < 0, -1)):
        labels, at = np.unique(number[side], return_inverse=True)
        member = np.zeros((len(at), len(labels)))
        member[np.arange(len(at)), at] = sign * weight[side]
        total, share = change[:, side] @ member, member.sum(axis=0)
        moved = (total - total.sum(axis=1, keepdims=True) * share) / (1 - share)
        variance, n = variance + (moved**2).sum(axis=1), n + len(labels)
    return np.sqrt(variance * (n - 1) / n)


def contrasts(panel: Panel, rng: np.random.Generator) -> Contrasts:
    """What the engine places the sites among."""
    panels = [panel, *sets_of_groups(panel, FEW.draws, rng).panels]
    weight = np.zeros((len(panels), len(panel.units)))
    for row, each, answer in zip(weight, panels, compare_all(PLAIN, panels), strict=True):
        row[each.treated] = each.size[each.treated] / each.size[each.treated].sum()
        row[each.compared] = -answer.weights
    number = np.array([np.unique(each.groups, return_inverse=True)[1] for each in panels])
    return Contrasts(weight, number)


@dataclass(frozen=True, eq=False)
class StartContrasts:
    """Several starts, and all sets that could have started instead, as weights on outcomes.

    Attributes
    ----------
    weight : array, shape (1 + n_sets, n_years * n_units)
        What each outcome counts for in the effect; the sites themselves come first.
    carried : array, shape (1 + n_sets,)
        Effect that each would show if the sites had one of 1 from their starts on; 1 for the sites.
    counted : array, shape (n_starts, n_years)
        Weight of each start and year in the effect.
    pieces : list of Piece
        What each start is compared with.
    """

    weight: Floats
    carried: Floats
    counted: Floats
    pieces: list[Piece]

    def told(self, outcome: Floats, effects: tuple[float, ...]) -> list[dict[str, float]]:
        """By draw, 1 unless no effect is rejected (permutation) or the interval misses the `effects`."""
        found = outcome.reshape(len(outcome), -1) @ self.weight.T
        told = [{"permutation": p} for p in _ranked(np.abs(found))]
        for effect in effects:
            for one, here in zip(told, found + effect * self.carried, strict=True):
                low, high = not_rejected(here[0], here[1:], self.carried[1:], FEW.level)
                one[f"interval, effect {effect:+.0%}"] = float(low <= effect <= high)
        return told

    def by_errors(self, outcome: Floats, rng: np.random.Generator) -> dict[str, float]:
        """P-values of one draw by errors of clusters; outcome has shape (n_years, n_units)."""
        pieces = [replace(each, panel=replace(each.panel, outcome=outcome)) for each in self.pieces]
        clusters = collapsed_starts(pieces, pieces[0].panel.years, self.counted)
        df = clusters.n_treated - 1
        return {
            "CR3, t(G1-1)": 2 * t.sf(abs(clusters.effect) / cr3(clusters), df),
            "wild cluster bootstrap": shaken(clusters, rng),
        }


def start_contrasts(cohorts: Sequence[Panel], draws: int, rng: np.random.Generator) -> StartContrasts:
    """What the engine places the sites of several starts among."""
    chosen = assignments(cohorts, draws, rng)
    sets = [cohorts, *(as_if(cohorts, each, sites_may_serve=True) for each in chosen.sets)]
    size = np.array([panel.size[panel.treated].sum() for panel in cohorts])
    whole = joined(PLAIN, cohorts, Terms(size / size.sum(), 0, BY_DEFAULT, FEW.level))
    counted = whole.path[whole.counted].mean(axis=0)
    answers = answered(PLAIN, sets, BY_DEFAULT)
    weight = np.zeros((len(sets), *cohorts[0].outcome.shape))
    for number, pieces in enumerate(answers):
        for [piece], counts in zip(pieces, counted, strict=True):
            panel = piece.panel
            unit = panel.size * panel.treated / panel.size[panel.treated].sum()
            unit[panel.compared] = -piece.answer.weights
            weight[number] += np.outer(counts - panel.before * counts.sum() / panel.before.sum(), unit)
    begun = start_of(cohorts)
    exposed = (begun > 0) & (cohorts[0].years[:, None] >= begun)
    carried = np.einsum("syu,yu->s", weight, exposed)
    return StartContrasts(weight.reshape(len(sets), -1), carried, counted, [own for [own] in answers[0]])


def by_errors(panel: Panel, change: Floats, rng: np.random.Generator) -> dict[str, float]:
    """P-values of one draw by errors of clusters; what is refused rejects nothing. change, (n_units,)."""
    clusters = collapse(change, panel.size, panel.treated, np.asarray(panel.groups))
    n, effect = len(clusters.weight), abs(clusters.effect)
    # influence on a mean over all clusters: scores, signed by side, times their number
    influence = n * np.where(clusters.treated, clusters.score, -clusters.score)[:, None]
    drawn = MultiplierBootstrap()(influence, rng).draws
    told = {
        "CR1, t(G-1)": 2 * t.sf(effect / cr1(clusters, len(change)), n - 1),
        "multiplier bootstrap": float((np.abs(drawn) >= effect).mean()),
        "wild cluster bootstrap": shaken(clusters, rng),
    }
    if clusters.n_treated > 1:
        told["CR3, t(G1-1)"] = 2 * t.sf(effect / cr3(clusters), clusters.n_treated - 1)
    return told


def shaken(clusters: Clusters, rng: np.random.Generator) -> float:
    """P-value of the wild bootstrap; 1 where it is refused because it could not reject."""
    try:
        return WildBootstrap(draws=999)(clusters, rng).p
    except CannotReject:
        return 1.0
