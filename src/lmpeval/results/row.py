"""One line of the table of a study's results."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite


class Quantity(StrEnum):
    """What a row's number is."""

    EFFECT = "effect"
    WITHOUT = "without_intervention"
    NET = "net_effect"
    PROGRAMME = "programme_cost"
    SAVING = "chance_of_net_saving"
    DIFFERENCE = "difference"
    WEIGHT = "weight"
    OF_START = "effect_of_start"
    OF_START_BY_YEAR = "difference_of_start"
    AVERAGE = "average"
    OVERALL = "overall"
    PRETENDED = "pretended_start"
    OTHER_METHOD = "other_method"
    CALIBRATED = "calibrated_effect"
    SYSTEMATIC = "systematic_error"
    OTHER_RANK = "other_rank"
    WITHOUT_UNIT = "effect_without_unit"
    STEPS = "if_steps_part"
    BENDS = "if_trends_bend"
    SUBGROUP = "effect_on_group"
    APART = "group_less_others"
    GROUPS_DIFFER = "groups_differ"
    EXPLORED = "explored_by_forest"
    OTHER_COST = "cost_in_another_way"
    PART = "part_of_difference"
    REST = "difference_in_no_part"
    PAYER = "difference_by_payer"
    MOVED = "moved"
    ADDED = "added"
    LEAKED = "leaked"
    AS_MEANT = "chance_that_care_moved"
    QUADRANT = "chance_of_gain_and_cost"
    NET_BENEFIT = "net_benefit"
    WORTH = "chance_of_net_benefit"


class Standing(StrEnum):
    """Whether a number may be quoted."""

    STATED = "stated"
    WITHHELD = "withheld"
    NONE = "none"


@dataclass(frozen=True)
class Row:
    """One number with what it is about; None where a column says nothing of it.

    Attributes
    ----------
    unit : str
        Of the number: the outcome's, or percent of an effect where ratios are compared.
    start : int or None
        First year of exposure that the number is about; of several starts together none.
    year : int or None
        Calendar year.
    since_start : int or None
        Years since the start; 0 is its first year.
    by : str
        What several starts are averaged by, of an average or of the one number over all of a kind; of a
        weight, the comparison unit that it is of; of systematic error, which number of its law; of an effect
        on a group of persons, the characteristic and the group; of outcomes told together, the part, the
        payer, where care moved to, or what is gained and its threshold.
    bound : float or None
        Of an interval that lets trends part (Rambachan and Roth 2023): how large steps apart may be, in
        multiples of the largest before the start, or how much the difference in trend may bend a year, in
        the `unit`.
    estimate, low, high, standard_error : float or None
        In the `unit`. An end of an interval that the method cannot bound is None.
    band_low, band_high : float or None
        Ends of the band that holds all averages of a kind on one side of the start at once.
    p : float or None
        None where there was nothing to rank the treated with, and for one site, of which only the rank holds.
    rank, ranked : int or None
        Place of the effect by size, 1 for the largest, and among how many.
    n_persons, n_providers : int or None
        Of a mean effect on persons: how many of them, and of practices, stand behind the treated in the year
        with the fewest; persons rounded.
    """

    study: str
    outcome: str
    unit: str
    design: str
    primary: bool
    verdict: str
    answer: str
    standing: Standing
    quantity: Quantity
    start: int | None = None
    year: int | None = None
    since_start: int | None = None
    by: str = ""
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    band_low: float | None = None
    band_high: float | None = None
    standard_error: float | None = None
    p: float | None = None
    rank: int | None = None
    ranked: int | None = None
    n_treated: int | None = None
    n_compared: int | None = None
    method: str = ""
    reasons: str = ""
    bound: float | None = None
    n_persons: int | None = None
    n_providers: int | None = None


def bounded(value: float) -> float | None:
    """A number, or None where a method has none or cannot bound it."""
    return float(value) if isfinite(value) else None
