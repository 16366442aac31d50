"""A figure as part of a page: nothing outside it, the same bytes every time, ids of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import escape
from io import StringIO

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

from lmpeval.report.language.phrases import without_marks

STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "lmpeval",
    "text.parse_math": False,
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.linewidth": 0.8,
    "axes.axisbelow": True,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
}
"""Text stays text; a dollar sign is a dollar sign; ids do not depend on chance."""


@contextmanager
def drawing() -> Iterator[None]:
    """Draw in this context: the settings of whoever calls do not reach the figures."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


@dataclass(frozen=True)
class Drawn:
    """A figure as text, for a page or for a file of its own; drawing it takes longer than all else.

    Attributes
    ----------
    box : str
        Its view box.
    body : str
        All that follows the opening tag; its ids are those that matplotlib gave.
    """

    box: str
    body: str

    def inline(self, name: str, alt: str) -> Markup:
        """An `svg` element of a page.

        Parameters
        ----------
        name : str
            Letters and digits, one of its own on the page: it begins every id in the figure.
        alt : str
            What is seen, for those who do not see it.
        """
        # safe to mark: matplotlib escapes every text that it draws
        return Markup(
            f'<svg {self.box} role="img" aria-label="{escape(without_marks(alt))}">{self._named(name)}'
        )

    def standalone(self, alt: str) -> str:
        """The text of a file of its own."""
        opened = f'<svg xmlns="http://www.w3.org/2000/svg" {self.box} role="img">'
        return f"{opened}<title>{escape(without_marks(alt))}</title>{self._named('f')}\n"

    def _named(self, name: str) -> str:
        body = re.sub(r'(<[^>]*?)\bid="', rf'\1id="{name}-', self.body)
        return body.replace('xlink:href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")


def drawn(figure: Figure) -> Drawn:
    """Turn a figure into text; it is made within `drawing`, and turned into text within it."""
    written = StringIO()
    figure.savefig(
        written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None}
    )
    text = written.getvalue()
    text = re.sub(r"<!--.*?-->|<style.*?</style>", "", text[text.index("<svg") :], flags=re.DOTALL)
    head, body = text.split(">", 1)
    box = re.search(r'viewBox="[^"]*"', head)
    if box is None:
        raise ValueError("matplotlib wrote an svg without a viewBox")
    return Drawn(box.group(), body.strip())


def inline_svg(figure: Figure, name: str, alt: str) -> Markup:
    """Turn a figure into an `svg` element of a page; as `Drawn.inline`."""
    return drawn(figure).inline(name, alt)
