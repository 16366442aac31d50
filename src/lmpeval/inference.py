"""Ways to judge the uncertainty of an effect with few treated regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb

import numpy as np

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
    correlation in time and between units (Fisher 1935; Abadie, Diamond and Hainmueller 2010). The
    interval inverts the test for a constant effect: it holds every effect that the test does not reject.

    Parameters
    ----------
    level : float
        Of the intervals.
    draws : int
        Sets of stand-ins where several sites are treated; all sets where there are no more than this.
    """

    level: float = 0.95
    draws: int = 999

    def __call__(self, design: Design, panel: Panel, counted: Bools, rng: np.random.Generator) -> Uncertainty:
        """Run the design for every stand-in.

        Raises
        ------
        NoReference
            Where no group of neighbours in the pool is of the site's size.
        """
        groups = stand_ins(panel)
        n_sites = len(panel.sites)
        if len(groups) < n_sites:
            raise NoReference(
                f"{len(groups)} groups of neighbours in the pool are of the site's size; "
                f"{n_sites} needed to stand in for it"
            )
        sets = _sets(sorted(groups), n_sites, self.draws, rng)
        panels = [panel.placebo_sites({label: groups[label] for label in chosen}) for chosen in sets]
        observed = panel.treated_mean - design.compare(panel).counterfactual
        answers = compare_all(design, panels)
        placebo = np.array(
            [p.treated_mean - answer.counterfactual for p, answer in zip(panels, answers, strict=True)]
        )
        labels = tuple(" + ".join(chosen) for chosen in sets)
        return placed_among(observed, placebo, labels, counted, self.level)


def placed_among(
    gap: Floats, placebo: Floats, labels: tuple[str, ...], counted: Bools, level: float
) -> Uncertainty:
    """Judge a gap by the gaps of stand-ins.

    Parameters
    ----------
    gap : array, shape (n_years,)
    placebo : array, shape (n_placebos, n_years)
    labels : tuple of str, length n_placebos
    counted : array of bool, shape (n_years,)
    level : float
    """
    effect, effects = gap[counted].mean(), placebo[:, counted].mean(axis=1)
    larger = int((np.abs(effects) >= abs(effect)).sum())
    reach = critical(np.abs(effects), level)
    path_reach = np.array([critical(np.abs(year), level) for year in placebo.T])
    return Uncertainty(
        method="permutation over groups of neighbours",
        level=level,
        standard_error=float(np.sqrt(np.mean(effects**2))),
        interval=(float(effect - reach), float(effect + reach)),
        path_interval=np.column_stack([gap - path_reach, gap + path_reach]),
        p=(1 + larger) / (1 + len(effects)),
        smallest_p=1 / (1 + len(effects)),
        rank=1 + larger,
        placebo=placebo,
        placebo_labels=labels,
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


def _sets(labels: Sequence[str], size: int, draws: int, rng: np.random.Generator) -> list[tuple[str, ...]]:
    if comb(len(labels), size) <= max(draws, len(labels)):
        return list(combinations(labels, size))
    drawn = {tuple(sorted(rng.choice(labels, size, replace=False).tolist())) for _ in range(draws)}
    return sorted(drawn)
