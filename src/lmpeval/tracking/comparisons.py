"""A comparison as the names and values that its run carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import version
from typing import Any

from lmpeval.portfolio.comparing import SideBySide
from lmpeval.portfolio.multiplicity import by_chance
from lmpeval.portfolio.table import Line, lines_of
from lmpeval.study_files.frozen import Standing
from lmpeval.tracking.params import TRACKED_PACKAGES


def comparison_tags(compared: SideBySide, note: str) -> dict[str, str]:
    """What a comparison is, for whoever looks through the runs."""
    counted = comparison_metrics(compared)
    return {
        "kind": "comparison",
        "comparison": compared.file.portfolio.comparison,
        "answer": (
            f"{counted['still_stand_out']:.0f} of {counted['tests']:.0f} told from chance; "
            f"{counted['stand_out']:.0f} stood out, {counted['stand_out_by_chance']:.1f} would by chance"
        ),
        "studied": f"{counted['studied']:.0f} of {counted['interventions']:.0f} interventions",
        "protocol": standings(compared),
        "mlflow.note.content": note,
    }


def standings(compared: SideBySide) -> str:
    """How many of the studies are as they were frozen, were amended, or are exploratory."""
    often = Counter(result.protocol.standing for result in compared.results)
    return ", ".join(f"{often[standing]} {standing}" for standing in Standing if often[standing])


def comparison_metrics(compared: SideBySide) -> dict[str, float]:
    """How many are compared, how many stand out, and how many would by chance."""
    families = [each for each in compared.families if each.members]
    chance = by_chance(sum(len(each.members) for each in families))
    return {
        "interventions": float(len(compared.results) + len(compared.file.portfolio.unstudied)),
        "studied": float(len(compared.results)),
        "tests": float(chance.tests),
        "stand_out": float(sum(each.stand_out for each in families)),
        "stand_out_by_chance": chance.expected,
        "still_stand_out": float(sum(sum(each.still) for each in families)),
    }


def comparison_params(compared: SideBySide) -> dict[str, str]:
    """What a comparison was made of: its file, its studies, versions, seed."""
    params = {
        "comparison_hash": sha256(compared.file.text.encode()).hexdigest(),
        "families": str(compared.file.portfolio.families),
        "seed": str(compared.file.portfolio.seed),
    }
    params |= {f"study.{each.study.study}": each.study_hash for each in compared.results}
    return params | {f"version.{name}": version(name) for name in TRACKED_PACKAGES}


def experiment_name(compared: SideBySide) -> str:
    """The studies' own experiment, where they share one."""
    named = {each.study.portfolio for each in compared.results}
    return named.pop() if len(named) == 1 else compared.file.portfolio.comparison


COLUMNS: Mapping[str, str] = {
    "intervention": "intervention",
    "site": "site",
    "kind of change": "theme",
    "aim": "aim",
    "outcome": "outcome",
    "answer": "answer",
    "certainty": "certainty",
    "difference": "effect",
    "from": "low",
    "to": "high",
    "seen together": "together",
    "unit": "unit",
    "told from chance": "still_stands_out",
    "could have seen": "detectable",
    "why not surer": "reasons",
    "plan": "protocol",
}
"""Columns of the run's table in plain words, each with what it holds."""


def comparison_table(compared: SideBySide) -> dict[str, list[Any]]:
    """The comparison column by column, fit to be looked at: numbers to three digits, blanks for none."""
    lines = list(lines_of(compared))
    return {name: [_shown(line, column) for line in lines] for name, column in COLUMNS.items()}


def _shown(line: Line, column: str) -> str:
    value = getattr(line, column)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
