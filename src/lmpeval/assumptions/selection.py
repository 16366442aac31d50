"""Neither selection nor adjustment rests on a chance high or on what the intervention changed."""

from __future__ import annotations

from lmpeval.design import Assumption, Case, Evidence, Status
from lmpeval.panel import Panel

FEWEST_YEARS = 3
LEAST_RELIABLE = 0.8


def reliability(panel: Panel) -> float:
    """Share of the variance of units' means before the start that lasts from year to year.

    One-way analysis of variance, year effects taken out (Spearman 1910; Brown 1910). Between 0 and 1;
    0 with one year.
    """
    path = panel.outcome[panel.before][:, panel.treated | panel.compared]
    n_years, n_units = path.shape
    if n_years < 2:
        return 0.0
    path = path - path.mean(axis=1, keepdims=True)
    means = path.mean(axis=0)
    within = float(((path - means) ** 2).sum() / ((n_years - 1) * (n_units - 1)))
    between = float(n_years * (means**2).sum() / (n_units - 1))
    return max(0.0, 1 - within / between) if between > 0 else 0.0


def years_and_covariates(case: Case) -> Evidence | None:
    """Count the years before the start and weigh their mean's reliability.

    A covariate known only from the start on never comes this far: the study file is refused.
    """
    n_before, lasting = int(case.panel.before.sum()), reliability(case.panel)
    enough = n_before >= FEWEST_YEARS and lasting >= LEAST_RELIABLE
    on_outcome = bool(getattr(case.design, "match_on_outcome", False))
    years = "1 year" if n_before == 1 else f"{n_before} years"
    told = (
        f"{years} before the start, of which the mean is {lasting:.0%} lasting difference and the rest "
        f"chance; {FEWEST_YEARS} is the least that can tell a chance high from a level"
    )
    if on_outcome:
        told += "; units were matched on the outcome before the start, which invites regression to the mean"
    return Evidence(
        status=Status.SUPPORTED if enough and not on_outcome else Status.UNCERTAIN,
        finding=told,
        number=float(n_before),
        threshold=float(FEWEST_YEARS),
        threshold_source="our convention: three years and a reliability of 0.8; Daw and Hatfield (2018)",
        bias_if_wrong="a chance high before the start falls by itself and looks like an effect",
    )


SELECTION_NOT_BY_CHANCE = Assumption(
    number=9,
    name="selection_not_by_chance",
    claim="Neither the choice of the site nor the adjustment rests on a chance high or on a consequence.",
    matters="What was chosen for being high tends to come down by itself.",
    source="Daw and Hatfield (2018); Rosenbaum (1984)",
    critical=True,
    check=years_and_covariates,
)
