"""Texts as a page shows them, and the running text of a finished page."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from markupsafe import Markup, escape

from lmpeval.report.language import MINUS
from lmpeval.report.language.phrases import AS_IT_IS, UNTIL_HERE

JOINED = "\u2060"
"""Word joiner: no line is broken here."""
PROSE = ("p", "li", "figcaption")


def as_shown(value: Any) -> Any:
    """A text as it stands on a page: what is in another language says so, and no amount leaves its sign.

    >>> print(as_shown(f"the rest is {AS_IT_IS}a < b{UNTIL_HERE}"))
    the rest is <span lang="en">a &lt; b</span>
    """
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    shown = str(escape(kept_together(value)))
    return Markup(shown.replace(AS_IT_IS, '<span lang="en">').replace(UNTIL_HERE, "</span>"))


def kept_together(text: str) -> str:
    """A text in which the sign of an amount stays with it: a line may otherwise end between them."""
    for sign in (MINUS, "+"):
        text = text.replace(f"{sign}€", f"{sign}{JOINED}€")
    return text


def running_text(page: str) -> Iterator[str]:
    """What is read from beginning to end on a finished page: paragraphs and lists, no tables."""
    reader = _Prose()
    reader.feed(page)
    reader.close()
    return (" ".join(text.split()) for text in reader.texts if text.strip())


class _Prose(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in PROSE:
            self.texts.append("")
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in PROSE and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts[-1] += data
