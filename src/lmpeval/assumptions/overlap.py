"""There are comparison units like the treated."""

from __future__ import annotations

import numpy as np

from lmpeval.assumptions.donor_fit import levels_of, rests_on_donors
from lmpeval.assumptions.equivalence import said
from lmpeval.design import Assumption, Case, Evidence, Status
from lmpeval.donors.hull import nearest_mixture
from lmpeval.mixtures.simplex import NotConverged

LARGEST_WEIGHT, FEWEST_CONTROLS = 0.5, 3.0
LARGEST_WEIGHT_OF_DONORS, FEWEST_DONORS = 0.3, 5.0
"""Fitted to years, a site that is unlike all donors has few of them (`experiments/donor_fit`)."""
MOST_BELOW_ZERO = 0.1


def weight_on_few(case: Case) -> Evidence | None:
    """See how many comparison units the estimate leans on, and how much of it is extrapolation."""
    found = case.estimate
    weights = found.comparison.weights
    largest, effective = float(weights.max()), found.effective_controls
    name = found.control_names[int(weights.argmax())]
    below = float(-weights[weights < 0].sum() / np.abs(weights).sum())
    most, fewest = LARGEST_WEIGHT, FEWEST_CONTROLS
    if rests_on_donors(case.design):
        most, fewest = LARGEST_WEIGHT_OF_DONORS, FEWEST_DONORS
    fine = largest < most and effective >= fewest and below <= MOST_BELOW_ZERO
    beyond = f"; {below:.1%} of them is below zero: the comparison extrapolates" if below >= 0.0005 else ""
    return Evidence(
        status=Status.SUPPORTED if fine else Status.UNCERTAIN,
        finding=f"the largest weight is {largest:.0%} ({name}); the weights are worth {effective:.1f} equal "
        f"units{beyond}{_in_hull(case)}",
        number=effective,
        threshold=fewest,
        threshold_source=f"our convention: no weight of {most:.0%} or more, worth at least {fewest:.0f} "
        "units, and no more than a tenth below zero",
        bias_if_wrong="the estimate holds whatever happened in the one region that it leans on",
    )


def _in_hull(case: Case) -> str:
    """How far the site is from every mixture, for a design that makes one; in all years before the start."""
    if not rests_on_donors(case.design):
        return ""
    levels = levels_of(case.design)
    what = "figures" if levels == "together" else "changes"
    try:
        nearest = nearest_mixture(case.panel, levels)
    except NotConverged:
        return "; how far the site is from all mixtures of donors was not worked out"
    if nearest.exact:
        return f"; in its {what} before the start the site lies among the mixtures of donors"
    error = f"{said(case.panel.scale.told(nearest.distance), case.panel.scale)} a year"
    return f"; in its {what} before the start the site lies {error} from the nearest mixture of donors"


OVERLAP = Assumption(
    number=7,
    name="overlap",
    claim="There are comparison units like the treated, and the estimate does not lean on one or two.",
    matters="Where there is no comparable region, the comparison is an extrapolation.",
    source="Rosenbaum and Rubin (1983); Abadie (2021)",
    critical=False,
    check=weight_on_few,
)
