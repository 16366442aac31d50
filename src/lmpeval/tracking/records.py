"""A study and its findings as the names and values that runs carry: metrics, tags, parameters."""

from __future__ import annotations

import hashlib
import re
import subprocess
from contextlib import suppress
from dataclasses import asdict, fields
from functools import cache
from importlib.metadata import version
from math import isfinite
from pathlib import Path

from lmpeval.beside.other_methods import Method
from lmpeval.calibration import Calibration
from lmpeval.disclosure import CBS, rounded, rounded_count, to_digits
from lmpeval.economics import NetEffect
from lmpeval.engine.identity import NoIdentity, identity
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Answered, Cell, Failed, Finding, NotEstimable, Twin, TwinEffect
from lmpeval.portfolio.members import leads
from lmpeval.study import Aim, Intervention, Level, Outcome, Theme

TRACKED_PACKAGES = ("lmpeval", "numpy", "scipy", "pandas")


def metrics_of(finding: Finding) -> dict[str, float]:
    """Numbers of a finding by their metric's name.

    A result of which the verdict states no number (not credible, too early, blocked) keeps its numbers
    under `withheld.`, so that it neither vanishes nor reaches a chart by accident. What is not finite is
    no metric.
    """
    if not isinstance(finding.result, Answered):
        return {}
    answered, found = finding.result, finding.result.estimate
    sure, told = found.uncertainty, found.told
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
    named |= _calibrated(answered)
    silent = finding.verdict.blocked or finding.verdict.effect is None
    metrics = {f"withheld.{name}" if silent else name: value for name, value in named.items()}
    metrics |= {f"withheld.{name}" if silent else name: value for name, value in _by_start(answered).items()}
    metrics |= {f"withheld.{name}" if silent else name: value for name, value in _by_twin(finding).items()}
    metrics |= {f"withheld.{name}" if silent else name: value for name, value in _by_group(answered).items()}
    metrics = {name: figure_of(value, answered) for name, value in metrics.items()}
    metrics |= {
        "n_treated_units": float(answered.n_treated),
        "n_comparison_units": float(answered.n_compared),
        "n_stand_ins": float(len(sure.placebo_labels)),
        "effective_controls": found.effective_controls,
        "largest_weight": float(found.comparison.weights.max()),
        "misfit_before": told.misfit,
        "years_before": float((found.years < found.start).sum()),
        "seconds": finding.seconds,
    }
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


def mark_of(result: StudyResult, report: bytes) -> str:
    """Hash of the findings and of what is told of them; empty where they cannot be told from others.

    Findings that were computed again have another, be their numbers the same: they took another time.
    """
    with suppress(NoIdentity):
        return identity(mark_of, (hashlib.sha256(report).hexdigest(), result.files, result.findings))
    return ""


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


TWIN_NAMES = {
    Twin.MEAN_UNIT: "mean_unit",
    Twin.TRUNCATED: "truncated",
    Twin.RATIO: "ratio_percent",
    Twin.DIFFERENCE: "difference",
}


def _by_twin(finding: Finding) -> dict[str, float]:
    """Effect, interval and p of every twin that has an effect."""
    return {
        f"{TWIN_NAMES[twin]}.{name}": value
        for twin, found in finding.twins.items()
        if isinstance(found, TwinEffect)
        for name, value in asdict(found).items()
    }


def study_tags(result: StudyResult) -> dict[str, str]:
    """What a study is about, for every run of it."""
    done = result.study.intervention
    return {
        "study": result.study.study,
        "site": done.site,
        "intervention": done.name,
        "theme": done.theme,
        "life_cycle": done.status,
        "protocol": result.protocol.standing,
        "frozen_on": str(result.protocol.frozen_on or "never"),
        "place": place(result.study.intervention),
    }


def place(done: Intervention, *then: int) -> str:
    """Where a run stands in a table: by kind of change, then by name, never by result.

    >>> from lmpeval.study import Status
    >>> place(Intervention("Care nearby", "Kant", Theme.PREVENTION, Status.RUNNING, 2014), 1, 0)
    '2 kant care nearby 1 0'
    """
    return " ".join(map(str, (list(Theme).index(done.theme), done.site.lower(), done.name.lower(), *then)))


def cell_tags(finding: Finding, result: StudyResult) -> dict[str, str]:
    """What a cell says, with one tag an assumption."""
    cell, verdict, outcome = finding.cell, finding.verdict, finding.cell.outcome
    headline = outcome.primary and leads(finding, result)
    then = (list(Aim).index(outcome.aim), list(Level).index(cell.level))
    tags = {
        "outcome": cell.outcome.name,
        "aim": cell.outcome.aim,
        "level": cell.level,
        "design": cell.label,
        "negative_control": str(cell.outcome.negative_control).lower(),
        "primary": str(cell.primary and cell.outcome.primary).lower(),
        "headline_outcome": str(headline).lower(),
        "place": place(result.study.intervention, *then),
        "verdict": verdict.state,
        "answer": verdict.answer,
        "certainty": verdict.certainty or "none",
        "headline": "blocked" if verdict.blocked else "open",
        "reasons": "; ".join(verdict.reasons),
    }
    match finding.result:
        case Answered(ledger=ledger):
            tags |= {f"assumption.{e.assumption.name}": str(e.status) for e in ledger.entries}
        case NotEstimable(reason):
            tags["not_estimable"] = reason
        case Failed(error):
            tags["error"] = error
    return tags


def study_params(result: StudyResult) -> dict[str, str]:
    """What a study was run with: hashes, versions, seed, dates, and reach as it may be shown."""
    params = {
        "study_hash": result.study_hash,
        "seed": str(result.study.seed),
        "window": f"{result.study.window.first}-{result.study.window.last}",
        "start": str(result.study.intervention.start),
        "git_commit": _git_commit(),
    }
    if len(starts := sorted({each.start for each in result.study.sites})) > 1:
        params["starts"] = ", ".join(map(str, starts))
    params |= {f"version.{name}": version(name) for name in TRACKED_PACKAGES}
    reach, profile = result.study.intervention.reach, result.study.gate.profile
    params |= {f"reach.{year}": rounded_count(persons, profile) for year, persons in reach.items()}
    # names of files may hold what a parameter's name may not
    files = enumerate(result.files, start=1)
    return params | {f"data.{number}": f"{path} {digest}" for number, (path, digest) in files}


def cell_params(cell: Cell) -> dict[str, str]:
    """What a cell was run with: the outcome's terms and the design's settings."""
    outcome = cell.outcome
    settings = {
        f"design.{field.name}": repr(getattr(cell.design, field.name))
        for field in fields(cell.design)  # type: ignore[arg-type]
    }
    return {
        "minimal_important_difference": str(outcome.minimal_important_difference),
        "unit": outcome.unit,
        "scale": str(outcome.scale),
        "effect_unit": outcome.effect_unit,
        "exposure": outcome.exposure,
        "column": outcome.column or outcome.name,
        "plausible_effect": _plausible(outcome),
        "price": f"euro of {outcome.price.year}" if outcome.price else "none",
        **settings,
    }


def _plausible(outcome: Outcome) -> str:
    effect = outcome.plausible_effect
    return f"{effect.low:g} to {effect.high:g} ({effect.source})" if effect else "not stated"


@cache
def _git_commit() -> str:
    """Commit of the checkout that the package runs from, marked where it was changed since.

    `none` for an installed package, be it in an environment that lies within somebody's checkout.
    """
    here = Path(__file__).resolve()
    asked = ["describe", "--always", "--abbrev=40", "--exclude=*", "--dirty=, changed since"]
    try:
        _git(here, ["ls-files", "--error-unmatch", here.name])
        return _git(here, asked)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return "none"


def _git(file: Path, asked: list[str]) -> str:
    command = ["git", "-C", str(file.parent), *asked]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
