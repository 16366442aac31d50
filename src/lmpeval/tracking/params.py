"""What a study and its cells were run with, as the parameters that runs carry."""

from __future__ import annotations

import subprocess
from dataclasses import fields
from functools import cache
from importlib.metadata import version
from pathlib import Path

from lmpeval.disclosure import rounded_count
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Cell
from lmpeval.study import Outcome

TRACKED_PACKAGES = ("lmpeval", "numpy", "scipy", "pandas")


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
