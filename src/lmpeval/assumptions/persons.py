"""What persons say of the twelve premises: the statements are those of regions, the checks their own."""

from __future__ import annotations

from collections.abc import Callable

from lmpeval.assumptions.anticipation import NO_ANTICIPATION
from lmpeval.assumptions.argued import STABLE_COMPOSITION, WELL_DEFINED
from lmpeval.assumptions.balance import OBSERVED_BALANCE
from lmpeval.assumptions.measurement import SAME_MEASUREMENT
from lmpeval.assumptions.other_change import NO_OTHER_CHANGE
from lmpeval.assumptions.overlap import OVERLAP
from lmpeval.assumptions.person_balance import balanced, common_support
from lmpeval.assumptions.person_composition import shared_practices, who_stayed
from lmpeval.assumptions.person_effects import chosen_or_matched_for_a_high, scale_and_form
from lmpeval.assumptions.person_traits import alike_without_it
from lmpeval.assumptions.scale import RIGHT_SCALE
from lmpeval.assumptions.selection import SELECTION_NOT_BY_CHANCE
from lmpeval.assumptions.spillover import NO_SPILLOVER
from lmpeval.assumptions.trend import PARALLEL_TRENDS
from lmpeval.assumptions.uncertainty import FEWEST, VALID_UNCERTAINTY, enough_stand_ins
from lmpeval.design import Assumption, Case, Evidence, Status
from lmpeval.disclosure import rounded_count
from lmpeval.persons.design import CohortAssumption, CohortCase
from lmpeval.persons.region_means import FEWEST_TREATED
from lmpeval.persons.region_ranks import RANKED


def of_regions(statement: Assumption) -> CohortAssumption:
    """The check of regions serves as it is: persons say no more."""
    check = statement.check
    if check is None:
        return CohortAssumption(statement)
    return CohortAssumption(statement, _on_regions(check))


def _on_regions(check: Callable[[Case], Evidence | None]) -> Callable[[CohortCase], Evidence | None]:
    return lambda case: check(case.regional)


def enough_regions(case: CohortCase) -> Evidence | None:
    """Count the regions on either side: as many independent draws there are, however many persons."""
    sure = case.answer.estimate.uncertainty
    if sure.rank:
        anew = sure.method == RANKED or sure.smallest_p == 1
        return _ranked(case) if anew else enough_stand_ins(case.regional)
    panel = case.answer.panel
    treated, compared = int(panel.treated.sum()), int(panel.compared.sum())
    profile = case.circumstances.gate.profile
    kept, others = (rounded_count(n, profile) for n in (case.answer.n_kept, case.answer.n_compared))
    enough = treated >= FEWEST_TREATED and compared >= FEWEST
    return Evidence(
        status=Status.SUPPORTED if enough else Status.UNCERTAIN,
        finding=f"{case.answer.estimate.uncertainty.method}; {kept} treated and "
        f"{others} compared persons in {treated} and {compared} regions. Errors that take "
        "persons for independent would be far too small where whole regions were assigned",
        number=float(treated),
        threshold=float(FEWEST_TREATED),
        threshold_source="our convention, from experiments/person_level_size",
        bias_if_wrong="none on the estimate; the interval may be too narrow or too wide",
    )


def _ranked(case: CohortCase) -> Evidence:
    """Say among how many regions one or two were ranked."""
    sure, n_treated = case.answer.estimate.uncertainty, len(case.answer.panel.sites)
    n_others = round(1 / sure.smallest_p) - 1
    told = f"there is no interval and no p-value, {sure.method.removeprefix('none: ')}"
    if n_others:
        regions = "region was" if n_treated == 1 else "regions were"
        others = "other regions" if n_treated == 1 else "sets of as many of them and other regions"
        told = (
            f"{n_treated} {regions} treated: the effect ranks {sure.rank} of {n_others + 1} among {n_others} "
            f"{others}, each matched anew as if it had been treated; the smallest attainable p is "
            f"{sure.smallest_p:.3f}. It is a rank and no p-value: it does not hold for a region that was "
            "more likely to be chosen than the others, or is noisier"
        )
    return Evidence(
        status=Status.SUPPORTED if n_others >= FEWEST else Status.UNCERTAIN,
        finding=told,
        number=float(n_others),
        threshold=float(FEWEST),
        threshold_source="1/(regions + 1) must reach 0.05",
        bias_if_wrong="none on the estimate; the interval may be too narrow or too wide",
    )


OF_PERSONS = (
    CohortAssumption(WELL_DEFINED),
    of_regions(NO_ANTICIPATION),
    CohortAssumption(PARALLEL_TRENDS, alike_without_it),
    CohortAssumption(STABLE_COMPOSITION, who_stayed),
    CohortAssumption(NO_SPILLOVER, shared_practices),
    of_regions(NO_OTHER_CHANGE),
    CohortAssumption(OVERLAP, common_support),
    CohortAssumption(OBSERVED_BALANCE, balanced),
    CohortAssumption(SELECTION_NOT_BY_CHANCE, chosen_or_matched_for_a_high),
    of_regions(SAME_MEASUREMENT),
    CohortAssumption(VALID_UNCERTAINTY, enough_regions),
    CohortAssumption(RIGHT_SCALE, scale_and_form),
)
"""All twelve, for a design that weighs persons."""
