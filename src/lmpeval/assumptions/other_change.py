"""Nothing else changed on one side only."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmpeval.design import Assumption, Case, Evidence, Status
from lmpeval.estimate import counted_years


def effect_without(case: Case, years: Sequence[int]) -> float | None:
    """The effect without some years, as it is told; None where a side of the start would be empty."""
    panel = case.panel
    left = panel.years[~np.isin(panel.years, years)]
    if not (left < panel.start).any() or not (left >= panel.start).any():
        return None
    kept = panel.without_years(years)
    counted = counted_years(kept, case.circumstances.lag)
    gap = kept.treated_mean - case.design.compare(kept).counterfactual
    return panel.scale.told(float(gap[counted].mean()))


def break_years_left_out(case: Case) -> Evidence | None:
    """Show the effect without the years of known breaks; whether it was the break, no region can tell."""
    panel, breaks = case.panel, case.circumstances.breaks
    here = [year for year in breaks if year in panel.years]
    other = effect_without(case, here) if here else None
    if other is None:
        return None
    listed = ", ".join(map(str, here))
    return Evidence(
        status=Status.NOT_ASSESSED,
        finding=f"without {listed} the effect is {other:.3g}{panel.scale.sign} instead of "
        f"{case.estimate.told.effect:.3g}{panel.scale.sign}; that is "
        "shown and not a test, because a change that lasts would stay in the other years",
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
