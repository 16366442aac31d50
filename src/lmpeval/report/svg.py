"""A figure as part of a page: nothing outside it, the same bytes every time, ids of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from io import StringIO

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.figure import Figure

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


def inline_svg(figure: Figure, name: str, alt: str) -> Markup:
    """Turn a figure into an `svg` element of a page.

    Parameters
    ----------
    figure : Figure
        Made within `drawing`, and turned into text within it.
    name : str
        Letters and digits, one of its own on the page: it begins every id in the figure.
    alt : str
        What is seen, for those who do not see it.
    """
    box, body = _written(figure, name)
    # safe to mark: matplotlib escapes every text that it draws
    return Markup(f'<svg {box} role="img" aria-label="{escape(alt)}">{body}')


def standalone_svg(figure: Figure, alt: str) -> str:
    """Turn a figure into the text of a file of its own."""
    box, body = _written(figure, "f")
    opened = f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img">'
    return f"{opened}<title>{escape(alt)}</title>{body}\n"


def _written(figure: Figure, name: str) -> tuple[str, str]:
    """The figure's view box, and all that follows the opening tag."""
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
    body = re.sub(r'(<[^>]*?)\bid="', rf'\1id="{name}-', body)
    body = body.replace('xlink:href="#', f'href="#{name}-').replace("url(#", f"url(#{name}-")
    return box.group(), body.strip()
