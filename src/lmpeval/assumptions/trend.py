"""Without the intervention the treated would have moved like those they are compared with."""

from __future__ import annotations

import numpy as np

from lmpeval.assumptions.equivalence import Violation
from lmpeval.design import Assumption, Case, Evidence, Status, compare_all
from lmpeval.estimate import Estimate
from lmpeval.panel import Floats, Panel
from lmpeval.placebo import stand_ins


def trend_carried_on(case: Case) -> Evidence | None:
    """Carry the trend of the gap before the start on into the counted years."""
    found = case.estimate
    if int((found.years < found.start).sum()) < 2:
        return Evidence(Status.NOT_ASSESSED, "one year before the start shows no trend")
    carried = carry_on(found)
    violation = Violation(float(found.gap @ carried), found.uncertainty.placebo @ carried)
    n_before = int((found.years < found.start).sum())
    return violation.evidence(
        f"difference in trend over {n_before} years before the start, carried on to the counted years",
        case.circumstances.margin,
        "the estimate is off by as much as the trends differ",
    )


def carry_on(found: Estimate) -> Floats:
    """Weights, shape (n_years,), that turn a gap into its trend before the start times the time elapsed.

    Elapsed is from the middle of the years before the start to the middle of the counted years.
    """
    before = found.years < found.start
    years = found.years.astype(float)
    centred = np.where(before, years - years[before].mean(), 0.0)
    elapsed = years[found.counted].mean() - years[before].mean()
    return np.asarray(centred / (centred**2).sum() * elapsed)


def held_out_error(case: Case) -> Evidence | None:
    """Predict every year before the start from the other ones; hold the error against the margin."""
    panel = case.panel
    n_before = int(panel.before.sum())
    if n_before < 3:
        return Evidence(
            Status.UNCERTAIN,
            f"{n_before} years before the start are too few to hold one out: whether the donors move with "
            "the treated cannot be seen",
        )
    error = _held_out(case, panel)
    own, placebo = float(error[0]), error[1:]
    median, margin = float(np.median(placebo)), case.circumstances.margin
    larger = (1 + int((placebo >= own).sum())) / (1 + len(placebo))
    if own <= margin and own <= median:
        status = Status.SUPPORTED
    elif own > margin and larger <= 0.05:
        status = Status.NOT_SUPPORTED
    else:
        status = Status.UNCERTAIN
    return Evidence(
        status=status,
        finding=f"error when a year before the start is held out: {own:.3g}, against a margin of "
        f"{margin:.3g}; {median:.3g} for the median of {len(placebo)} stand-ins; from {n_before} years",
        number=own,
        threshold=min(margin, median),
        threshold_source="our convention: at most the minimal important difference and at most the median "
        "stand-in; Abadie (2021) asks for a good fit and gives no number",
        detectable=median,
        bias_if_wrong="the estimate holds whatever the donors could not follow",
    )


def _held_out(case: Case, panel: Panel) -> Floats:
    """Root mean squared error over held-out years: of the treated, then of every stand-in."""
    groups = stand_ins(panel)
    squares: list[Floats] = []
    for position in range(int(panel.before.sum())):
        held = panel.held_out(position)
        panels = [held, *(held.placebo_sites({label: members}) for label, members in groups.items())]
        answers = compare_all(case.design, panels)
        squares.append(
            np.array(
                [p.treated_mean[-1] - a.counterfactual[-1] for p, a in zip(panels, answers, strict=True)]
            )
            ** 2
        )
    return np.asarray(np.sqrt(np.mean(squares, axis=0)))


PARALLEL_TRENDS = Assumption(
    number=3,
    name="parallel_trends",
    claim="Without the intervention treated and comparison units would have moved alike.",
    matters="The change of the comparison units is taken for what would have happened in the region.",
    source="Angrist and Pischke (2009), chapter 5; Bilinski and Hatfield (2018)",
    critical=True,
    check=trend_carried_on,
)

DONOR_FIT = Assumption(
    number=3,
    name="donor_fit",
    claim="Without the intervention the treated would have moved like the weighted donors.",
    matters="The mixture of donors is taken for what would have happened in the region.",
    source="Abadie, Diamond and Hainmueller (2010); Abadie (2021)",
    critical=True,
    check=held_out_error,
)
