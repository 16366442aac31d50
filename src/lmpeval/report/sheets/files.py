"""Which files are written beside a report."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from lmpeval.engine.running import StudyResult
from lmpeval.report.language import LANGUAGES
from lmpeval.report.sheets.page import page
from lmpeval.report.sheets.protocol import protocol
from lmpeval.report.sheets.sheet import sheet
from lmpeval.report.sheets.summary import summary
from lmpeval.report.sheets.word import word_file
from lmpeval.whole_file import write_whole


def write_sheets(result: StudyResult, folder: Path, languages: Iterable[str] = LANGUAGES) -> tuple[Path, ...]:
    """Write the sheet, the summary (as a page and for Word) and the protocol (for Word) in each language.

    Returns
    -------
    tuple of Path
        `NAME.glance.nl.html`, `NAME.glance.nl.docx` and so on.

    Raises
    ------
    OSError
        Where a file cannot be written.
    """
    written = []
    for language in languages:
        for make in (sheet, summary, protocol):
            document = make(result, LANGUAGES[language])
            path = folder / f"{result.study.study}.{document.kind}.{language}.html"
            if make is not protocol:  # the report has it as a page
                written.append(write_whole(path, page(document)))
            written.append(write_whole(path.with_suffix(".docx"), word_file(document)))
    return tuple(written)
