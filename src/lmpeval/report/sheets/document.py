"""A short text before it has a form: sections of paragraphs, lists, tables and a chart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from matplotlib.figure import Figure

from lmpeval.report.other_language import Foreign
from lmpeval.report.sentences import Told
from lmpeval.report.tables import Table


class Place(StrEnum):
    """Where a section stands: over the whole width, or in one of two columns below that."""

    WIDE = "wide"
    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True)
class Paragraph:
    """One paragraph; `quiet` where it is a note."""

    text: str
    quiet: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list.

    Attributes
    ----------
    items : tuple of str
    close : bool
        Whether the items are short and may stand side by side.
    led : bool
        Whether each begins with what it is about, before a colon.
    """

    items: tuple[str, ...]
    close: bool = False
    led: bool = False


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure with what it shows, in words and as a table."""

    figure: Figure
    alt: str
    caption: str
    table: Table


Block = Paragraph | Bullets | Table | Chart


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it, at its place on a page."""

    heading: str
    blocks: tuple[Block, ...]
    place: Place = Place.WIDE


@dataclass(frozen=True)
class Document:
    """A whole text.

    Attributes
    ----------
    kind : str
        `glance` or `summary`: the part of the file's name that says which it is.
    language : str
        ISO 639-1.
    kicker, title : str
    facts : tuple of (term, text)
    sections : tuple of Section
    footer : tuple of str
    told : tuple of Told
        What its verdicts tell: the same in every language.
    foreign : mapping of text to language
        What evaluators wrote in another language than the document's.
    """

    kind: str
    language: str
    kicker: str
    title: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    footer: tuple[str, ...]
    told: tuple[Told, ...]
    foreign: Foreign

    def prose(self) -> Iterator[str]:
        """The texts that are read from beginning to end: paragraphs and lists, no tables."""
        for section in self.sections:
            for block in section.blocks:
                if isinstance(block, Paragraph):
                    yield block.text
                elif isinstance(block, Bullets) and not block.close:
                    yield from block.items
