"""A document as a Word file: the same sections, with headings and heads of tables marked as such."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from itertools import groupby
from math import sqrt
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.enum.text import WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from lmpeval.report.language import LANGUAGES
from lmpeval.report.language.phrases import without_marks
from lmpeval.report.running_text import kept_together
from lmpeval.report.sheets.document import Bullets, Chart, Document, Paragraph, Place, Section
from lmpeval.report.sheets.page import reading_words
from lmpeval.report.sheets.word_form import (
    ONE_PAGE,
    RUNNING,
    Form,
    columns,
    in_their_languages,
    ruled,
    set_up,
)
from lmpeval.report.svg import drawing
from lmpeval.report.tables import Table

DAWN = datetime(1980, 1, 1, tzinfo=UTC)
"""The time that the file and all in it bear: the same document gives the same bytes."""
TAGS = {"nl": "nl-NL", "en": "en-GB"}
LONGEST = 32
"""Characters of a column that asks for no more room."""


def word_file(document: Document) -> bytes:
    """Write the document as the bytes of a `.docx` file."""
    file, form = docx.Document(), ONE_PAGE if document.kind == "glance" else RUNNING
    set_up(file, form, TAGS[document.language])
    _known_by(file, document)
    _small(file, document.kicker, form)
    file.add_heading(document.title, level=1)
    _add_facts(file, document, form)
    for in_columns, sections in groupby(document.sections, lambda each: each.place is not Place.WIDE):
        if in_columns:
            columns(file, 2)
        _add_sections(file, list(sections), document, form)
        if in_columns:
            columns(file, 1)
    for text in (*document.footer, reading_words(document)):
        _small(file, text, form)
    in_their_languages(file, document.foreign, TAGS)
    return _same_bytes(file)


def _known_by(file: Any, document: Document) -> None:
    about = file.core_properties
    about.title, about.language, about.author = document.title, TAGS[document.language], "lmpeval"
    about.created = about.modified = DAWN
    about.comments = ""


def _small(file: Any, text: str, form: Form) -> None:
    file.add_paragraph(text).runs[0].font.size = Pt(form.note)


def _add_facts(file: Any, document: Document, form: Form) -> None:
    """What a study is known by: a line each, or one after another where room is short."""
    line = file.add_paragraph() if form.one_page else None
    for i, (term, text) in enumerate(document.facts):
        into = line or file.add_paragraph()
        if line and i:
            into.add_run("  \u00b7  ")
        into.add_run(f"{term}: ").bold = True
        into.add_run(text)


def _add_sections(file: Any, sections: list[Section], document: Document, form: Form) -> None:
    """Write sections one under another; the first of those that stand right begins the second column."""
    before = sections[0].place
    for section in sections:
        heading = file.add_heading(level=2)
        if before is Place.LEFT and section.place is Place.RIGHT:
            heading.add_run().add_break(WD_BREAK.COLUMN)
        heading.add_run(section.heading)
        before = section.place
        for block in section.blocks:
            match block:
                case Paragraph(text):
                    file.add_paragraph(kept_together(text))
                case Bullets():
                    _add_bullets(file, block, form)
                case Table():
                    _add_table(file, block, form)
                case Chart():
                    _add_chart(file, block, document, form)


def _add_bullets(file: Any, bullets: Bullets, form: Form) -> None:
    """A list; items that stand close begin with a mark of their own."""
    for item in map(kept_together, bullets.items):
        made = file.add_paragraph(style="Normal" if bullets.close else "List Bullet")
        before, colon, after = item.partition(": ") if bullets.led else ("", "", item)
        made.add_run(before + colon).bold = True
        run = made.add_run(after)
        if bullets.close:
            run.font.size, made.paragraph_format.space_after = Pt(form.table), Pt(0)


def _add_table(file: Any, table: Table, form: Form) -> None:
    if table.caption != file.paragraphs[-1].text:
        file.add_paragraph(table.caption).runs[0].bold = True
    made = file.add_table(rows=0, cols=len(table.head))
    ruled(made)
    made.autofit = False
    widths = _widths(table, form.width)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for i, texts in enumerate((table.head, *table.rows)):
        row = made.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for j, (cell, text, width) in enumerate(zip(row.cells, texts, widths, strict=True)):
            cell.text, cell.width = kept_together(without_marks(text)), width
            for run in cell.paragraphs[0].runs:
                run.font.size, run.bold = Pt(form.table), i == 0 or j == 0
    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    made.rows[0]._tr.get_or_add_trPr().append(head)


def _widths(table: Table, room: float) -> list[Any]:
    """Columns as wide as their longest text asks for; what had better be broken counts by its root."""
    longest = [max(map(len, column)) for column in zip(table.head, *table.rows, strict=True)]
    lengths = [10 + min(most, LONGEST) + sqrt(max(most - LONGEST, 0)) for most in longest]
    return [Cm(room * length / sum(lengths)) for length in lengths]


def _add_chart(file: Any, chart: Chart, document: Document, form: Form) -> None:
    drawn = BytesIO()
    with drawing():
        chart.figure.savefig(drawn, format="png", dpi=200, metadata={"Software": None})
    file.add_picture(drawn, width=Cm(form.chart))
    shown = file.paragraphs[-1]._p.find(f".//{qn('wp:docPr')}")
    shown.set("descr", chart.alt)
    if not form.one_page:
        _small(file, chart.caption, form)
        _add_table(file, chart.table, form)
        return
    elsewhere = LANGUAGES[document.language].say("sheet.table-elsewhere", kind=document.kind)
    _small(file, f"{chart.caption} {elsewhere}", form)


def _same_bytes(file: Any) -> bytes:
    """The file with every part under the same time: a zip holds the moment that it was made."""
    made, again = BytesIO(), BytesIO()
    file.save(made)
    with ZipFile(made) as parts, ZipFile(again, "w", ZIP_DEFLATED) as written:
        for name in parts.namelist():
            written.writestr(ZipInfo(name, DAWN.timetuple()[:6]), parts.read(name), ZIP_DEFLATED)
    return again.getvalue()
