"""The groups resemble each other in what was measured before the start."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmpeval.design import Assumption, Case, Evidence, Status
from lmpeval.panel import Floats, Panel
from lmpeval.weighting import spread_of

FINE, LARGEST = 0.10, 0.25


def differences(panel: Panel, weights: Floats) -> Floats:
    """Standardised mean differences of the covariates, treated minus weighted comparison.

    Divided by the standard deviation over the units in use.

    Parameters
    ----------
    panel : Panel
    weights : array, shape (n_controls,)

    Returns
    -------
    array, shape (n_covariates,)
        Zero for a covariate that does not vary.
    """
    size = panel.size[panel.treated] / panel.size[panel.treated].sum()
    spread = spread_of(panel.covariates[panel.treated | panel.compared])
    apart = size @ panel.covariates[panel.treated] - weights @ panel.covariates[panel.compared]
    return np.asarray(np.divide(apart, spread, out=np.zeros_like(apart), where=spread > 0))


def largest_difference(case: Case) -> Evidence | None:
    """Find the covariate in which the groups differ most."""
    panel = case.panel
    return told_of(differences(panel, case.estimate.comparison.weights), panel.covariate_names)


def told_of(apart: Floats, names: Sequence[str]) -> Evidence | None:
    """Say which of the standardised differences, shape (n_covariates,), is largest; None without any."""
    if not apart.size:
        return None
    worst = int(np.abs(apart).argmax())
    size = float(abs(apart[worst]))
    status = Status.SUPPORTED if size <= FINE else Status.UNCERTAIN
    return Evidence(
        status=Status.NOT_SUPPORTED if size > LARGEST else status,
        finding=f"largest standardised difference {apart[worst]:.2f}, in {names[worst]}; "
        f"{int((np.abs(apart) > FINE).sum())} of {len(apart)} covariates differ by more than {FINE}",
        number=size,
        threshold=FINE,
        threshold_source="0.1 as OHDSI (CohortMethod); above 0.25 What Works Clearinghouse (2022) sees no "
        "comparable groups",
        bias_if_wrong="groups that differ may move differently",
    )


OBSERVED_BALANCE = Assumption(
    number=8,
    name="observed_balance",
    claim="Treated and weighted comparison units resemble each other in what was measured before the start.",
    matters="Regions of other age, size or health may develop differently.",
    source="Rosenbaum and Rubin (1985); Stuart (2010)",
    critical=False,
    check=largest_difference,
)
