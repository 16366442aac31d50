"""Which files are written beside a report."""

from __future__ import annotations

from collections.abc import Iterable

from lmpeval.engine.running import StudyResult
from lmpeval.report.language import LANGUAGES
from lmpeval.report.sheets.page import page
from lmpeval.report.sheets.protocol import protocol
from lmpeval.report.sheets.sheet import sheet
from lmpeval.report.sheets.summary import summary
from lmpeval.report.sheets.word import word_file


def sheet_files(result: StudyResult, languages: Iterable[str] = LANGUAGES) -> dict[str, str | bytes]:
    """Make the sheet, the summary (as a page and for Word) and the protocol (for Word) in each language.

    Returns
    -------
    dict of a file's name to its text or bytes
        `NAME.glance.nl.html`, `NAME.glance.nl.docx` and so on.
    """
    made: dict[str, str | bytes] = {}
    for language in languages:
        for make in (sheet, summary, protocol):
            document = make(result, LANGUAGES[language])
            name = f"{result.study.study}.{document.kind}.{language}"
            if make is not protocol:  # the report has it as a page
                made[f"{name}.html"] = page(document)
            made[f"{name}.docx"] = word_file(document)
    return made
