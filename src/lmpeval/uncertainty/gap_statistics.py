"""Statistics of a gap path, by which a site can be ranked among its stand-ins."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import inf

import numpy as np

from lmpeval.estimate import Estimate
from lmpeval.panel import Bools, Floats

FIT_RULES = (20.0, 5.0, 2.0)
"""Stand-ins are dropped whose misfit before the start is more than so many times the site's: the mean squared
errors of Abadie, Diamond and Hainmueller (2010), there 20, 5 and 2 times."""
ROUNDING = 1e-6
"""A misfit below this share of the median one is no figure to divide by."""


class Statistic(StrEnum):
    """What a site is ranked by."""

    EFFECT = "effect"
    RATIO = "ratio"
    SHRUNKEN = "shrunken"


class NoRank(StrEnum):
    """Why a statistic ranks nothing; the report words it."""

    EXACT = "exact fit"
    NO_HOLD_OUT = "no year to hold out"


@dataclass(frozen=True)
class Rank:
    """Place of a site among its stand-ins by one statistic.

    Attributes
    ----------
    statistic : Statistic
    within : float
        Stand-ins with a mean squared misfit of more than so many times the site's are dropped; infinite where
        all are kept.
    place : int or None
        1 for the largest; None where there is no rank.
    among : int
        How many are ranked, the site among them.
    reason : NoRank or None
        Why there is no rank.
    """

    statistic: Statistic
    within: float = inf
    place: int | None = None
    among: int = 0
    reason: NoRank | None = None

    @property
    def share(self) -> float | None:
        """Share of those ranked that are as large: the p-value of a site drawn at random among them."""
        return None if self.place is None else self.place / self.among


def misfit(gaps: Floats, before: Bools) -> Floats:
    """Root mean squared gap before the start; gaps of shape (..., n_years)."""
    return np.asarray(np.sqrt(np.mean(gaps[..., before] ** 2, axis=-1)))


def mean_effect(gaps: Floats, counted: Bools) -> Floats:
    """Absolute mean gap over the counted years; gaps of shape (..., n_years)."""
    return np.asarray(np.abs(gaps[..., counted].mean(axis=-1)))


def error_ratio(gaps: Floats, before: Bools, counted: Bools) -> Floats:
    """Root mean squared gap over the counted years, over that before the start.

    Abadie, Diamond and Hainmueller (2010), section 3.4. Infinite where nothing is left before the start.
    """
    with np.errstate(divide="ignore"):
        return np.asarray(misfit(gaps, counted) / misfit(gaps, before))


def over_shrunken_error(effects: Floats, errors: Floats) -> Floats:
    """Absolute effects over the root of half their own squared error and half the median one.

    Noise differs between regions, and a region's own error from a handful of years is itself noisy:
    the mean of both keeps its power where they differ and where they do not.

    Parameters
    ----------
    effects : array, shape (n,)
    errors : array, shape (n,)
        Of years held out, so that a fit that is exact has an error too.
    """
    return np.asarray(np.abs(effects) / np.sqrt((errors**2 + np.median(errors**2)) / 2))


def placed(values: Floats, statistic: Statistic, within: float = inf) -> Rank:
    """Place of the first of all values, 1 for the largest; those as large come before it."""
    return Rank(statistic, within, int((values >= values[0]).sum()), len(values))


def ranks(found: Estimate, errors: Floats | None, *, exact: bool) -> tuple[Rank, ...]:
    """The site's place by every statistic, and by the effect without stand-ins that are fitted badly.

    Dropping by the site's own misfit is a rule that no stand-in is held to: the rank among those that are
    left is told beside the one among all, and never in its place.

    Parameters
    ----------
    found : Estimate
        Of one site, placed among stand-ins.
    errors : array, shape (1 + n_stand_ins,), or None
        Of years held out, the site's first; None where none could be.
    exact : bool
        Whether a mixture of donors fits the site exactly: its misfit is then what the price of noise makes
        it.
    """
    before = found.years < found.start
    gaps = np.vstack([found.gap, found.uncertainty.placebo])
    effects, misfits = mean_effect(gaps, found.counted), misfit(gaps, before)
    undefined = exact or bool((misfits <= ROUNDING * np.median(misfits)).any())
    told = [placed(effects, Statistic.EFFECT)]
    if undefined:
        told.append(Rank(Statistic.RATIO, reason=NoRank.EXACT))
    else:
        told.append(placed(error_ratio(gaps, before, found.counted), Statistic.RATIO))
    if errors is None:
        told.append(Rank(Statistic.SHRUNKEN, reason=NoRank.NO_HOLD_OUT))
    else:
        told.append(placed(over_shrunken_error(effects, errors), Statistic.SHRUNKEN))
    if undefined:
        return (*told, Rank(Statistic.EFFECT, FIT_RULES[0], reason=NoRank.EXACT))
    kept = [misfits**2 <= rule * misfits[0] ** 2 for rule in FIT_RULES]
    return (
        *told,
        *(placed(effects[k], Statistic.EFFECT, rule) for k, rule in zip(kept, FIT_RULES, strict=True)),
    )
