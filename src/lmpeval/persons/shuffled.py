"""An order of persons that is random, and yet the same in whatever order they come.

Ties between persons must be broken by something. Their order in a file is no good: files are sorted by
region or by cost. A random number a position is none either: the answer would change when the file is sorted
another way. So persons are ordered by a hash of what they are like before the start.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lmpeval.cohort import Cohort
from lmpeval.panel import Floats

Hashes = NDArray[np.uint64]
STEPS = 2.0**20
"""Parts of a covariate's range that are told apart."""


def shuffled(cohort: Cohort, seed: int) -> NDArray[np.intp]:
    """Positions of persons in an order that rests on covariates, and on outcomes only between equals.

    It does not change with the order of persons, the names and order of regions, or the units in which
    covariates and outcomes are measured. Persons who are alike in all covariates are told apart by their
    outcomes and region, in an order that is then shuffled: who is chosen among them has nothing to do with
    which one is dearer.
    """
    key = np.full(len(cohort.treated), seed, dtype=np.uint64)
    for values in (cohort.treated.astype(np.float64), *cohort.covariates.T):
        key = _mixed(key + _steps(values))
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    alike = np.zeros(len(key), dtype=bool)
    same = ordered[1:] == ordered[:-1]
    alike[1:] |= same
    alike[:-1] |= same
    if alike.any():
        members = order[alike]
        members = members[np.lexsort((*_told_apart(cohort, key, members), key[members]))]
        number = _number_in_group(key[members])
        key[members] = _mixed(key[members] + number)
        order = np.argsort(key, kind="stable")
    return np.asarray(order)


def _steps(values: Floats) -> Hashes:
    low, high = float(values.min()), float(values.max())
    part = (values - low) / (high - low) if high > low else np.zeros(len(values))
    return np.rint(part * STEPS).astype(np.uint64)


def _mixed(key: Hashes) -> Hashes:
    """One round of splitmix64 (Steele, Lea and Flood 2014)."""
    key = key + np.uint64(0x9E3779B97F4A7C15)
    key = (key ^ (key >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    key = (key ^ (key >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(key ^ (key >> np.uint64(31)))


def _told_apart(cohort: Cohort, key: Hashes, members: NDArray[np.intp]) -> list[NDArray[np.generic]]:
    """What equals may differ in, the least important first: region by who lives there, years by year."""
    by_region = np.zeros(len(cohort.region_names), dtype=np.uint64)
    np.add.at(by_region, cohort.regions, key)
    years = [*cohort.amounts[:, members], *cohort.exposure[:, members]]
    return [by_region[cohort.regions[members]], *years]


def _number_in_group(ordered: Hashes) -> Hashes:
    """Place of each within its run of equal keys, from 0."""
    begins = np.r_[True, ordered[1:] != ordered[:-1]]
    first = np.maximum.accumulate(np.where(begins, np.arange(len(ordered)), 0))
    return (np.arange(len(ordered)) - first).astype(np.uint64)
