"""What a run leaves of each study: pages that workers make, written in the order of the studies."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from lmpeval.errors import UserError

if TYPE_CHECKING:
    from lmpeval.ahead.calibration_file import Foreseen
    from lmpeval.cli.console import Console
    from lmpeval.engine.running import StudyResult
    from lmpeval.parallel import Errands
    from lmpeval.report import StudyPages
    from lmpeval.tracking import InWords, Outbox

Language = Literal["nl", "en", "both"]


@dataclass(frozen=True)
class Outputs:
    """What a run leaves beside its runs in MLflow.

    Attributes
    ----------
    folder : Path
    language : str
        Of the sheet and the summary.
    brief : bool
        A table a study, and no page.
    """

    folder: Path
    language: Language = "both"
    brief: bool = False

    @property
    def languages(self) -> tuple[str, ...]:
        """Of the pages beside the English report."""
        from lmpeval.report.language import LANGUAGES

        return tuple(LANGUAGES) if self.language == "both" else (self.language,)


class StudyDesk:
    """Takes results; writes, shows and tracks each study once its pages are made and its turn has come.

    Attributes
    ----------
    failed : bool
        Whether a cell of a study that went out had failed.
    """

    def __init__(
        self,
        how: Outputs,
        errands: Errands,
        console: Console,
        outbox: Outbox,
        tell: Callable[[StudyResult], str] | None = None,
    ) -> None:
        self.failed = False
        self._how, self._errands, self._console, self._outbox, self._tell = (
            how,
            errands,
            console,
            outbox,
            tell,
        )
        self._ready: dict[int, tuple[StudyResult, Foreseen, StudyPages]] = {}
        self._taken = self._due = 0

    def take(self, result: StudyResult, known: Foreseen) -> None:
        """Have the pages of a study made; a table alone is made here."""
        from lmpeval.report import ToShow, study_pages, study_table

        made = partial(self._made, self._taken, result, known)
        self._taken += 1
        if self._how.brief:
            made(study_table(result))
            return
        self._errands.send(study_pages, ToShow(result, known, self._how.languages), made)

    def _made(self, number: int, result: StudyResult, known: Foreseen, pages: StudyPages) -> None:
        self._ready[number] = result, known, pages
        while self._due in self._ready:
            self._out(*self._ready.pop(self._due))
            self._due += 1

    def _out(self, result: StudyResult, known: Foreseen, pages: StudyPages) -> None:
        from lmpeval.tracking import Pages

        try:
            first = pages.written(self._how.folder)
        except OSError as error:
            raise UserError(f"{self._how.folder}: cannot be written: {error.strerror}") from error
        self._console.show(result, first, brief=self._how.brief)
        if self._tell:
            self._console.say(self._tell(result))
        told = Pages(
            None if self._how.brief else first,
            results=self._how.folder / f"{result.study.study}.results.csv",
            sheets=tuple(self._how.folder / name for name in pages.beside),
            figures=lambda: pages.figures,
            words=partial(in_words, result, self._how.languages),
            calibrations=known.calibrations(),
            glimpses=known.glimpsed(),
        )
        self._outbox.send(result, told)
        self.failed |= any(finding.failed for finding in result.findings)


def in_words(result: StudyResult, languages: Collection[str]) -> InWords:
    """What is said of each run, in some languages."""
    from lmpeval.report.language import LANGUAGES
    from lmpeval.report.run_words import words_of_cell, words_of_study
    from lmpeval.tracking import InWords, Said

    spoken = [LANGUAGES[each] for each in languages]
    whole = words_of_study(result, spoken)
    cells = {each.cell.name: words_of_cell(each, result, spoken) for each in result.findings}
    return InWords(
        Said(whole.name, whole.note, dict(whole.columns)),
        {name: Said(said.name, said.note, dict(said.columns)) for name, said in cells.items()},
    )
