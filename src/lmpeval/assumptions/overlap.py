"""There are comparison units like the treated."""

from __future__ import annotations

from lmpeval.design import Assumption, Case, Evidence, Status

LARGEST_WEIGHT = 0.5
FEWEST_CONTROLS = 3.0


def weight_on_few(case: Case) -> Evidence | None:
    """See how many comparison units the estimate leans on."""
    found = case.estimate
    largest, effective = float(found.comparison.weights.max()), found.effective_controls
    name = found.control_names[int(found.comparison.weights.argmax())]
    fine = largest < LARGEST_WEIGHT and effective >= FEWEST_CONTROLS
    return Evidence(
        status=Status.SUPPORTED if fine else Status.UNCERTAIN,
        finding=f"the largest weight is {largest:.0%} ({name}); the weights are worth {effective:.1f} equal "
        "units",
        number=effective,
        threshold=FEWEST_CONTROLS,
        threshold_source="our convention: no weight of a half or more, and worth at least three units",
        bias_if_wrong="the estimate holds whatever happened in the one region that it leans on",
    )


OVERLAP = Assumption(
    number=7,
    name="overlap",
    claim="There are comparison units like the treated, and the estimate does not lean on one or two.",
    matters="Where there is no comparable region, the comparison is an extrapolation.",
    source="Rosenbaum and Rubin (1983); Abadie (2021)",
    critical=False,
    check=weight_on_few,
)
