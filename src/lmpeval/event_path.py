"""The gap from year to year, counted from the last year before the start, and how far chance takes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmpeval.estimate import Estimate
from lmpeval.inference import critical
from lmpeval.panel import Floats, Years

FEWEST_STAND_INS = 19  # one in twenty of them and of the treated is one
ROUNDING = 1e-9
"""Share of the outcome below which two figures do not differ."""
NO_NOISE = 1e-8
"""Share of the largest variance below which a direction has none: there are fewer groups than years."""
LEAST_NOISE = 0.05
"""Least variance in any direction, as a share of the mean squared step from one year to the next.

Of a random walk, the smoothest process that years are likely to follow, it is 0.25 and more. Sampling error
makes some directions look calmer than they are, and `smoothness` would lean on just those.
"""


class NoEventPath(ValueError):
    """The estimate has no path, or too few stand-ins to say how noisy it is; the message lists why."""


@dataclass(frozen=True, eq=False)
class EventPath:
    """A gap by year, less that of the last year before the start, as `lmpeval.honesty` asks for it.

    Attributes
    ----------
    years : array of int, shape (n_before + n_after,)
        Without the reference year.
    path : array, shape (n_before + n_after,)
        In the unit of the outcome.
    covariance : array, shape (n_before + n_after, n_before + n_after)
    n_before : int
        Years before the reference year.
    weights : array, shape (n_after,)
        Their product with the path after the start is the effect, counted from the reference year.
    """

    years: Years
    path: Floats
    covariance: Floats
    n_before: int
    weights: Floats


def event_path(found: Estimate) -> EventPath:
    """Count the gap from the last year before the start.

    Raises
    ------
    NoEventPath
    """
    before, n_stand_ins = found.years < found.start, len(found.uncertainty.placebo)
    apart = np.flatnonzero(np.diff(found.years) != 1)
    wrong = [
        f"{found.years[i]} and {found.years[i + 1]} do not follow each other, and steps are steps of one year"
        for i in apart
    ]
    if before.sum() < 2:
        wrong.append(f"{before.sum()} year before the start shows no step")
    if n_stand_ins < FEWEST_STAND_INS:
        wrong.append(f"{n_stand_ins} stand-ins are fewer than {FEWEST_STAND_INS}")
    if wrong:
        raise NoEventPath("; ".join(wrong))
    reference = int(before.sum()) - 1
    return EventPath(
        years=np.delete(found.years, reference),
        path=np.delete(found.gap - found.gap[reference], reference),
        covariance=_covariance(found, reference),
        n_before=reference,
        weights=found.counted[~before] / found.counted.sum(),
    )


def _covariance(found: Estimate, reference: int) -> Floats:
    """That which the method knows, unless some direction has no noise in it; else that of the placebos."""
    known = found.uncertainty.path_covariance
    if known is not None:
        counted = counted_from(reference, known)
        noise = np.linalg.eigvalsh(counted)
        if noise[0] > NO_NOISE * noise[-1]:
            return counted
    return path_covariance(found.uncertainty.placebo, reference, rounding(found))


def path_covariance(gaps: Floats, reference: int, floor: float = 0.0) -> Floats:
    """Covariance of a path counted from the reference year, from the gaps of stand-ins.

    The mean squared change over h years is taken over all stand-ins and all pairs of years that are h
    apart, whatever the calendar year: a lasting difference in level falls out of it, and a few dozen
    stand-ins are enough for it. All covariances of changes follow from it. Directions that come out calmer
    than `LEAST_NOISE` are lifted to it.

    Parameters
    ----------
    gaps : array, shape (n_placebos, n_years)
        Of years that follow each other.
    reference : int
        Position of the reference year.
    floor : float
        Standard deviation below which nothing is told from rounding, in the unit of the gaps.

    Returns
    -------
    array, shape (n_years - 1, n_years - 1)
        Positive definite where the floor or the noise is not zero.

    Notes
    -----
    Half the mean squared change is the variogram (Matheron 1963); from it to a covariance around the mean of
    the years by double centring (Torgerson 1952). Changes are not centred over stand-ins: their mean is zero
    where nothing happened to them.

    >>> path_covariance(np.array([[0.0, 1.0], [3.0, 2.0]]), 0).round(9).tolist()
    [[1.0]]
    """
    n = gaps.shape[1]
    change = np.array([np.mean((gaps[:, h:] - gaps[:, : n - h]) ** 2) for h in range(n)])
    centre = np.eye(n) - 1 / n
    level = -centre @ change[np.abs(np.subtract.outer(np.arange(n), np.arange(n)))] @ centre / 2
    size, axes = np.linalg.eigh(level)
    level = (axes * np.maximum(size, max(LEAST_NOISE * change[1], floor**2))) @ axes.T
    return counted_from(reference, level)


def counted_from(reference: int, covariance: Floats) -> Floats:
    """Covariance of gaps less that of the reference year, from that of the gaps; one row and column fewer."""
    n = len(covariance)
    apart = np.delete(np.eye(n), reference, axis=0) - np.eye(n)[reference]
    counted = apart @ covariance @ apart.T
    return np.asarray((counted + counted.T) / 2)


def rounding(found: Estimate) -> float:
    """Difference that is not told from rounding, on the scale of the estimate; never zero."""
    return ROUNDING * found.scale.magnitude(found.observed)


@dataclass(frozen=True, eq=False)
class LeadBand:
    """Where the years before the start should lie, all at once.

    Attributes
    ----------
    years : array of int, shape (n_leads,)
        Before the reference year, which is the last one before the start.
    leads : array, shape (n_leads,)
        Gap less that of the reference year.
    reach : array, shape (n_leads,)
        Of the band, on either side of zero; infinite with too few stand-ins.
    outside : tuple of int
        Years in which the treated leave it.
    """

    years: Years
    leads: Floats
    reach: Floats
    outside: tuple[int, ...]


def lead_band(found: Estimate, level: float = 0.95) -> LeadBand:
    """Band that holds all years before the start at once, for a share `level` of stand-ins.

    Every year is measured in its own spread over the stand-ins and the treated; the largest of these, over
    the years, is ranked. No normal distribution is assumed, and the years may be correlated as they like.
    With the treated as likely to be chosen as their stand-ins, they leave the band anywhere with a
    probability of 1 - `level` at most.

    Raises
    ------
    NoEventPath
        Where fewer than two years lie before the start.

    Notes
    -----
    Largest of studentised figures: Montiel Olea and Plagborg-Moller (2019), there with bootstrap draws; here
    with permutations.
    """
    n_before = int((found.years < found.start).sum())
    if n_before < 2:
        raise NoEventPath(f"{n_before} year before the start shows no step")
    gaps = np.vstack([found.gap, found.uncertainty.placebo])[:, :n_before]
    leads = gaps[:, :-1] - gaps[:, -1:]
    spread = np.maximum(np.sqrt(np.mean(leads**2, axis=0)), rounding(found))
    largest = np.abs(leads[1:] / spread).max(axis=1)
    reach = spread * critical(largest, level)
    years = found.years[: n_before - 1]
    # rounding alone takes nobody out of a band that has no width
    outside = np.abs(leads[0]) > reach + rounding(found)
    return LeadBand(years, leads[0], reach, tuple(int(year) for year in years[outside]))
