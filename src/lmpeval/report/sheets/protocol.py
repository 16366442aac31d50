"""The study as a trial that nobody held, for Word: a protocol is passed round and signed."""

from __future__ import annotations

from lmpeval.engine.running import StudyResult
from lmpeval.report.language import Catalogue
from lmpeval.report.other_language import foreign_texts
from lmpeval.report.sheets.document import Document, Paragraph, Section
from lmpeval.report.tables import Table
from lmpeval.report.target_trial import target_trial
from lmpeval.report.words import ALL


def protocol(result: StudyResult, catalogue: Catalogue) -> Document:
    """Put the table of the report into a document of its own; it tells no verdict."""
    say = catalogue.say
    head = tuple(say(f"trial.{column}") for column in ("element", "here", "gaps"))
    rows = tuple(
        (element.name, " ".join(element.here) or "\u2013", element.gaps)
        for element in target_trial(result, ALL[catalogue.language])
    )
    return Document(
        kind="protocol",
        language=catalogue.language,
        kicker=say("trial.kicker"),
        title=result.study.titled_in(catalogue.language),
        facts=((say("sheet.site"), result.study.intervention.site), (say("page.study"), result.study_hash)),
        sections=(
            Section(
                say("trial.heading"),
                (Paragraph(say("trial.about")), Table(say("trial.caption"), head, rows)),
            ),
        ),
        footer=(),
        told=(),
        foreign=foreign_texts(result.study, catalogue.language),
    )
