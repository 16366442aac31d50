"""Numbers of a finding, of a calibration and of a look ahead, as the metrics that runs carry."""

from __future__ import annotations

import re
from dataclasses import asdict
from math import isfinite

from lmpeval.beside.other_methods import Method
from lmpeval.calibration import Calibration
from lmpeval.disclosure import CBS, rounded, to_digits
from lmpeval.economics import NetEffect
from lmpeval.finding import Answered, Finding, Twin, TwinEffect

TWIN_NAMES = {
    Twin.MEAN_UNIT: "mean_unit",
    Twin.TRUNCATED: "truncated",
    Twin.RATIO: "ratio_percent",
    Twin.DIFFERENCE: "difference",
}


def metrics_of(finding: Finding) -> dict[str, float]:
    """Numbers of a finding by their metric's name.

    A result of which the verdict states no number (not credible, too early, blocked) keeps its numbers
    under `withheld.`, so that it neither vanishes nor reaches a chart by accident. What is not finite is
    no metric.
    """
    if not isinstance(finding.result, Answered):
        return {}
    answered = finding.result
    stated = _overall(answered) | _calibrated(answered) | _by_start(answered) | _by_twin(finding)
    stated |= _by_group(answered)
    under = "withheld." if finding.verdict.blocked or finding.verdict.effect is None else ""
    metrics = {f"{under}{name}": figure_of(value, answered) for name, value in stated.items()}
    metrics |= _of_fit(answered) | {"seconds": finding.seconds}
    metrics = {name: value for name, value in metrics.items() if isfinite(value)}
    return {name: float(value) for name, value in (metrics | counts_behind(answered)).items()}


def counts_behind(answered: Answered) -> dict[str, float]:
    """How many stand behind an answer, rounded; a number that may not be shown is left out."""
    behind = answered.behind
    size = rounded(answered.exposure, CBS if behind is None else behind.profile)
    named = {"exposure_treated": size}
    if behind is not None:
        named |= {f"n_{kind}": number for kind, number in behind.told.items()}
    return {name: float(number) for name, number in named.items() if number is not None}


def figure_of(value: float, answered: Answered) -> float:
    """A figure as it may leave: one of persons has no more digits than the profile lets it have."""
    return value if answered.behind is None else to_digits(value, answered.behind.profile)


def calibration_metrics(found: Calibration, before: str, after: str = "") -> dict[str, float]:
    """Numbers of a calibration by their metric's name, between `before` and `after`; none that is not finite.

    A design that finds an effect at no size has no `mde`.
    """
    numbers = {name: number.value for name, number in found.numbers().items()}
    numbers |= {f"{name}_mc_error": number.error for name, number in found.numbers().items()}
    numbers["n_places"] = float(len(found.effects))
    return {f"{before}{name}{after}": value for name, value in numbers.items() if isfinite(value)}


def glimpse_metrics(found: Calibration | None) -> dict[str, float]:
    """What a look ahead before a run found; one that finds an effect at no size has no number."""
    if found is None or not isfinite(found.detectable.value):
        return {}
    return {"look_ahead.mde": found.detectable.value, "look_ahead.mde_mc_error": found.detectable.error}


def metric_part(name: str) -> str:
    """A cell's name as a part of a metric's name, which may not hold everything that a name may.

    >>> metric_part("cost - difference_in_differences (matches 5)")
    'cost - difference_in_differences  matches 5 '
    """
    return re.sub(r"[^\w\-. ]", " ", name, flags=re.ASCII)


def _overall(answered: Answered) -> dict[str, float]:
    """The effect, how sure it is, and what is left of it once the programme is paid."""
    sure, told = answered.estimate.uncertainty, answered.estimate.told
    named = {
        "effect": told.effect,
        "low": told.interval[0],
        "high": told.interval[1],
        "p": sure.p,
        "smallest_p": sure.smallest_p,
        "standard_error": told.standard_error,
    }
    if isinstance(answered.net, NetEffect):
        low, high = answered.net.interval
        named |= {"net_effect": answered.net.effect, "net_low": low, "net_high": high}
        if answered.net.saving is not None:
            named["chance_of_net_saving"] = answered.net.saving.bounded
    return named


def _of_fit(answered: Answered) -> dict[str, float]:
    """What the effect was worked out from and how well that fits; no verdict withholds it."""
    found = answered.estimate
    return {
        "n_treated_units": float(answered.n_treated),
        "n_comparison_units": float(answered.n_compared),
        "n_stand_ins": float(len(found.uncertainty.placebo_labels)),
        "effective_controls": found.effective_controls,
        "largest_weight": float(found.comparison.weights.max()),
        "misfit_before": found.told.misfit,
        "years_before": float((found.years < found.start).sum()),
    }


def _calibrated(answered: Answered) -> dict[str, float]:
    """The effect by the law of what moved negative controls, and that law; empty with too few of them."""
    for each in answered.others:
        if each.method is Method.CONTROLS and each.interval and each.effect is not None:
            low, high = each.interval
            named = {"calibrated.effect": each.effect, "calibrated.low": low, "calibrated.high": high}
            if (law := answered.systematic) is not None:
                named |= {"systematic.mean": law.mean, "systematic.deviation": law.deviation}
            return named if each.p is None else {**named, "calibrated.p": each.p}
    return {}


def _by_group(answered: Answered) -> dict[str, float]:
    """Effects on named groups of persons, and whether they differ; none of a group that is withheld."""
    found = answered.persons.subgroups if answered.persons is not None else ()
    named: dict[str, float] = {}
    for each in found:
        by = f"subgroup.{metric_part(each.by)}"
        for group in each.groups:
            if group.own is not None:
                of = {"effect": group.own.effect, "low": group.own.low, "high": group.own.high}
                named |= {f"{by}.{metric_part(group.group)}.{name}": value for name, value in of.items()}
        named |= {f"{by}.p": each.p} if each.p is not None else {}
        named |= {f"{by}.p_adjusted": each.adjusted} if each.adjusted is not None else {}
    return named


def _by_start(answered: Answered) -> dict[str, float]:
    """Effects of each start and over all starts, with their intervals; empty for a single start."""
    if answered.several is None:
        return {}
    named: dict[str, float] = {}
    for one in answered.several.each:
        low, high = one.estimate.told.interval
        of = {"effect": one.estimate.told.effect, "low": low, "high": high, "weight": one.weight}
        named |= {f"start_{one.start}.{name}": value for name, value in of.items()}
    for each in answered.several.averages:
        whole, name = each.overall, str(each.by).replace(" ", "_")
        of = {
            "effect": whole.effect,
            "low": whole.low,
            "high": whole.high,
            "standard_error": whole.standard_error,
        }
        named |= {f"over_{name}.{key}": value for key, value in of.items()}
    return named


def _by_twin(finding: Finding) -> dict[str, float]:
    """Effect, interval and p of every twin that has an effect."""
    return {
        f"{TWIN_NAMES[twin]}.{name}": value
        for twin, found in finding.twins.items()
        if isinstance(found, TwinEffect)
        for name, value in asdict(found).items()
    }
