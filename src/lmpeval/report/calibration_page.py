"""One page for the calibration of one study."""

from __future__ import annotations

from importlib.metadata import version
from pathlib import Path

from lmpeval.ahead.calibrating import StudyCalibration
from lmpeval.report.calibration import calibration_view
from lmpeval.report.page import citations, style, templates
from lmpeval.report.words import ENGLISH, Words
from lmpeval.whole_file import write_whole


def write_calibration_page(told: StudyCalibration, path: Path) -> Path:
    """Write a study's calibration as a single page of HTML; the same calibration gives the same bytes.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OSError
        Where the page cannot be written.
    """
    return write_whole(path, render_calibration(told, ENGLISH))


def render_calibration(told: StudyCalibration, words: Words) -> str:
    """Fill the page."""
    return (
        templates()
        .get_template("calibration.html.j2")
        .render(
            view=calibration_view(told.cells, told.of.study, words),
            study=told.of.study,
            of=told.of,
            citations=citations(told.of),
            version=version("lmpeval"),
            words=words,
            style=style(),
        )
    )
