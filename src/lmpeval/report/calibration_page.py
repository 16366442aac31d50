"""One page for the calibration of one study."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from lmpeval.ahead.calibrating import StudyCalibration
from lmpeval.report.calibration import calibration_view
from lmpeval.report.other_language import foreign_texts
from lmpeval.report.page import OtherLanguage, citations, fill, in_languages, others_of
from lmpeval.report.words import ALL, ENGLISH, Words
from lmpeval.whole_file import write_whole


def write_calibration_page(told: StudyCalibration, path: Path, languages: Iterable[str] = ALL) -> Path:
    """Write a study's calibration as a single page of HTML in each language, as `page.write_report` does.

    The same calibration gives the same bytes.

    Returns
    -------
    Path
        `path`, of the English page.

    Raises
    ------
    OSError
        Where a page cannot be written.
    """
    files = in_languages(path, dict.fromkeys((*languages, ENGLISH.language)))
    for language, file in files.items():
        write_whole(file, render_calibration(told, ALL[language], others_of(language, files)))
    return path


def render_calibration(told: StudyCalibration, words: Words, others: Sequence[OtherLanguage] = ()) -> str:
    """Fill the page."""
    study = told.of.study
    return fill(
        "calibration.html.j2",
        words,
        foreign_texts(study, words.language),
        view=calibration_view(told.cells, study, words),
        study=study,
        title=words.say("calibration.title", study=study.titled_in(words.language)),
        of=told.of,
        citations=citations(told.of, words),
        others=others,
    )
