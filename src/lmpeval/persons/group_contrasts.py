"""Whether groups of persons differ in an effect: differences within regions, judged by region."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtr, stdtrit

from lmpeval.estimate import Uncertainty, counted_years
from lmpeval.inference import NoReference
from lmpeval.panel import Floats
from lmpeval.persons.design import CohortCase
from lmpeval.persons.region_means import FEWEST_TREATED
from lmpeval.persons.region_ranks import Ranks, ranks_of


@dataclass(frozen=True)
class Judged:
    """A figure and how sure it is.

    Attributes
    ----------
    effect, low, high : float
        In the unit of the outcome; the ends infinite where the method cannot bound them.
    standard_error, p : float
    ranked : int
        Among how many the figure was ranked; 0 where its error is that of the spread of regions.
    """

    effect: float
    low: float
    high: float
    standard_error: float
    p: float
    ranked: int = 0

    @classmethod
    def by(cls, effect: float, sure: Uncertainty) -> Judged:
        """A figure with its uncertainty."""
        ranked = round(1 / sure.smallest_p) if sure.rank else 0
        return cls(effect, *sure.interval, sure.standard_error, sure.p, ranked)


def differ(cases: Sequence[CohortCase], lag: int) -> tuple[tuple[Judged, ...], float]:
    """Hold every group against all others, and all of them against no difference at all.

    With three treated regions or more in every group, what each region brings to the error is the difference
    of what it brings to both; t has one degree of freedom fewer than treated regions, and the test over more
    than two groups is Bonferroni's. With fewer, differences are ranked among those of regions in which
    nothing was done, and of more than two groups the largest in its own errors is (Westfall and Young 1993).

    Parameters
    ----------
    cases : sequence of CohortCase
        One a group, two or more.
    lag : int
        Years after the start from which effects are counted.

    Returns
    -------
    tuple of Judged, one a group
        Its effect less that on the others together, by their size in the site.
    float
        p of no difference.

    Raises
    ------
    NoReference
        Where groups do not live in the same treated regions, or share no other.
    """
    sizes = [float(case.answer.panel.size[case.answer.panel.treated].sum()) for case in cases]
    against = np.array([_against(sizes, k) for k in range(len(cases))])
    if min(len(case.answer.panel.sites) for case in cases) >= FEWEST_TREATED:
        return _by_spread(cases, against, lag)
    return _by_rank(cases, against, lag)


@dataclass(frozen=True)
class Power:
    """What a test of whether groups differ can find.

    Attributes
    ----------
    treated : int
        Treated regions; fewest of the groups.
    smallest_p : float
        That it could reach at best; 0 where nothing bounds it.
    detectable : float or None
        Difference of a group from the others that it finds eight times in ten, in the unit of the outcome;
        None where the test ranks.
    needed : int or None
        Treated regions, alike to these, with which that is the smallest difference that matters; None where
        it ranks, or more than `MOST_REGIONS` would be needed.
    """

    treated: int
    smallest_p: float
    detectable: float | None = None
    needed: int | None = None


MOST_REGIONS = 500


def power_of(apart: Sequence[Judged], treated: int, margin: float, level: float = 0.05) -> Power:
    """Say what a test over these differences can find at `level`, and what it would take to find `margin`.

    By t of one degree of freedom fewer than treated regions, Bonferroni's over more than two groups; an error
    falls with the root of the number of treated regions, as long as there are many others.

    Parameters
    ----------
    apart : sequence of Judged
        One a group.
    treated : int
    margin : float
        Smallest difference that matters, in the unit of the outcome.
    level : float
    """
    ranked = max(each.ranked for each in apart)
    if ranked:
        return Power(treated, 1 / ranked)
    error, tests = min(each.standard_error for each in apart), 1 if len(apart) == 2 else len(apart)

    def found_with(regions: int) -> float:
        freedom = regions - 1
        at = float(stdtrit(freedom, 1 - level / tests / 2) + stdtrit(freedom, 0.8))
        return at * error * float(np.sqrt(treated / regions))

    counts = range(FEWEST_TREATED, MOST_REGIONS + 1)
    needed = next((n for n in counts if found_with(n) <= margin), None)
    return Power(treated, 0.0, found_with(treated), needed)


def combined(cases: Sequence[CohortCase], weights: Floats, lag: int) -> Judged:
    """A weighted sum of effects, with the errors that regions bring to all of them together.

    Parameters
    ----------
    cases : sequence of CohortCase
    weights : array, shape (n_cases,)
    lag : int

    Raises
    ------
    NoReference
        As `differ` says.
    """
    few = min(len(case.answer.panel.sites) for case in cases) < FEWEST_TREATED
    return (_by_rank if few else _by_spread)(cases, weights[None, :], lag)[0][0]


def _judged(effect: float, error: float, freedom: int, level: float) -> Judged:
    """A figure with an error of so many degrees of freedom."""
    reach = float(stdtrit(freedom, (1 + level) / 2)) * error
    p = float(2 * stdtr(freedom, -abs(effect) / error)) if error > 0 else float(effect == 0)
    return Judged(effect, effect - reach, effect + reach, error, p)


def _against(sizes: Sequence[float], k: int) -> list[float]:
    """What each group's effect counts for in the difference of one from the others."""
    others = sum(sizes) - sizes[k]
    return [1.0 if j == k else -size / others for j, size in enumerate(sizes)]


def _by_spread(cases: Sequence[CohortCase], against: Floats, lag: int) -> tuple[tuple[Judged, ...], float]:
    level = cases[0].answer.estimate.uncertainty.level
    effects = np.array([case.answer.estimate.effect for case in cases])
    regions = sorted({unit for case in cases for unit in case.answer.panel.units})
    scores = np.array([_scores(case, regions, lag) for case in cases])
    freedom = min(len(case.answer.panel.sites) for case in cases) - 1
    errors = np.sqrt(((against @ scores) ** 2).sum(axis=1))
    found = tuple(
        _judged(float(effect), float(error), freedom, level)
        for effect, error in zip(against @ effects, errors, strict=True)
    )
    tests = 1 if len(cases) == 2 else len(cases)
    return found, min(1.0, tests * min(each.p for each in found))


def _scores(case: CohortCase, regions: Sequence[str], lag: int) -> Floats:
    """What each region brings to the error of a group's effect, shape (n_regions,); 0 outside the group."""
    panel = case.answer.panel
    found = case.answer.regions.scores(panel)[counted_years(panel, lag)].mean(axis=0)
    units = np.asarray(panel.units)
    of = dict(zip([*units[panel.treated], *units[panel.compared]], found.tolist(), strict=True))
    return np.array([of.get(region, 0.0) for region in regions])


def _by_rank(cases: Sequence[CohortCase], against: Floats, lag: int) -> tuple[tuple[Judged, ...], float]:
    ranks = [_ranks(case) for case in cases]
    if len({each.sites for each in ranks}) > 1:
        raise NoReference(
            "the groups do not live in the same treated regions: their effects are not compared"
        )
    counted, level = counted_years(cases[0].answer.panel, lag), cases[0].answer.estimate.uncertainty.level
    sure = [_combined(ranks, weights).placed(counted, level) for weights in against]
    effects = [float(weights @ [case.answer.estimate.effect for case in cases]) for weights in against]
    found = tuple(Judged.by(effect, each) for effect, each in zip(effects, sure, strict=True))
    if len(found) == 1 or len(cases) == 2 or not len(sure[0].placebo):
        return found, found[0].p
    moving = [k for k, each in enumerate(found) if 0 < each.standard_error < np.inf]
    if not moving:  # all groups do the same everywhere
        return found, 1.0
    drawn = [np.abs(sure[k].placebo[:, counted].mean(axis=1)) / found[k].standard_error for k in moving]
    seen = max(abs(found[k].effect) / found[k].standard_error for k in moving)
    largest = np.max(drawn, axis=0)
    return found, float((1 + (largest >= seen).sum()) / (1 + len(largest)))


def _ranks(case: CohortCase) -> Ranks:
    answer = case.answer
    if answer.regions.stand_ins is None:
        raise NoReference(
            "the groups do not live in the same treated regions: their effects are not compared"
        )
    return ranks_of(
        answer.panel, answer.estimate.gap, answer.regions.stand_ins, differences=answer.regions.differences
    )


def _combined(ranks: Sequence[Ranks], weights: Floats) -> Ranks:
    """A weighted sum of groups' paths, over the regions that stand in for all of them."""
    labels = tuple(label for label in ranks[0].labels if all(label in each.labels for each in ranks))
    at = [[each.labels.index(label) for label in labels] for each in ranks]
    others = [each.others[rows] for each, rows in zip(ranks, at, strict=True)]
    return Ranks(
        gap=np.tensordot(weights, np.array([each.gap for each in ranks]), 1),
        sites=ranks[0].sites,
        own=np.tensordot(weights, np.array([each.own for each in ranks]), 1),
        labels=labels,
        others=np.tensordot(weights, np.array(others), 1),
        after=ranks[0].after,
    )
