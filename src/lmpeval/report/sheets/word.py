"""A document as a Word file: the same sections, with headings and heads of tables marked as such."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from math import sqrt
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from lmpeval.report.language.phrases import without_marks
from lmpeval.report.running_text import kept_together
from lmpeval.report.sheets.document import Bullets, Chart, Document, Paragraph
from lmpeval.report.sheets.page import reading_words
from lmpeval.report.svg import drawing
from lmpeval.report.tables import Table

DAWN = datetime(1980, 1, 1, tzinfo=UTC)
"""The time that the file and all in it bear: the same document gives the same bytes."""
TAGS = {"nl": "nl-NL", "en": "en-GB"}
TEXT_WIDTH = 17.2
"""Centimetres between the margins."""
LONGEST = 32
"""Characters of a column that asks for no more room."""
INK = RGBColor(0x12, 0x30, 0x4A)


def word_file(document: Document) -> bytes:
    """Write the document as the bytes of a `.docx` file."""
    file = docx.Document()
    _set_up(file, document)
    file.add_paragraph(document.kicker).runs[0].font.size = Pt(9)
    file.add_heading(document.title, level=1)
    for term, text in document.facts:
        line = file.add_paragraph()
        line.add_run(f"{term}: ").bold = True
        line.add_run(text)
    for section in document.sections:
        file.add_heading(section.heading, level=2)
        for block in section.blocks:
            match block:
                case Paragraph(text):
                    file.add_paragraph(kept_together(text))
                case Bullets(items):
                    for item in items:
                        file.add_paragraph(kept_together(item), style="List Bullet")
                case Table():
                    _add_table(file, block)
                case Chart():
                    _add_chart(file, block)
    for text in (*document.footer, reading_words(document)):
        file.add_paragraph(text).runs[0].font.size = Pt(8)
    return _same_bytes(file)


def _set_up(file: Any, document: Document) -> None:
    """A4, quiet type, and the language that a spelling checker and a screen reader go by."""
    page = file.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = Cm(1.9)
    page.top_margin = page.bottom_margin = Cm(1.6)
    normal = file.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10)
    normal.paragraph_format.space_after = Pt(3)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), TAGS[document.language])
    normal.element.get_or_add_rPr().append(language)
    for name in ("Heading 1", "Heading 2"):
        file.styles[name].font.color.rgb = INK
    about = file.core_properties
    about.title, about.language, about.author = document.title, TAGS[document.language], "lmpeval"
    about.created = about.modified = DAWN
    about.comments = ""


def _add_table(file: Any, table: Table) -> None:
    if table.caption != file.paragraphs[-1].text:
        file.add_paragraph(table.caption).runs[0].bold = True
    made = file.add_table(rows=0, cols=len(table.head), style="Light Grid Accent 1")
    made.autofit = False
    widths = _widths(table)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    for texts in (table.head, *table.rows):
        row = made.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for cell, text, width in zip(row.cells, texts, widths, strict=True):
            cell.text, cell.width = kept_together(without_marks(text)), width
            for run in cell.paragraphs[0].runs:
                run.font.size = Pt(8.5)
    head = OxmlElement("w:tblHeader")
    head.set(qn("w:val"), "true")
    made.rows[0]._tr.get_or_add_trPr().append(head)


def _widths(table: Table) -> list[Any]:
    """Columns as wide as their longest text asks for; what had better be broken counts by its root."""
    longest = [max(map(len, column)) for column in zip(table.head, *table.rows, strict=True)]
    lengths = [10 + min(most, LONGEST) + sqrt(max(most - LONGEST, 0)) for most in longest]
    return [Cm(TEXT_WIDTH * length / sum(lengths)) for length in lengths]


def _add_chart(file: Any, chart: Chart) -> None:
    drawn = BytesIO()
    with drawing():
        chart.figure.savefig(drawn, format="png", dpi=200, metadata={"Software": None})
    file.add_picture(drawn, width=Cm(12.0))
    shown = file.paragraphs[-1]._p.find(f".//{qn('wp:docPr')}")
    shown.set("descr", chart.alt)
    file.add_paragraph(chart.caption).runs[0].font.size = Pt(8.5)
    _add_table(file, chart.table)


def _same_bytes(file: Any) -> bytes:
    """The file with every part under the same time: a zip holds the moment that it was made."""
    made, again = BytesIO(), BytesIO()
    file.save(made)
    with ZipFile(made) as parts, ZipFile(again, "w", ZIP_DEFLATED) as written:
        for name in parts.namelist():
            written.writestr(ZipInfo(name, DAWN.timetuple()[:6]), parts.read(name), ZIP_DEFLATED)
    return again.getvalue()
