"""Sites that started in different years: a panel for each start, put together by time since the start.

No panel ever holds a unit that another start has exposed among those compared with, so the effect is never
estimated against units that are already exposed (Goodman-Bacon 2021; de Chaisemartin and D'Haultfoeuille
2020). Every design that answers for one panel answers for several starts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from lmpeval.assigned_starts import as_if, assignments
from lmpeval.design import Design, compare_cohorts, refuse_unsound
from lmpeval.estimate import Comparison, Estimate
from lmpeval.inference import NoReference, PlaceboGroups, Reference, Span, placed_among, share_of
from lmpeval.panel import Floats, Panel, Years


@dataclass(frozen=True, eq=False)
class Pooled:
    """The effect over several starts.

    Attributes
    ----------
    estimate : Estimate
        In years since the start: its `years` count from the start of each cohort, which is 0.
    starts : tuple of int
        First year of exposure of each cohort, rising.
    weights : array, shape (n_cohorts,)
        Share of each cohort in the exposure of all treated, each measured before its own start.
    gaps : array, shape (n_cohorts, n_years)
        Of each cohort, by years since its start.
    """

    estimate: Estimate
    starts: tuple[int, ...]
    weights: Floats
    gaps: Floats

    def mean_effect(self, panels: Sequence[Panel], answers: Sequence[Comparison]) -> float:
        """Effect over the counted years, had the cohorts' comparisons been these; one of each a cohort."""
        counted = self.estimate.years[self.estimate.counted]
        each = [
            (panel.treated_mean - answer.counterfactual)[np.isin(panel.years - panel.start, counted)].mean()
            for panel, answer in zip(panels, answers, strict=True)
        ]
        return float(self.weights @ each)


def pool(design: Design, cohorts: Sequence[Panel], lag: int, rng: np.random.Generator) -> Pooled:
    """Estimate every cohort against units that nobody exposed, and put them together.

    Only years since the start that every cohort has are used, so that all of them weigh the same
    in every year: a path over a changing set of cohorts shows who joins and leaves as an effect.

    Each cohort is placed among sets of its own sites and of stand-ins that start when it does
    (`assigned_starts`). A `Joint` design answers for all cohorts of a set together.

    Parameters
    ----------
    design : Design
        Its inference must be `PlaceboGroups`.
    cohorts : sequence of Panel
        By start, rising; the treated of other cohorts are set aside in each.
    lag : int
    rng : Generator

    Raises
    ------
    NoReference
        Where a cohort has too few stand-ins, no set drawn leaves all sites out, no year since the start is
        common to all, or the design judges its uncertainty in another way.
    """
    settings = design.inference
    if not isinstance(settings, PlaceboGroups):
        raise NoReference("several starts are judged by permutation over groups of neighbours only")
    since = shared_years(cohorts)
    if not (since < 0).any() or not (since >= 0).any():
        raise NoReference("no year before and from the start on is common to all cohorts")
    rows = [np.flatnonzero(np.isin(panel.years - panel.start, since)) for panel in cohorts]
    weights = np.array([panel.size[panel.treated].sum() for panel in cohorts])
    weights /= weights.sum()
    [answers], own = _answered(design, [cohorts], rows)
    chosen = assignments(cohorts, settings.draws, rng)
    pretended = [as_if(cohorts, each) for each in chosen]
    shares = np.array(
        [[share_of(p, real.treated) for p, real in zip(each, cohorts, strict=True)] for each in pretended]
    )
    if not (shares @ weights == 0).any():
        raise NoReference(
            f"none of {len(chosen)} sets drawn is free of the sites: the pool holds too few groups of "
            "neighbours to stand in for all sites at once"
        )
    found = Reference(
        gap=weights @ own[0],
        others=np.tensordot(_answered(design, pretended, rows)[1], weights, (1, 0)),
        shares=shares @ weights,
        labels=tuple(" | ".join(" + ".join(part) for part in each) for each in chosen),
    )
    counted = since >= (lag if (since >= lag).any() else 0)
    estimate = Estimate(
        years=since,
        start=0,
        counted=counted,
        observed=weights @ [panel.treated_mean[r] for panel, r in zip(cohorts, rows, strict=True)],
        comparison=_mean_comparison(cohorts, answers, weights, rows),
        control_names=_control_names(cohorts),
        uncertainty=placed_among(found, Span(counted, since >= 0), settings.level),
    )
    return Pooled(estimate, tuple(panel.start for panel in cohorts), weights, own[0])


def _answered(
    design: Design, many: Sequence[Sequence[Panel]], rows: Sequence[NDArray[np.intp]]
) -> tuple[list[list[Comparison]], Floats]:
    """Answers for many sets of cohorts, and their gaps in the rows of each; (n_sets, n_cohorts, n_years)."""
    answers = compare_cohorts(design, many)
    for cohorts, given in zip(many, answers, strict=True):
        for panel, answer in zip(cohorts, given, strict=True):
            refuse_unsound(answer, panel, type(design).__name__)
    gaps = [
        [
            panel.treated_mean[r] - answer.counterfactual[r]
            for panel, answer, r in zip(cohorts, given, rows, strict=True)
        ]
        for cohorts, given in zip(many, answers, strict=True)
    ]
    return answers, np.array(gaps)


def shared_years(cohorts: Sequence[Panel]) -> Years:
    """Years since the start that every cohort has, rising; shape (n_years,)."""
    return reduce(np.intersect1d, [panel.years - panel.start for panel in cohorts])


def _control_names(cohorts: Sequence[Panel]) -> tuple[str, ...]:
    return tuple(sorted({name for panel in cohorts for name in panel.control_names}))


def _mean_comparison(
    cohorts: Sequence[Panel],
    answers: Sequence[Comparison],
    weights: Floats,
    rows: Sequence[NDArray[np.intp]],
) -> Comparison:
    """Mean of the cohorts' comparisons; a unit's weight is its mean weight over the cohorts."""
    parts = dict.fromkeys(_control_names(cohorts), 0.0)
    for panel, answer, weight in zip(cohorts, answers, weights, strict=True):
        for name, part in zip(panel.control_names, answer.weights, strict=True):
            parts[name] += float(weight * part)
    path = weights @ [answer.counterfactual[r] for answer, r in zip(answers, rows, strict=True)]
    extrapolates = any(answer.extrapolates for answer in answers)
    return Comparison(path, np.array(list(parts.values())), extrapolates)
