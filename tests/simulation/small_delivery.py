"""A small synthetic country laid out on disk, and what the engine says to a study of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from lmpeval.engine.planning import plan
from lmpeval.engine.preparation import prepare
from lmpeval.engine.running import StudyResult, run
from lmpeval.errors import UserError

PERSONS = 20_000


def read(path: Path) -> dict[str, Any]:
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def asked(folder: Path, name: str, measured: tuple[str, ...] = ("cost",), **changes: Any) -> Path:
    """A study of the folder with its first design only and some of its outcomes, so that it is quick."""
    study = read(folder / "studies" / f"{name}.yaml")
    study["outcomes"] = [outcome for outcome in study["outcomes"] if outcome["name"] in measured]
    study["designs"] = study["designs"][:1]
    for part, change in changes.items():
        study[part] = {**study[part], **change} if isinstance(change, Mapping) else change
    path = folder / f"asked_{name}.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump(study, file)
    return path


def answered(folder: Path, path: Path) -> StudyResult:
    [prepared] = prepare([path], folder)
    [result] = run([plan(prepared)], jobs=1)
    return result


def refusal(folder: Path, path: Path) -> str | None:
    """Why a study is refused, None where it is not; nothing is run."""
    try:
        prepare([path], folder)
    except UserError as refused:
        return str(refused)
    return None
