"""The intervention left the comparison units alone."""

from __future__ import annotations

from math import inf, isfinite

from lmpeval.design import Assumption, Case, Evidence, Status, estimate

MOST_MOVED = 0.5  # standard errors


def neighbours_let_in(case: Case) -> Evidence | None:
    """Let the neighbours that were set aside take part and see whether the effect moves."""
    panel, found = case.panel, case.estimate
    if not panel.aside.any():
        return Evidence(Status.NOT_ASSESSED, "no neighbours of the site were set aside to see a spillover by")
    wider = estimate(case.design, panel.with_aside(panel.aside & False), case.circumstances.lag, case.rng)
    near = {panel.units[i] for i in range(len(panel.units)) if panel.aside[i]}
    weights = zip(wider.control_names, wider.comparison.weights, strict=True)
    on_near = float(sum(weight for name, weight in weights if name in near))
    moved, sign = found.moved_to(wider.effect), panel.scale.sign
    told = (
        f"with {len(near)} neighbours in the comparison the effect is {wider.told.effect:.3g}{sign}, without "
        f"them {found.told.effect:.3g}{sign} ({found.apart_words(wider.effect)}); they carry {on_near:.0%} "
        "of the weight"
    )
    error = found.uncertainty.standard_error
    detectable = panel.scale.told(MOST_MOVED * error / on_near) if on_near else inf
    margin = case.circumstances.margin
    # a check that could not have seen a spillover as large as what matters supports nothing
    seen = detectable <= margin
    return Evidence(
        status=Status.SUPPORTED if moved < MOST_MOVED and seen else Status.UNCERTAIN,
        finding=told if seen else f"{told}, too little to see a spillover of {margin:.3g}{sign} by",
        number=moved if isfinite(moved) else None,
        threshold=MOST_MOVED,
        threshold_source="our convention, in standard errors",
        detectable=detectable if isfinite(detectable) else None,
        bias_if_wrong="comparison units that join in make the effect look smaller",
    )


NO_SPILLOVER = Assumption(
    number=5,
    name="no_spillover",
    claim="The intervention left outcomes in the comparison units untouched, and they had none of their own.",
    matters="Patients, hospitals and good ideas cross borders, and other regions start programmes too.",
    source="Rubin (1980); Butts (2021)",
    critical=True,
    check=neighbours_let_in,
)
