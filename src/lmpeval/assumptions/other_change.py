"""Nothing else changed on one side only."""

from __future__ import annotations

import numpy as np

from lmpeval.design import Assumption, Case, Evidence, Status, estimate

MOST_MOVED = 0.5  # standard errors


def break_years_left_out(case: Case) -> Evidence | None:
    """Leave the years of known breaks out and see whether the effect moves."""
    panel, breaks = case.panel, case.circumstances.breaks
    here = [year for year in breaks if year in panel.years]
    left = panel.years[~np.isin(panel.years, here)]
    if not here or not (left < panel.start).any() or not (left >= panel.start).any():
        return None
    found = case.estimate
    other = estimate(case.design, panel.without_years(here), case.circumstances.lag, case.rng)
    moved = found.moved_to(other.effect)
    listed = ", ".join(map(str, here))
    return Evidence(
        status=Status.UNCERTAIN,
        finding=f"without {listed} the effect is {other.effect:.3g} instead of {found.effect:.3g} "
        f"({moved:.2f} standard errors); a change that lasts would not show in this",
        number=float(moved),
        threshold=MOST_MOVED,
        threshold_source="our convention, in standard errors",
        bias_if_wrong="the other change is counted as effect",
    )


NO_OTHER_CHANGE = Assumption(
    number=6,
    name="no_other_change",
    claim="No other change hit the treated and the comparison units differently.",
    matters="A law, a way of billing or a merger that falls unevenly over regions looks like an effect.",
    source="Shadish, Cook and Campbell (2002), history",
    critical=True,
    check=break_years_left_out,
)
