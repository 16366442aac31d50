"""Places where nothing happened, judged as if they had been the sites of several starts.

What happened to the sites themselves is taken out first (`blinded_starts`), so that no design sees it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lmpeval.design import Circumstances, Design
from lmpeval.inference import NoReference
from lmpeval.panel import Floats, Panel
from lmpeval.placebo_trial import NotCalibrated, Trial, moves, trial_of
from lmpeval.starts.assigned import Sites, as_if, hands_of
from lmpeval.starts.staggered import pool

MOST_SETS = 60
"""Sets of places that are judged: each costs as much as the study's own answer."""


def blinded_starts(cohorts: Sequence[Panel]) -> tuple[Panel, ...]:
    """Put the mean before the own start in place of every outcome of a site from it on."""
    outcome = cohorts[0].outcome.copy()
    for panel in cohorts:
        known = panel.outcome[np.ix_(panel.before, panel.treated)].mean(axis=0)
        outcome[np.ix_(~panel.before, panel.treated)] = known
    return _with_outcome(cohorts, outcome)


def placebo_starts(
    cohorts: Sequence[Panel], rng: np.random.Generator, most: int = MOST_SETS
) -> list[tuple[Sites, ...]]:
    """Sets of stand-ins for every start, drawn without any of the sites; in a fixed order.

    Raises
    ------
    NotCalibrated
        Where a start has too few stand-ins: every place needs others of its own to be placed among.
    """
    hands = hands_of(cohorts)
    needed = [3 * len(panel.sites) for panel in cohorts]
    if short := [
        f"{len(hand)} groups of neighbours stand in for the sites that started in {panel.start}, {n} needed"
        for panel, hand, n in zip(cohorts, hands, needed, strict=True)
        if len(hand) < n
    ]:
        raise NotCalibrated("; ".join(short))
    drawn = {
        tuple(
            tuple(sorted(rng.choice(sorted(hand), len(panel.sites), replace=False).tolist()))
            for panel, hand in zip(cohorts, hands, strict=True)
        )
        for _ in range(most)
    }
    return [
        tuple({label: hand[label] for label in labels} for labels, hand in zip(chosen, hands, strict=True))
        for chosen in sorted(drawn)
    ]


def trial_of_starts(
    design: Design,
    cohorts: Sequence[Panel],
    chosen: Sequence[Sites],
    circumstances: Circumstances,
    rng: np.random.Generator,
) -> Trial:
    """Judge places where nothing happened as if they had been the sites, each with its start.

    Places without anything to rank them among get an interval without ends: nothing could be seen there.
    """
    if not all(cohorts[0].compared[members].all() for sites in chosen for members in sites.values()):
        raise ValueError("a place to calibrate on must be in the pool: this one is treated or set aside")
    return _judged(design, as_if(cohorts, chosen), circumstances, rng)


def _judged(
    design: Design, placebo: Sequence[Panel], circumstances: Circumstances, rng: np.random.Generator
) -> Trial:
    label = " | ".join(" + ".join(panel.sites) for panel in placebo)
    try:
        found = pool(design, placebo, circumstances.lag, rng, circumstances.together).estimate
    except NoReference:
        return Trial(label, float("nan"), float("-inf"), float("inf"), 1.0, float("nan"), float("nan"))
    return trial_of(label, found)


def refuse_unmoved_starts(
    design: Design,
    cohorts: Sequence[Panel],
    chosen: Sequence[Sites],
    circumstances: Circumstances,
    seed: Sequence[int],
) -> None:
    """Inject an effect into one set of places and judge it again: the interval must move by just that.

    Raises
    ------
    NotCalibrated
        Where it does not: power cannot then be read off the intervals of places without an effect.
    """
    placebo = as_if(cohorts, chosen)
    scale = float(np.mean([np.abs(panel.treated_mean).mean() for panel in placebo])) or 1.0
    effect = 0.05 * scale
    added = sum(effect * np.outer(~panel.before, panel.treated) for panel in placebo)
    moved = _with_outcome(placebo, placebo[0].outcome + added)
    before, after = (
        _judged(design, some, circumstances, np.random.default_rng(seed)) for some in (placebo, moved)
    )
    for change in moves(before, after, cohorts[0].scale):
        if not abs(change - effect) <= 1e-6 * scale:
            raise NotCalibrated(
                f"an effect of {effect:.4g} on stand-ins moved what {type(design).__name__} says of them by "
                f"{change:.4g}: power cannot be read off its intervals"
            )


def _with_outcome(cohorts: Sequence[Panel], outcome: Floats) -> tuple[Panel, ...]:
    """The cohorts over other outcomes, which they share; shape (n_years, n_units)."""
    return tuple(replace(panel, outcome=outcome) for panel in cohorts)
