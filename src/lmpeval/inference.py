"""Ways to judge the uncertainty of an effect with few treated regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb, inf, nan

import numpy as np
from numpy.typing import NDArray

from lmpeval.design import Design, compare_all
from lmpeval.estimate import Uncertainty
from lmpeval.panel import Bools, Floats, Panel
from lmpeval.placebo import stand_ins


class NoReference(ValueError):
    """There is nothing to compare the treated's change with."""


@dataclass(frozen=True)
class PlaceboGroups:
    """Permutation over groups of neighbours in the comparison pool.

    The design is run for every group that can stand in for the site, as if it had been the site; the
    treated's effect is placed among theirs. Under the null of no effect and a site drawn at random from
    groups like it, the p-value is exact up to its step, 1/(number of stand-ins + 1), whatever the
    correlation in time and between units (Fisher 1935; Abadie, Diamond and Hainmueller 2010). Several
    sites are placed among all sets of as many sites and stand-ins: ranked among sets without any of them,
    which overlap each other but never them, they would come out on top too often. The interval inverts
    the test for a constant effect: it holds every effect that the test does not reject.

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
        groups, n_sites = stand_ins(panel), len(panel.sites)
        if len(groups) < n_sites:
            return unplaced(
                f"{len(groups)} groups of neighbours in the pool are of the site's size; "
                f"{n_sites} needed to stand in for it",
                len(panel.years),
                self.level,
            )
        if not _somebody_left(panel, groups):
            why = "the pool is so small that a stand-in would have nobody to be compared with"
            return unplaced(why, len(panel.years), self.level)
        own = sites_of(panel) if n_sites > 1 else {}
        sets = sets_among({*groups}, {*own}, self.draws, rng)
        panels = [panel.placebo_sites({name: {**groups, **own}[name] for name in chosen}) for chosen in sets]
        found = Reference(
            gap=panel.treated_mean - design.compare(panel).counterfactual,
            others=gaps(design, panels),
            shares=np.outer([share_of(p, panel.treated) for p in panels], ~panel.before),
            labels=tuple(" + ".join(chosen) for chosen in sets),
        )
        return placed_among(found, counted, self.level)


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
    """

    gap: Floats
    others: Floats
    shares: Floats
    labels: tuple[str, ...]


def placed_among(found: Reference, counted: Bools, level: float) -> Uncertainty:
    """Judge a gap, and its mean over the `counted` years, by the gaps of other sets of groups."""
    gap, others = found.gap, found.others
    effect, effects = float(gap[counted].mean()), others[:, counted].mean(axis=1)
    shares = found.shares[:, counted].mean(axis=1)
    larger = int((np.abs(effects) >= abs(effect)).sum())
    clean = np.asarray(~found.shares.any(axis=1))
    return Uncertainty(
        method="permutation over groups of neighbours",
        level=level,
        standard_error=float(np.sqrt(np.mean(effects[clean] ** 2))) if clean.any() else nan,
        interval=not_rejected(effect, effects, shares, level),
        path_interval=np.array(
            [
                not_rejected(float(here), there, share, level)
                for here, there, share in zip(gap, others.T, found.shares.T, strict=True)
            ]
        ),
        p=(1 + larger) / (1 + len(effects)),
        smallest_p=1 / (1 + len(effects)),
        rank=1 + larger,
        placebo=others[clean],
        placebo_labels=tuple(label for label, kept in zip(found.labels, clean, strict=True) if kept),
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
    that is all treated never drops out.

    >>> not_rejected(10.0, np.arange(1.0, 40.0), np.zeros(39), 0.95)
    (-28.0, 48.0)
    """
    below, above = reaches(effect, effects, shares)
    return effect - critical(below, level), effect + critical(above, level)


def reaches(effect: float, effects: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """How far below and above `effect` each set is as large as the treated's; each of shape (n_sets,)."""
    whole = shares > 1 - 1e-12  # rounding in a sum of shares
    left = np.where(whole, 1.0, 1 - shares)
    ends = np.sort([(effect - effects) / left, (effect + effects) / (1 + shares)], axis=0)
    return (
        np.where(whole, np.inf, effect - ends[0]),
        np.where(whole, np.inf, ends[1] - effect),
    )


def gaps(design: Design, panels: Sequence[Panel]) -> Floats:
    """Observed minus counterfactual in every panel, shape (n_panels, n_years)."""
    answers = compare_all(design, panels)
    return np.array(
        [p.treated_mean - answer.counterfactual for p, answer in zip(panels, answers, strict=True)]
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


def _somebody_left(panel: Panel, groups: Mapping[str, NDArray[np.intp]]) -> bool:
    """Whether stand-ins for all sites leave comparison units, wherever in the pool they are."""
    if panel.apart:
        return len({panel.groups[i] for i in np.flatnonzero(panel.compared)}) > len(panel.sites)
    return len(groups) > len(panel.sites) or sum(map(len, groups.values())) < panel.compared.sum()


def sites_of(panel: Panel) -> dict[str, NDArray[np.intp]]:
    """Positions of each site's units, by a label that no neighbourhood has."""
    groups = np.asarray(panel.groups)
    return {f"{site} (treated)": np.flatnonzero(panel.treated & (groups == site)) for site in panel.sites}


def share_of(panel: Panel, units: Bools) -> float:
    """Part of the treated, by size, that the `units` are; shape of those (n_units,)."""
    size = panel.size * panel.treated
    return float(size[units].sum() / size.sum())


def sets_among(
    groups: set[str], sites: set[str], draws: int, rng: np.random.Generator
) -> list[tuple[str, ...]]:
    """Sets to place the sites among: as many groups as there are sites, but not the sites themselves."""
    if not sites:
        return [(label,) for label in sorted(groups)]
    labels, own = sorted(groups | sites), tuple(sorted(sites))
    if comb(len(labels), len(own)) - 1 <= draws:
        return [chosen for chosen in combinations(labels, len(own)) if chosen != own]
    drawn = {tuple(sorted(rng.choice(labels, len(own), replace=False).tolist())) for _ in range(draws)}
    return sorted(drawn - {own})
