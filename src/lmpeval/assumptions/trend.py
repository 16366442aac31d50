"""Without the intervention the treated would have moved like those they are compared with."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lmpeval.assumptions.equivalence import Violation, said
from lmpeval.assumptions.robust import ROBUST_FROM, claims_an_effect, robust
from lmpeval.assumptions.robust import told as told_robust
from lmpeval.design import Assumption, Case, Evidence, Status
from lmpeval.estimate import Estimate
from lmpeval.event_path import LeadBand, NoEventPath, lead_band
from lmpeval.panel import Floats


def trend_carried_on(case: Case) -> Evidence | None:
    """Carry the trend before the start on into the counted years, and ask how far trends may part.

    Supported where a trend that matters can be ruled out and, if an effect is claimed, it would stand with
    steps apart after the start half as large as before it. A test that finds no trend supports nothing (Roth
    2022).
    """
    found, margin = case.estimate, case.circumstances.margin
    n_before = int((found.years < found.start).sum())
    if n_before < 2:
        return Evidence(Status.NOT_ASSESSED, "one year before the start shows no trend")
    carried = carry_on(found)
    violation = Violation(float(found.gap @ carried), found.uncertainty.placebo @ carried, found.scale)
    equivalent = violation.evidence(
        f"difference in trend over {n_before} years before the start, carried on to the counted years",
        margin,
        "the estimate is off by as much as the trends differ",
    )
    if not len(violation.chance):
        return equivalent
    breakdown, told = _far_apart(found, margin)
    stands = not claims_an_effect(found) or (breakdown is not None and breakdown >= ROBUST_FROM)
    doubted = equivalent.status is Status.SUPPORTED and not stands
    parts = (equivalent.finding, _power(violation, margin, elapsed(found)), _leads(lead_band(found)), told)
    return replace(
        equivalent,
        status=Status.UNCERTAIN if doubted else equivalent.status,
        finding="; ".join(parts),
        threshold_source=f"{equivalent.threshold_source}; that an effect must stand with steps apart half "
        "as large as before the start is our convention, after Rambachan and Roth (2023)",
        breakdown=breakdown,
    )


def _far_apart(found: Estimate, margin: float) -> tuple[float | None, str]:
    """Breakdown value of the steps apart, and all that is to be said of it."""
    try:
        limits = robust(found, margin)
    except NoEventPath as why:
        return None, f"how far trends may part after the start was not worked out: {why}"
    return limits.breakdown, told_robust(limits)


def _power(violation: Violation, margin: float, years: float) -> str:
    seen, scale = violation.detectable, violation.scale
    a_year = scale.told(scale.untold(seen) / years)
    return (
        f"a straight trend that moves the effect by the margin would have been seen in "
        f"{violation.power(margin):.0%} of cases, and one of {said(a_year, scale)} a year, which "
        f"moves it by {said(seen, scale)}, in 80%"
    )


def _leads(band: LeadBand) -> str:
    if not np.isfinite(band.reach).all():
        return "stand-ins are too few for a band that holds all years before the start"
    inside = "the band that holds all of them for 19 in 20 stand-ins"
    if not band.outside:
        return f"no year before the start lies outside {inside}"
    listed = ", ".join(map(str, band.outside))
    return f"of the years before the start {listed} {'lie' if band.outside[1:] else 'lies'} outside {inside}"


def carry_on(found: Estimate) -> Floats:
    """Weights, shape (n_years,), that turn a gap into its trend before the start times the time elapsed."""
    before = found.years < found.start
    years = found.years.astype(float)
    centred = np.where(before, years - years[before].mean(), 0.0)
    return np.asarray(centred / (centred**2).sum() * elapsed(found))


def elapsed(found: Estimate) -> float:
    """Years from the middle of the years before the start to the middle of the counted years."""
    return float(found.years[found.counted].mean() - found.years[found.years < found.start].mean())


PARALLEL_TRENDS = Assumption(
    number=3,
    name="parallel_trends",
    claim="Without the intervention treated and comparison units would have moved alike.",
    matters="The change of the comparison units is taken for what would have happened in the region.",
    source="Angrist and Pischke (2009), chapter 5; Bilinski and Hatfield (2018); Rambachan and Roth (2023)",
    critical=True,
    check=trend_carried_on,
)
