"""Ways to judge the uncertainty of an effect with few treated regions."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, nan

import numpy as np

from lmpeval.design import Design, compare_all, compared
from lmpeval.estimate import Comparison, Uncertainty
from lmpeval.once import once
from lmpeval.panel import Bools, Floats, Panel
from lmpeval.uncertainty.placebo import NoReference
from lmpeval.uncertainty.stand_in_sets import Sets, place_of, sets_of_groups

__all__ = [
    "NoReference",
    "PlaceboGroups",
    "Reference",
    "critical",
    "not_rejected",
    "placed_among",
    "reaches",
]


FEWEST_FREE = 19
"""Sets without any of the sites from which on they alone are drawn and give the error. With fewer, all sets
do, the effect taken off them; what the sites share is a little too calm in them."""


@dataclass(frozen=True)
class PlaceboGroups:
    """Permutation over groups of neighbours in the comparison pool.

    The design is run for every group that can stand in for the site, as if it had been the site; the
    treated's effect is placed among theirs. Under the null of no effect and a site drawn at random from
    groups like it, the p-value is exact up to its step, 1/(number of stand-ins + 1), whatever the
    correlation in time and between units (Fisher 1935; Abadie, Diamond and Hainmueller 2010). Several
    sites are placed among all sets of as many sites and stand-ins: ranked among sets without any of them,
    which overlap each other but never them, they would come out on top too often. The interval inverts
    the test for a constant effect: it holds every effect that the test does not reject. That rests on weights
    fixed before the start, so that an effect reaches a set by its shares and by its weights alone.

    Parameters
    ----------
    level : float
        Of the intervals.
    draws : int
        Sets drawn where several sites are treated; all sets where there are no more than this.
    """

    level: float = 0.95
    draws: int = 999

    def __call__(self, design: Design, panel: Panel, counted: Bools, rng: np.random.Generator) -> Uncertainty:
        """Run the design for every stand-in; the effect stays without an interval where there is none."""
        real = compared(design, panel)
        try:
            sets = sets_of_groups(panel, self.draws, rng, sites_may_serve=not real.reads_after)
        except NoReference as why:
            return unplaced(str(why), len(panel.years), self.level)
        answers = _answers(design, sets) if len(panel.sites) == 1 else compare_all(design, sets.panels)
        others = [
            p.treated_mean - answer.counterfactual for p, answer in zip(sets.panels, answers, strict=True)
        ]
        given = [
            answer.weights[panel.treated[p.compared]].sum()
            for p, answer in zip(sets.panels, answers, strict=True)
        ]
        found = Reference(
            gap=panel.treated_mean - real.counterfactual,
            others=np.array(others),
            shares=np.outer(sets.shares, ~panel.before),
            labels=sets.labels,
            given=np.outer(given, ~panel.before),
            drawn=sets.drawn,
            places=tuple(place_of(each) for each in sets.panels),
        )
        return placed_among(found, counted, self.level)


def _answers(design: Design, sets: Sets) -> list[Comparison]:
    """What the design says of every set; of the stand-ins of one site it is asked once."""
    return once(("sets", id(design), id(sets)), lambda: compare_all(design, sets.panels), (design, sets))


@dataclass(frozen=True, eq=False)
class Reference:
    """Gaps of other sets of groups, among which the treated's is placed.

    Attributes
    ----------
    gap : array, shape (n_years,)
        Of the treated.
    others : array, shape (n_sets, n_years)
    shares : array, shape (n_sets, n_years)
        Part of each set, by size, that was treated itself: it carries that part of the effect. Zero before
        the start, and for stand-ins, which are all sets if there is one site.
    labels : tuple of str, length n_sets
    given : array, shape (n_sets, n_years)
        Weight of the treated in what each set is compared with: it takes that part of the effect off. Zero
        before the start, and where they step aside.
    drawn : bool
        Whether these are some of all sets, drawn at random.
    places : tuple of str, length n_sets
        What tells sets of other units apart, be their labels alike.
    """

    gap: Floats
    others: Floats
    shares: Floats
    labels: tuple[str, ...]
    given: Floats = field(default_factory=lambda: np.zeros((1, 1)))
    drawn: bool = False
    places: tuple[str, ...] = ()


def placed_among(found: Reference, counted: Bools, level: float) -> Uncertainty:
    """Judge a gap, and its mean over the `counted` years, by the gaps of other sets of groups."""
    gap, others, shares = found.gap, found.others, found.shares - found.given
    effect, effects = float(gap[counted].mean()), others[:, counted].mean(axis=1)
    larger, n = int((np.abs(effects) >= abs(effect)).sum()), 1 + len(effects)
    clean = np.asarray(~found.shares.any(axis=1))
    clean |= clean.sum() < FEWEST_FREE
    by_themselves = (others - shares * gap)[clean]
    return Uncertainty(
        method="permutation over groups of neighbours",
        level=level,
        standard_error=float(np.sqrt(np.mean(by_themselves[:, counted].mean(axis=1) ** 2))),
        interval=not_rejected(effect, effects, shares[:, counted].mean(axis=1), level),
        path_interval=np.array(
            [
                not_rejected(float(here), there, share, level)
                for here, there, share in zip(gap, others.T, shares.T, strict=True)
            ]
        ),
        p=(1 + larger) / n,
        smallest_p=1 / n,
        rank=1 + larger,
        placebo=by_themselves,
        placebo_labels=tuple(label for label, kept in zip(found.labels, clean, strict=True) if kept),
        placebo_places=tuple(place for place, kept in zip(found.places, clean, strict=False) if kept),
        p_error=float(np.sqrt((1 + larger) * (n - 1 - larger) / n**3)) if found.drawn else 0.0,
    )


def unplaced(why: str, n_years: int, level: float) -> Uncertainty:
    """An effect that there is nothing to place among: an interval without ends, and the reason."""
    nowhere = (-inf, inf)
    return Uncertainty(
        method=f"none: {why}",
        level=level,
        standard_error=nan,
        interval=nowhere,
        path_interval=np.array([nowhere] * n_years),
        p=1.0,
        smallest_p=1.0,
        rank=1,
        placebo=np.empty((0, n_years)),
        placebo_labels=(),
    )


def not_rejected(effect: float, effects: Floats, shares: Floats, level: float) -> tuple[float, float]:
    """Every effect x that a test at 1 - `level` does not reject.

    With x taken off the treated, a set of which they are the share s has the effect e - s x. It is as
    large as the treated's where x lies between (effect - e) / (1 - s) and (effect + e) / (1 + s), which
    always encloses `effect`: sets drop out one by one on either side, so what remains is an interval. A set
    that is all treated, or compared with nobody else, never drops out.

    >>> not_rejected(10.0, np.arange(1.0, 40.0), np.zeros(39), 0.95)
    (-28.0, 48.0)
    """
    below, above = reaches(effect, effects, shares)
    return effect - critical(below, level), effect + critical(above, level)


def reaches(effect: float, effects: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """How far below and above `effect` each set is as large as the treated's; each of shape (n_sets,)."""
    whole = np.abs(shares) > 1 - 1e-12  # rounding in a sum of shares
    kept = np.where(whole, 0.0, shares)
    ends = np.sort([(effect - effects) / (1 - kept), (effect + effects) / (1 + kept)], axis=0)
    return (
        np.where(whole, np.inf, effect - ends[0]),
        np.where(whole, np.inf, ends[1] - effect),
    )


def critical(sizes: Floats, level: float) -> float:
    """Largest effect that a test at 1 - `level` does not reject, given the placebo `sizes`.

    An effect of size x has p = (1 + number of placebos of at least x) / (n + 1); it is rejected where
    p <= 1 - level. Infinite where no effect, however large, could be rejected.

    >>> critical(np.arange(1.0, 40.0), 0.95)  # 39 placebos: the second largest
    38.0
    >>> critical(np.arange(1.0, 19.0), 0.95)  # 18 placebos: p cannot go below 1/19
    inf
    """
    tolerance = 1e-9  # 0.05 * 40 must count as 2
    rank = int(np.floor((1 - level) * (len(sizes) + 1) + tolerance))
    return float(np.sort(sizes)[-rank]) if rank >= 1 else float("inf")
