"""What people look at: files and words beside the numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lmpeval.calibration import Calibration


@dataclass(frozen=True)
class Said:
    """What a run is called, and what is said of it.

    Attributes
    ----------
    name : str
        Empty for the code that the study or the cell has.
    note : str
        Markdown: what whoever opens the run reads first.
    columns : mapping of str to str
        Tags that stand in the table of runs.
    """

    name: str = ""
    note: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class InWords:
    """A study and its cells in words; those of a cell are found by its name."""

    study: Said = Said()
    cells: Mapping[str, Said] = field(default_factory=dict)


@dataclass(frozen=True)
class Pages:
    """Files and words of a study.

    Attributes
    ----------
    report : Path or None
        The study's report; None in a brief run, of which only the primary designs have runs of their own:
        the others stand in the tables of the study's run, for a run costs more than an estimate.
    results : Path
        All its figures as a table.
    sheets : tuple of Path
        Short texts beside the report.
    figures : callable
        Draws a figure a cell, as SVG text by the cell's name; called where there is something to log.
    words : callable
        Says everything in words; called where there is something to log.
    calibrations : mapping of cell name to Calibration
    glimpses : mapping of cell name to Calibration
        What a look ahead found where there is no calibration.
    """

    report: Path | None
    results: Path
    sheets: tuple[Path, ...] = ()
    figures: Callable[[], Mapping[str, str]] = dict
    words: Callable[[], InWords] = InWords
    calibrations: Mapping[str, Calibration] = field(default_factory=dict)
    glimpses: Mapping[str, Calibration] = field(default_factory=dict)


@dataclass(frozen=True)
class ComparisonPages:
    """Files and words of a comparison.

    Attributes
    ----------
    page, table : Path
    note : str
        Markdown, the answer first.
    """

    page: Path
    table: Path
    note: str
