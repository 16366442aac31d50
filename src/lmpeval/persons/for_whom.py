"""All effects on groups that a study named beforehand, and the tests of whether they differ, put together."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lmpeval.cohort import Cohort
from lmpeval.design import Circumstances
from lmpeval.persons.design import CohortDesign
from lmpeval.persons.site_effects import of_sites
from lmpeval.persons.subgroups import SubgroupEffects, of_grouping
from lmpeval.uncertainty.multiplicity import holm


def effects_by_subgroup(
    design: CohortDesign, cohort: Cohort, circumstances: Circumstances, rng: np.random.Generator
) -> tuple[SubgroupEffects, ...]:
    """Tell the effects on the groups of `Cohort.subgroups`, and on every site where those are asked for.

    The p-values of all characteristics are adjusted for their number (Holm).
    """
    found = [of_grouping(design, cohort, each, circumstances, rng) for each in cohort.subgroups]
    if cohort.by_site:
        found.append(of_sites(design, cohort, circumstances.lag, rng, gate=circumstances.gate))
    tested = [i for i, each in enumerate(found) if each.p is not None]
    adjusted = holm([p for each in found if (p := each.p) is not None])
    for i, value in zip(tested, adjusted.tolist(), strict=True):
        found[i] = replace(found[i], adjusted=value)
    return tuple(found)
