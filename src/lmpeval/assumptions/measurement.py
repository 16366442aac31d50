"""The outcome was measured in the same way everywhere and always; of a cost, that its claims are in."""

from __future__ import annotations

from lmpeval.assumptions.other_change import effect_without
from lmpeval.completeness import Completeness
from lmpeval.design import Assumption, Case, Evidence, Status

A_POINT = 0.01
"""Share of the claims of a year; one percentage point of 2,500 euro is as much as studies look for."""


def claims_are_in(case: Case) -> Evidence | None:
    """Look for a year whose claims are not all in, and show the effect without it; None where none can be."""
    known = case.circumstances.completeness
    if known is None:
        return None
    least = max(A_POINT, known.noticeable)
    uneven = known.apart is not None and abs(known.apart) >= A_POINT
    alarm = uneven or known.missing >= least
    # where the delivery tells that as much is missing everywhere, the effect of that year shrinks as much
    status = Status.NOT_SUPPORTED if uneven or not known.told else Status.UNCERTAIN
    return Evidence(
        status=status if alarm else Status.NOT_ASSESSED,
        finding=_said(known, least) + (_without(case, known.year) if alarm else ""),
        number=known.apart if uneven else known.missing,
        threshold=A_POINT if uneven else least,
        threshold_source="our convention, a percentage point"
        + ("" if known.told else ", or what a complete year would exceed once in a hundred"),
        bias_if_wrong="if more is missing in the site than elsewhere, cost seems to fall; if less, to rise",
    )


def _said(known: Completeness, least: float) -> str:
    if known.apart is not None:
        most = f"{100 * known.missing:.1f} % of the claims of {known.year}"
        return (
            f"the delivery tells that {most} are not in for the pool and "
            f"{100 * (known.missing + known.apart):.1f} % for the site"
        )
    if known.missing >= least:
        return (
            f"the pool's cost of {known.year} lies {100 * known.missing:.1f} % below the path of the years "
            "before, as it would if claims were still to come in or something else had changed; nobody tells "
            "which, nor whether it is the same everywhere"
        )
    side = "below" if known.missing > 0 else "above"
    return (
        f"the pool's cost of {known.year} lies {abs(100 * known.missing):.1f} % {side} the path of the years "
        f"before; claims not yet in would have been noticed from {100 * least:.1f} % on"
    )


def _without(case: Case, year: int) -> str:
    other = effect_without(case, [year])
    if other is None:
        return f"; without {year} there is no answer"
    sign = case.panel.scale.sign
    return (
        f"; without {year} the effect is {other:.3g}{sign} instead of {case.estimate.told.effect:.3g}{sign}"
    )


SAME_MEASUREMENT = Assumption(
    number=10,
    name="same_measurement",
    claim="The outcome was measured in the same way everywhere and always.",
    matters="A new way of billing or asking looks like an effect, and so do claims that come in late.",
    source="Shadish, Cook and Campbell (2002), instrumentation",
    critical=False,
    check=claims_are_in,
)
