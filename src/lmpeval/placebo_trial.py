"""One place where nothing happened, judged as if it had been the site.

What happened to the site itself after the start is taken out first (`blinded`), so that no design sees it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
from numpy.typing import NDArray

from lmpeval.design import Design, estimate
from lmpeval.effect_scale import EffectScale
from lmpeval.estimate import Estimate
from lmpeval.inference import NoReference
from lmpeval.panel import Panel
from lmpeval.uncertainty.placebo import stand_ins

Sites = Mapping[str, NDArray[np.intp]]
"""Positions of the units of every site that never was, by its label."""

MOST_SETS = 200
"""Sets drawn where a panel has several sites."""


class NotCalibrated(ValueError):
    """The panel or the design does not allow a calibration; the message says why."""


@dataclass(frozen=True)
class Trial:
    """What a design said of one place where nothing happened.

    Attributes
    ----------
    label : str
    effect, low, high : float
        Mean gap over the counted years and its interval, in the unit of the outcome or in percent: all of it
        error.
    p : float
        Of no effect.
    level : float
        Of the interval.
    counterfactual : float
        Mean of the counterfactual over the counted years, in the unit of the outcome.
    """

    label: str
    effect: float
    low: float
    high: float
    p: float
    level: float
    counterfactual: float


def blinded(panel: Panel) -> Panel:
    """Put the mean before the start in place of every outcome of the treated after it."""
    outcome = panel.outcome.copy()
    known = panel.outcome[np.ix_(panel.before, panel.treated)].mean(axis=0)
    outcome[np.ix_(~panel.before, panel.treated)] = known
    return replace(panel, outcome=outcome)


def placebo_sets(panel: Panel, rng: np.random.Generator, most: int = MOST_SETS) -> list[Sites]:
    """Sets of as many stand-ins as the panel has sites, in a fixed order.

    One site: every stand-in once. Several: up to `most` different sets, drawn at random.

    Raises
    ------
    NotCalibrated
        Where the pool holds too few stand-ins for two sets.
    """
    groups, n_sites = stand_ins(panel), len(panel.sites)
    if len(groups) < n_sites + 1:
        raise NotCalibrated(
            f"{len(groups)} groups of neighbours in the pool are of the site's size; calibration needs "
            f"{n_sites + 1} or more"
        )
    labels = sorted(groups)
    if n_sites == 1:
        return [{label: groups[label]} for label in labels]
    drawn = (tuple(sorted(rng.choice(labels, n_sites, replace=False).tolist())) for _ in range(most))
    return [{label: groups[label] for label in chosen} for chosen in sorted(set(drawn))]


def trial(design: Design, panel: Panel, sites: Sites, lag: int, rng: np.random.Generator) -> Trial:
    """Judge places where nothing happened as if they had been the site.

    A place without anything to rank it among gets an interval without ends: nothing could be seen there.

    Raises
    ------
    ValueError
        Where one of the units is treated or set aside, or the design's answer is no comparison.
    """
    if not all(panel.compared[members].all() for members in sites.values()):
        raise ValueError("a place to calibrate on must be in the pool: this one is treated or set aside")
    return _judged(design, panel.placebo_sites(sites), lag, rng)


def _judged(design: Design, placebo: Panel, lag: int, rng: np.random.Generator) -> Trial:
    label = " + ".join(placebo.sites)
    try:
        found = estimate(design, placebo, lag, rng)
    except NoReference:
        return Trial(label, float("nan"), float("-inf"), float("inf"), 1.0, float("nan"), float("nan"))
    return trial_of(label, found)


def trial_of(label: str, found: Estimate) -> Trial:
    """What an estimate of a place says, as readers are told it."""
    told, sure = found.told, found.uncertainty
    return Trial(label, told.effect, *told.interval, sure.p, sure.level, told.counterfactual_mean)


def moves(before: Trial, after: Trial, scale: EffectScale) -> list[float]:
    """How far effect and bounded ends have moved from one trial to another, on the working scale."""
    return [
        scale.untold(getattr(after, name)) - scale.untold(getattr(before, name))
        for name in ("effect", "low", "high")
        if isfinite(getattr(before, name))
    ]


def refuse_unmoved(design: Design, panel: Panel, sites: Sites, lag: int, seed: Sequence[int]) -> None:
    """Inject an effect into one place and judge it again: the interval must move by just that.

    Raises
    ------
    NotCalibrated
        Where it does not: power cannot then be read off the intervals of places without an effect.
    """
    placebo = panel.placebo_sites(sites)
    scale = float(np.abs(placebo.treated_mean).mean()) or 1.0
    effect = 0.05 * scale
    before = _judged(design, placebo, lag, np.random.default_rng(seed))
    after = _judged(design, placebo.plus_effect(effect), lag, np.random.default_rng(seed))
    for moved in moves(before, after, panel.scale):
        if not abs(moved - effect) <= 1e-6 * scale:
            raise NotCalibrated(
                f"an effect of {effect:.4g} on a stand-in moved what {type(design).__name__} says of it by "
                f"{moved:.4g}: power cannot be read off its intervals"
            )
