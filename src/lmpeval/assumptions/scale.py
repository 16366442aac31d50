"""The answer does not depend on whether differences or ratios are compared."""

from __future__ import annotations

from math import isfinite

import numpy as np

from lmpeval.design import Assumption, Case, Evidence, Status

MOST_MOVED = 0.5  # standard errors


def ratios_instead(case: Case) -> Evidence | None:
    """Compare relative instead of absolute change; None for outcomes that are not positive."""
    panel, found = case.panel, case.estimate
    if not panel.has_logarithms:
        return None
    relative = panel.in_logarithms()
    factor = np.exp(relative.treated_mean - case.design.compare(relative).counterfactual)
    gap = panel.treated_mean * (1 - 1 / factor)
    effect = float(gap[found.counted].mean())
    moved = found.moved_to(effect)
    return Evidence(
        status=Status.SUPPORTED if moved < MOST_MOVED else Status.UNCERTAIN,
        finding=f"on the scale of ratios the effect is {effect:.3g}, on that of differences "
        f"{found.effect:.3g} ({found.apart_words(effect)})",
        number=moved if isfinite(moved) else None,
        threshold=MOST_MOVED,
        threshold_source="our convention, in standard errors",
        bias_if_wrong="depends on whether costs would have risen by the same euros or the same percentage",
    )


RIGHT_SCALE = Assumption(
    number=12,
    name="right_scale",
    claim="Comparing differences or ratios gives the same answer.",
    matters="Regions with other levels cannot move alike on both scales.",
    source="Roth and Sant'Anna (2023)",
    critical=False,
    check=ratios_instead,
)
