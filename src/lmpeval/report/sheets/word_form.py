"""How a Word file is set: A4, type, columns, quiet tables, and how tight it all stands."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from docx.enum.section import WD_SECTION
from docx.enum.text import WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor

from lmpeval.report.other_language import Foreign, foreign_parts

INK = RGBColor(0x12, 0x30, 0x4A)
RULE = "CFD6DC"
"""The colour of lines between the rows of a table, as on the pages."""
PAGE_WIDTH = 21.0
GUTTER = 0.7
"""Centimetres between two columns."""
INDENT = 0.4
"""Centimetres from the mark of a list to its text."""


@dataclass(frozen=True)
class Form:
    """Sizes in points and centimetres.

    Attributes
    ----------
    text, table, note, title, heading : float
        Points of type.
    after, before_heading : float
        Points of white after a paragraph, and before the heading of a section.
    side, top : float
        Margins in centimetres.
    chart : float
        Centimetres that a chart is wide.
    one_page : bool
        Whether all of it must stand on one A4: facts in one line, and no table of the chart.
    """

    text: float = 10.0
    table: float = 8.5
    note: float = 8.0
    title: float = 14.0
    heading: float = 13.0
    after: float = 3.0
    before_heading: float = 10.0
    side: float = 1.9
    top: float = 1.6
    chart: float = 12.0
    one_page: bool = False

    @property
    def width(self) -> float:
        """Centimetres between the margins."""
        return PAGE_WIDTH - 2 * self.side


RUNNING = Form()
"""For what may take the pages that it takes."""
ONE_PAGE = Form(
    text=8.5, table=8.0, note=7.0, title=14.0, heading=9.5, after=1.0, before_heading=4.0, side=1.5, top=0.8,
    chart=8.5, one_page=True,
)  # fmt: skip
"""For the sheet at a glance: its longest names fit one A4, in the type it asks for and in wider type."""


def set_up(file: Any, form: Form, language: str) -> None:
    """A4, quiet type, and the language that a spelling checker and a screen reader go by."""
    page = file.sections[0]
    page.page_width, page.page_height = Cm(PAGE_WIDTH), Cm(29.7)
    page.left_margin = page.right_margin = Cm(form.side)
    page.top_margin = page.bottom_margin = Cm(form.top)
    page.header_distance = page.footer_distance = Cm(min(form.top, 1.0) / 2)
    normal = file.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(form.text)
    _spaced(normal, 0, form.after)
    normal.element.get_or_add_rPr().append(_language(language))
    for name, size, before in (
        ("Heading 1", form.title, 0.0),
        ("Heading 2", form.heading, form.before_heading),
    ):
        style = file.styles[name]
        style.font.color.rgb, style.font.size = INK, Pt(size)
        _spaced(style, before, form.after)
    bullet = file.styles["List Bullet"].paragraph_format
    bullet.left_indent, bullet.first_line_indent = Cm(INDENT), Cm(-INDENT)


def _spaced(style: Any, before: float, after: float) -> None:
    spacing = style.paragraph_format
    spacing.space_before, spacing.space_after = Pt(before), Pt(after)
    spacing.line_spacing_rule = WD_LINE_SPACING.SINGLE


def columns(file: Any, number: int) -> None:
    """Set what follows in so many columns, on the same page."""
    section = file.add_section(WD_SECTION.CONTINUOUS)
    told = section._sectPr.find(qn("w:cols"))
    told.set(qn("w:num"), str(number))
    told.set(qn("w:space"), str(Cm(GUTTER).twips))


def in_their_languages(file: Any, foreign: Foreign, tags: Mapping[str, str]) -> None:
    """Give each text in another language than the file's its own: a screen reader turns to it."""
    for run in list(file.element.body.iter(qn("w:r"))):
        for text, language in foreign_parts(run.text, foreign):
            if language is None and text == run.text:
                break
            piece = deepcopy(run)
            piece.text = text
            if language is not None:
                piece.get_or_add_rPr().append(_language(tags[language]))
            run.addprevious(piece)
        else:
            if run.text:
                run.getparent().remove(run)


def _language(tag: str) -> Any:
    made = OxmlElement("w:lang")
    made.set(qn("w:val"), tag)
    return made


def ruled(made: Any) -> None:
    """Draw a thin line under every row, and no others."""
    borders = OxmlElement("w:tblBorders")
    for side in ("bottom", "insideH"):
        line = OxmlElement(f"w:{side}")
        for key, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", RULE)):
            line.set(qn(f"w:{key}"), value)
        borders.append(line)
    made._tbl.tblPr.append(borders)
