"""A document as one page of HTML: nothing outside it, and fit to be printed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup

from lmpeval.report.language import LANGUAGES
from lmpeval.report.other_language import in_their_language
from lmpeval.report.running_text import as_shown
from lmpeval.report.sheets.document import Block, Bullets, Chart, Document, Paragraph, Place
from lmpeval.report.sheets.readability import readability
from lmpeval.report.svg import drawing, inline_svg
from lmpeval.report.tables import Table

HERE = Path(__file__).parent


@dataclass(frozen=True)
class _Printed:
    """A block with its kind, which the template chooses by."""

    kind: str
    block: Block
    svg: Markup | None = None


def page(document: Document) -> str:
    """Fill the page; the same document gives the same bytes."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=as_shown,
    )
    with drawing():
        sections = [
            (section, [_printed(block, f"s{i}b{j}") for j, block in enumerate(section.blocks)])
            for i, section in enumerate(document.sections)
        ]
    by_place = {place.value: [each for each in sections if each[0].place is place] for place in Place}
    filled = environment.get_template("sheet.html.j2").render(
        document=document,
        sections=by_place,
        reading=reading_words(document),
        style=(HERE / "sheet.css").read_text(encoding="utf-8"),
    )
    return in_their_language(filled, document.foreign)


def reading_words(document: Document) -> str:
    """How the text reads, as its last line says."""
    catalogue = LANGUAGES[document.language]
    counted = readability(document.prose(), document.language)
    mean = catalogue.numerals.written(counted.mean_sentence, 1)
    return catalogue.say("sheet.footer-reading", words=counted.words, mean=mean, jargon=len(counted.jargon))


def _printed(block: Block, name: str) -> _Printed:
    match block:
        case Paragraph():
            return _Printed("paragraph", block)
        case Bullets():
            return _Printed("bullets", block)
        case Table():
            return _Printed("table", block)
        case Chart(figure, alt):
            return _Printed("chart", block, inline_svg(figure, name, alt))
