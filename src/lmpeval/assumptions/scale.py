"""The answer does not depend on whether differences or ratios are compared."""

from __future__ import annotations

from math import isfinite

import numpy as np

from lmpeval.assumptions.equivalence import said
from lmpeval.design import Assumption, Case, Evidence, Status
from lmpeval.effect_scale import EffectScale
from lmpeval.panel import Floats, Panel

MOST_MOVED = 0.5  # standard errors


def other_scale_instead(case: Case) -> Evidence | None:
    """Compare ratios in place of differences, or the reverse; None for outcomes that are not positive."""
    panel, found = case.panel, case.estimate
    if not panel.can_lie_on(EffectScale.RATIO):
        return None
    beside = panel.on_scale(panel.scale.other)
    gap = _brought_back(beside, case.design.compare(beside).counterfactual, panel)
    effect = float(gap[found.counted].mean())
    moved, scale = found.moved_to(effect), panel.scale
    return Evidence(
        status=Status.SUPPORTED if moved < MOST_MOVED else Status.UNCERTAIN,
        finding=f"on the scale of {scale.other}s the effect is {said(scale.told(effect), scale)}, on that of "
        f"{scale}s {said(found.told.effect, scale)} ({found.apart_words(effect)})",
        number=moved if isfinite(moved) else None,
        threshold=MOST_MOVED,
        threshold_source="our convention, in standard errors",
        bias_if_wrong="depends on whether costs would have risen by the same euros or the same percentage",
    )


def _brought_back(beside: Panel, counterfactual: Floats, panel: Panel) -> Floats:
    """What was found on one scale as a gap on the other, at the level observed; shape (n_years,)."""
    if panel.scale is EffectScale.RATIO:
        with np.errstate(invalid="ignore", divide="ignore"):  # a level of zero or less has no ratio
            return np.asarray(np.log(beside.treated_mean / counterfactual))
    return np.asarray(panel.treated_mean * -np.expm1(counterfactual - beside.treated_mean))


RIGHT_SCALE = Assumption(
    number=12,
    name="right_scale",
    claim="Comparing differences or ratios gives the same answer.",
    matters="Regions with other levels cannot move alike on both scales.",
    source="Roth and Sant'Anna (2023)",
    critical=False,
    check=other_scale_instead,
)
