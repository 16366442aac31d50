"""Errors of a difference between two weighted means whose units move together in clusters.

A panel is collapsed to one change a unit, from the years before to the counted ones; treated units weigh by
size, comparison units by what the design gives them. Each cluster, a site or a neighbourhood, lies wholly on
one side, so that its weight and its weighted sum of changes say all that these errors need.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from lmpeval.panel import Bools, Floats


@dataclass(frozen=True, eq=False)
class Clusters:
    """What each cluster brings to the difference.

    Attributes
    ----------
    weight : array, shape (n_clusters,)
        Share in its side; not negative, summing to one on either side.
    total : array, shape (n_clusters,)
        Weighted sum of its units' changes: its mean change times its weight.
    treated : array of bool, shape (n_clusters,)
    mass : float
        Share of the treated side in the weight of both: what the mean under the null is taken with.

    Raises
    ------
    ValueError
        Where weights are below zero or do not sum to one, a side is empty, or `mass` is no share.
    """

    weight: Floats
    total: Floats
    treated: Bools
    mass: float

    def __post_init__(self) -> None:
        """Refuse what is no pair of weighted means."""
        if (self.weight < 0).any():
            raise ValueError(f"the smallest weight is {self.weight.min():g}, below zero: no mean")
        sums = [float(self.weight[side].sum()) for side in self._sides]
        if any(abs(found - 1) > 1e-6 for found in sums):
            raise ValueError(f"weights sum to {sums[0]:g} and {sums[1]:g} on the two sides, not to 1 each")
        if not 0 < self.mass < 1:
            raise ValueError(
                f"the treated side has a share of {self.mass:g} in all weight, not within 0 and 1"
            )

    @property
    def _sides(self) -> tuple[Bools, Bools]:
        return self.treated, ~self.treated

    @cached_property
    def effect(self) -> float:
        """Mean change of the treated minus that of the comparison."""
        return float(self.total[self.treated].sum() - self.total[~self.treated].sum())

    @property
    def n_treated(self) -> int:
        """Treated clusters that carry weight."""
        return int((self.weight[self.treated] > 0).sum())

    @property
    def n_compared(self) -> int:
        """Comparison clusters that carry weight."""
        return int((self.weight[~self.treated] > 0).sum())

    @cached_property
    def score(self) -> Floats:
        """Weighted distance of each cluster to the mean of its side; shape (n_clusters,)."""
        means = np.where(self.treated, *(self.total[side].sum() for side in self._sides))
        return np.asarray(self.total - self.weight * means)


def collapse(change: Floats, weight: Floats, treated: Bools, labels: NDArray[np.generic]) -> Clusters:
    """Sum units to clusters.

    Parameters
    ----------
    change : array, shape (n_units,)
        From before to the counted years, in the unit of the outcome.
    weight : array, shape (n_units,)
        In any unit of account, not negative; each side is scaled to a sum of one.
    treated : array of bool, shape (n_units,)
    labels : array, shape (n_units,)
        Of clusters; a label on both sides is two clusters.
    """
    _, number = np.unique(labels, return_inverse=True)
    cluster = 2 * number + treated
    mass = np.bincount(treated, weight, minlength=2)
    share = weight / mass[treated.astype(np.intp)]
    kept = np.flatnonzero(np.bincount(cluster))
    return Clusters(
        weight=np.asarray(np.bincount(cluster, share)[kept], dtype=np.float64),
        total=np.asarray(np.bincount(cluster, share * change)[kept], dtype=np.float64),
        treated=kept % 2 == 1,
        mass=float(mass[1] / mass.sum()),
    )


def cr1(clusters: Clusters, n_units: int) -> float:
    """Usual cluster-robust error of a regression on treatment, corrected for counts alone (CR1).

    ``G / (G - 1) * (N - 1) / (N - 2)`` times the sum of squared scores (Liang and Zeger 1986). Far too small
    where few clusters are treated (MacKinnon and Webb 2018): it is here to be compared with.
    """
    n = clusters.n_treated + clusters.n_compared
    factor = n / (n - 1) * (n_units - 1) / (n_units - 2)
    return float(np.sqrt(factor * (clusters.score**2).sum()))


def cr3(clusters: Clusters) -> float:
    """Error by leaving out one cluster at a time, around the full estimate (CR3).

    ``(G - 1) / G`` times the sum of squared differences that clusters make (Bell and McCaffrey 2002;
    MacKinnon, Nielsen and Webb 2023). Without a cluster of share w its side's mean moves by
    ``score / (1 - w)``.

    Raises
    ------
    ValueError
        Where a side has one cluster alone: there is no difference without it.
    """
    if min(clusters.n_treated, clusters.n_compared) < 2:
        raise ValueError("a side of one cluster cannot do without it")
    used = clusters.weight > 0
    moved = clusters.score[used] / (1 - clusters.weight[used])
    n = len(moved)
    return float(np.sqrt((n - 1) / n * (moved**2).sum()))
