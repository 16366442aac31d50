"""A study's calibration as a file beside its report, and whether it is still that of the study."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.metadata import version
from math import isfinite
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked

from lmpeval.ahead.calibrating import Calibrated, StudyCalibration, sought_in
from lmpeval.calibration import Calibration, calibrate
from lmpeval.engine.running import StudyResult
from lmpeval.finding import Cell, Failed, NotEstimable
from lmpeval.placebo_trial import Trial
from lmpeval.study.values import CLOSED
from lmpeval.whole_file import write_whole

FORMAT: Literal[1] = 1


class Standing(StrEnum):
    """What a calibration file is worth to a run."""

    CURRENT = "current"
    ABSENT = "absent"
    OUT_OF_DATE = "out of date"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, eq=False)
class Foreseen:
    """What a run knows of its study's calibration.

    Attributes
    ----------
    standing : Standing
    cells : tuple of Calibrated
        Empty unless it is current.
    made_with : str
        Version of lmpeval; empty where it is not known.
    why : str
        What is wrong with a file that cannot be read.
    glimpses : tuple of Calibrated
        What a look ahead found of the primary design; empty where the calibration is current.
    """

    standing: Standing
    cells: tuple[Calibrated, ...] = ()
    made_with: str = ""
    why: str = ""
    glimpses: tuple[Calibrated, ...] = ()

    @property
    def primary(self) -> tuple[Calibrated, ...]:
        """The cells of the primary design, by the best that is known of them."""
        known = self.cells or self.glimpses
        return tuple(each for each in known if each.cell.primary and not each.cell.outcome.negative_control)

    def calibrations(self) -> dict[str, Calibration]:
        """What is known by the name of the cell; nothing of cells that could not be calibrated."""
        return _calibrations(self.cells)

    def glimpsed(self) -> dict[str, Calibration]:
        """The same of what a look ahead found."""
        return _calibrations(self.glimpses)


def _calibrations(cells: Iterable[Calibrated]) -> dict[str, Calibration]:
    return {each.cell.name: each.result for each in cells if isinstance(each.result, Calibration)}


@checked(frozen=True, config=CLOSED)
class _Places:
    """One cell as the file holds it; no place has a name, null is an end that cannot be bounded."""

    cell: str
    site_size: float | None
    told: dict[str, Any]
    """Numbers for whoever reads the file; they follow from the rest and are not read back."""
    mean: float | None = None
    level: float | None = None
    effects: list[float | None] | None = None
    low: list[float | None] | None = None
    high: list[float | None] | None = None
    p: list[float] | None = None
    why_not: str | None = None
    broke: bool = False


@checked(frozen=True, config=CLOSED)
class _Kept:
    """The whole file."""

    format: Literal[1]
    study: str
    study_hash: str
    files: list[tuple[str, str]]
    made_with: str
    cells: list[_Places]


def calibration_path(folder: Path, study: str) -> Path:
    """Where the calibration of a study lies, by the study's name."""
    return folder / f"{study}.calibration.json"


def write_calibration(told: StudyCalibration, path: Path) -> Path:
    """Write a calibration with the hashes of the study and of the data that it was made on.

    Raises
    ------
    OSError
        Where the file cannot be written.
    """
    kept = {
        "format": FORMAT,
        "study": told.of.study.study,
        "study_hash": told.of.study_hash,
        "files": told.of.files,
        "made_with": version("lmpeval"),
        "cells": [_places(each) for each in told.cells],
    }
    text = json.dumps(kept, indent=1, ensure_ascii=False, allow_nan=False)
    return write_whole(path, text + "\n")


def foreseen(result: StudyResult, path: Path) -> Foreseen:
    """Find what a calibration beside the report says of a study that was run.

    It is out of date where the study's text, a file of the data or the study's cells are others.
    """
    return foreseen_of(result, [finding.cell for finding in result.findings], path)


def foreseen_of(of: StudyResult, cells: Sequence[Cell], path: Path) -> Foreseen:
    """Find the same of a study that was not run yet; `of` holds its text and files, `cells` its questions."""
    try:
        kept = TypeAdapter(_Kept).validate_json(path.read_bytes())
    except FileNotFoundError:
        return Foreseen(Standing.ABSENT)
    except OSError as error:
        return Foreseen(Standing.UNREADABLE, why=error.strerror or type(error).__name__)
    except ValidationError as error:
        return Foreseen(Standing.UNREADABLE, why=_wrong(error))
    named = {cell.name: cell for cell in cells}
    same = kept.study_hash == of.study_hash and tuple(kept.files) == of.files
    if not same or [each.cell for each in kept.cells] != list(named):
        return Foreseen(Standing.OUT_OF_DATE, made_with=kept.made_with)
    try:
        found = tuple(_calibrated(each, named[each.cell]) for each in kept.cells)
    except ValueError as error:  # lists of unlike length: somebody has changed the file
        return Foreseen(Standing.UNREADABLE, why=str(error))
    return Foreseen(Standing.CURRENT, found, kept.made_with)


def _wrong(error: ValidationError) -> str:
    """The first places where a file is not what was written, and how many there are."""
    said = [f"{'.'.join(map(str, each['loc'])) or 'file'}: {each['msg']}" for each in error.errors()]
    return "; ".join(said[:3]) + (f"; and {len(said) - 3} more" if len(said) > 3 else "")


def _places(each: Calibrated) -> dict[str, Any]:
    row: dict[str, Any] = {
        "cell": each.cell.name,
        "site_size": _finite(_three_digits(each.site_size)),
        "told": {},
    }
    match each.result:
        case NotEstimable(reason):
            return row | {"why_not": reason}
        case Failed(error):
            return row | {"why_not": error, "broke": True}
        case found:
            told = {
                name: [_finite(number.value), _finite(number.error)]
                for name, number in found.numbers().items()
            }
            lists = {
                name: list(map(_finite, getattr(found, name).tolist()))
                for name in ("effects", "low", "high", "p")
            }
            return row | {"told": told, "mean": found.mean, "level": found.level} | lists


def _calibrated(kept: _Places, cell: Cell) -> Calibrated:
    size = float("nan") if kept.site_size is None else kept.site_size
    if kept.why_not is not None:
        result = Failed(kept.why_not, "") if kept.broke else NotEstimable(kept.why_not)
        return Calibrated(cell, result, size)
    mean = float("nan") if kept.mean is None else kept.mean
    level = float("nan") if kept.level is None else kept.level
    columns = (
        _filled(kept.effects, float("nan")),
        _filled(kept.low, float("-inf")),
        _filled(kept.high, float("inf")),
        kept.p or [],
    )
    trials = [Trial("", *row, level=level, counterfactual=mean) for row in zip(*columns, strict=True)]
    return Calibrated(cell, calibrate(trials, sought_in(cell.outcome)), size)


def _filled(values: Iterable[float | None] | None, otherwise: float) -> list[float]:
    return [otherwise if value is None else value for value in values or ()]


def _finite(value: float) -> float | None:
    return value if isfinite(value) else None


def _three_digits(size: float) -> float:
    """A size that does not tell a few persons apart."""
    return float(f"{size:.3g}")
