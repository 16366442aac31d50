"""A design of persons that weighs the same persons once, whatever is asked of them afterwards.

Who is like whom rests on what was known before the start and not on the outcome. Where several outcomes of
one cohort are told, matching anew would take most of the time and, among equals, choose others for no reason.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import ClassVar

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.persons.design import CohortAssumption, CohortDesign, Matched
from lmpeval.persons.outcome_slopes import outcome_slopes
from lmpeval.persons.region_means import RegionMeans


@dataclass(frozen=True, eq=False)
class SameWeights:
    """The design, with the weights of every set of persons kept from when it was first seen."""

    design: CohortDesign
    kept: dict[bytes, Matched] = field(default_factory=dict)
    assumptions: ClassVar[tuple[CohortAssumption, ...]] = ()

    @property
    def regions(self) -> RegionMeans:
        """Those of the design."""
        return self.design.regions

    def compare(self, cohort: Cohort) -> Matched:
        """The design's weights; slopes are those of this cohort's outcome."""
        who = _who(cohort)
        if who not in self.kept:
            self.kept[who] = found = self.design.compare(cohort)
            return found
        found = self.kept[who]
        return found if found.slopes is None else replace(found, slopes=outcome_slopes(cohort, found.weights))


def _who(cohort: Cohort) -> bytes:
    """A hash of all but outcome and exposure of the persons, in their order."""
    digest = hashlib.blake2b(digest_size=16)
    for values in (cohort.treated, cohort.strata, cohort.regions, cohort.covariates):
        digest.update(np.ascontiguousarray(values).tobytes())
    return digest.digest()
