"""Without the intervention the treated would have moved like the weighted donors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lmpeval.assumptions.equivalence import said
from lmpeval.design import Assumption, Case, Design, Evidence, Status
from lmpeval.donors.held_out import HeldOut, foretold_from, held_out
from lmpeval.donors.hull import ROUNDING, NoVertex, identified, nearest_mixture
from lmpeval.donors.paths import Donors, Levels
from lmpeval.mixtures.simplex import NotConverged
from lmpeval.uncertainty.gap_statistics import misfit

FEWEST_TO_HOLD_OUT = 3
SAME = 1e-6
"""Effects that differ by less than this share of the largest gap are the same one."""
TIMES_THE_MEDIAN = 1.5
"""Error of years held out, in that of the median stand-in, up to which a site is like its stand-ins."""
LARGEST_MISFIT = 0.5
"""Misfit before the start, in standard deviations between donors, up to which they follow the site.

Both from `experiments/donor_fit`: beyond twice the one, or beyond the other, a site without any effect was
called real in 7 to 70 % of draws.
"""


def followed_before(case: Case) -> Evidence | None:
    """Foretell every year before the start from the other ones, and say what the fit itself can tell.

    The error of the years held out is held against the margin and against that of the stand-ins. How small
    the misfit is tells little where donors outnumber years: then many mixtures fit as well, and what they say
    of the effect is told beside.
    """
    n_before = int(case.panel.before.sum())
    judged = held_out_error(case, n_before)
    left = misfit_between_donors(case)
    if judged.status is Status.SUPPORTED and left > LARGEST_MISFIT:
        judged = replace(judged, status=Status.UNCERTAIN)
    parts = [judged.finding, _fit(case, left), _chosen(case)]
    if judged.detectable is not None and judged.detectable > case.circumstances.margin:
        parts.append(_years_needed(case))
    return replace(judged, finding="; ".join(part for part in parts if part))


def held_out_error(case: Case, n_before: int) -> Evidence:
    """Hold the error of years held out against the margin, and against what it is for the stand-ins."""
    if n_before < FEWEST_TO_HOLD_OUT:
        return Evidence(
            Status.UNCERTAIN,
            f"too few years before the start for this design: of {n_before} none can be held out, so that "
            "whether the donors move with the treated cannot be seen",
        )
    return told_of_held_out(held_out(case.design, case.panel), n_before, case)


def told_of_held_out(found: HeldOut, n_before: int, case: Case) -> Evidence:
    """Hold errors over `n_before` years held out against the margin, and against each other."""
    scale, margin = case.panel.scale, case.circumstances.margin
    error = found.told(scale)
    if not len(error.others):
        return Evidence(
            Status.UNCERTAIN,
            f"error when a year before the start is held out: {said(error.own, scale)}; without stand-ins "
            "nothing says how large it is by chance",
        )
    return Evidence(
        status=_status(error, margin),
        finding=f"error when a year before the start is held out: {said(error.own, scale)}, against a "
        f"margin of {said(margin, scale)}; {said(error.median, scale)} for the median of "
        f"{len(error.others)} stand-ins; from {n_before} years{_some(error.tried, n_before)}",
        number=error.own,
        threshold=min(margin, TIMES_THE_MEDIAN * error.median),
        threshold_source="our convention: at most the minimal important difference, at most one and a half "
        "times the median stand-in, and a misfit of at most half a standard deviation between donors, from "
        "simulation; Abadie (2021) asks for a good fit and gives no number",
        detectable=error.median,
        bias_if_wrong="the estimate holds whatever the donors could not follow",
    )


def _some(tried: int, of: int) -> str:
    return f", {tried} of which were held out" if tried < of else ""


def _status(error: HeldOut, margin: float) -> Status:
    if error.own <= min(margin, TIMES_THE_MEDIAN * error.median):
        return Status.SUPPORTED
    beyond = error.own > margin and error.share_as_large <= 0.05
    return Status.NOT_SUPPORTED if beyond else Status.UNCERTAIN


def levels_of(design: Design) -> Levels:
    """Whether a design compares changes or figures as they stand; changes where it does not say."""
    return "together" if getattr(design, "levels", "apart") == "together" else "apart"


def rests_on_donors(design: Design) -> bool:
    """Whether a design takes it for granted that a mixture of donors moves like the treated."""
    return any(assumption.check is followed_before for assumption in design.assumptions)


def misfit_between_donors(case: Case) -> float:
    """Misfit before the start, in standard deviations of what donors move apart; 0 where none do."""
    path = Donors.of([case.panel], levels_of(case.design)).path[:, case.panel.compared]
    spread = float(np.sqrt(np.mean((path - path.mean(axis=1, keepdims=True)) ** 2)))
    moves = spread > ROUNDING * case.panel.scale.magnitude(case.panel.outcome)
    return case.estimate.misfit / spread if moves else 0.0


def _fit(case: Case, left: float) -> str:
    """Misfit before the start, in what donors move by themselves, and its place among the stand-ins."""
    found, before = case.estimate, case.panel.before
    told = (
        f"misfit before the start {said(found.told.misfit, found.scale)}, {left:.2f} standard deviations "
        "between donors"
    )
    if not len(found.uncertainty.placebo):
        return told
    others = misfit(found.uncertainty.placebo, before)
    larger = int((others > found.misfit).sum())
    return f"{told}, larger than that of {len(others) - larger} of {len(others)} stand-ins"


def _chosen(case: Case) -> str:
    """What all mixtures that fit exactly say of the effect, where there is more than one of them."""
    levels, found, scale = levels_of(case.design), case.estimate, case.panel.scale
    try:
        nearest = nearest_mixture(case.panel, levels)
        low, high = identified(case.panel, levels, found.counted, nearest) if nearest.exact else (0.0, 0.0)
    except (NotConverged, NoVertex):
        return "whether other mixtures fit as well was not worked out"
    if high - low <= SAME * (float(np.abs(found.gap).max()) or 1.0):
        return ""
    return (
        "the weights are not unique: mixtures that fit every year before the start exactly give effects from "
        f"{said(scale.told(low), scale)} to {said(scale.told(high), scale)}, and the design's price of noise "
        "picks among them, not the years"
    )


def _years_needed(case: Case) -> str:
    """By how much the next year of the median stand-in is missed, where never by the margin or less."""
    scale, margin = case.panel.scale, case.circumstances.margin
    told = {n: scale.told(error) for n, error in foretold_from(case.design, case.panel).items()}
    if any(error <= margin for error in told.values()):
        return ""
    by_number = ", ".join(f"{said(error, scale)} from {n}" for n, error in told.items())
    return (
        "too few years before the start for this design: the next year of the median stand-in is missed by "
        f"{by_number} years, and no number of years at hand reaches the margin"
    )


DONOR_FIT = Assumption(
    number=3,
    name="donor_fit",
    claim="Without the intervention the treated would have moved like the weighted donors.",
    matters="The mixture of donors is taken for what would have happened in the region.",
    source="Abadie, Diamond and Hainmueller (2010); Abadie (2021); Ferman and Pinto (2021)",
    critical=True,
    check=followed_before,
)
