"""How sure effects are, each and all together, from their influence functions.

These errors rest on many units or clusters on both sides. With a handful of exposed regions they are far too
small, and permutation over stand-ins (`lmpeval.inference`) is the honest way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from lmpeval.panel import Floats

ROWS = 4096
"""Units drawn for together: their multipliers and influence fit in the processor's cache."""


class Law(StrEnum):
    """How multipliers are drawn; all with mean 0 and variance 1."""

    RADEMACHER = "one or minus one"
    MAMMEN = "two points with third moment one"
    NORMAL = "normal"


@dataclass(frozen=True, eq=False)
class Spread:
    """How far estimates may be off by chance.

    Attributes
    ----------
    standard_error : array, shape (k,)
    critical : float
        Standard errors on either side that hold all k estimates at once.
    draws : array, shape (n_draws, k)
        Estimate minus truth, as drawn, in the unit of the outcome.
    """

    standard_error: Floats
    critical: float
    draws: Floats

    def band(self, effect: Floats) -> tuple[Floats, Floats]:
        """Ends of simultaneous intervals around ``effect``; each of shape (k,)."""
        return effect - self.critical * self.standard_error, effect + self.critical * self.standard_error


@dataclass(frozen=True)
class MultiplierBootstrap:
    """Shake every unit's or cluster's influence at random (Callaway and Sant'Anna 2021, algorithm 1).

    The standard error is the interquartile range of the draws over that of the normal law, which a few wild
    draws do not move. The critical value is the quantile of the largest absolute t over the estimates (sup-t;
    Montiel Olea and Plagborg-Moller 2019).

    Parameters
    ----------
    level : float
        Of the simultaneous intervals.
    draws : int
    law : Law
        Rademacher (1 or -1), Mammen (1993), or normal, whose draws are those of one normal vector: as fast
        for millions of units as for hundreds, and free of the order of units.
    """

    level: float = 0.95
    draws: int = 999
    law: Law = Law.RADEMACHER

    def __call__(
        self, influence: Floats, rng: np.random.Generator, clusters: NDArray[np.generic] | None = None
    ) -> Spread:
        """Draw for all estimates together.

        Parameters
        ----------
        influence : array, shape (n_units, k)
        rng : Generator
        clusters : array, shape (n_units,), or None
            Label of what moves together; units by themselves if None.

        Raises
        ------
        ValueError
            Where clusters are not one a unit, or fewer than two.
        """
        summed = cluster_sums(influence, clusters)
        size = np.sqrt(np.einsum("ij,ij->j", summed, summed))
        moving = size > 0
        scaled = summed / np.where(
            moving, size, 1.0
        )  # free of the unit of account, and safe in single precision
        draws = self._drawn(scaled, rng)
        low, high = np.quantile(draws, [0.25, 0.75], axis=0)
        error = (high - low) / (2 * NormalDist().inv_cdf(0.75))
        largest = np.abs(draws[:, moving] / error[moving]).max(axis=1, initial=0.0)
        scale = size / len(influence)
        critical = float(np.quantile(largest, self.level)) if moving.any() else 0.0
        return Spread(scale * error, critical, draws * scale)

    def _drawn(self, scaled: Floats, rng: np.random.Generator) -> Floats:
        """Multipliers times influence, summed over units; shape (draws, k)."""
        if self.law is Law.NORMAL:
            value, vector = np.linalg.eigh(scaled.T @ scaled)
            root = vector * np.sqrt(np.maximum(value, 0.0))
            return np.asarray(rng.standard_normal((self.draws, len(value))) @ root.T)
        draws = np.zeros((self.draws, scaled.shape[1]))
        multipliers = _signs if self.law is Law.RADEMACHER else _two_points
        for block in _blocks(scaled):
            columns = np.flatnonzero(block.any(axis=0))
            draws[:, columns] += multipliers(rng, (self.draws, len(block))) @ block[:, columns]
        return draws


def analytic_error(influence: Floats, clusters: NDArray[np.generic] | None = None) -> Floats:
    """Root of the sum of squared influence of units or clusters, over the number of units; shape (k,).

    influence, shape (n_units, k); clusters, shape (n_units,).

    Raises
    ------
    ValueError
        Where clusters are not one a unit, or fewer than two.
    """
    summed = cluster_sums(influence, clusters)
    return np.asarray(np.sqrt(np.einsum("ij,ij->j", summed, summed)) / len(influence))


def covariance(influence: Floats, clusters: NDArray[np.generic] | None = None) -> Floats:
    """Covariance of estimates, shape (k, k), whose root diagonal is `analytic_error`; arguments as there."""
    summed = cluster_sums(influence, clusters)
    return np.asarray(summed.T @ summed / len(influence) ** 2)


def cluster_sums(influence: Floats, clusters: NDArray[np.generic] | None) -> Floats:
    """Influence summed within clusters, shape (n_clusters, k); as it is where clusters are None."""
    if clusters is None:
        return influence
    if len(clusters) != len(influence):
        raise ValueError(f"clusters has {len(clusters)} units, influence {len(influence)}")
    labels, number = np.unique(clusters, return_inverse=True)
    if len(labels) < 2:
        raise ValueError("all units are in one cluster: nothing says how clusters differ")
    member = csr_array((np.ones(len(number)), (number, np.arange(len(number)))), (len(labels), len(number)))
    return np.asarray(member @ influence)


def _blocks(scaled: Floats) -> Iterator[NDArray[np.float32]]:
    """Rows in blocks, those that are zero in the same columns together.

    A cohort moves its own effects alone: half to two thirds of all figures are zero and need no product.
    Single precision costs six digits of a random draw.
    """
    kind = np.packbits(scaled != 0, axis=1)
    order = np.lexsort(kind.T)
    for first in range(0, len(order), ROWS):
        yield scaled[order[first : first + ROWS]].astype(np.float32)


_BYTES = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1) * np.float32(2) - np.float32(1)
"""Eight signs for every byte; shape (256, 8)."""


def _signs(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """One or minus one, each with probability one half."""
    drawn = np.frombuffer(rng.bytes((shape[0] * shape[1] + 7) // 8), dtype=np.uint8)
    return np.asarray(_BYTES[drawn].ravel()[: shape[0] * shape[1]].reshape(shape))


def _two_points(rng: np.random.Generator, shape: tuple[int, int]) -> NDArray[np.float32]:
    """Minus 0.618 with probability 0.724, otherwise 1.618."""
    root = np.sqrt(5.0)
    low, high, chance = (1 - root) / 2, (1 + root) / 2, (1 + root) / (2 * root)
    drawn = rng.random(shape, dtype=np.float32)
    return np.where(drawn < np.float32(chance), np.float32(low), np.float32(high))
