"""Nobody acted on the intervention before it began."""

from __future__ import annotations

from lmpeval.assumptions.equivalence import Violation
from lmpeval.design import Assumption, Case, Evidence, Status, estimate
from lmpeval.estimate import Estimate


def effect_before_the_start(case: Case) -> Evidence | None:
    """Estimate an effect in the years between announcement and start, from the years before both."""
    panel, announced = case.panel, case.circumstances.announced
    lead = panel.start - 1 if announced is None else min(announced, panel.start - 1)
    if not (panel.years < lead).any() or not ((panel.years >= lead) & panel.before).any():
        return Evidence(
            Status.NOT_ASSESSED,
            f"no year is left before {lead}, when the intervention was announced or could be expected",
        )
    found = estimate(case.design, panel.placebo_start(lead), 0, case.rng)
    years = panel.years[panel.before & (panel.years >= lead)]
    span = str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"
    return too_early(found, f"effect in {span}, before the start", case.circumstances.margin)


def too_early(found: Estimate, what: str, margin: float) -> Evidence:
    """Hold the effect of a start that never was against the margin."""
    chance = found.uncertainty.placebo[:, found.counted].mean(axis=1)
    return Violation(found.effect, chance, found.scale).evidence(
        what,
        margin,
        "change before the start is taken for the starting point, which hides as much of the effect",
    )


NO_ANTICIPATION = Assumption(
    number=2,
    name="no_anticipation",
    claim="Outcomes did not respond to the intervention before it started.",
    matters="Where it is known that something is coming, behaviour may change before it is there.",
    source="Abbring and Van den Berg (2003)",
    critical=False,
    check=effect_before_the_start,
)
