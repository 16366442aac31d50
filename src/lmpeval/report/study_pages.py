"""All that a study leaves for readers, as a worker makes it: nothing is written here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lmpeval.ahead.calibration_file import Foreseen
from lmpeval.engine.running import StudyResult
from lmpeval.report.page import forget_others, report_files
from lmpeval.report.paths import figures_of
from lmpeval.report.sheets import sheet_files
from lmpeval.results.file import results_text
from lmpeval.whole_file import write_whole


@dataclass(frozen=True, eq=False)
class ToShow:
    """A study's findings with what was known beforehand, and the languages of its short texts."""

    result: StudyResult
    known: Foreseen
    languages: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class StudyPages:
    """What becomes of it.

    Attributes
    ----------
    report : str
        Name of the file that a reader opens first.
    files : mapping of a file's name to its text or bytes
        The pages of the report last: whoever finds one finds the others too.
    figures : mapping of a cell's name to the text of an SVG file
    beside : tuple of str
        Names of the report in other languages and of the short texts.
    """

    report: str
    files: Mapping[str, str | bytes]
    figures: Mapping[str, str]
    beside: tuple[str, ...] = ()

    def written(self, folder: Path) -> Path:
        """Write the files; returns the path of the report.

        Raises
        ------
        OSError
            Where one cannot be written.
        """
        for name, content in self.files.items():
            write_whole(folder / name, content)
        if self.report.endswith(".html"):
            forget_others(folder / self.report, self.files)
        return folder / self.report


def study_table(result: StudyResult) -> StudyPages:
    """Make the table of a study's figures alone."""
    name = f"{result.study.study}.results.csv"
    return StudyPages(name, {name: results_text(result)}, {})


def study_pages(of: ToShow) -> StudyPages:
    """Make the table of a study's figures, its short texts, and its report."""
    name = of.result.study.study
    report = f"{name}.html"
    texts = sheet_files(of.result, of.languages)
    pages = report_files(of.result, Path(report), of.known, of.languages)
    files = {f"{name}.results.csv": results_text(of.result), **texts, **pages}
    beside = (*(page for page in pages if page != report), *texts)
    return StudyPages(report, files, figures_of(of.result), beside)
